"""The chain of `why`: what put something into a plan, or kept it out."""

from __future__ import annotations

import msgspec
import pytest

from fleetc.ir.state import Baseline
from fleetc.plan.actions import Action, Limit, Plan
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.plan.verdicts import Bound, Finding, Verdict
from fleetc.policy.reasons import Chain, chains, known_to

OWN = "peer/core/a"


def action(own: str = OWN, op: Op = Op.UPDATE, **more: object) -> Action:
    made = Action(
        f"{op}:{own}", op, own, own.partition("/")[0], Cause.GIT, True, (), (), (), ()
    )  # fmt: skip
    return msgspec.structs.replace(made, **more)


def plan(*actions: Action, **more: object) -> Plan:
    names = ("account", "environment", "platform", "profile", "commit", "tree", "desired", "snapshot")
    texts = dict.fromkeys((*names, "snapshot_digest", "snapshot_taken_at"), "")
    return Plan(**texts, actions=actions, summary={}, **more)  # type: ignore[arg-type]


def chain(of: Plan, own: str = OWN, baseline: Baseline | None = None, **picked: set[str]) -> Chain:
    known = {baseline.address: baseline} if baseline else {}
    (found,) = chains(of, own, known, {name.replace("_", " "): own for name, own in picked.items()})
    return found


def steps(found: Chain, *, against: bool = False) -> list[str]:
    return [f"{step.label}: {step.text}" for step in found.steps if step.keeps or not against]


def test_a_field_has_what_was_verified_what_is_live_and_what_is_wanted() -> None:
    change = FieldChange("listen_port", 2, 3, Cause.CONFLICT, "fleet.yaml:4:2")
    found = chain(plan(action(fields=(change,))), baseline=Baseline(OWN, "p-1", {"listen_port": 1}))
    (way,) = found.fields
    assert (way.baseline, way.live, way.desired, way.cause, way.origin) == (
        1,
        2,
        3,
        "conflict",
        "fleet.yaml:4:2",
    )
    assert way.verified
    assert not chain(plan(action(fields=(change,)))).fields[0].verified


def test_a_renamed_resource_is_looked_up_under_its_old_name() -> None:
    change = FieldChange("description", "x", "y", Cause.GIT)
    moved = action("network/new", Op.MOVE, moved_from="network/old", fields=(change,))
    (found,) = chains(
        plan(moved), "network/old", {"network/old": Baseline("network/old", "n", {"description": "w"})}, {}
    )
    assert found.fields[0].baseline == "w"
    assert "renamed: it is live as network/old" in steps(found)


@pytest.mark.parametrize(
    ("op", "cause", "said"),
    [
        (Op.CREATE, Cause.GIT, "the fleet file declares it, and it is not there"),
        (Op.CREATE, Cause.DRIFT, "it was there when it was verified last, and is missing"),
        (Op.DELETE, Cause.GIT, "the fleet file does not declare it any more"),
        (Op.UPDATE, Cause.DRIFT, "it was changed on the platform since it was verified last"),
        (Op.REPLACE, Cause.FORCED, "what it refers to is replaced, and it has to follow"),
    ],
)
def test_causes_in_words(op: Op, cause: Cause, said: str) -> None:
    assert steps(chain(plan(action(op=op, cause=cause))))[0] == f"cause: {said}"


def test_what_ticked_it() -> None:
    assert "ticked: by default, as is what comes of git and of drift" in steps(chain(plan(action())))
    chosen = chain(plan(action()), **{"--select_'kind:peer'": {OWN}})
    assert "ticked: by --select 'kind:peer'" in steps(chosen)
    user = action("virtual_ip/core/v", requires=(f"update:{OWN}",))
    dragged = chain(plan(action(), user), **{"--select_'v'": {"virtual_ip/core/v"}})
    assert "ticked: because what is chosen requires it: update:virtual_ip/core/v" in steps(dragged)
    assert dragged.standing == "ticked"


def test_what_left_it_out() -> None:
    off = action(selected=False)
    assert "left out: by --exclude 'a'" in steps(chain(plan(off), **{"--exclude_'a'": {OWN}}), against=True)
    assert "left out: no selector chose it" in steps(
        chain(plan(off), **{"--select_'b'": set()}), against=True
    )
    withheld = chain(plan(action(selected=False, withheld_by="user:dana")))
    assert steps(withheld, against=True) == ["withheld: by user:dana, in an earlier plan: tick it to have it"]
    needs = chain(
        plan(
            action(selected=False, requires=("create:x",), reason="y"), action("x", Op.CREATE, selected=False)
        )
    )
    assert steps(needs, against=True) == ["left out: y", "needs: create:x, which is left out"]
    assert withheld.standing == "left out"


def test_links_with_how_they_are_ticked() -> None:
    needed, later = action("network/core", selected=False), action("node/n")
    own = action(requires=("update:network/core",), after=("update:node/n",))
    found = steps(chain(plan(own, needed, later)))
    assert "requires: update:network/core (left out)" in found
    assert "comes after: update:node/n" in found
    assert "required by: update:peer/core/a" in steps(chain(plan(own, needed), "network/core"))


def test_what_rules_say_of_it_and_of_the_plan_because_of_it() -> None:
    deny = Finding(
        "no",
        Verdict.DENY,
        "a.rules:1:1",
        f"update:{OWN}",
        "never",
        tripped=(Bound("x", "1"),),
        unknown=("y",),
    )
    waived = msgspec.structs.replace(deny, waiver="w", tripped=(), unknown=())
    whole = Finding("few", Verdict.HOLD, "a.rules:2:1", "", "many", reaches=(OWN,))
    trial = Finding("tried", Verdict.DENY, "a.rules:3:1", f"update:{OWN}", "tried", trial="2027-01-01")
    other = Finding("other", Verdict.DENY, "a.rules:4:1", "update:node/n", "not here")
    findings = (deny, waived, whole, trial, other)
    found = chain(plan(action(), action("node/n"), findings=findings, allowed_by=("free",)))
    assert [text for text in steps(found) if text.startswith("rule")] == [
        "rule: deny by no (a.rules:1:1): never; x is 1; not known yet: y",
        "rule: deny by no (a.rules:1:1), waived by w: never",
        "rule: hold of the whole plan by few (a.rules:2:1): many",
        "rule: deny by tried (a.rules:3:1), on trial until 2027-01-01: tried",
        "rule: allow by free: the plan needs no approval",
    ]
    assert [text.partition(" by")[0] for text in steps(found, against=True)] == [
        "rule: deny",
        "rule: hold of the whole plan",
    ]


def test_a_limit_that_counts_it_keeps_it_unless_it_is_overridden() -> None:
    over = Limit("deletes peer", 5, 6, 3, True, "deletes of peer: 5 of 6, at most 3")
    others = Limit("deletes node", 5, 6, 3, True, "deletes of node: 5 of 6, at most 3")
    gone = action(op=Op.DELETE)
    assert steps(chain(plan(gone, limits=(over, others))), against=True) == [
        "limit: over: deletes of peer: 5 of 6, at most 3"
    ]
    assert steps(chain(plan(gone, limits=(over,), override="because")), against=True) == []
    assert steps(chain(plan(action(), limits=(over,))), against=True) == []


@pytest.mark.parametrize(
    ("noted", "standing"),
    [
        ({"adopt": (OWN,)}, "adopted"),
        ({"forget": (OWN,)}, "forgotten"),
        ({"forget": (OWN,), "released": (OWN,)}, "released"),
        ({"unmanaged": (OWN,)}, "unmanaged"),
        ({"unknown": (OWN,)}, "unknown"),
        ({"ignored": {f"{OWN}.listen_port": "by-hand"}}, "ignored"),
        ({"status": {OWN: "stopped"}}, "as declared"),
        ({}, "not there"),
    ],
)
def test_what_has_no_action(noted: dict[str, object], standing: str) -> None:
    found = chain(plan(**noted))
    assert (found.standing, found.operation) == (standing, "")
    assert steps(found, against=True) != []
    assert known_to(plan(**noted), OWN) is bool(noted)


def test_what_is_verified_and_has_no_action_is_as_declared() -> None:
    assert chain(plan(), baseline=Baseline(OWN, "p", {})).standing == "as declared"


def test_each_action_on_an_address_has_its_chain_and_an_id_has_its_own() -> None:
    both = plan(action(op=Op.UNPROTECT), action())
    assert [each.operation for each in chains(both, OWN, {}, {})] == ["unprotect", "update"]
    assert [each.operation for each in chains(both, f"unprotect:{OWN}", {}, {})] == ["unprotect"]
