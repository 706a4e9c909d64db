"""What is said about a plan and a run, and when approve and apply are off (design 4.3)."""

from __future__ import annotations

import msgspec
import pytest

from fleetc.plan.actions import Limit
from fleetc.plan.changes import Op
from fleetc.plan.selection import reduce_plan
from fleetc.ports import Lease, Run
from fleetc.service.standing import Standing
from fleetc.tui import states
from fleetc.tui.choice import Choice
from fleetc.tui.rows import Rows
from fleetc.tui.run_paint import pause_off, resume_off, status_word
from fleetc.tui.screens.apply import Seen
from fleetc.tui.watch import Watched
from tests.tui import fleet

LONDON = 5


def world(choice: Choice, status: str = "", **more: object) -> states.World:
    values: dict[str, object] = {
        "age": 60.0,
        "max_age": 1800.0,
        "ticked": choice.ticked,
        "standing": Standing("d", status),
    }
    return states.World(**{**values, **more})  # type: ignore[arg-type]


def test_leaving_london_out_leaves_eight_and_undo_restores_the_bytes() -> None:
    choice = Choice(fleet.edge_plan())
    before = choice.ticked
    assert choice.toggle([LONDON])
    assert choice.count == 8
    assert choice.said.startswith(
        "- left out 4: node/edge-london-01; need it: instance/edge-london-01, peer/"
    )
    assert choice.why(LONDON + 1) == "needs node/edge-london-01"
    after = choice.ticked
    assert choice.undo()
    assert choice.ticked == before
    assert choice.redo()
    assert choice.ticked == after
    assert not choice.redo()


def test_choosing_pulls_in_what_is_needed_and_says_so() -> None:
    choice = Choice(fleet.edge_plan())
    choice.toggle(range(12))
    assert choice.count == 0
    choice.toggle([LONDON + 1])
    assert choice.count == 3
    assert choice.said.startswith("+ pulled in 2: template/edge-cdn, node/edge-london-01")
    assert "instance/edge-london-01 needs them" in choice.said


def test_what_is_blocked_cannot_be_chosen() -> None:
    actions = list(fleet.edge_actions())
    actions[LONDON] = msgspec.structs.replace(actions[LONDON], blocked=True, selected=False, reason="denied")
    choice = Choice(reduce_plan(fleet.plan_of(tuple(actions)), bytes(n != LONDON for n in range(12))))
    assert choice.barred.count(1) == 4
    assert not choice.toggle([LONDON])
    assert choice.why(LONDON) == "denied"


def test_planning_again_carries_ticks_by_address_and_names_what_fell_away() -> None:
    old = Choice(fleet.edge_plan())
    old.toggle([LONDON])
    kept = tuple(each for each in fleet.edge_actions() if each.address != "node/edge-tokyo-02")
    extra = fleet.action("module/new", {"variety": "config"})
    new = Choice(fleet.plan_of((*kept, extra)))
    new.carry(old)
    ticks = dict(zip(new.addresses, new.ticked, strict=True))
    assert not ticks["node/edge-london-01"]
    assert ticks["module/new"]
    assert "fell away 1: node/edge-tokyo-02" in new.said


def test_approve_and_apply_are_on_only_in_their_order() -> None:
    choice = Choice(fleet.edge_plan())
    assert states.approve_off(choice, world(choice), "") == ""
    assert states.apply_off(choice, world(choice), "") == "not approved"
    assert states.approve_off(choice, world(choice, "approved"), "") == "approved already"
    assert states.apply_off(choice, world(choice, "approved"), "") == ""


def test_an_approval_of_another_selection_is_none() -> None:
    choice = Choice(fleet.edge_plan())
    approved = world(choice, "approved")
    choice.toggle([LONDON])
    assert states.apply_off(choice, approved, "") == "not approved"


@pytest.mark.parametrize(
    ("plan", "values", "reason"),
    [
        ({}, {"age": 31 * 60.0}, "observe again"),
        ({"unknown": ("node/x",)}, {}, "incomplete snapshot"),
        ({"study": "against a recorded state"}, {}, "against a recorded state"),
        (
            {"limits": (Limit("changes", 40, 50, 15, True, "changes: 40 of 50"),)},
            {"standing": None},
            "changes: 40 of 50",
        ),
    ],
)
def test_reasons_why_approve_is_off(plan: dict[str, object], values: dict[str, object], reason: str) -> None:
    choice = Choice(fleet.edge_plan(**plan))
    assert reason in states.approve_off(choice, world(choice, **values), "")


def test_a_stale_snapshot_does_not_stop_an_approved_plan() -> None:
    choice = Choice(fleet.edge_plan())
    assert states.apply_off(choice, world(choice, "approved", age=3600.0), "") == ""


def test_a_lock_and_read_only_name_themselves() -> None:
    choice = Choice(fleet.edge_plan())
    lock = Lease("acme", "dana on ops-1", "run r-0192", 1, 0.0)
    assert "dana on ops-1" in states.apply_off(choice, world(choice, "approved", lock=lock), "")
    assert states.approve_off(choice, world(choice), "offline") == "offline"


def test_destroyed_counts_deletes_and_replaces_that_are_ticked() -> None:
    actions = (
        fleet.action("node/a", op=Op.DELETE),
        fleet.action("node/b", op=Op.REPLACE),
        fleet.action("node/c", op=Op.UPDATE),
    )
    choice = Choice(fleet.plan_of(actions))
    assert choice.destroyed == 2
    choice.toggle([0])
    assert choice.destroyed == 1


def run(**more: object) -> Run:
    values: dict[str, object] = {
        "id": "r-1", "digest": "", "account": "", "environment": "", "status": "running", "by": "",
        "started_at": "", "heartbeat": 100.0,
    }  # fmt: skip
    return Run(**{**values, **more})  # type: ignore[arg-type]


def test_a_silent_worker_is_never_shown_as_running() -> None:
    watched = Watched("r-1", fleet.edge_plan())
    watched.take(fleet.edge_events(fleet.edge_plan())[:5])
    assert status_word(watched, Seen(run(), (), 101.0)) == "RUNNING"
    assert status_word(watched, Seen(run(), (), 121.0)) == "DISCONNECTED"
    assert states.heartbeat(run(), 121.0) == ("no heartbeat for 21 s (last 00:01:40)", True)
    assert resume_off(watched, Seen(run(), (), 121.0)) == ""
    assert pause_off(watched, Seen(run(), (), 121.0)) != ""
    assert resume_off(watched, Seen(run(), (), 101.0)) != ""


def test_watching_again_folds_to_the_same_whatever_the_batches() -> None:
    plan = fleet.edge_plan()
    events = fleet.edge_events(plan, fail="instance/edge-tokyo-02")
    whole, pieces = Watched("r-1", plan), Watched("r-1", plan)
    whole.take(events)
    for start in range(0, len(events), 3):
        pieces.take(events[: start + 3])  # what is known already comes again
    assert pieces.codes == whole.codes
    assert pieces.state == whole.state
    assert whole.count("failed") == 1
    assert whole.count("skipped") == 2
    assert whole.count("ok") == 9
    words = {whole.rows.key(row): whole.wave_word(row) for row in whole.rows.outline.groups}
    assert words["wave:1"] == "done"
    assert words["wave:3"] == "FAILED"


def test_the_rows_of_a_run_can_be_narrowed_to_failures() -> None:
    plan = fleet.edge_plan()
    watched = Watched("r-1", plan)
    watched.take(fleet.edge_events(plan, fail="instance/edge-tokyo-02"))
    watched.failures_only = True
    watched.settle()
    rows: Rows = watched.rows
    shown = {rows.key(row) for row in rows.visible if rows.outline.leaf[row] >= 0}
    assert shown == {
        "instance/edge-tokyo-02",
        "peer/edge-fabric/edge-tokyo-02",
        "virtual_ip/edge-fabric/cdn-frontend",
    }


@pytest.mark.parametrize("allowed_by", [(), ("labels-are-free",)])
def test_a_rejected_selection_says_so_whatever_rules_allow(allowed_by: tuple[str, ...]) -> None:
    choice = Choice(fleet.edge_plan())
    standing = Standing("d", "rejected", allowed_by=allowed_by)
    known = world(choice, standing=standing)
    assert states.standing(choice, known) == "rejected"
    for reason in (states.approve_off(choice, known, ""), states.apply_off(choice, known, "")):
        assert reason == "it was rejected: choose otherwise, or change the fleet file"
