"""The screens where rules judge, as plain text: `FLEETC_UPDATE_GOLDEN=1 pytest tests/tui` writes them anew."""

from __future__ import annotations

import os

import pytest
from textual.pilot import Pilot

from fleetc.tui.app import FleetcApp
from tests.tui.drive import NARROW, WIDE, driven, segments, text, typed
from tests.tui.judged import judged
from tests.tui.ruled import heard
from tests.tui.test_golden import GOLDEN, painted

TO_PEER = ("down",) * 15
WALK: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("rules", ()),
    ("rules-row", TO_PEER),
    ("rules-row-detail", ("enter",)),
    ("rules-denied", ("escape", "down", "space", "k")),
    ("rules-dialog", ("u", "A")),
    ("rules-help", ("escape", "3", "question_mark")),
    ("approvals", ("escape",)),
    ("approvals-used", ("down",)),
    ("approvals-reject", ("up", "R")),
)
"""Pictures in the order they are come by, each with the keys that lead on to it."""


async def rest(app: FleetcApp, pilot: Pilot[int]) -> None:
    """Wait until the session was heard on the selection, and on the request under the cursor."""
    await heard(app, pilot)
    for _ in range(100):
        asked = app.approvals.asked
        told = app.screen is not app.approvals or (asked is not None and asked.digest in app.approvals.told)
        if told and app.review.known.asked:
            break
        await pilot.pause(0.05)
    await typed(pilot)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
async def test_screens(size: tuple[int, int]) -> None:
    shown: dict[str, str] = {}
    async with driven(judged(), size) as (app, pilot):
        for name, keys in WALK:
            for key in keys:
                await typed(pilot, key)
                await rest(app, pilot)
            file = f"{name}-{size[0]}x{size[1]}.txt"
            shown[file] = await painted(app, pilot, GOLDEN / file)
    if os.environ.get("FLEETC_UPDATE_GOLDEN"):
        for name, picture in shown.items():
            (GOLDEN / name).write_text(picture, encoding="utf-8")
    for name, picture in shown.items():
        assert picture == (GOLDEN / name).read_text(encoding="utf-8"), name


async def test_without_colour_verdicts_are_words_and_stand_out() -> None:
    async with driven(judged(), no_color=True) as (app, pilot):
        await heard(app, pilot)
        cells = [segment for line in segments(app) for segment in line if segment.style]
        colors = {c.name for each in cells for c in (each.style.color, each.style.bgcolor) if c}  # type: ignore[union-attr]
        assert colors <= {"default"}
        marked = {each.text for each in cells if each.style and each.style.reverse}
        assert any("!1 deny" in words for words in marked)
        assert "!require two-look" in text(app)
        await typed(pilot, "3")
        await rest(app, pilot)
        assert "waiting" in text(app)
