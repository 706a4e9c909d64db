"""The drift and snapshots screens as plain text (see `test_golden`), and with names made to harm."""

from __future__ import annotations

import os

import msgspec
import pytest

from fleetc.ports import Run
from fleetc.service.drifting import DriftReport
from tests.tui.drive import NARROW, WIDE, driven, segments, typed, until
from tests.tui.fleet import FakeSession, plan_of
from tests.tui.test_drift import drifted
from tests.tui.test_golden import GOLDEN, painted
from tests.tui.test_hostile import HOSTILE, check, hostile
from tests.tui.test_snapshots import kept
from tests.tui.travel import drifted_plan, live, shelf, snapshot

WALK: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("drift", ("4",), "lifecycle_class"),
    ("drift-put-back", ("space", "space", "P"), "Make the plan"),
    ("snapshots", ("escape", "5"), "taken"),
    ("snapshots-diff", ("G", "a", "g", "down", "b", "d"), "5 differ"),
    ("snapshots-past", ("escape", "p"), "Changes 3"),
)
"""Pictures in the order they are come by, each with its keys and the words that are waited for."""


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
async def test_screens(size: tuple[int, int]) -> None:
    session, past = drifted(), kept()
    session.shelved, session.taken, session.against = past.shelved, past.taken, past.against
    shown: dict[str, str] = {}
    async with driven(session, size) as (app, pilot):
        for name, keys, words in WALK:
            await typed(pilot, *keys)
            await until(app, pilot, words if size == WIDE or name != "snapshots" else "snap-3")
            await pilot.pause(0.3)
            await typed(pilot)
            file = f"{name}-{size[0]}x{size[1]}.txt"
            shown[file] = await painted(app, pilot, GOLDEN / file)
    for name, picture in shown.items():
        if os.environ.get("FLEETC_UPDATE_GOLDEN"):
            (GOLDEN / name).write_text(picture, encoding="utf-8")
        assert picture == (GOLDEN / name).read_text(encoding="utf-8"), name


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_an_account_without_drift_says_so(size: tuple[int, int]) -> None:
    report = DriftReport("main", "4be2d10", "snap-12", "2026-10-19T12:00:00Z", resources=612)
    file = GOLDEN / f"drift-none-{size[0]}x{size[1]}.txt"
    async with driven(FakeSession(plan=plan_of(()), told_of=lambda _: report), size) as (app, pilot):
        await typed(pilot, "4")
        await until(app, pilot, "No drift")
        picture = await painted(app, pilot, file)
    if os.environ.get("FLEETC_UPDATE_GOLDEN"):
        file.write_text(picture, encoding="utf-8")
    assert picture == file.read_text(encoding="utf-8")


def evil() -> FakeSession:
    """Names, values, labels, problems and ids that are made to harm."""
    session = hostile()
    changes = {
        each.address: {"labels": (HOSTILE[n], HOSTILE[-n])} for n, each in enumerate(session.plan.actions)
    }
    plan = drifted_plan(session.plan, dict(list(changes.items())[::2]), *list(changes)[1::2])
    session.plan = msgspec.structs.replace(plan, snapshot_taken_at="2026-10-19T12:00:00Z")
    session.stood = {f"node/{name}": live(f"node/{name}", **{name: name}) for name in HOSTILE}
    old = snapshot(1, "2026-10-17T18:00:02Z", *(live(f"node/{name}", x=name) for name in HOSTILE[::2]))
    new = snapshot(2, "2026-10-18T18:00:02Z", *(live(f"node/{name}", x=[name]) for name in HOSTILE))
    new = msgspec.structs.replace(new, complete=False, problems=HOSTILE)
    run = Run("".join(HOSTILE[:3]), "", "", "", "applied", "", "2026-10-18T00:00:00Z")
    session.shelved = shelf(new, old, why=(HOSTILE[2], HOSTILE[5]), runs=(run,))
    session.taken = {"snap-1": old, "snap-2": new}
    session.against = lambda _: plan
    return session


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_hostile_text_is_only_text(size: tuple[int, int]) -> None:
    session = evil()
    async with driven(session, size) as (app, pilot):
        await typed(pilot, "4")
        for _ in range(len(HOSTILE) + 3):
            app.drift.listing.move(1)
            app.drift.paint()
            await pilot.pause(0)
            check(segments(app))  # type: ignore[arg-type]
        await typed(pilot, "g", "enter", "o", "y")
        check(segments(app))  # type: ignore[arg-type]
        await typed(pilot, "P")
        check(segments(app))  # type: ignore[arg-type]
        await typed(pilot, "escape", "slash", *"[/", "enter", "escape", "5")
        await typed(pilot, "down", "a", "d")
        await until(app, pilot, "differ")
        check(segments(app))  # type: ignore[arg-type]
        app.snapshots.growth.focus()
        for _ in range(2 * len(HOSTILE)):
            app.snapshots.growth.move(1)
            await pilot.pause(0)
            check(segments(app))  # type: ignore[arg-type]
        await typed(pilot, "enter")
        check(segments(app))  # type: ignore[arg-type]
        await typed(pilot, "escape", "escape", "enter", "p")
        check(segments(app))  # type: ignore[arg-type]
        assert app.is_running
    assert {call.split()[0] for call in session.calls} <= {"diff", "back"}
