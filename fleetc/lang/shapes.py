"""The shape of an item: the lines that many items of a list share, with only the values different.

A shape is one regular expression for all lines of an item, made from an item that was read before.
What it matches is a tree at once; the places in it are worked out when somebody asks.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

from fleetc.lang.nodes import Map, Scalar, Seq
from fleetc.lang.source import SourceFile

__all__ = ["KEY", "Line", "NotSimple", "Shape", "Simple", "lines_of", "shape_of"]

Simple: TypeAlias = Scalar | tuple[Scalar, ...]
"""What a simple text on one line is: a scalar, or the items of a flow list."""

KEY: Final = r"[A-Za-z_][A-Za-z0-9_-]{0,63}"

_LINE = re.compile(rf"( *)(- )?(?:({KEY}):(?: ([^ \n].*))?|([^ \n].*))\n")
_BLANK = re.compile(r"(?: *(?:#.*)?\n)*+")
_SCALAR, _LIST = r"([^ \n\[].*+)", r"(\[.*+)"
_ITEM = re.compile(r"[^, \[\]]+")
_REST = r"\n(?: *(?:#.*)?\n)*+(?= {0,%d}[^ \n#]|\Z)"  # blank lines and comments, then no more of the item
_MOST_LINES = 40


class NotSimple(Exception):
    """What is written is not of the simple kind that is read here."""


class Line(NamedTuple):
    """A line of an item without its value; `key` is empty for a value in a list.

    `value` is the expression for what stands on the line, empty for nothing.
    """

    column: int
    dash: bool
    key: str
    value: str


def lines_of(text: str, column: int, simple: Callable[[str], Simple]) -> tuple[Line, ...]:
    """The lines of a mapping whose first line begins at `column`; every value passes `simple`.

    Raises `NotSimple`.
    """
    lines: list[Line] = []
    at = 0
    while at < len(text):
        found = _LINE.match(text, at)
        if found is None and lines and _BLANK.fullmatch(text, at):
            break
        if found is None or len(lines) == _MOST_LINES:
            raise NotSimple
        spaces, dash, key, value, item = found.groups()
        if (spaces and not at) or (key and type(simple(key)) is not str) or (item and not dash):
            raise NotSimple
        lines.append(Line(len(spaces) if at else column, bool(dash), key or "", _form(value or item, simple)))
        at = found.end()
    return tuple(lines)


def _form(value: str | None, simple: Callable[[str], Simple]) -> str:
    if value is None:
        return ""
    return _LIST if type(simple(value)) is tuple else _SCALAR


class _Flow:
    """The layout of a list of plain scalars on one line."""

    def offsets(self, text: str, start: int) -> array[int]:
        """The places of its items."""
        places, stop = array("I"), text.index("]", start)
        for found in _ITEM.finditer(text, start, stop):
            places.extend(found.span())
        return places


_FLOW = _Flow()


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of a collection: its key (empty in a list), and the collection it holds, if any.

    `value` is the expression for a value on its own line. `first` and `last` number the scalars it
    holds within the shape, from 1; `lead` are the characters from its value's start to its first
    scalar, `back` those from its key's start.
    """

    key: str
    part: _Part | None
    value: str
    first: int
    last: int
    lead: int
    back: int


@dataclass(frozen=True)
class _Part:
    """A collection of a shape, whose lines begin at `column`."""

    column: int
    listed: bool
    entries: tuple[_Entry, ...]

    @property
    def first(self) -> int:
        """The number of its first scalar."""
        return self.entries[0].first

    @property
    def last(self) -> int:
        """The number of its last scalar."""
        return self.entries[-1].last

    @property
    def lead(self) -> int:
        """The characters from its start to its first scalar."""
        return 2 + self.entries[0].lead if self.listed else self.entries[0].back

    def lines(self) -> str:
        """The expression for its text, without the last line break, a group for each scalar."""
        texts = []
        for entry in self.entries:
            start = "- " if self.listed else f"{entry.key}:"
            if entry.part is None:
                texts.append(f"{start}{'' if self.listed else ' '}{entry.value}")
            else:
                gap = "" if self.listed else "\n" + " " * entry.part.column
                texts.append(start + gap + entry.part.lines())
        return f"\n{' ' * self.column}".join(texts)

    def offsets(self, text: str, start: int) -> array[int]:
        """The places of the entries of such a collection that starts at `start`, as the trees keep them."""
        found = _compiled(self.lines()).match(text, start)
        assert found is not None, "the shape read it before"
        places, skipped = array("I"), self.first - 1
        for entry in self.entries:
            begin = found.start(entry.first - skipped)
            if not self.listed:
                places.extend((begin - entry.back, begin - entry.back + len(entry.key)))
            places.extend((begin - entry.lead, found.end(entry.last - skipped)))
        return places


@lru_cache(maxsize=256)
def _compiled(lines: str) -> re.Pattern[str]:
    return re.compile(lines)


class _Step(NamedTuple):
    """How one collection is made from the values: which they are, and where it is."""

    part: _Part | _Flow
    keys: tuple[str, ...]
    cut: slice
    first: int
    lead: int
    last: int


@dataclass(frozen=True, slots=True)
class Shape:
    """What stands again and again: how the collections in it are made, the innermost first.

    `whole` makes the item itself; `nodes` is at least how many keys, scalars and collections are in
    one, but for what follows a comma.
    """

    match: Callable[[str, int], re.Match[str] | None]
    steps: tuple[_Step, ...]
    whole: _Step
    nodes: int

    def build(self, found: re.Match[str], values: list[Any], file: SourceFile) -> Map:
        """The tree of a match; `values` are those of its groups, and are used up."""
        inner: Map | Seq
        for part, keys, cut, first, lead, last in self.steps:
            if keys:
                inner = Map(zip(keys, values[cut]))  # noqa: B905 - as many as the shape has
                inner.rows, inner.merges = None, ()
            else:
                inner = Seq(values[cut] if part is not _FLOW else values[cut.start])
            inner.file, inner.layout, inner.aliases = file, part, None
            inner.start, inner.end = found.start(first) - lead, found.end(last)
            values[cut] = (inner,)
        part, keys, _, first, lead, last = self.whole
        tree = Map(zip(keys, values))  # noqa: B905
        tree.file, tree.layout, tree.aliases, tree.rows, tree.merges = file, part, None, None, ()
        tree.start, tree.end = found.start(first) - lead, found.end(last)
        return tree


def shape_of(lines: tuple[Line, ...], floor: int, before: str) -> Shape | None:
    """The shape of an item with these lines, or None when they are not nested simply.

    `before` is the expression for what stands before it, without a group; a line that begins
    beyond the column `floor` would belong to the item.
    """
    try:
        part, stop, _ = _part(list(lines), 0, 1)
    except NotSimple:
        return None
    if stop != len(lines) or part.listed:
        return None
    steps: list[_Step] = []
    _steps(part, steps, 0)
    pattern = re.compile(before + part.lines() + _REST % floor)
    return Shape(pattern.match, tuple(steps[:-1]), steps[-1], 2 * (part.last + len(steps)))


def _part(lines: list[Line], at: int, number: int) -> tuple[_Part, int, int]:
    """The collection that begins at line `at`, the line after it, and the number of the next scalar."""
    column, listed = lines[at].column, lines[at].dash
    entries: list[_Entry] = []
    while at < len(lines) and lines[at].column == column and lines[at].dash == listed:
        line, first, inner = lines[at], number, None
        if listed and line.key:
            lines[at] = Line(column + 2, False, line.key, line.value)
            inner, at, number = _part(lines, at, number)
        elif line.value:
            at, number = at + 1, number + 1
        elif _nests(column, lines[at + 1 : at + 2]):
            inner, at, number = _part(lines, at + 1, number)
        else:
            raise NotSimple
        entries.append(_entry(line, inner, first, number - 1, listed))
    if (at < len(lines) and lines[at].column > column) or _repeats(entries, listed):
        raise NotSimple
    return _Part(column, listed, tuple(entries)), at, number


def _nests(column: int, below: list[Line]) -> bool:
    return bool(below) and below[0].column >= column + (not below[0].dash)


def _repeats(entries: list[_Entry], listed: bool) -> bool:
    return not listed and len({entry.key for entry in entries}) < len(entries)


def _entry(line: Line, inner: _Part | None, first: int, last: int, listed: bool) -> _Entry:
    lead = inner.lead if inner else 0
    gap = 0 if listed else len(line.key) + 2 + (inner.column if inner else 0)
    key, value = "" if listed else line.key, "" if inner else line.value
    return _Entry(key, inner, value, first, last, lead, gap + lead)


def _steps(part: _Part, steps: list[_Step], begin: int) -> None:
    """Add how `part` is made, the innermost and last first; its values begin at number `begin`."""
    at = begin + sum(entry.last - entry.first + 1 for entry in part.entries)
    for entry in reversed(part.entries):
        at -= entry.last - entry.first + 1
        if entry.part is not None:
            _steps(entry.part, steps, at)
        elif entry.value == _LIST:
            steps.append(_Step(_FLOW, (), slice(at, at + 1), entry.first, 0, entry.first))
    keys = () if part.listed else tuple(entry.key for entry in part.entries)
    cut = slice(begin, begin + len(part.entries))
    steps.append(_Step(part, keys, cut, part.first, part.lead, part.last))
