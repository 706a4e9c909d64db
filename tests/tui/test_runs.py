"""The runs screen and the replay: what is read, what is off and why, and what nobody can break."""

from __future__ import annotations

import msgspec
import pytest

from fleetc.errors import UsageProblem
from fleetc.ports import Run
from fleetc.tui.runs_paint import rest_off, run_word
from tests.tui.drive import NARROW, WIDE, at_once, driven, lines, settle, text, typed, until
from tests.tui.fleet import T0, FakeSession, edge_events, edge_plan
from tests.tui.past import finished

FAILED = "instance/edge-tokyo-02"


def run(number: int, status: str, by: str, at: str, **more: object) -> Run:
    plan = edge_plan()
    values: dict[str, object] = {
        "id": f"run-{number:04d}", "digest": plan.digest, "account": "acme", "environment": "edge",
        "status": status, "by": f"user:{by}", "started_at": at, **more,
    }  # fmt: skip
    return Run(**values)  # type: ignore[arg-type]


def of() -> FakeSession:
    """A run that goes on, one that was applied, one that failed in part, one whose worker is gone."""
    plan, session = edge_plan(), FakeSession()
    beat = session.moment - 0.4
    session.ran = (
        run(192, "running", "dana", "2026-10-19T12:00:00Z", heartbeat=beat, pid=4121, host="ops-1"),
        run(191, "applied", "kim", "2026-10-18T09:00:00Z", finished_at="2026-10-18T09:00:40Z"),
        run(190, "partial", "dana", "2026-10-17T09:00:00Z", finished_at="2026-10-17T09:00:40Z"),
        run(187, "running", "lee", "2026-10-16T09:00:00Z", heartbeat=T0 - 9000.0, pid=7, host="ops-2"),
        run(186, "refused", "lee", "2026-08-16T08:00:00Z"),
    )
    session.logs = {
        "run-0192": edge_events(plan, "run-0192")[:12],
        "run-0191": finished(plan, edge_events(plan, "run-0191")),
        "run-0190": finished(plan, edge_events(plan, "run-0190", fail=FAILED)),
        "run-0187": edge_events(plan, "run-0187")[:7],
        "run-0186": (),
    }
    return session


def many(count: int) -> FakeSession:
    session = FakeSession()
    session.ran = tuple(run(n, "applied", "kim", "2026-10-18T09:00:00Z") for n in range(count, 0, -1))
    whole = finished(edge_plan(), edge_events(edge_plan()))
    session.logs = {each.id: whole for each in session.ran}
    return session


def test_a_silent_worker_makes_a_run_lost_and_never_running() -> None:
    first, *_, lost, refused = of().ran
    assert run_word(first, T0 + 42.0) == "running"
    assert run_word(first, T0 + 99.0) == "lost"
    assert run_word(lost, T0) == "lost"
    assert run_word(refused, T0) == "refused"
    starting = msgspec.structs.replace(first, status="starting", heartbeat=0.0)
    assert run_word(starting, T0 + 5.0) == "starting"
    assert run_word(starting, T0 + 25.0) == "lost"
    assert "is being done" in rest_off(first, None, T0)


async def test_only_runs_that_are_seen_are_read() -> None:
    session = many(10_000)
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, "6")
        await until(app, pilot, "12/12")
        assert "Runs 10,000" in text(app)
        read = [name for call in session.calls for name in call.split()[1:] if call.startswith("tallies")]
        assert 0 < len(read) <= WIDE[1]
        await typed(pilot, "G")
        await until(app, pilot, "run-0001")
        await until(app, pilot, "12/12")
        await typed(pilot, "slash", *"run-4711", "enter")
        await until(app, pilot, "1 of 10,000 shown")
        await until(app, pilot, "Run run-4711")
        await typed(pilot, "escape")
        assert "run-0001" in text(app)
        read = [name for call in session.calls for name in call.split()[1:] if call.startswith("tallies")]
        assert len(read) <= 4 * WIDE[1]


async def test_rows_pane_and_what_is_off() -> None:
    session = of()
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, "6")
        await until(app, pilot, "Run run-0192")
        await until(app, pilot, "9/12")
        shown = text(app)
        for words in ("run-0192 running on ops-1", "1 failed", "its worker is silent", "did not begin"):
            assert words in shown
        assert "1 applied  1 lost  1 partial  1 running" in shown
        assert "R plan the rest... (off)" in lines(app)[-1]
        await typed(pilot, "R")
        assert "planning the rest is off: the run is running" in text(app)
        await typed(pilot, "j")
        await until(app, pilot, "replays its 26 events")
        await typed(pilot, "R")
        await until(app, pilot, "planning the rest is off: nothing is left")
        await typed(pilot, "j")
        await until(app, pilot, "FAILED      F0607 x1  rate limited, gave up")
        assert f"wave 3 {FAILED}" in text(app)
        assert session.calls == [call for call in session.calls if call.startswith("tallies")]


async def test_the_rest_is_planned_in_a_dialog_and_opened_in_the_review() -> None:
    session = of()
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, "6", "j", "j")
        await until(app, pilot, "plans anew what is left (3)")
        await typed(pilot, "R")
        assert "3 of its actions are not done" in text(app)
        await typed(pilot, "enter")
        assert "plan rest run-0190" not in session.calls
        await typed(pilot, "R", "left", "enter")
        await until(app, pilot, "a new plan of what run-0190 left: 2 of 2")
        assert "[1 Plan]" in lines(app)[1]
        assert session.calls.count("plan rest run-0190") == 1


async def test_held_keys_plan_export_and_end_nothing() -> None:
    session = of()
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, "6", "j", "j")
        await until(app, pilot, "plans anew what is left (3)")
        await at_once(app, pilot, "R", *("enter",) * 30)
        await at_once(app, pilot, "escape", "6", "S", *("enter",) * 30)
        assert [call for call in session.calls if not call.startswith("tallies")] == []


async def test_export_asks_where_and_says_why_not() -> None:
    session = of()
    async with driven(session, NARROW) as (app, pilot):
        await typed(pilot, "6", "j")
        await until(app, pilot, "replays its 26 events")
        await typed(pilot, "S")
        assert "run-0191.jsonl" in text(app)
        await typed(pilot, "enter")
        await until(app, pilot, "saved: /here/run-0191.jsonl")
        session.problem = UsageProblem("run-0191.jsonl is there already", state="nothing was saved")
        await typed(pilot, "S", "enter")
        await until(app, pilot, "! run-0191.jsonl is there already  nothing was saved")


async def test_two_runs_are_compared_and_escape_takes_it_back_a_step_a_press() -> None:
    async with driven(of(), WIDE) as (app, pilot):
        await typed(pilot, "6", "j")
        await until(app, pilot, "Run run-0191")
        await typed(pilot, "c")
        assert "A is run-0191" in text(app)
        await typed(pilot, "c")
        assert "run-0191 is A already" in text(app)
        await typed(pilot, "j", "c")
        await until(app, pilot, "A run-0191  B run-0190")
        assert f"create {FAILED}" in text(app)
        assert "ok -> failed" in text(app)
        await typed(pilot, "escape")
        assert "ok -> failed" not in text(app)
        await typed(pilot, "escape", "y")
        assert app.clipboard == "run-0190"
        await typed(pilot, "escape")
        assert "[1 Plan]" in lines(app)[1]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
async def test_a_replay_steps_plays_and_goes_back(size: tuple[int, int]) -> None:
    session = of()
    async with driven(session, size) as (app, pilot):
        await typed(pilot, "6", "j", "j")
        await until(app, pilot, "run-0190")
        await typed(pilot, "enter")
        await until(app, pilot, "event 1 of 25")
        assert "run-0190" in lines(app)[0]
        assert "REPLAY, not live" in lines(app)[0]
        await typed(pilot, "enter", "full_stop", "enter")
        await until(app, pilot, "event 4 of 25")
        await typed(pilot, "comma")
        await until(app, pilot, "event 3 of 25")
        assert app.replaying.watched.state.seq == 3
        await typed(pilot, "dollar_sign")
        await until(app, pilot, "event 25 of 25  at its end")
        assert app.replaying.watched.count("failed") == 1
        await typed(pilot, "e", "d")
        await until(app, pilot, "F0607 rate limited, gave up")
        await typed(pilot, "y")
        assert app.clipboard.startswith(f"run-0190 {FAILED}: F0607 rate limited, gave up\nstate: not done")
        await typed(pilot, "escape", "circumflex_accent")
        await until(app, pilot, "event 1 of 25")
        await typed(pilot, *("greater_than_sign",) * 4, "p")
        await until(app, pilot, "event 25 of 25  at its end")
        await typed(pilot, "q")
        assert "[6 Runs]" in lines(app)[1]
        assert not [call for call in session.calls if call.split()[0] in ("apply", "resume", "pause")]


async def test_enter_on_a_run_that_goes_on_watches_it() -> None:
    async with driven(of(), WIDE) as (app, pilot):
        await typed(pilot, "6")
        await until(app, pilot, "Run run-0192")
        await typed(pilot, "enter")
        await until(app, pilot, "RUN run-0192")
        assert "[2 Apply]" in lines(app)[1]


async def test_no_run_yet() -> None:
    session = FakeSession()
    async with driven(session, NARROW) as (app, pilot):
        await typed(pilot, "6")
        await until(app, pilot, "no run yet")
        await typed(pilot, "R", "S", "c", "enter", "j")
        await settle(pilot)
        assert session.calls == []


async def test_a_read_only_session_says_why_its_keys_are_off() -> None:
    session = of()
    session.read_only = "offline"
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, "6", "j", "j")
        await until(app, pilot, "READ-ONLY (offline)")
        await typed(pilot, "R")
        assert "planning the rest is off: offline" in text(app)
        await typed(pilot, "S")
        assert "export is off: offline" in text(app)
        assert "S export... (off)" in lines(app)[-1]
