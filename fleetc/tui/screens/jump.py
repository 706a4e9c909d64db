"""Jump mode: a letter on each pane; the letter goes there, any other key goes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widget import Widget

from fleetc.tui.line import Line
from fleetc.tui.text import shown

__all__ = ["Jump"]

LETTERS = "asdfghjkl"


class Jump(ModalScreen[Widget | None]):
    """Gives the pane whose letter was pressed, or None."""

    CSS = """
    Jump { background: transparent; }
    Jump Line { position: absolute; width: 5; }
    """
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, panes: Sequence[Widget]) -> None:
        super().__init__()
        self.panes = dict(zip(LETTERS, panes, strict=False))

    def compose(self) -> ComposeResult:
        """A letter in the corner of each pane."""
        for letter, pane in self.panes.items():
            line = Line()
            line.show(shown(f" [{letter}] ", "bold reverse"))
            line.styles.offset = (pane.region.x, pane.region.y)
            yield line

    def on_key(self, event: events.Key) -> None:
        """Go to the pane of that letter."""
        event.stop()
        self.dismiss(self.panes.get(event.character or ""))

    def on_click(self) -> None:
        """Go back."""
        self.dismiss(None)
