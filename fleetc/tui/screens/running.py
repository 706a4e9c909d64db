"""The base of the two screens that show one run: as it goes, and as it was.

Waves with the state of each action stand on the left, the events on the right, what failed below.
A subclass says where the events come from, and has `watched`, the fold of those shown so far.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence

from textual import on
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Input

from fleetc.events import RunEvent
from fleetc.tui import run_paint
from fleetc.tui.desk import Desk
from fleetc.tui.line import Line, Lines
from fleetc.tui.rows import Rows
from fleetc.tui.screens.frame import Frame, Rule
from fleetc.tui.step_paint import error_text, step_lines
from fleetc.tui.stream import Stream
from fleetc.tui.text import Part, lined, shown
from fleetc.tui.tree import Tree
from fleetc.tui.watch import Seen, Watched

__all__ = ["Running"]


class Running(Frame):
    """A run: its waves, its events, one of its actions in full."""

    def __init__(self, desk: Desk, *, name: str) -> None:
        super().__init__(name=name)
        self.desk = desk
        self.watched = Watched("", None)
        self.seen = Seen(None, (), 0.0)
        self.listing = Tree(self.row, id="waves")
        self.stream = Stream(id="stream")
        self.step = Lines(id="step")
        self.typing = Input(id="typing", compact=True, restrict=r"[^\x00-\x1f\x7f-\x9f]*")

    # layout

    def left(self) -> Iterator[Widget]:
        """Progress, then the waves."""
        yield Line(id="run", classes="wide-only")
        yield Line(id="progress")
        yield Line(id="counts")
        yield Rule()
        yield self.listing

    def right(self) -> Iterator[Widget]:
        """The stream, or one action in its place."""
        yield Line(id="stream-head", classes="wide-only")
        yield Rule(classes="wide-only")
        yield self.stream
        yield self.step
        yield Line(id="stream-foot", classes="narrow-only")

    def below(self) -> Iterator[Widget]:
        """What failed, and how the run stands."""
        yield Rule()
        yield Line(id="failure")
        yield Line(id="failure-more", classes="wide-only")
        yield Line(id="owner")
        yield Line(id="status", classes="wide-only")
        yield self.typing

    def shape(self, size: Size) -> tuple[int, int]:
        """The waves have 50 of 120 columns; the stream 6 of 24 rows."""
        return size.width * 50 // 120, max(6, size.height // 4)

    def on_mount(self) -> None:
        """Show the waves."""
        self.typing.display = False
        self.step.display = False
        self.listing.load(self.watched.rows)
        self.listing.focus()

    # the run

    def begin(self, watched: Watched) -> None:
        """Show another run, from no event on."""
        self.watched = watched
        self.stream.clear()
        self.stream.wave_of = watched.wave.get
        self.listing.load(watched.rows)

    def show_events(self, events: Sequence[RunEvent]) -> None:
        """Show what is new; `came` is for after the last batch."""
        self.stream.take(self.watched.absorb(events))

    def came(self) -> None:
        """Bring rows and lines up to date."""
        self.watched.settle()
        self.listing.settle()

    # painting

    @property
    def rows(self) -> Rows:
        """The rows of the waves."""
        return self.watched.rows

    def row(self, row: int, width: int) -> Content:
        """One wave or action."""
        return run_paint.run_row(self.watched, row, width, self.seen)

    def nothing(self) -> str:
        """What is said where there is no run."""
        return ""

    @abstractmethod
    def status_lines(self, width: int) -> tuple[Content, Content]:
        """How the run stands, and whose it is: the lines `owner` and `status`."""

    def paint(self) -> None:
        """Every line; tree and stream paint themselves."""
        super().paint()
        width = self.size.width
        if not self.is_mounted or not width:
            return
        watched = self.watched
        left = self.room("progress")
        if not watched.run:
            self.line("progress", lined(left, [Part(shown(self.nothing()))]))
            return
        self.line("run", run_paint.run_line(watched, left))
        self.line("progress", run_paint.progress(watched, left, self.wide))
        self.line("counts", run_paint.counts(watched, self.seen, left, self.wide))
        head = run_paint.stream_head(self.stream, self.wide)
        if self.step.display:
            head = [Part(shown("Action", "bold"), 9), Part(shown("enter goes back to the events"), 5)], ()
        self.line("stream-head", lined(self.room("stream-head"), *head))
        self.line("stream-foot", lined(width, *head))
        for name, content in zip(("failure", "failure-more"), run_paint.failure(watched, width), strict=True):
            self.line(name, content)
        for name, content in zip(("owner", "status"), self.status_lines(width), strict=True):
            self.line(name, content)
        self._paint_step()

    def _paint_step(self) -> None:
        room = self.step.scrollable_content_region
        if self.step.display and room.width and self.rows.leaf >= 0:
            self.step.show(step_lines(self.watched, self.rows.leaf, room.width))

    @on(Tree.Moved)
    @on(Stream.Followed)
    @on(Lines.Resized)
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

    def action_detail(self) -> None:
        """Show an action in full, or go back to the events; fold a wave."""
        if self.step.display:
            self._close_step()
        elif self.rows.leaf >= 0:
            self.stream.display, self.step.display = False, True
            if not self.wide:
                self.zoom("right")
            self.call_after_refresh(self.paint)
            self.say("the action in full", "y copies its error, esc goes back")
        else:
            self.action_fold()

    def _close_step(self) -> None:
        self.stream.display, self.step.display = True, False
        self.unzoom()
        self.listing.focus()
        self.say("")

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

    def _seek(self, *, backwards: bool) -> None:
        if self.rows.seek(self.watched.bad, backwards):
            self.listing.settle()
        else:
            self.say("nothing failed")

    def action_next_failure(self) -> None:
        """Go to the next failure."""
        self._seek(backwards=False)

    def action_previous_failure(self) -> None:
        """Go to the previous failure."""
        self._seek(backwards=True)

    def action_copy(self) -> None:
        """Copy the error of the action under the cursor, else the command that watches this run."""
        leaf = self.rows.leaf
        if error := error_text(self.watched, leaf) if leaf >= 0 else "":
            self.fleetc.copy(error)
        elif self.watched.run:
            self.fleetc.copy(f"fleetc watch {self.watched.run}")

    # finding

    def action_filter(self) -> None:
        """Type what to find in the events."""
        if self.step.display:
            self._close_step()
        self.typing.value = self.stream.wanted
        self.typing.display = True
        self.set_focus(self.typing)

    @on(Input.Changed, "#typing")
    def _typed(self, event: Input.Changed) -> None:
        self.stream.find(event.value)
        self.paint()

    @on(Input.Submitted, "#typing")
    def _stop_typing(self) -> None:
        self.typing.display = False
        self.listing.focus()
        self.paint()

    def action_next_match(self) -> None:
        """Go to the next event that was looked for."""
        self._find(backwards=False)

    def action_previous_match(self) -> None:
        """Go to the previous one."""
        self._find(backwards=True)

    def _find(self, *, backwards: bool) -> None:
        if not self.stream.wanted:
            self.say("nothing is looked for", "/ finds")
        elif not self.stream.seek(backwards=backwards):
            self.say(f"not found: {self.stream.wanted}")
        self.paint()

    def _stop_finding(self) -> None:
        self.typing.value = ""
        self.stream.find("")
        self.stream.settle()
        self._stop_typing()

    def closed(self) -> bool:
        """Whether there was something to close: the action, what is looked for, failures only, the zoom."""
        if self.typing.display or self.stream.wanted:
            self._stop_finding()
        elif self.step.display:
            self._close_step()
        elif self.stream.failures_only:
            self.action_failures()
        else:
            return self.unzoom()
        return True
