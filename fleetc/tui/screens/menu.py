"""A menu: a few choices, each with its key; it looks or copies, and decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from fleetc.tui.bindings import shown_key
from fleetc.tui.line import Line, Lines
from fleetc.tui.text import Part, lined, shown

__all__ = ["Entry", "Menu", "with_keys"]

_KEYS = "123456789abcdefhilmnoprstuvwxyz"


class Entry(NamedTuple):
    """One choice: its key, its words, what stands at the right, and why it is off, if it is."""

    key: str
    text: str
    value: object
    note: str = ""
    off: str = ""
    marked: bool = False


def with_keys(texts: Sequence[tuple[str, object, str]]) -> list[Entry]:
    """Entries of `(text, value, note)` with keys given in order; the later ones have none."""
    keys = [*_KEYS, *[""] * max(0, len(texts) - len(_KEYS))]
    return [Entry(key, *each) for key, each in zip(keys, texts, strict=False)]


class Menu(ModalScreen[object]):
    """Gives the value of the entry whose key was pressed, or None; `esc` and `q` close it.

    `again` is the key that opened it, which closes it too. Arrows, `j` and `k` move, `enter` takes.
    """

    CSS = """
    Menu { align: center middle; background: $background 60%; }
    #menu { width: 64; max-width: 96%; height: auto; max-height: 90%; border: heavy $keys; padding: 0 1;
            background: $background; }
    #entries { width: 1fr; scrollbar-gutter: stable; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "close", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("enter", "take", "take", show=False),
    ]

    def __init__(self, title: str, entries: Sequence[Entry], again: str = "") -> None:
        super().__init__()
        self.title_line = title
        self.entries = entries
        self.again = again
        self.at = next((n for n, each in enumerate(entries) if each.marked), 0)

    def compose(self) -> ComposeResult:
        """Title, entries, and how to leave."""
        with Vertical(id="menu"):
            yield Line(id="menu-title")
            yield Lines(id="entries")
            yield Line(id="menu-keys")

    def on_mount(self) -> None:
        """Give the entries their room."""
        room = max(3, min(len(self.entries), self.app.size.height * 9 // 10 - 5))
        self.query_one(Lines).styles.height = room
        self.query_one("#menu-title", Line).show(shown(self.title_line, "bold"))
        more = f"   {len(self.entries)} in all, more below" if len(self.entries) > room else ""
        self.query_one("#menu-keys", Line).show(shown(f"esc closes{more}", "$faint"))
        self.call_after_refresh(self.paint)

    def paint(self) -> None:
        """Show the entries, with the cursor in view."""
        pane = self.query_one(Lines)
        width = pane.scrollable_content_region.width
        top, height = pane.scroll_offset.y, pane.size.height
        pane.show([self._line(number, width) for number in range(len(self.entries))])
        pane.move_to(min(max(top, self.at - height + 1), self.at))

    def _line(self, number: int, width: int) -> Content:
        each = self.entries[number]
        style = "$faint" if each.off else ""
        mark = "*" if each.marked else " "
        head = Content.assemble(mark, shown(f"{shown_key(each.key):<3}", "$keys"), shown(each.text, style))
        line = lined(width, [Part(head, 9)], [Part(shown(each.off or each.note, "$faint"), 2)], gap=1)
        return line.stylize("reverse") if number == self.at else line

    def action_move(self, steps: int) -> None:
        """Move the cursor."""
        self.at = max(0, min(self.at + steps, len(self.entries) - 1))
        self.paint()

    def action_take(self) -> None:
        """Take the entry under the cursor."""
        self._take(self.at)

    def on_key(self, event: events.Key) -> None:
        """Take the entry of that key."""
        found = next((n for n, each in enumerate(self.entries) if each.key == event.character), -1)
        if found >= 0 and event.character:
            event.stop()
            self._take(found)
        elif event.character and event.character == self.again:
            event.stop()
            self.action_close()

    def _take(self, number: int) -> None:
        if self.entries and not self.entries[number].off:
            self.dismiss(self.entries[number].value)
        else:
            self.at = number
            self.paint()

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)
