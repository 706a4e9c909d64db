"""A run in numbers: what is told of it, what it left, and how two of them differ."""

from __future__ import annotations

from fleetc.run.state import fold
from fleetc.run.summary import Differs, Tally, compared, left_over, summary, tally
from tests.tui.fleet import edge_events, edge_plan
from tests.tui.past import finished

FAILED = "instance/edge-tokyo-02"


def test_a_run_that_ended_is_told_by_its_first_and_last_event_alone() -> None:
    plan = edge_plan()
    events = finished(plan, edge_events(plan, fail=FAILED))
    whole = tally(events)
    assert whole == tally((events[0], events[-1]))
    assert whole == Tally(9, 1, 2, 12, 0, 40.0, len(events))


def test_one_that_goes_on_is_counted_so_far() -> None:
    events = edge_events(edge_plan())[:6]
    assert tally(events) == Tally(2, 0, 0, 12, 3, 4.0, 6)
    assert tally(()) == Tally()


def test_failures_by_code_the_first_one_and_what_is_left() -> None:
    plan = edge_plan()
    told = summary(finished(plan, edge_events(plan, fail=FAILED)))
    assert told.failures == (("F0607", 1, "rate limited, gave up"),)
    assert told.first is not None
    assert (told.first.address, told.first.wave, told.first.code) == (FAILED, 3, "F0607")
    assert (told.left, told.status, told.approved_by) == (3, "partial", ("kim",))
    assert summary(()).tally == Tally()


def test_what_is_left_is_all_that_was_not_done() -> None:
    plan = edge_plan()
    state = fold(edge_events(plan, fail=FAILED))
    assert [action.address for action in left_over(plan, state)] == [
        FAILED,
        "peer/edge-fabric/edge-tokyo-02",
        "virtual_ip/edge-fabric/cdn-frontend",
    ]
    assert left_over(plan, fold(edge_events(plan))) == ()
    assert left_over(plan, fold(())) == plan.chosen


def test_two_runs_differ_in_what_ended_otherwise() -> None:
    plan = edge_plan()
    bad = finished(plan, edge_events(plan, "run-a", fail=FAILED))
    good = finished(plan, edge_events(plan, "run-b"))
    found = compared(bad, good)
    assert (found.first, found.second, found.same) == ("run-a", "run-b", 9)
    assert Differs(FAILED, "create", "failed", "ok") in found.differs
    assert {each.before for each in found.differs} == {"failed", "skipped"}
    assert compared(bad, bad).differs == ()
    begun = compared(bad[:1], good)
    assert {(each.before, each.after) for each in begun.differs} == {("", "ok")}
