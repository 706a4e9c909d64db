"""What of a plan is drift, and between which two looks it began."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fleetc.ir.state import Baseline, HeldState, LiveResource
from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.plan.drift import Drift, DriftField, DriftState, Looks, drifts, since

HOLDERS = ("primary_holder", "failover_holders")


def change(path: str, cause: Cause = Cause.DRIFT, before: Any = 1, after: Any = 2) -> FieldChange:
    return FieldChange(path, before, after, cause, "fleet.yaml:7:3")


def action(address: str, op: Op, cause: Cause, *fields: FieldChange, **more: Any) -> Action:
    kind = address.split("/", maxsplit=1)[0]
    return Action(f"{op}:{address}", op, address, kind, cause, True, fields, (), (), (), **more)


def plan(*actions: Action, **more: Any) -> Plan:
    words = dict.fromkeys(
        ("account", "environment", "platform", "profile", "commit", "tree", "desired", "snapshot",
         "snapshot_digest", "snapshot_taken_at"), "",
    )  # fmt: skip
    return Plan(**words, actions=actions, summary={}, **more)


def base(address: str, **fields: Any) -> dict[str, Baseline]:
    return {address: Baseline(address, "id1", fields)}


def test_only_what_moved_on_the_platform_is_drift() -> None:
    both = action("node/a", Op.UPDATE, Cause.GIT, change("labels"), change("template", Cause.GIT))
    git = action("node/b", Op.UPDATE, Cause.GIT, change("template", Cause.GIT))
    new = action("node/c", Op.CREATE, Cause.GIT, change("template", Cause.GIT))
    forced = action("peer/n/a", Op.REPLACE, Cause.FORCED, change("node", Cause.FORCED))
    conflict = action("node/d", Op.REPLACE, Cause.CONFLICT, change("region", Cause.CONFLICT))
    found = drifts(plan(both, git, new, forced, conflict), base("node/a", labels=0))
    assert [each.address for each in found] == ["node/a", "node/d"]
    assert found[0].fields == (DriftField("labels", 2, 1, 0, Cause.DRIFT, "fleet.yaml:7:3"),)
    assert (found[0].also, found[0].ends, found[1].ends) == (("template",), False, True)
    assert found[1].fields[0].baseline is None


def test_missing_comes_after_changed_and_unmanaged_last() -> None:
    gone = action("node/a", Op.CREATE, Cause.DRIFT, change("template"), reason="missing")
    moved = action("node/b", Op.UPDATE, Cause.DRIFT, change("labels"))
    found = drifts(plan(gone, moved, unmanaged=("node/x",)), base("node/a", template="t"), ["node/r"])
    assert [(str(each.state), each.address) for each in found] == [
        ("changed", "node/b"),
        ("changed", "node/r"),
        ("missing", "node/a"),
        ("unmanaged", "node/x"),
    ]
    assert (found[2].fields[0].live, found[2].fields[0].baseline) == (None, "t")
    assert [each.action for each in found] == ["update:node/b", "", "create:node/a", ""]


def test_what_is_to_be_deleted_but_changed_by_hand_cannot_be_put_back() -> None:
    live = {"labels": {"a": "1"}, "effective_modules": ["b", "a"], "template": "t"}
    known = {"labels": {}, "effective_modules": ["a", "b"], "template": "t"}
    delete = action("node/a", Op.DELETE, Cause.CONFLICT, base=live, reason="no longer declared")
    (found,) = drifts(plan(delete), base("node/a", **known))
    assert [(field.path, field.live, field.baseline) for field in found.fields] == [
        ("labels", {"a": "1"}, {})
    ]
    assert (found.action, found.reason) == ("", "no longer declared")
    assert drifts(plan(action("node/a", Op.DELETE, Cause.GIT, base=live)), base("node/a", **known)) == ()


def test_a_virtual_ip_that_failed_over_is_none_but_its_other_fields_are() -> None:
    vip = "virtual_ip/n/v"
    holders = [change(name, Cause.CONFLICT) for name in HOLDERS]
    away = action(vip, Op.UPDATE, Cause.CONFLICT, *holders)
    assert drifts(plan(away, failed_over=(vip,)), {}) == ()
    other = action(vip, Op.UPDATE, Cause.DRIFT, change("description"))
    assert len(drifts(plan(other, failed_over=(vip,)), {})) == 1
    assert len(drifts(plan(away), {})) == 1


def test_a_renamed_resource_is_compared_with_what_was_verified_under_the_old_name() -> None:
    moved = action("node/new", Op.MOVE, Cause.DRIFT, change("labels"), moved_from="node/old")
    (found,) = drifts(plan(moved), base("node/old", labels=0))
    assert found.fields[0].baseline == 0


# since when, against a plain walk over all looks

VALUES = (None, 0, 1, 2)
"""Of `labels`: None for a resource that is not there; 0 is as verified."""
looks = st.lists(st.tuples(st.sampled_from(VALUES), st.booleans()), min_size=1, max_size=8)


def states_of(seen: list[tuple[int | None, bool]]) -> tuple[HeldState, ...]:
    """The states as a store keeps them: a new one where a look is not as the one before."""
    found: list[HeldState] = []
    for serial, (value, _) in enumerate(seen, 1):
        resource = None if value is None else LiveResource("node/a", "node", "id1", {"labels": value})
        if found and found[-1].until is None:
            if resource == found[-1].resource:
                continue
            found[-1] = HeldState(found[-1].since, serial, found[-1].resource)
        if resource is not None:
            found.append(HeldState(serial, None, resource))
    return tuple(found)


def walked(seen: list[tuple[int | None, bool]], state: DriftState, verified: int) -> tuple[int, int] | None:
    first = 0
    for serial in range(len(seen), 0, -1):
        value, complete = seen[serial - 1]
        if value is None and not complete:
            continue
        wrong = {
            DriftState.MISSING: value is None,
            DriftState.UNMANAGED: value is not None,
            DriftState.CHANGED: value is not None and value != 0,
        }[state]
        if not wrong or serial <= verified:
            before = serial if not wrong else verified
            return (before, first) if first else None
        first = serial
    return (0, first) if first else None


@given(looks, st.sampled_from(list(DriftState)), st.integers(0, 8))
def test_it_began_where_a_walk_over_all_looks_says(
    seen: list[tuple[int | None, bool]], state: DriftState, verified: int
) -> None:
    fields = (DriftField("labels", 0, 1, 0),) if state is DriftState.CHANGED else ()
    drift = Drift("node/a", state, fields, "update:node/a")
    serials = range(1, len(seen) + 1)
    told = Looks(serials, [serial for serial in serials if seen[serial - 1][1]])
    known = Baseline("node/a", "id1", {"labels": 0})
    assert since(drift, states_of(seen), told, known, verified) == walked(seen, state, verified)


def test_a_look_that_did_not_see_all_says_nothing_of_what_is_gone() -> None:
    seen = [(0, True), (None, False), (None, True)]
    told = Looks([1, 2, 3], [1, 3])
    drift = Drift("node/a", DriftState.MISSING)
    assert since(drift, states_of(seen), told, None) == (1, 3)  # type: ignore[arg-type]
