"""The replay: the events of a run that is over, stepped through as if it were going on.

It reads the run once, and then asks nobody. Where motion is reduced it stands still until somebody
steps or plays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.content import Content

from fleetc.errors import StateProblem
from fleetc.events import RunEvent
from fleetc.plan.actions import Plan
from fleetc.tui import replay_paint
from fleetc.tui.desk import Desk
from fleetc.tui.replay import Player
from fleetc.tui.screens.frame import bound
from fleetc.tui.screens.running import Running
from fleetc.tui.watch import Seen, Watched

__all__ = ["Replaying"]

TICK = 0.1
"""Seconds between two steps of the clock while it plays."""
MOST = 500
"""Events shown at once, however fast it plays."""


class Replaying(Running):
    """Over the runs screen, which `q` and `esc` go back to."""

    scope: ClassVar[str] = "replay"
    BINDINGS = bound("replay")

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, name="replay")
        self.player = Player(())
        self._plan: Plan | None = None

    @property
    def tab(self) -> str:
        """Row 2 shows the runs screen as the one that this belongs to."""
        return "runs"

    def on_mount(self) -> None:
        """Let the clock go."""
        self.set_interval(TICK, self._tick)

    def load(self, desk: Desk, run: str) -> None:
        """Read a run of an environment, and begin at its first event."""
        self.desk = desk
        self.player = Player(())
        self.watched = Watched(run, None)
        session = desk.session

        def read() -> tuple[Plan, Player]:
            plan = session.run_plan(run)
            if plan is None:
                raise StateProblem(f"the plan of run {run} is not in the ledger")
            return plan, Player(session.events(run, 0))

        self.ask("replay", read, partial(self._loaded, run))
        self.say(f"reading {run} ...")

    def _loaded(self, run: str, answer: tuple[Plan, Player]) -> None:
        self._plan, self.player = answer
        self.player.playing = self.app.animation_level != "none"
        self.begin(Watched(run, self._plan))
        self.say("", "p plays or stops, enter steps" if self.player.events else "this run has no event")
        self._show(self.player.step())

    # playing

    def _tick(self) -> None:
        if self.is_current and self.player.playing:
            self._show(self.player.advance(TICK, MOST))

    def _show(self, events: Sequence[RunEvent]) -> None:
        self.seen = Seen(None, (), self.player.now)
        if events:
            self.show_events(events)
            self.came()
        else:
            self.listing.refresh()
            self.paint()

    def action_play(self) -> None:
        """Play, or stop; at the end, from the first event on."""
        if self.player.ended:
            self.go(0)
        self.player.playing = not self.player.playing
        self.paint()

    def action_step(self) -> None:
        """Show the next event."""
        self.player.playing = False
        self._show(self.player.step())

    def action_step_back(self) -> None:
        """Show the run as it was one event ago."""
        self.player.playing = False
        self.go(self.player.at - 1)

    def action_first(self) -> None:
        """Go to the first event."""
        self.go(1)

    def action_last(self) -> None:
        """Go to the last event."""
        self.player.playing = False
        self.go(len(self.player.events))

    def action_faster(self) -> None:
        """Play faster."""
        self._play_at(1)

    def action_slower(self) -> None:
        """Play slower."""
        self._play_at(-1)

    def _play_at(self, steps: int) -> None:
        self.player.faster(steps)
        self.say(f"speed x{self.player.speed}")

    def go(self, at: int) -> None:
        """Show the run as it was after so many events."""
        events = self.player.go(at)
        self.work(partial(self._fold, self.watched.run, events), "go", exclusive=True)

    async def _fold(self, run: str, events: Sequence[RunEvent]) -> None:
        """Fold from the first event on, a part at a time, so that keys have their turn."""
        watched = Watched(run, self._plan)
        for begin in range(0, len(events), MOST):
            watched.absorb(events[begin : begin + MOST])
            await asyncio.sleep(0)
        watched.failures_only = self.watched.failures_only
        watched.settle()
        watched.rows.carry(self.watched.rows)
        wanted = self.stream.wanted
        self.begin(watched)
        self.stream.wanted = wanted
        self.stream.take(events)
        self._show(())

    # painting

    def where(self, width: int) -> Content:
        """Row 1."""
        return replay_paint.where_replay(self.desk.session, self.watched, self.player, width)

    def status_lines(self, width: int) -> tuple[Content, Content]:
        """How far the replay is."""
        return replay_paint.place(self.player, width), replay_paint.pointer(self.player, width)

    # leaving

    def action_next_environment(self) -> None:
        """Say where the runs of other environments are."""
        self.say("a replay is of one run", "6 lists those of every environment")

    def action_previous_environment(self) -> None:
        """Say where the runs of other environments are."""
        self.action_next_environment()

    def action_back(self) -> None:
        """Close what is open, or go to the runs: one a press."""
        if not self.closed():
            self.action_leave()

    def action_leave(self) -> None:
        """Go back to the runs."""
        self.player.playing = False
        self.fleetc.show("runs")
