"""The dialog that asks for the name of a file to save to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input

from fleetc.tui.screens.dialogs import Dialog

__all__ = ["Saving"]


class Saving(Dialog[str]):
    """Asks for a name, with one proposed; gives it, or None for Cancel."""

    AUTO_FOCUS: ClassVar[str] = "#name"
    others = 8

    def __init__(self, said: Sequence[Content], name: str) -> None:
        super().__init__("Save to a file", said, "save")
        self.proposed = name

    def fields(self) -> Iterator[Widget]:
        """The name."""
        yield Input(
            self.proposed,
            id="name",
            restrict=r"[^\x00-\x1f\x7f-\x9f]*",
            max_length=400,
            select_on_focus=False,
        )

    @on(Button.Pressed, "#go")
    @on(Input.Submitted, "#name")
    def _named(self) -> None:
        if name := self.query_one("#name", Input).value.strip():
            self.dismiss(name)
