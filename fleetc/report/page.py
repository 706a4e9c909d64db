"""Lines of text of a given width, with colour only when asked for."""

from __future__ import annotations

import textwrap
from typing import Literal

__all__ = ["Page", "Tone"]

Tone = Literal["", "add", "change", "replace", "remove", "dim", "strong", "alarm"]

_CODES = {
    "add": "32",
    "change": "33",
    "replace": "35",
    "remove": "31",
    "dim": "2",
    "strong": "1",
    "alarm": "1;31",
}


class Page:
    """Collects lines. `width` is in characters; 40 is the least that is honoured."""

    def __init__(self, *, color: bool, width: int) -> None:
        self.color = color
        self.width = max(40, width)
        self._lines: list[str] = []

    def blank(self) -> None:
        """An empty line, unless the page is empty or ends with one."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def line(self, text: str, *, indent: int = 0, hang: int = 0, tone: Tone = "") -> None:
        """A paragraph, folded at the width; lines after the first stand `hang` deeper."""
        lead, rest = " " * indent, " " * (indent + hang)
        if len(lead) + len(text) <= self.width:
            folded = [lead + text]
        else:
            folded = textwrap.wrap(
                text, self.width, initial_indent=lead, subsequent_indent=rest, break_on_hyphens=False
            )
        self._lines += [self._painted(part, tone) for part in folded]

    def text(self) -> str:
        """All lines, with a line break at the end."""
        return "\n".join(self._lines) + "\n"

    def _painted(self, text: str, tone: Tone) -> str:
        if not self.color or not tone:
            return text
        return f"\x1b[{_CODES[tone]}m{text}\x1b[0m"
