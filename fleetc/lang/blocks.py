"""Large files in plain block style: read by lines where that is simple, in pieces where it is not.

The event stream costs the same for every value, however plain. Here the lines of a mapping or list
are found by their columns, items of a known shape are read at once, and whatever is not simple is
handed as a piece to the composer of `yaml_tree`, in runs. The tree is the composer's in every
value and place, or there is none: then the whole file is the composer's.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, cast

from fleetc.lang.nodes import Map, Node, Scalar, Seq
from fleetc.lang.scalars import Odd, resolve
from fleetc.lang.shapes import KEY, Line, NotSimple, Shape, Simple, lines_of, shape_of
from fleetc.lang.source import SourceFile

__all__ = ["Piece", "compose_blocks", "undecorated"]

Piece = Callable[[str, int, int], Node]
"""Composes a piece of text: its text, the offset of its start in the file, its depth."""

_LONGEST_VALUE = 1000
_MOST_VALUES = 1 << 18
_MOST_SHAPES = 16
_MOST_LESSONS = 64  # runs that shapes are looked for in, of one column
_LONGEST_RUN = 64  # items in one piece; the first runs are shorter, to learn from them
_LARGE_ITEM = 2048
_DEEPEST = 16

_ENTRY = re.compile(rf"({KEY}):(?: ([^ \n].*))?\n")
_SPACE = re.compile(r"(?: *(?:#.*)?\n)*+( *)")  # blank lines and comments, then the columns of a line
_PLAIN = re.compile(r'-?[A-Za-z0-9_./+~(][!-~]*(?: +[!"$-~][!-~]*)*')
_QUOTED = re.compile(r""""[ !#-\[\]-~]*"|'[ -&(-~]*'""")
_LISTED = re.compile(r"\[[A-Za-z0-9_./@+-]+(?:, [A-Za-z0-9_./@+-]+)*\]")
_INDICATOR = re.compile(rb"(?<![A-Za-z0-9])[&*!]|(?:^|\n)[ -]*\?[ \n]")  # anchors, tags, `? key`


class _Values(dict[str, Simple]):
    """The value of each simple text after `key: `; `NotSimple` for any other text.

    A list of plain scalars on one line is a tuple.
    """

    def takes(self, *texts: str) -> bool:
        """Whether every text is simple."""
        try:
            for text in texts:
                self[text]
        except NotSimple:
            return False
        return True

    def __missing__(self, text: str) -> Simple:
        value: Simple | Odd
        if _LISTED.fullmatch(text):
            value = tuple(cast("Scalar", self[item]) for item in text[1:-1].split(", "))
        elif _QUOTED.fullmatch(text):
            value = text[1:-1]
        elif _PLAIN.fullmatch(text) and ": " not in text and text[-1] != ":":
            value = resolve(text)
        else:
            raise NotSimple
        if isinstance(value, Odd) or len(text) > _LONGEST_VALUE:
            raise NotSimple
        if len(self) < _MOST_VALUES:
            self[text] = value
        return value


def compose_blocks(file: SourceFile, piece: Piece, *, nodes: int) -> Map | None:
    """The tree of a file in plain block style, or None when it is not.

    `piece` raises `NotSimple` for text that it finds an error in. `nodes` is how many values a
    file may hold.
    """
    if not undecorated(file.data):
        return None
    reader = _Reader(file, piece)
    try:
        tree = reader.document()
    except NotSimple:
        return None
    return tree if reader.nodes <= nodes else None


def undecorated(data: bytes) -> bool:
    """Whether these are whole lines without tabs, anchors, tags and `? key`, as far as bytes tell."""
    if b"\t" in data or b"\r" in data or not data.endswith(b"\n"):
        return False
    return not (any(mark in data for mark in (b"&", b"*", b"!", b"?")) and _INDICATOR.search(data))


@lru_cache(maxsize=64)
def _beyond(column: int) -> Callable[[str, int], re.Match[str] | None]:
    """Finds the line break before the first line that does not belong to an entry at `column`."""
    less = rf" {{0,{column - 1}}}[^ \n#]|" if column else ""
    return re.compile(rf"\n(?={less} {{{column}}}(?![ \n#]|-[ \n])|\Z)").search


@lru_cache(maxsize=64)
def _after_item(column: int) -> Callable[[str, int], re.Match[str] | None]:
    """Finds the line break before the first line that does not belong to an item at `column`."""
    return re.compile(rf"\n(?= {{0,{column}}}[^ \n#]|\Z)").search


class _School:
    """The shapes of the items at one column: the last one used first, and those seen once."""

    def __init__(self, column: int) -> None:
        self.column = column
        self.before = f"{' ' * column}- "
        self.shapes: list[Shape] = []
        self.seen: Counter[tuple[Line, ...]] = Counter()
        self.lessons = 0

    def learn(self, texts: list[str], values: _Values) -> None:
        """Take the shapes that occur twice among the items read so far."""
        self.lessons += 1
        if self.lessons > _MOST_LESSONS:
            return
        for text in texts:
            try:
                lines = lines_of(text, self.column + 2, values.__getitem__)
            except NotSimple:
                continue
            self.seen[lines] += 1
            if self.seen[lines] == 2 and len(self.shapes) < _MOST_SHAPES:
                shape = shape_of(lines, self.column, self.before)
                self.shapes += [shape] if shape else []


class _Reader:
    """One reading of one file; it stands at the line `line`, whose text begins at `column`."""

    def __init__(self, file: SourceFile, piece: Piece) -> None:
        self.file = file
        self.text: Final = file.text
        self.piece = piece
        self.values = _Values()
        self.schools: dict[int, _School] = {}
        self.nodes = self.text.count(",")
        self.line = self.column = 0

    def document(self) -> Map:
        self._go(0)
        tree = self._mapping(self.line, self.column, 0) if self.column == 0 else None
        if tree is None or self.line < len(self.text):
            raise NotSimple
        return tree

    def _go(self, line: int) -> None:
        """Go to the first line with content from `line` on; at the end the column is -1."""
        found = _SPACE.match(self.text, line)
        assert found is not None
        self.line = found.start(1)
        self.column = found.end() - self.line if found.end() < len(self.text) else -1

    def _mapping(self, at: int, column: int, depth: int) -> Map:
        """The mapping that begins at `at`; afterwards the reader stands behind it."""
        if depth > _DEEPEST:
            raise NotSimple
        tree, offsets = Map(), array("I")
        start = at
        while True:
            self._entry(at, column, depth, tree, offsets)
            if self.column != column:
                break
            at = self.line + column
        if self.column > column:
            raise NotSimple
        tree.file, tree.start, tree.end, tree.layout = self.file, start, offsets[-1], offsets
        tree.rows, tree.merges, tree.aliases = None, (), None
        self.nodes += len(tree) * 2
        return tree

    def _entry(self, at: int, column: int, depth: int, tree: Map, offsets: array[int]) -> None:
        """Add the entry that begins at `at`; afterwards the reader stands behind it."""
        found = _ENTRY.match(self.text, at)
        if found is None:
            return self._odd_entry(at, column, depth, tree, offsets)
        self._go(found.end())
        key = self.values[found[1]]
        if found[2] is None:
            value, place = self._below(found.end(1) + 1, column, depth)
        elif self.column <= column and found[2][0] != "[" and self.values.takes(found[2]):
            value, place = cast("Scalar", self.values[found[2]]), found.span(2)
        else:
            return self._odd_entry(at, column, depth, tree, offsets)
        if type(key) is not str or key in tree:
            raise NotSimple
        tree[key] = value
        offsets.extend((*found.span(1), *place))
        return None

    def _below(self, after: int, column: int, depth: int) -> tuple[Node, tuple[int, int]]:
        """What stands below a key at `column` that has nothing on its line, which ends at `after`."""
        at = self.line + self.column
        value: Map | Seq
        if self.text.startswith("- ", at) and self.column >= column:
            value = self._sequence(depth + 1)
        elif self.column > column:
            value = self._mapping(at, self.column, depth + 1)
        else:
            return None, (after, after)
        return value, (value.start, value.end)

    def _odd_entry(self, at: int, column: int, depth: int, tree: Map, offsets: array[int]) -> None:
        stop = _end(_beyond(column), self.text, at)
        found = self._piece(at, column, stop, depth)
        if not isinstance(found, Map) or len(found.offsets) != 4 or not tree.keys().isdisjoint(found):
            raise NotSimple
        tree.update(found)
        offsets.extend(found.offsets)
        self._go(stop)

    def _piece(self, at: int, column: int, stop: int, depth: int) -> Map | Seq:
        text = self.text[at:stop]
        self.nodes += 2 + 2 * sum(map(text.count, ":,-[{"))  # at least as many as it can have
        found = self.piece(" " * column + text, at - column, depth)
        if not isinstance(found, Map | Seq) or found.start != at:
            raise NotSimple
        return found

    def _sequence(self, depth: int) -> Seq:
        """The list that begins where the reader stands; afterwards the reader stands behind it."""
        if depth > _DEEPEST:
            raise NotSimple
        column, line = self.column, self.line
        school = self.schools.setdefault(column, _School(column))
        tree, offsets = Seq(), array("I")
        tree.start = line + column
        while True:
            line = self._alike(school, line, tree, offsets)
            if not self.text.startswith(school.before, line):
                break
            stop = _end(_after_item(column), self.text, line)
            if stop - line > _LARGE_ITEM and _ENTRY.match(self.text, line + column + 2):
                line = self._large(line, column + 2, depth + 1, tree, offsets)
            else:
                line = self._run(school, line, depth, tree, offsets)
        self._go(line)
        tree.file, tree.end, tree.layout, tree.aliases = self.file, offsets[-1], offsets, None
        self.nodes += len(tree)
        return tree

    def _alike(self, school: _School, line: int, tree: Seq, offsets: array[int]) -> int:
        """Add the items from `line` on whose shapes are known; the line behind them."""
        text, file, shapes, value = self.text, self.file, school.shapes, self.values.__getitem__
        while True:
            for shape in shapes:
                found = shape.match(text, line)
                if found is not None:
                    break
            else:
                return line
            try:
                values: list[Any] = list(map(value, found.groups()))
            except NotSimple:
                return line
            item = shape.build(found, values, file)
            tree.append(item)
            offsets.append(item.start)
            offsets.append(item.end)
            self.nodes += shape.nodes
            line = found.end()

    def _large(self, line: int, column: int, depth: int, tree: Seq, offsets: array[int]) -> int:
        """Add an item that is worth reading by its own lines; the line behind it."""
        item = self._mapping(line + column, column, depth)
        tree.append(item)
        offsets.extend((item.start, item.end))
        return self.line

    def _run(self, school: _School, line: int, depth: int, tree: Seq, offsets: array[int]) -> int:
        """Add the items from `line` on that have no known shape; the line behind them."""
        column, text = school.column, self.text
        texts: list[str] = []
        begin = line
        most = min(_LONGEST_RUN, 4 << school.lessons)
        while len(texts) < most and text.startswith(school.before, line):
            stop = _end(_after_item(column), text, line)
            if texts and (stop - line > _LARGE_ITEM or self._known(school, line)):
                break
            texts.append(text[line + column + 2 : stop])
            line = stop
        found = self._piece(begin + column, column, line, depth)
        if not isinstance(found, Seq) or len(found) != len(texts):
            raise NotSimple
        tree.extend(found)
        offsets.extend(found.offsets)
        school.learn(texts, self.values)
        return line

    def _known(self, school: _School, line: int) -> bool:
        matches = (shape.match(self.text, line) for shape in school.shapes)
        return any(found and self.values.takes(*found.groups()) for found in matches)


def _end(find: Callable[[str, int], re.Match[str] | None], text: str, at: int) -> int:
    found = find(text, at)
    return found.end() if found else len(text)
