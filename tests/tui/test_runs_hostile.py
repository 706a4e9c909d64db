"""Runs whose every word was made to harm: they show as text, on the list, in full, compared, replayed."""

from __future__ import annotations

import pytest

from fleetc.events import RunFinished
from fleetc.ports import Run
from fleetc.run.state import fold, result_record
from tests.tui.drive import NARROW, WIDE, driven, segments, typed, until
from tests.tui.fleet import at
from tests.tui.test_hostile import HOSTILE, check, hostile

STARTED = "2026-10-18T09:00:00Z"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
async def test_hostile_runs_are_only_text(size: tuple[int, int]) -> None:
    session = hostile()
    evil = "".join(HOSTILE[:8])
    events = session.stored[:-1]
    record = result_record(session.plan, fold(events), {}, {})
    end = RunFinished(run="r", seq=len(events) + 1, at=at(9), status=evil, result=record)
    session.ran = (
        Run("r", evil, evil, evil, "partial", evil, STARTED, host=evil, pid=1),
        Run(evil, evil, evil, evil, "running", evil, STARTED, heartbeat=1.0, host=evil, pid=1),
        *(Run(f"{name}{n}", name, name, name, "applied", name, STARTED) for n, name in enumerate(HOSTILE)),
    )
    session.logs = {run.id: (*events, end) for run in session.ran}
    async with driven(session, size) as (app, pilot):
        await typed(pilot, "6")
        await until(app, pilot, "failed")
        for _ in session.ran:
            await typed(pilot, "j")
            check(segments(app))  # type: ignore[arg-type]
        await typed(pilot, "g", "j")
        for keys in (("S",), ("escape", "R"), ("escape", "c"), ("j", "c"), ("escape", "escape", "y")):
            await typed(pilot, *keys)
            check(segments(app))  # type: ignore[arg-type]
        await typed(pilot, "g", "j", "enter")
        await until(app, pilot, "REPLAY")
        for keys in (
            ("enter",) * 3,
            ("dollar_sign",),
            ("e", "d"),
            ("y",),
            ("escape", "f"),
            ("slash", "[", "/"),
        ):
            await typed(pilot, *keys)
            check(segments(app))  # type: ignore[arg-type]
        assert app.is_running
    assert not [call for call in session.calls if not call.startswith("tallies")]
