"""The screens as plain text. `FLEETC_UPDATE_GOLDEN=1 pytest tests/tui` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fleetc.ports import Run
from tests.tui.drive import NARROW, WIDE, driven, text, typed
from tests.tui.fleet import FakeSession, edge_events, edge_plan

GOLDEN = Path(__file__).parent / "golden"
LONDON = ("down",) * 6

SCREENS: dict[str, tuple[str, ...]] = {
    "review": (),
    "review-left-out": (*LONDON, "space"),
    "review-folded": ("minus", "down", "down"),
    "review-detail": (*("down",) * 8, "enter"),
    "dialog": (*LONDON, "space", "A"),
    "help": ("question_mark",),
    "apply": ("2",),
}


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
@pytest.mark.parametrize("name", SCREENS)
async def test_screen(name: str, size: tuple[int, int]) -> None:
    session = FakeSession()
    session.stored = edge_events(edge_plan(), fail="instance/edge-tokyo-02")[:22]
    session.record = Run("r-0192", "", "acme", "edge", "running", "dana", "", heartbeat=session.moment - 0.4)
    async with driven(session, size) as (app, pilot):
        await typed(pilot, *SCREENS[name])
        if name == "apply":
            await pilot.pause(0.3)
            await typed(pilot, "e")
        shown = text(app)
    path = GOLDEN / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("FLEETC_UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")
