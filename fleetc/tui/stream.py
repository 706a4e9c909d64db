"""The stream of a run's events: a ring buffer painted by the line API, in order of number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain

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
from fleetc.tui.text import clock, name_of, shown, value

__all__ = ["Stream", "event_line", "read_back"]

KEPT = 20_000
FAILURES = (ActionFailed, ActionConflicted, ActionSkipped)


def _words(event: RunEvent) -> tuple[str, str, str]:
    """Word, style and text of an event."""
    match event:
        case RunStarted():
            return "run", "bold", f"{event.run} by {name_of(event.by)} on {event.host}, {event.total} actions"
        case RunResumed():
            return "resume", "bold", f"{event.run} by {name_of(event.by)} on {event.host}"
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
            needs = f"needs {event.because.partition(':')[2]}: " if event.because else ""
            return "block", "bold", f"{event.address}  {needs}{event.reason}"
        case RunPaused():
            return "pause", "bold", f"{event.reason}  {event.next_step}".rstrip()
        case RunFinished():
            return "end", "bold", event.status


def read_back(live: Mapping[str, object] | None) -> str:
    """What stood there when a failure was looked at, in words."""
    if live is None:
        return "nothing stands there, or it was not read"
    return ", ".join(f"{name} {value(item)}" for name, item in live.items())  # type: ignore[arg-type]


def event_line(event: RunEvent, wave: int | None, *, held: bool = False) -> Content:
    """One event as a line: time, wave, word, text; with `held`, what was read back after a failure."""
    word, style, text = _words(event)
    if held and isinstance(event, ActionFailed | ActionConflicted):
        text = f"{text}; read back: {read_back(event.live)}"
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
        self.wanted = ""
        self.found: RunEvent | None = None

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
        self.total, self.follow, self.found = 0, True, None
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
        wave = self.wave_of(getattr(event, "action", ""))
        content = event_line(event, wave, held=self.failures_only)
        if event is self.found:
            return content.stylize("reverse")
        return content.stylize("underline") if self.wanted and self._matches(event) else content

    def _matches(self, event: RunEvent) -> bool:
        word, _, text = _words(event)
        return self.wanted in f"{word} {text}".lower()

    def find(self, words: str) -> bool:
        """Go to the first event from the top of the view on that has `words`; whether there is one."""
        self.wanted = words.lower()
        self.found = None
        return self._go(self.scroll_offset.y) if words else True

    def seek(self, *, backwards: bool) -> bool:
        """Go to the next event with the words, round the end; whether there is one."""
        here = next((n for n, event in enumerate(self.chosen) if event is self.found), -1)
        if not self.wanted:
            return False
        return self._go(here - 1 if backwards else here + 1, backwards=backwards)

    def _go(self, begin: int, *, backwards: bool = False) -> bool:
        events = self.chosen
        first, rest = range(begin, len(events)), range(min(begin, len(events)))
        if backwards:
            first, rest = range(begin, -1, -1), range(len(events) - 1, begin, -1)
        place = next((n for n in chain(first, rest) if self._matches(events[n])), -1)
        if place < 0:
            self.refresh()
            return False
        self.found, self.follow = events[place], False
        self.virtual_size = Size(self.size.width, len(events))
        self.move_to(max(0, place - self.size.height // 2))
        self.refresh()
        return True

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling up stops following; reaching the end starts it again."""
        super().watch_scroll_y(old_value, new_value)
        follow = round(new_value) >= self.max_scroll_y
        if follow != self.follow and round(new_value) != round(old_value):
            self.follow = follow
            self.post_message(self.Followed())
