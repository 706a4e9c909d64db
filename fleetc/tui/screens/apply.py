"""The apply screen: waves with the state of each action, the stream of events, what failed.

There is one for each environment. It only reads. The run belongs to a worker in another process; leaving does not stop it, and
coming back folds the same events to the same picture.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from fleetc.errors import FleetcError, StateProblem
from fleetc.ports import Run
from fleetc.tui import run_paint
from fleetc.tui.desk import Desk
from fleetc.tui.line import Line
from fleetc.tui.rows import Rows
from fleetc.tui.screens.dialogs import Answer, Typed
from fleetc.tui.screens.frame import Frame, Rule, bound
from fleetc.tui.stream import Stream
from fleetc.tui.text import Part, lined, shown
from fleetc.tui.tree import Tree
from fleetc.tui.watch import Seen, Watched

__all__ = ["Apply"]

POLL = 0.1
"""Seconds between two looks at a run's events: 10 batches a second at most."""
IDLE = 10
"""Of so many polls one is made when the run has ended."""


class Apply(Frame):
    """The second screen."""

    scope: ClassVar[str] = "apply"
    BINDINGS = bound("apply")

    def __init__(self, desk: Desk, number: int) -> None:
        super().__init__(name=f"apply-{number}")
        self.desk = desk
        self.watched = Watched("", None)
        self.seen = Seen(None, (), 0.0)
        self.listing = Tree(self.row, id="waves")
        self.stream = Stream(id="stream")
        self._loaded = False
        self._looking = False
        self._polls = 0

    # layout

    def left(self) -> Iterator[Widget]:
        """Progress, then the waves."""
        yield Line(id="run", classes="wide-only")
        yield Line(id="progress")
        yield Line(id="counts")
        yield Rule()
        yield self.listing

    def right(self) -> Iterator[Widget]:
        """The stream."""
        yield Line(id="stream-head", classes="wide-only")
        yield Rule(classes="wide-only")
        yield self.stream
        yield Line(id="stream-foot", classes="narrow-only")

    def below(self) -> Iterator[Widget]:
        """What failed, and how the run stands."""
        yield Rule()
        yield Line(id="failure")
        yield Line(id="failure-more", classes="wide-only")
        yield Line(id="owner")
        yield Line(id="status", classes="wide-only")

    def shape(self, size: Size) -> tuple[int, int]:
        """The waves have 50 of 120 columns; the stream 6 of 24 rows."""
        return size.width * 50 // 120, max(6, size.height // 4)

    def on_mount(self) -> None:
        """Begin to look."""
        self.listing.load(self.watched.rows)
        self.listing.focus()
        self.set_interval(POLL, self._poll)
        if not self.watched.run:
            self.ask("attach", self.desk.session.latest_run, self._found)

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
        if watched.run != self.watched.run:
            return
        self.watched, self._loaded = watched, True
        self.stream.clear()
        self.stream.wave_of = watched.wave.get
        self.listing.load(watched.rows)

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
        except FleetcError as error:
            self.complain(error)
            return
        finally:
            self._looking = False
        if watched is self.watched:
            self._take(seen)

    def _take(self, seen: Seen) -> None:
        self.seen = seen
        new = self.watched.take(seen.events)
        if new:
            self.stream.take(new)
            self.listing.settle()
        elif self.is_current:
            self.listing.refresh()
            self.paint()

    # painting

    @property
    def rows(self) -> Rows:
        """The rows of the waves."""
        return self.watched.rows

    def row(self, row: int, width: int) -> Content:
        """One wave or action."""
        return run_paint.run_row(self.watched, row, width, self.seen.now)

    def where(self, width: int) -> Content:
        """Row 1."""
        return run_paint.where_run(self.desk.session, self.watched, self.seen, width, self.wide)

    def off(self) -> Collection[str]:
        """Pause and resume, when there is nothing to pause or resume."""
        reasons = {
            "apply.pause": run_paint.pause_off(self.watched, self.seen),
            "apply.resume": run_paint.resume_off(self.watched, self.seen),
        }
        return [key for key, reason in reasons.items() if reason]

    def paint(self) -> None:
        """Every line; tree and stream paint themselves."""
        super().paint()
        width = self.size.width
        if not self.is_mounted or not width:
            return
        watched = self.watched
        left = self.room("progress")
        if not watched.run:
            self.line("progress", lined(left, [Part(shown("No run yet: approve (A) and apply (X) a plan."))]))
            return
        self.line("run", run_paint.run_line(watched, left))
        self.line("progress", run_paint.progress(watched, left, self.wide))
        self.line("counts", run_paint.counts(watched, self.seen, left, self.wide))
        head = run_paint.stream_head(self.stream, self.wide)
        self.line("stream-head", lined(self.room("stream-head"), *head))
        self.line("stream-foot", lined(width, *head))
        for name, content in zip(("failure", "failure-more"), run_paint.failure(watched, width), strict=True):
            self.line(name, content)
        self.line("owner", run_paint.owner(watched, self.seen, width))
        self.line("status", run_paint.status_line(watched, self.seen, width))

    @on(Tree.Moved)
    @on(Stream.Followed)
    def _changed(self) -> None:
        self.paint()

    # keys

    def action_fold(self) -> None:
        """Open or close a wave."""
        row = self.rows.cursor
        if row >= 0 and self.rows.leaf < 0:
            self.listing.fold(row, is_open=not self.rows.is_open(row))

    @on(Tree.Clicked)
    def _clicked(self) -> None:
        self.action_fold()

    def action_tail(self) -> None:
        """Follow the newest event, or stop."""
        self.stream.follow = not self.stream.follow
        self.stream.settle()
        self.say(f"follow {'ON' if self.stream.follow else 'off'}")

    def action_failures(self) -> None:
        """Show only what failed, or all."""
        self.stream.failures_only = self.watched.failures_only = not self.stream.failures_only
        self.watched.settle()
        self.stream.settle()
        self.listing.settle()
        self.say(
            "only what failed, clashed or was blocked" if self.stream.failures_only else "", "f shows all"
        )

    def _seek(self, backwards: bool) -> None:
        if self.rows.seek(self.watched.bad, backwards):
            self.listing.settle()
        else:
            self.say("nothing failed")

    def action_next_failure(self) -> None:
        """Go to the next failure."""
        self._seek(False)

    def action_previous_failure(self) -> None:
        """Go to the previous failure."""
        self._seek(True)

    def action_copy(self) -> None:
        """Copy the command that watches this run."""
        if self.watched.run:
            self.fleetc.copy(f"fleetc watch {self.watched.run}")

    def action_pause(self) -> None:
        """Ask for a pause: what is in flight ends, nothing new starts."""
        if reason := run_paint.pause_off(self.watched, self.seen):
            self.say(f"pause is off: {reason}", style="bold")
            return
        call = partial(self.desk.session.pause, self.watched.run)
        self.ask(
            "decide", call, lambda _none: self.say("pause asked: calls in flight finish, no new one starts")
        )

    def action_resume(self) -> None:
        """Open the dialog that finishes a run, or say why not."""
        read_only = self.desk.session.read_only
        if reason := read_only or run_paint.resume_off(self.watched, self.seen):
            self.say(f"resume is off: {reason}", style="bold")
            return
        session = self.desk.session
        expected = f"{session.environment} {run_paint.destroyed(self.watched)}"
        dialog = Typed("Resume this run", run_paint.stakes(self.watched), expected, "resume")
        self.app.push_screen(dialog, self._resume)

    def _resume(self, answer: Answer | None) -> None:
        if answer is not None:
            call = partial(self.desk.session.resume, self.watched.run)
            self.ask("decide", call, lambda _none: self.say(f"run {self.watched.run} goes on"))

    def action_back(self) -> None:
        """Show all again, take the zoom back, or go to the plan."""
        if self.stream.failures_only:
            self.action_failures()
        elif not self.unzoom():
            self.fleetc.show("plan")

    def action_leave(self) -> None:
        """Go back to the plan; the run goes on."""
        self.fleetc.show("plan")
