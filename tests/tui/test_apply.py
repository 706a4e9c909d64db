"""The apply screen: stop, end, retry, the whole error, finding in events, and a worker that fell silent."""

from __future__ import annotations

import msgspec
import pytest

from fleetc.events import ActionFailed, ActionSkipped, RunPaused
from fleetc.ports import Run
from fleetc.tui.app import FleetcApp
from fleetc.tui.run_paint import cancel_off, rest_off
from fleetc.tui.step_paint import error_text, step_lines
from fleetc.tui.stream import event_line
from fleetc.tui.watch import Seen, Watched
from tests.tui.drive import NARROW, WIDE, at_once, desks, driven, lines, text, typed, until
from tests.tui.fleet import T0, FakeSession, at, edge_events, edge_plan

FAILED = "instance/edge-tokyo-02"


def of(events: int = 22, beat: float = 0.4) -> FakeSession:
    """A run with a failure, of which so many events came."""
    session = FakeSession()
    session.stored = edge_events(edge_plan(), fail=FAILED)[:events]
    started = "2026-10-19T12:00:00Z"
    session.record = Run(
        "r-0192", "", "acme", "edge", "running", "dana", started, heartbeat=session.moment - beat
    )
    return session


def paused() -> FakeSession:
    session = of()
    pause = RunPaused(run="r-0192", seq=23, at=at(30), reason="asked for", next_step="resume it")
    session.stored = (*session.stored, pause)
    assert session.record is not None
    session.record = msgspec.structs.replace(session.record, status="paused")
    return session


def watched(events: int, fail: str = FAILED) -> Watched:
    found = Watched("r-0192", edge_plan())
    found.take(edge_events(edge_plan(), fail=fail)[:events])
    return found


def seen(beat: float = 0.4, status: str = "running") -> Seen:
    run = Run("r-0192", "", "acme", "edge", status, "dana", "", heartbeat=T0 - beat)
    return Seen(run, (), T0)


def test_what_is_off_follows_the_state_of_the_run() -> None:
    going, over = watched(22), watched(99)
    assert cancel_off(going, seen()) == ""
    assert cancel_off(going, seen(beat=30.0)) == ""
    assert cancel_off(over, seen(status="partial")) == "the run is partial"
    assert rest_off(going, seen()) == "the run is running: what is left is being done"
    assert rest_off(going, seen(beat=30.0)) == ""
    assert rest_off(over, seen(status="partial")) == ""
    assert rest_off(watched(99, fail=""), seen(status="applied")) == "nothing is left: every action is done"
    assert cancel_off(Watched("", None), seen()) == rest_off(Watched("", None), seen()) == "there is no run"


def test_waves_that_are_done_close_once() -> None:
    plan = edge_plan()
    found = Watched("r", plan)
    events = edge_events(plan)
    found.take(events[:22])
    first = found.rows.outline.groups[1]
    assert found.wave_word(first) == "done"
    assert not found.rows.is_open(first)
    found.rows.fold(first, True)
    found.take(events)
    assert found.rows.is_open(first)
    assert found.wave_seconds(2) > 0.0


def test_the_rest_of_the_time_is_told_while_it_runs() -> None:
    found = watched(22)
    left = found.left_seconds(T0 + 42.0)
    assert left is not None
    assert left == pytest.approx(42.0 * 2 / 10)
    assert watched(2).left_seconds(T0 + 5.0) is None
    assert watched(99).left_seconds(T0 + 50.0) is None


def test_a_step_tells_its_whole_error_and_what_waits_for_it() -> None:
    found = Watched("r-0192", edge_plan())
    long = "gave up: " + "x" * 5000 + " [/] \x1b[31mred\u202e"
    events = [
        msgspec.structs.replace(event, message=long, live={"region": "eu-west-2"})
        if isinstance(event, ActionFailed)
        else event
        for event in edge_events(edge_plan(), fail=FAILED)
    ]
    found.take(events)
    leaf = [action.address for action in found.actions].index(FAILED)
    said = step_lines(found, leaf, 60)
    plain = "\n".join(line.plain for line in said)
    assert plain.count("x") >= 5000
    assert "\x1b" not in plain
    assert "\u202e" not in plain
    assert "read back    region eu-west-2" in plain
    assert "needed by    peer/edge-fabric/edge-tokyo-02 (skipped)" in plain
    assert {line.cell_length for line in said if line.plain.startswith(" error")} == {60}
    copied = error_text(found, leaf)
    assert "x" * 5000 in copied
    assert "\x1b" not in copied
    assert copied.endswith("read back: region eu-west-2")
    last = [action.address for action in found.actions].index("virtual_ip/edge-fabric/cdn-frontend")
    plain = "\n".join(line.plain for line in step_lines(found, last, 90))
    assert "blocked by   peer/edge-fabric/edge-tokyo-02 (skipped)" in plain
    assert f"because of   {FAILED} (failed)" in plain
    assert error_text(found, last) == ""


def test_lines_of_the_stream_name_the_blocker_and_failures_what_was_read_back() -> None:
    events = edge_events(edge_plan(), fail=FAILED)
    block = next(event for event in events if isinstance(event, ActionSkipped))
    assert f"needs {FAILED}: what it needs failed" in event_line(block, 4).plain
    failed = next(event for event in events if isinstance(event, ActionFailed))
    assert "read back" not in event_line(failed, 3).plain
    assert "read back: nothing stands there" in event_line(failed, 3, held=True).plain


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
async def test_stopping_asks_first_and_ends_nothing_in_flight(size: tuple[int, int]) -> None:
    session = of()
    async with driven(session, size) as (app, pilot):
        await typed(pilot, "2")
        await until(app, pilot, "22 lines")
        await at_once(app, pilot, "C", *("enter",) * 30)
        assert session.calls == []
        await typed(pilot, "C")
        assert "in flight    1: they finish" in text(app)
        await typed(pilot, "left", "enter")
        await until(app, pilot, "pause asked")
        assert session.calls == ["pause"]
        await until(app, pilot, "PAUSING")
        await typed(pilot, "C")
        assert "cancel is off: it stops already" in text(app)


async def test_a_paused_run_is_ended_for_good_only_with_words_and_a_reason() -> None:
    session = paused()
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, "2")
        await until(app, pilot, "P resumes it, C ends it for good")
        await typed(pilot, "C")
        assert "not done     4: they are written down as not done" in text(app)
        await typed(pilot, *"wrong", "enter", "enter", *"edge", "space", "1", "enter")
        assert "not `<environment> <number destroyed>` of this plan" in text(app)
        await typed(pilot, "backspace", "0", "enter")
        await until(app, pilot, "r-0192 was ended")
        assert session.calls == ["abandon r-0192 wrong"]


async def test_a_silent_worker_is_disconnected_and_what_is_left_can_be_planned() -> None:
    session = of(beat=30.0)
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, "2")
        await until(app, pilot, "Status: DISCONNECTED")
        assert "no heartbeat for 30 s (last 12:00:12)" in text(app)
        assert "eta ~" not in text(app)
        await typed(pilot, "R")
        assert "4 of its actions are not done" in text(app)
        await typed(pilot, "left", "enter")
        await until(app, pilot, "a new plan of what r-0192 left: 2 of 2")
        assert "[1 Plan]" in lines(app)[1]
        assert session.calls == ["plan rest r-0192"]


async def test_a_step_opens_copies_and_closes_a_level_a_press() -> None:
    async with driven(of(), NARROW) as (app, pilot):
        await typed(pilot, "2")
        await until(app, pilot, "22 lines")
        await typed(pilot, "e", "enter")
        await until(app, pilot, "read back    nothing stands there")
        await typed(pilot, "y")
        assert app.clipboard.startswith(f"r-0192 {FAILED}: F0607")
        await typed(pilot, "escape")
        assert "22 lines" in text(app)
        await typed(pilot, "g", "y")
        assert app.clipboard == "fleetc watch r-0192"
        await typed(pilot, "escape")
        assert "[1 Plan]" in lines(app)[1]


async def test_finding_in_events_goes_from_one_to_the_next() -> None:
    async with driven(of(), WIDE) as (app, pilot):
        await typed(pilot, "2")
        await until(app, pilot, "22 lines")
        await typed(pilot, "slash", *"tokyo-02", "enter")
        stream = app.apply.stream
        first = stream.found
        assert first is not None
        assert "find tokyo-02" in text(app)
        await typed(pilot, "n")
        second = stream.found
        assert second is not None
        assert second.seq > first.seq
        await typed(pilot, "N")
        assert stream.found is first
        await typed(pilot, "N")
        assert stream.found is not None
        assert stream.found.seq > second.seq
        await typed(pilot, "slash", *"zzz", "enter")
        assert "not found: zzz" in text(app)
        await typed(pilot, "escape")
        assert stream.wanted == ""


async def test_a_review_can_begin_at_a_run() -> None:
    app = FleetcApp(desks(of()), first_run="r-0192")
    async with app.run_test(size=WIDE) as pilot:
        await until(app, pilot, "22 lines")
        assert "[2 Apply]" in lines(app)[1]
        assert "RUN r-0192" in lines(app)[0]


async def test_a_read_only_session_stops_nothing() -> None:
    session = of()
    session.read_only = "served"
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, "2")
        await until(app, pilot, "22 lines")
        for key, name in (("p", "pause"), ("P", "resume"), ("C", "cancel"), ("R", "planning the rest")):
            await typed(pilot, key)
            assert f"{name} is off: served" in text(app)
        assert session.calls == []
