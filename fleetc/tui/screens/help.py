"""The help: the key table of the screen it was asked on."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen

from fleetc.tui.bindings import NO_KEYS, SCOPES, Keymap, keys_of, shown_key
from fleetc.tui.line import Lines
from fleetc.tui.text import shown

__all__ = ["Help", "help_lines"]

_LAW = (
    "Lower case looks, selects or stops, and can be undone.",
    "UPPER CASE opens a dialog, but for G N E U.",
    "No single key changes the platform.",
)


def help_lines(screen: str, mine: Keymap = NO_KEYS) -> list[Content]:
    """The keys of a screen, scope by scope, nearest first."""
    keys = keys_of(screen, mine)
    lines = [shown(f" {law}") for law in _LAW]
    for scope in (screen, "tree", "all"):
        lines += [Content(""), shown(f" {SCOPES[scope]}", "bold")]
        for key in keys:
            if key.scope == scope:
                names = " ".join(shown_key(name) for name in key.keys)
                lines.append(Content.assemble("   ", shown(f"{names:<14}", "$keys"), shown(key.help)))
    return lines


class Help(ModalScreen[None]):
    """All keys; any of `?`, `esc`, `q` closes it."""

    CSS = """
    Help { align: center middle; background: $background 60%; }
    #help { width: 92; max-width: 96%; height: 90%; border: heavy $keys; background: $background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "close", show=False),
        Binding("j,down", "scroll('down')", show=False),
        Binding("k,up", "scroll('up')", show=False),
        Binding("pagedown,ctrl+d,space", "scroll('page_down')", show=False),
        Binding("pageup,ctrl+u", "scroll('page_up')", show=False),
    ]

    def __init__(self, screen: str, mine: Keymap = NO_KEYS) -> None:
        super().__init__()
        self.about = screen
        self.mine = mine

    def compose(self) -> ComposeResult:
        """One scrolling pane."""
        yield Lines(id="help")

    def on_mount(self) -> None:
        """Fill it."""
        pane = self.query_one(Lines)
        pane.show(help_lines(self.about, self.mine))
        pane.focus()

    def action_close(self) -> None:
        """Close the help."""
        self.dismiss()

    def action_scroll(self, step: str) -> None:
        """Scroll the help."""
        getattr(self.query_one(Lines), f"action_{step}")()
