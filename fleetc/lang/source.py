"""Source text and places in it."""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

__all__ = ["RULES_SUFFIX", "SourceFile", "SourceSet", "Span"]

RULES_SUFFIX = ".rules"
"""How the names of rule files end."""

_STRETCH = 4096  # characters between two counts of lines


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a source file; lines and columns are 1-based, the end is exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True)
class SourceFile:
    """One file as it was read.

    `path` is relative to the fleet's root and uses `/`. `data` are the bytes as read; `text` is
    the decoded text without a byte-order mark. Offsets count characters of `text`.
    """

    path: str
    data: bytes = field(repr=False)

    @cached_property
    def text(self) -> str:
        """The decoded text; undecodable bytes are replaced (the guard reports them)."""
        return self.data.decode("utf-8-sig", errors="replace")

    @cached_property
    def blob(self) -> str:
        """The git blob id of the content (SHA-1 of header and bytes), the key of all caches."""
        state = hashlib.sha1(b"blob %d\x00" % len(self.data), usedforsecurity=False)
        state.update(self.data)
        return state.hexdigest()

    @cached_property
    def _lines(self) -> str:
        """The text with every line break as a line feed, each character where it is in `text`."""
        return self.text.replace("\r\n", " \n").replace("\r", "\n") if "\r" in self.text else self.text

    @cached_property
    def _before(self) -> array[int]:
        """The line breaks before each stretch of the text."""
        text = self._lines
        counts = (text.count("\n", at, at + _STRETCH) for at in range(0, len(text), _STRETCH))
        return array("I", accumulate(counts, initial=0))

    def span(self, start: int, end: int) -> Span:
        """The place of the characters `start` up to and without `end`."""
        line, column = self.locate(start)
        end_line, end_column = self.locate(max(start, end))
        return Span(self.path, line, column, end_line, end_column)

    def locate(self, offset: int) -> tuple[int, int]:
        """1-based line and column of a character offset."""
        text, stretch = self._lines, min(offset, len(self._lines)) // _STRETCH
        breaks = self._before[stretch] + text.count("\n", stretch * _STRETCH, offset)
        return breaks + 1, offset - text.rfind("\n", 0, offset)

    def line(self, number: int) -> str:
        """The text of a 1-based line, without its line break; empty beyond the end."""
        if not 1 <= number <= self._before[-1] + 1:
            return ""
        stretch = max(0, bisect_left(self._before, number - 1) - 1)
        begin = stretch * _STRETCH
        for _ in range(number - 1 - self._before[stretch]):
            begin = self._lines.index("\n", begin) + 1
        stop = self._lines.find("\n", begin)
        return self.text[begin : stop if stop >= 0 else len(self.text)].rstrip("\r\n")


@dataclass(frozen=True, slots=True)
class SourceSet:
    """The files one compile reads, in path order, and where they came from.

    `root` is the path of the fleet file within the set. `commit` and `tree` are full git ids, or
    empty when files were read as they lie.
    """

    files: tuple[SourceFile, ...]
    root: str
    commit: str = ""
    tree: str = ""

    def get(self, path: str) -> SourceFile | None:
        """The file of that path, if the set has it."""
        return next((file for file in self.files if file.path == path), None)
