"""The apply screen: a run as it goes. There is one for each environment, and it only reads.

The run belongs to a worker in another process; leaving does not stop it, and coming back folds the
same events to the same picture. Any number of these may watch one run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from textual.content import Content

from fleetc.errors import FleetcError, StateProblem
from fleetc.ports import Run
from fleetc.tui import run_paint
from fleetc.tui.desk import Desk
from fleetc.tui.screens.dialogs import Answer, Confirm, Typed
from fleetc.tui.screens.frame import bound
from fleetc.tui.screens.resting import plan_rest
from fleetc.tui.screens.running import Running
from fleetc.tui.states import barred
from fleetc.tui.watch import Seen, Watched

__all__ = ["Apply"]

POLL = 0.1
"""Seconds between two looks at a run's events: 10 batches a second at most."""
IDLE = 10
"""Of so many polls one is made when the run has ended."""
BATCH = 250
"""Events that are folded before keys have their turn."""


class Apply(Running):
    """The second screen."""

    scope: ClassVar[str] = "apply"
    BINDINGS = bound("apply")

    def __init__(self, desk: Desk, number: int) -> None:
        super().__init__(desk, name=f"apply-{number}")
        self._loaded = False
        self._looking = False
        self._polls = 0

    def on_mount(self) -> None:
        """Begin to look."""
        self.set_interval(POLL, self._poll)
        if not self.watched.run:
            self.ask("attach", self.desk.session.latest_run, self._found)

    def find_latest(self) -> None:
        """Watch the newest run, if that is another one."""
        self.ask("attach", self.desk.session.latest_run, self._newest)

    def _newest(self, run: Run | None) -> None:
        if run is not None and run.id != self.watched.run:
            self.attach(run.id)

    def _found(self, run: Run | None) -> None:
        if run is not None and not self.watched.run:
            self.attach(run.id)

    def attach(self, run: str) -> None:
        """Watch a run from its first event."""
        self.watched = Watched(run, None)
        self.seen = Seen(None, (), self.seen.now)
        self._loaded = False
        session = self.desk.session

        def load() -> Watched:
            plan = session.run_plan(run)
            if plan is None:
                raise StateProblem(f"the plan of run {run} is not in the ledger")
            return Watched(run, plan)

        self.ask("attach", load, self._attached)

    def _attached(self, watched: Watched) -> None:
        if watched.run == self.watched.run:
            self._loaded = True
            self.begin(watched)

    def action_next_environment(self) -> None:
        """Go to the run of the next environment."""
        self.fleetc.turn(self.desk, 1)

    def action_previous_environment(self) -> None:
        """Go to the run of the environment before."""
        self.fleetc.turn(self.desk, -1)

    # looking

    def _poll(self) -> None:
        self._polls += 1
        ended = self.watched.state.finished and self._polls % IDLE
        if self._looking or not self._loaded or ended:
            return
        self._looking = True
        self.work(partial(self._look, self.watched), "look")

    async def _look(self, watched: Watched) -> None:
        session, after = self.desk.session, watched.state.seq

        def look() -> Seen:
            return Seen(session.run(watched.run), session.events(watched.run, after), session.now())

        try:
            seen = await self.fleetc.on_session(look)
            if watched is self.watched:
                await self._take(watched, seen)
        except FleetcError as error:
            self.complain(error)
        finally:
            self._looking = False

    async def _take(self, watched: Watched, seen: Seen) -> None:
        self.seen = seen._replace(events=())
        for begin in range(0, len(seen.events), BATCH):
            self.show_events(seen.events[begin : begin + BATCH])
            await asyncio.sleep(0)
            if watched is not self.watched:
                return
        if seen.events:
            self.came()
        elif self.is_current:
            self.listing.refresh()
            self.paint()

    # painting

    def nothing(self) -> str:
        """What is said where there is no run."""
        return "No run yet: approve (A) and apply (X) a plan."

    def where(self, width: int) -> Content:
        """Row 1."""
        return run_paint.where_run(self.desk.session, self.watched, self.seen, width, self.wide)

    def status_lines(self, width: int) -> tuple[Content, Content]:
        """Whose run it is, and how it stands."""
        return (
            run_paint.owner(self.watched, self.seen, width),
            run_paint.status_line(self.watched, self.seen, width),
        )

    def off(self) -> Mapping[str, str]:
        """What there is a reason against."""
        reasons = {f"apply.{verb}": self._off(verb) for verb in ("pause", "resume", "cancel", "rest")}
        return {key: reason for key, reason in reasons.items() if reason}

    # keys that decide

    def _off(self, verb: str) -> str:
        checks: dict[str, Callable[[Watched, Seen], str]] = {
            "pause": run_paint.pause_off,
            "resume": run_paint.resume_off,
            "cancel": run_paint.cancel_off,
            "rest": run_paint.rest_off,
        }
        return barred(self.desk.session) or checks[verb](self.watched, self.seen)

    def _refused(self, verb: str, name: str = "") -> bool:
        reason = self._off(verb)
        if reason:
            self.say(f"{name or verb} is off: {reason}", style="bold")
        return bool(reason)

    def action_pause(self) -> None:
        """Ask for a pause: what is in flight ends, nothing new starts."""
        if not self._refused("pause"):
            self._stop()

    def _stop(self, go: bool | None = True) -> None:
        if go:
            said = "pause asked: calls in flight finish, no new one starts"
            call = partial(self.desk.session.pause, self.watched.run)
            self.ask("decide", call, lambda _none: self.say(said))

    def action_resume(self) -> None:
        """Open the dialog that finishes a run, or say why not."""
        if not self._refused("resume"):
            stakes = run_paint.stakes(self.watched)
            self.app.push_screen(Typed("Resume this run", stakes, self._words, "resume"), self._resume)

    @property
    def _words(self) -> str:
        return f"{self.desk.session.environment} {run_paint.destroyed(self.watched)}"

    def _resume(self, answer: Answer | None) -> None:
        if answer is not None:
            call = partial(self.desk.session.resume, self.watched.run)
            self.ask("decide", call, lambda _none: self.say(f"run {self.watched.run} goes on"))

    def action_cancel(self) -> None:
        """Open the dialog that stops a run after what is in flight, or ends a paused one for good."""
        if self._refused("cancel"):
            return
        if run_paint.status_word(self.watched, self.seen) in ("PAUSED", "DISCONNECTED"):
            said = run_paint.end_stakes(self.watched)
            dialog = Typed("End this run for good", said, self._words, "end it", reason=True)
            self.app.push_screen(dialog, self._abandon)
        else:
            said = run_paint.stop_stakes(self.watched)
            self.app.push_screen(Confirm("Stop this run after what is in flight", said, "stop"), self._stop)

    def _abandon(self, answer: Answer | None) -> None:
        if answer is not None:
            run, call = self.watched.run, self.desk.session.abandon
            self.ask("decide", partial(call, run, answer.reason), lambda _none: self.say(f"{run} was ended"))

    def action_rest(self) -> None:
        """Open the dialog that plans what is left, or say why not."""
        if not self._refused("rest", "planning the rest"):
            left = len(self.watched.actions) - self.watched.count("ok")
            plan_rest(self, self.desk, self.watched.run, left)

    def action_back(self) -> None:
        """Close what is open, or go to the plan: one a press."""
        if not self.closed():
            self.fleetc.show("plan")

    def action_leave(self) -> None:
        """Go back to the plan; the run goes on."""
        self.fleetc.show("plan")
