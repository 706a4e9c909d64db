"""One line of source with a marked place, as it stands in a terminal."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from fleetc.lang.source import SourceFile, Span
from fleetc.lang.text import visible

__all__ = ["Snippet", "snippet"]

_TAB = "    "
_BEFORE, _MARKED, _AFTER = 60, 80, 40
_GAP = "..."


@dataclass(frozen=True, slots=True)
class Snippet:
    """The shown line, and in terminal columns where the mark begins and how wide it is."""

    line: str
    indent: int
    width: int


def snippet(file: SourceFile, span: Span, *, secret: bool = False) -> Snippet:
    """The first line of `span`, cut around the marked text, its characters made visible.

    A `secret` text is shown as `***`, and nothing after it.
    """
    line = file.line(span.line)
    start = min(span.column - 1, len(line))
    end = len(line) if span.end_line > span.line else min(span.end_column - 1, len(line))
    before, marked, after = line[:start], line[start : max(start, end)], line[max(start, end) :]
    before = before if len(before) <= _BEFORE else _GAP + before[-_BEFORE:]
    marked = marked if len(marked) <= _MARKED else marked[:_MARKED] + _GAP
    after = after if len(after) <= _AFTER else after[:_AFTER] + _GAP
    if secret:
        marked, after = "***", ""
    before, marked, after = _shown(before), _shown(marked), _shown(after)
    return Snippet((before + marked + after).rstrip(), _columns(before), max(1, _columns(marked)))


def _shown(text: str) -> str:
    return visible(text.replace("\t", _TAB))


def _columns(text: str) -> int:
    """Terminal columns; East Asian wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )
