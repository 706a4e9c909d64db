"""Dialogs: typed words decide, `Cancel` has the focus first, early keys are dropped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Input

from fleetc.tui.line import Line
from fleetc.tui.text import shown

__all__ = ["Typed"]


class Typed(ModalScreen[str]):
    """Asks to type `expected`; gives what was typed, or an empty string for Cancel.

    Keys that were pressed before the dialog was painted do nothing, whoever held them down. Later
    ones that are text go into the field wherever the focus is.
    """

    CSS = """
    Typed { align: center middle; background: $background 60%; }
    #box { width: 66; max-width: 96%; height: auto; max-height: 90%; border: heavy $keys; padding: 0 1;
           background: $background; }
    #box Line { width: 1fr; }
    #word { margin: 0 0; border: none; border-bottom: solid $faint; background: $background; height: 2; padding: 0; }
    #buttons { height: 1; margin-top: 1; align-horizontal: right; }
    #buttons Button { margin-left: 2; background: $background; color: $foreground; text-style: none; }
    #buttons Button:focus { text-style: reverse bold; }
    """
    AUTO_FOCUS = "#cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", show=False),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
    ]

    def __init__(self, title: str, said: Sequence[Content], expected: str, verb: str) -> None:
        super().__init__()
        self.title_line = shown(title, "bold")
        self.said = said
        self.expected = expected
        self.verb = verb
        self._painted_at: float | None = None

    def compose(self) -> ComposeResult:
        """Title, what is at stake, the field, and Cancel."""
        with Vertical(id="box"):
            for number, content in enumerate((self.title_line, Content(""), *self.said, Content(""))):
                line = Line(id=f"said-{number}")
                line.show(content)
                yield line
            ask = Line()
            ask.show(shown(f"To {self.verb} type the environment and the number destroyed:"))
            yield ask
            plain = r"[^\x00-\x1f\x7f-\x9f]*"
            yield Input(id="word", restrict=plain, max_length=80, select_on_focus=False)
            yield Line(id="wrong")
            with Horizontal(id="buttons"):
                yield Button(Content(f"[ {self.verb.capitalize()} ]"), id="go", compact=True)
                yield Button(Content("[ Cancel ]"), id="cancel", compact=True)

    def on_mount(self) -> None:
        """Note the moment from which on keys count."""
        self.call_after_refresh(self._painted)

    def _painted(self) -> None:
        self._painted_at = Message().time

    def counts(self, key: events.Key) -> bool:
        """Whether a key was pressed after the dialog could be seen."""
        return self._painted_at is not None and key.time > self._painted_at

    def on_key(self, event: events.Key) -> None:
        """What is typed beside the field goes into it, so that nobody has to find it first."""
        word = self.query_one("#word", Input)
        if event.is_printable and event.character and not word.has_focus:
            word.focus()
            word.insert_text_at_cursor(event.character)
            event.stop()

    def action_cancel(self) -> None:
        """Close without a decision."""
        self.dismiss("")

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss("")

    @on(Button.Pressed, "#go")
    @on(Input.Submitted, "#word")
    def _decide(self) -> None:
        typed = self.query_one("#word", Input).value.strip()
        if typed == self.expected:
            self.dismiss(typed)
        elif typed:
            wrong = f"{typed}: not `<environment> <number destroyed>` of this plan"
            self.query_one("#wrong", Line).show(shown(wrong, "bold reverse"))
