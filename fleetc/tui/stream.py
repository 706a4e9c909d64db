"""The stream of a run's events: a ring buffer painted by the line API, in order of number."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.content import Content
from textual.geometry import Size
from textual.message import Message

from fleetc.events import (
    ActionConflicted,
    ActionFailed,
    ActionRetrying,
    ActionSkipped,
    ActionStarted,
    ActionSucceeded,
    RunEvent,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
)
from fleetc.tui.line import Lines
from fleetc.tui.text import clock, shown

__all__ = ["Stream", "event_line"]

KEPT = 20_000
FAILURES = (ActionFailed, ActionConflicted, ActionSkipped)


def _words(event: RunEvent) -> tuple[str, str, str]:
    """Word, style and text of an event."""
    match event:
        case RunStarted():
            return "run", "bold", f"{event.run} by {event.by} on {event.host}, {event.total} actions"
        case RunResumed():
            return "resume", "bold", f"{event.run} by {event.by} on {event.host}"
        case ActionStarted():
            return "start", "", f"{event.address}  {event.op}"
        case ActionRetrying():
            text = f"{event.address}  {event.reason}, try {event.attempt}, in {event.wait:.0f}s"
            return "retry", "$destroy", text
        case ActionSucceeded():
            return "ok", "$create", f"{event.address}  {event.seconds:.1f}s  read back equal"
        case ActionFailed():
            code = f"{event.code} " if event.code else ""
            return "FAIL", "bold reverse", f"{event.address}  {code}{event.message} ({event.state})"
        case ActionConflicted():
            return "clash", "bold reverse", f"{event.address}  {event.message}"
        case ActionSkipped():
            return "block", "bold", f"{event.address}  {event.reason}"
        case RunPaused():
            return "pause", "bold", f"{event.reason}  {event.next_step}".rstrip()
        case RunFinished():
            return "end", "bold", event.status


def event_line(event: RunEvent, wave: int | None) -> Content:
    """One event as a line: time, wave, word, text."""
    word, style, text = _words(event)
    step = f"w{wave}" if wave else ""
    return Content.assemble(
        " ", shown(clock(event.at)), f"  {step:<3} ", Content.styled(f"{word:<6}", style), " ", shown(text)
    )


class Stream(Lines):
    """Events as they come; follows the newest until somebody scrolls up."""

    class Followed(Message):
        """Following was turned on or off by scrolling."""

    def __init__(self, *, id: str) -> None:  # noqa: A002  (textual's own name)
        super().__init__(id=id)
        self.wave_of: Callable[[str], int | None] = lambda _action: None
        self.events: list[RunEvent] = []
        self.failures: list[RunEvent] = []
        self.total = 0
        self.follow = True
        self.failures_only = False

    def take(self, events: Sequence[RunEvent]) -> None:
        """Add a batch; the oldest fall out of the buffer."""
        self.total += len(events)
        self.events.extend(events)
        self.failures.extend(event for event in events if isinstance(event, FAILURES))
        for buffer in (self.events, self.failures):
            if len(buffer) > 2 * KEPT:
                del buffer[:-KEPT]
        self.settle()

    def clear(self) -> None:
        """Forget everything: another run."""
        self.events, self.failures = [], []
        self.total, self.follow = 0, True
        self.settle()

    @property
    def chosen(self) -> list[RunEvent]:
        """The events that are shown."""
        return self.failures if self.failures_only else self.events

    def settle(self) -> None:
        """Paint again, at the end when following."""
        self.virtual_size = Size(self.size.width, len(self.chosen))
        if self.follow:
            self.move_to(len(self.chosen))
        self.refresh()

    def line(self, place: int) -> Content:
        """One event, made when it is seen."""
        if place >= len(self.chosen):
            return Content("")
        event = self.chosen[place]
        return event_line(event, self.wave_of(getattr(event, "action", "")))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling up stops following; reaching the end starts it again."""
        super().watch_scroll_y(old_value, new_value)
        follow = round(new_value) >= self.max_scroll_y
        if follow != self.follow and round(new_value) != round(old_value):
            self.follow = follow
            self.post_message(self.Followed())
