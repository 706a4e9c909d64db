"""The runs screen, a replay and a step in full, as plain text (`FLEETC_UPDATE_GOLDEN=1` writes them)."""

from __future__ import annotations

import os

import pytest

from tests.tui.drive import NARROW, WIDE, driven, typed, until
from tests.tui.test_apply import of as going
from tests.tui.test_golden import GOLDEN, painted
from tests.tui.test_runs import of

WALK: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("runs", ("6", "j", "j"), "first at 12:00:07|first       12:00:07"),
    ("runs-compared", ("k", "c", "j", "c"), "-> failed"),
    ("replay", ("escape", "escape", "enter", "dollar_sign", "comma", "comma", "e"), "event 23 of 25"),
)
"""Pictures in the order they are come by: the keys that lead on to each, and words that show it is there."""


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
async def test_screens(size: tuple[int, int]) -> None:
    shown: dict[str, str] = {}
    async with driven(of(), size) as (app, pilot):
        for name, keys, words in WALK:
            for key in keys:
                await typed(pilot, key)
            await until(app, pilot, words.split("|")[size == WIDE and "|" in words])
            file = f"{name}-{size[0]}x{size[1]}.txt"
            shown[file] = await painted(app, pilot, GOLDEN / file)
    async with driven(going(), size) as (app, pilot):
        await typed(pilot, "2")
        await until(app, pilot, "22 lines")
        await typed(pilot, "e", "enter")
        await until(app, pilot, "needed by")
        file = f"apply-step-{size[0]}x{size[1]}.txt"
        shown[file] = await painted(app, pilot, GOLDEN / file)
    if os.environ.get("FLEETC_UPDATE_GOLDEN"):
        for name, picture in shown.items():
            (GOLDEN / name).write_text(picture, encoding="utf-8")
    for name, picture in shown.items():
        assert picture == (GOLDEN / name).read_text(encoding="utf-8"), name
