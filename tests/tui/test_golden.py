"""The screens as plain text. `FLEETC_UPDATE_GOLDEN=1 pytest tests/tui` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual.pilot import Pilot

from fleetc.ports import Run
from fleetc.tui.app import FleetcApp
from tests.tui.drive import NARROW, WIDE, driven, text, typed
from tests.tui.fleet import FakeSession, edge_events, edge_plan

GOLDEN = Path(__file__).parent / "golden"

WALK: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("review", ()),
    ("review-folded", ("minus", "down", "down")),
    ("review-left-out", ("equals_sign", "g", *("down",) * 6, "space")),
    ("dialog", ("A",)),
    ("review-detail", ("escape", "u", "down", "down", "enter")),
    ("help", ("escape", "question_mark")),
    ("apply", ("escape", "2")),
    ("apply-failure", ("e",)),
)
"""Pictures in the order they are come by, each with the keys that lead on to it."""


async def rest(app: FleetcApp, pilot: Pilot[int]) -> None:
    """Wait until the session was heard on the selection, and on the run's events."""
    for _ in range(100):
        heard = app.review.world.of(app.review.choice.ticked) is not None
        watched = app.screen is not app.apply or app.apply.watched.state.seq == 22
        if heard and watched and app.review.known.waves:
            break
        await pilot.pause(0.05)
    await typed(pilot)


async def painted(app: FleetcApp, pilot: Pilot[int], golden: Path) -> str:
    """The screen, given time to be painted to its end on a busy machine."""
    wanted = golden.read_text(encoding="utf-8") if golden.exists() else ""
    for _ in range(40):
        if text(app) == wanted:
            break
        await pilot.pause(0.05)
    return text(app)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
async def test_screens(size: tuple[int, int]) -> None:
    session = FakeSession()
    session.stored = edge_events(edge_plan(), fail="instance/edge-tokyo-02")[:22]
    session.record = Run("r-0192", "", "acme", "edge", "running", "dana", "", heartbeat=session.moment - 0.4)
    shown: dict[str, str] = {}
    async with driven(session, size) as (app, pilot):
        for name, keys in WALK:
            for key in keys:
                await typed(pilot, key)
            await rest(app, pilot)
            file = f"{name}-{size[0]}x{size[1]}.txt"
            shown[file] = await painted(app, pilot, GOLDEN / file)
    if os.environ.get("FLEETC_UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        for name, picture in shown.items():
            (GOLDEN / name).write_text(picture, encoding="utf-8")
    for name, picture in shown.items():
        assert picture == (GOLDEN / name).read_text(encoding="utf-8"), name
