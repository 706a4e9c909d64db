"""Driving the app without a terminal: keys in, plain text out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from rich.segment import Segment
from textual import events
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from fleetc.tui.app import DEFAULT, FleetcApp
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk, Desks, Unplanned
from fleetc.tui.look import Look
from tests.tui.fleet import FakeSession

WIDE, NARROW = (120, 36), (80, 24)


def desks(*branches: FakeSession | Unplanned) -> Desks:
    return Desks([b if isinstance(b, Unplanned) else Desk(b, Choice(b.plan)) for b in branches])


@asynccontextmanager
async def driven(
    session: FakeSession,
    size: tuple[int, int] = WIDE,
    *others: FakeSession | Unplanned,
    no_color: bool = False,
    look: Look = DEFAULT,
) -> AsyncIterator[tuple[FleetcApp, Pilot[int]]]:
    app = FleetcApp(desks(session, *others), no_color=no_color, look=look)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield app, pilot


async def settle(pilot: Pilot[int], rounds: int = 3) -> None:
    """Wait until workers and repaints have come to rest."""
    for _ in range(rounds):
        with suppress(WorkerCancelled):  # a newer question of the same group took its place
            await pilot.app.workers.wait_for_complete()
        await pilot.pause()


async def typed(pilot: Pilot[int], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


async def at_once(app: FleetcApp, pilot: Pilot[int], *keys: str) -> None:
    """Keys that are all in the queue before the first one is handled."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))
    await settle(pilot, 5)


async def until(app: FleetcApp, pilot: Pilot[int], words: str) -> None:
    """Wait until the screen shows `words`; fails when it never does."""
    for _ in range(200):
        if words in text(app):
            return
        await pilot.pause(0.02)
    raise AssertionError(f"{words!r} never came:\n{text(app)}")


def segments(app: FleetcApp) -> list[list[Segment]]:
    return [list(strip) for strip in app.screen._compositor.render_strips()]


def lines(app: FleetcApp) -> list[str]:
    return ["".join(segment.text for segment in line) for line in segments(app)]


def text(app: FleetcApp) -> str:
    return "\n".join(line.rstrip() for line in lines(app)) + "\n"


WORDS = ("e", "d", "g", "e", "space", "0")
"""What has to be typed to approve a plan of `edge` that destroys nothing."""
