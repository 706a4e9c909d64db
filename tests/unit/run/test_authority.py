"""What approvals come to: quorums, four eyes, withdrawn rights, emergencies and rules that allow."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fleetc.plan.actions import Action, Call, Plan
from fleetc.plan.changes import Cause, Op
from fleetc.plan.verdicts import Quorum, Requirement
from fleetc.policy.access import Access, Permission
from fleetc.policy.people import People
from fleetc.ports import Approval
from fleetc.run.authority import RULES_ADDRESS, Approvers, Needs, weigh

DIGEST = "d" * 64
PEOPLE = People(
    {"dana@example.com": "user:dana", "kim@example.com": "user:kim", "d": "dana"},
    {"sre": ("user:kim", "user:lee")},
)
AUTHOR = Approvers(Access(PEOPLE), "author")
OFF = Approvers(Access(PEOPLE), "off")
TWO = Requirement((Quorum(2, "sre", ("team:sre", "user:dana")),), "two")


def _action(op: Op = Op.CREATE, address: str = "node/x") -> Action:
    call = Call("c", "create", {})
    return Action(f"{op}:{address}", op, address, "node", Cause.GIT, True, (), (call,), (), ())


def _plan(op: Op = Op.CREATE, **changes: Any) -> Plan:
    plan = Plan(
        "acc", "prod", "local", "p", "c", "t", "d", "snap-1", "s", "", (_action(op),), {}, digest=DIGEST
    )
    return msgspec.structs.replace(plan, **{"authors": ("dana@example.com",), **changes})


def _by(name: str, **changes: Any) -> Approval:
    return msgspec.structs.replace(Approval(1, DIGEST, "acc", "c", name, {}, 0.0, 9.0), **changes)


def _missing(plan: Plan, *names: str, approvers: Approvers = AUTHOR, **changes: Any) -> tuple[str, ...]:
    return weigh(Needs.of(plan), [_by(name, **changes) for name in names], approvers).missing


def test_the_default_is_one_approval_also_the_authors() -> None:
    assert _missing(_plan()) == ("1 approval",)
    assert _missing(_plan(), "user:dana") == ()


@pytest.mark.parametrize(
    "plan",
    [
        _plan(Op.DELETE),
        _plan(Op.REPLACE),
        _plan(override="why not"),
        _plan(Op.UNPROTECT),
        _plan(actions=(_action(address=RULES_ADDRESS),)),
    ],
)
def test_what_needs_other_eyes(plan: Plan) -> None:
    others = ("1 of somebody who is not an author",)
    assert _missing(plan) == _missing(plan, "user:dana") == others
    assert _missing(plan, "user:d", "dana@example.com", "DANA") == others
    assert _missing(plan, "user:dana", "user:kim") == _missing(plan, "user:lee") == ()
    assert _missing(plan, "user:dana", approvers=OFF) == ()
    unknown = msgspec.structs.replace(plan, authors=("kim@example.com", "who@example.com"))
    assert _missing(unknown, "user:lee") == others


def test_who_plans_files_as_they_lie_is_their_author() -> None:
    plan = _plan(Op.DELETE, authors=(), worktree=True, created_by="user:kim")
    assert _missing(plan, "user:kim") == ("1 of somebody who is not an author",)
    assert _missing(plan, "user:lee") == ()


def test_requirements_and_the_default_both_hold() -> None:
    plan = _plan(Op.DELETE, requirements=(TWO,))
    two = "2 of sre (team:sre, user:dana) for two"
    assert _missing(plan) == (two, "1 of somebody who is not an author")
    assert _missing(plan, "user:lee", "user:max") == (two.replace("2 of", "1 more of"),)
    assert _missing(plan, "user:dana", "user:lee") == ()
    only_authors = _plan(Op.DELETE, requirements=(TWO,), authors=("dana@example.com", "lee@example.com"))
    people = People({**PEOPLE.identities, "lee@example.com": "user:lee"}, PEOPLE.teams)
    approvers = Approvers(Access(people), "author")
    assert _missing(only_authors, "user:dana", "user:lee", approvers=approvers) == (
        "1 of somebody who is not an author",
    )


def test_one_person_under_many_names_counts_once() -> None:
    plan = _plan(requirements=(TWO,))
    names = ("user:dana", "user:DANA", "user:d", "dana@example.com")
    assert _missing(plan, *names) == ("1 more of sre (team:sre, user:dana) for two",)
    found = weigh(Needs.of(plan), [_by(name, id=n) for n, name in enumerate(names)], AUTHOR)
    assert [approval.id for approval in found.counted] == [3]


@pytest.mark.parametrize("changes", [{"digest": "e" * 64}, {"account": "other"}])
def test_an_approval_of_something_else_is_none(changes: dict[str, str]) -> None:
    assert _missing(_plan(), "user:kim", **changes) == ("1 approval",)


def test_a_right_that_was_withdrawn_voids_the_approval() -> None:
    for granted, missing in ((Permission.APPROVE, ()), (Permission.OVERRIDE, ("1 approval",))):
        access = Access(PEOPLE, {"acc": {"user:kim": (granted,)}})
        assert _missing(_plan(), "user:kim", "user:dana", approvers=Approvers(access)) == missing
    elsewhere = Access(PEOPLE, {"other": {"*": tuple(Permission)}})
    assert _missing(_plan(), "user:kim", approvers=Approvers(elsewhere)) == ("1 approval",)


def test_who_left_the_team_counts_for_it_no_more() -> None:
    left = Approvers(Access(People(PEOPLE.identities, {"sre": ("user:kim",)})))
    plan = _plan(requirements=(TWO,))
    assert _missing(plan, "user:kim", "user:lee") == ()
    assert _missing(plan, "user:kim", "user:lee", approvers=left) != ()


def test_broken_glass_stands_for_quorums_and_not_for_other_eyes() -> None:
    plan = _plan(Op.DELETE, requirements=(TWO,))
    glass = {"kind": "break-glass"}
    assert _missing(plan, "user:max", **glass) == ()
    assert _missing(plan, "user:dana", **glass) == ("1 of somebody who is not an author",)
    access = Access(PEOPLE, {"acc": {"user:max": (Permission.APPROVE,)}})
    assert _missing(plan, "user:max", approvers=Approvers(access), **glass) != ()
    approvals = [_by("user:max", **glass), _by("user:max", id=2)]
    assert [a.id for a in weigh(Needs.of(plan), approvals, AUTHOR).broken_glass] == [1]


def test_a_rule_that_allows_stands_for_a_person() -> None:
    plan = _plan(Op.DELETE, allowed_by=("heals",))
    assert _missing(plan, "rule:heals", kind="rule") == ()
    assert _missing(plan, "rule:other", kind="rule") == ("1 of somebody who is not an author",)
    assert _missing(plan, "user:kim") == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"requirements": (TWO,)},
        {"override": "why not"},
        {"actions": (_action(), _action(address=RULES_ADDRESS))},
    ],
)
def test_what_no_rule_lets_go(changes: dict[str, Any]) -> None:
    plan = _plan(allowed_by=("heals",), **changes)
    assert Needs.of(plan).lifted_by == ()
    assert _missing(plan, "rule:heals", kind="rule") != ()


def test_a_plan_without_calls_needs_nobody() -> None:
    assert _missing(_plan(actions=())) == ()


def test_who_asks_for_an_exception_grants_no_place_of_it() -> None:
    one = Requirement((Quorum(1, "sre", ("user:dana", "user:kim")),), "waiver w", others=True)
    plan = _plan(requirements=(one,))
    missing = ("1 of sre (user:dana, user:kim) for waiver w",)
    assert _missing(plan, "user:dana") == _missing(plan, "d", "user:lee") == missing
    assert _missing(plan, "user:dana", "user:kim") == ()
    assert _missing(plan, "user:dana", approvers=OFF) == ()
    own = msgspec.structs.replace(one, others=False)
    assert _missing(_plan(requirements=(own,)), "user:dana") == ()
    unmapped = msgspec.structs.replace(plan, authors=("kim@elsewhere.example",))
    assert _missing(unmapped, "user:kim") == missing
