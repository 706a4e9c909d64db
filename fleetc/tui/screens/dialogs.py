"""Dialogs: typed words decide, `Cancel` has the focus first, early keys are dropped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Generic, NamedTuple, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Input

from fleetc.tui.line import Line, Lines
from fleetc.tui.text import Part, lined, shown

__all__ = ["Answer", "Confirm", "Dialog", "Typed"]

T = TypeVar("T")


_PLAIN = r"[^\x00-\x1f\x7f-\x9f]*"


class Answer(NamedTuple):
    """What was typed, and the reason where one was asked for."""

    typed: str
    reason: str = ""


class Dialog(ModalScreen[T | None], Generic[T]):
    """A box over the screen: a title, what is said, buttons; `Cancel` has the focus, and gives None.

    Keys that were pressed before it was painted do nothing, whoever held them down. What is said
    beyond the room there is can be scrolled. A subclass adds its `fields`, and decides on `#go`.
    """

    SCOPED_CSS = False
    CSS = """
    Dialog { align: center middle; background: $background 60%; }
    #box { width: 66; max-width: 96%; height: auto; max-height: 90%; border: heavy $keys; padding: 0 1;
           background: $background; }
    #box Line { width: 1fr; }
    #said { width: 1fr; height: auto; }
    Dialog Input { margin: 0 0; border: none; border-bottom: solid $faint; background: $background; height: 2; padding: 0; }
    #buttons { height: 1; margin-top: 1; align-horizontal: right; }
    #buttons Button { margin-left: 2; background: $background; color: $foreground; text-style: none; }
    #buttons Button:focus { text-style: reverse bold; }
    """
    WIDTH = 61
    """Cells of what is said."""
    AUTO_FOCUS = "#cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", show=False),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
        Binding("pageup", "scroll('page_up')", show=False),
        Binding("pagedown", "scroll('page_down')", show=False),
    ]
    others = 5
    """Rows that are not said: border, title, fields, buttons."""

    def __init__(self, title: str, said: Sequence[Content], verb: str) -> None:
        super().__init__()
        self.title_line = shown(title, "bold")
        self.said = said
        self.verb = verb
        self._painted_at: float | None = None

    def compose(self) -> ComposeResult:
        """Title, what is at stake, the fields, and Cancel."""
        with Vertical(id="box"):
            yield Line(id="title")
            yield Lines(id="said")
            yield from self.fields()
            with Horizontal(id="buttons"):
                yield Button(Content(f"[ {self.verb.capitalize()} ]"), id="go", compact=True)
                yield Button(Content("[ Cancel ]"), id="cancel", compact=True)

    def fields(self) -> Iterator[Widget]:
        """What is between the text and the buttons."""
        yield from ()

    def on_mount(self) -> None:
        """Give what is said its room, and note the moment from which on keys count."""
        said = self.query_one(Lines)
        said.can_focus = False
        lines = [Content(""), *self.said, Content("")]
        room = max(3, min(len(lines), self.app.size.height * 9 // 10 - self.others))
        said.styles.height = room
        said.show(lines)
        more = [Part(shown("pgdn: more", "bold"))] if len(lines) > room else []
        self.query_one("#title", Line).show(lined(self.WIDTH + 1, [Part(self.title_line)], more)[1:])
        self.call_after_refresh(self._painted)

    def _painted(self) -> None:
        self._painted_at = Message().time

    def counts(self, key: events.Key) -> bool:
        """Whether a key was pressed after the dialog could be seen."""
        return self._painted_at is not None and key.time > self._painted_at

    def action_scroll(self, step: str) -> None:
        """Scroll what is said."""
        getattr(self.query_one(Lines), f"action_{step}")()

    def action_cancel(self) -> None:
        """Close without a decision."""
        self.dismiss(None)

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)


class Confirm(Dialog[bool]):
    """Asks whether to do what can be undone, or only prepares something; gives True, or None for Cancel."""

    @on(Button.Pressed, "#go")
    def _decide(self) -> None:
        self.dismiss(True)


class Typed(Dialog[Answer]):
    """Asks to type `expected`; gives the answer, or None for Cancel.

    `reason` asks for a reason, too, and without one nothing is decided. Keys that are text go into
    the field wherever the focus is.
    """

    def __init__(
        self, title: str, said: Sequence[Content], expected: str, verb: str, *, reason: bool = False
    ) -> None:
        super().__init__(title, said, verb)
        self.expected = expected
        self.reason = reason
        self.others = 12 if reason else 9

    def fields(self) -> Iterator[Widget]:
        """The reason where one is asked for, and the words."""
        if self.reason:
            yield _line(shown("Why? It is kept in the audit log:"))
            yield Input(id="reason", restrict=_PLAIN, max_length=400, select_on_focus=False)
        yield _line(shown(f"To {self.verb} type the environment and the number destroyed:"))
        yield Input(id="word", restrict=_PLAIN, max_length=80, select_on_focus=False)
        yield Line(id="wrong")

    def on_key(self, event: events.Key) -> None:
        """What is typed beside the field goes into it, so that nobody has to find it first."""
        word = self.query("Typed Input").first(Input)
        typing = isinstance(self.focused, Input)
        if event.is_printable and event.character and not typing:
            word.focus()
            word.insert_text_at_cursor(event.character)
            event.stop()

    @on(Input.Submitted, "#reason")
    def _reasoned(self) -> None:
        self.query_one("#word", Input).focus()

    @on(Button.Pressed, "#go")
    @on(Input.Submitted, "#word")
    def _decide(self) -> None:
        typed = self.query_one("#word", Input).value.strip()
        reason = self.query_one("#reason", Input).value.strip() if self.reason else ""
        if typed == self.expected and (reason or not self.reason):
            self.dismiss(Answer(typed, reason))
        elif typed == self.expected:
            self.query_one("#wrong", Line).show(shown("it needs a reason", "bold reverse"))
        elif typed:
            wrong = f"{typed}: not `<environment> <number destroyed>` of this plan"
            self.query_one("#wrong", Line).show(shown(wrong, "bold reverse"))


def _line(content: Content) -> Line:
    line = Line()
    line.show(content)
    return line
