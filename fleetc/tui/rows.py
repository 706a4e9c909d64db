"""The rows of a tree: pre-order int arrays, what is open and shown, and a cursor that stays.

Rows are numbers in pre-order; a leaf stands for a number of the caller's (an action of a plan).
There is no object per row, so that 100,000 leaves cost a few MB and every operation stays within
a frame. Laws (tested as properties): `visible` is the pre-order filter of open and shown; a
group's tick is a function of its leaves; the cursor's key survives fold, filter and refresh.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import compress
from typing import NamedTuple

__all__ = ["Group", "Outline", "Rows", "Tick", "common", "tick"]


class Tick(StrEnum):
    """How much of a row is chosen; the value is the mark that is shown."""

    ON = "[x]"
    PART = "[-]"
    OFF = "[ ]"
    BARRED = "[#]"


def tick(on: int, free: int) -> Tick:
    """The mark of a row with `free` leaves that can be chosen, `on` of which are."""
    if free == 0:
        return Tick.BARRED
    if on == 0:
        return Tick.OFF
    return Tick.ON if on >= free else Tick.PART


def common(first: bytes, second: bytes) -> int:
    """How many 0/1 bytes are 1 in both of two equally long strings."""
    return (int.from_bytes(first) & int.from_bytes(second)).bit_count()


class Group(NamedTuple):
    """A group as the caller gives it: its own leaves first, then the groups below it.

    A `closed` one shows nothing below it until somebody opens it.
    """

    key: str
    title: str
    groups: tuple[Group, ...] = ()
    leaves: Sequence[int] = ()
    closed: bool = False


class Outline:
    """What never changes of a tree: `parent`, `depth`, `end`, `leaf` by row, `row_of` by leaf.

    `end` is the row after the last one below; `leaf` is -1 for a group; `groups` are the rows of
    groups, ascending.
    """

    def __init__(self, groups: Sequence[Group], leaves: int) -> None:
        self.parent, self.end, self.leaf = array("i"), array("i"), array("i")
        self.depth = bytearray()
        self.groups = array("i")
        self.group_at: dict[int, Group] = {}
        self.row_of = array("i", [-1]) * leaves
        for group in groups:
            self._add(group, -1, 0)
        for row, leaf in enumerate(self.leaf):
            if leaf >= 0:
                self.row_of[leaf] = row

    def __len__(self) -> int:
        return len(self.parent)

    def _add(self, group: Group, parent: int, depth: int) -> None:
        row = len(self.parent)
        self.parent.append(parent)
        self.end.append(0)
        self.leaf.append(-1)
        self.depth.append(depth)
        self.groups.append(row)
        self.group_at[row] = group
        first, count = len(self.parent), len(group.leaves)
        self.parent.extend(array("i", [row]) * count)
        self.end.extend(range(first + 1, first + count + 1))
        self.leaf.extend(group.leaves)
        self.depth.extend(bytes([depth + 1]) * count)
        for below in group.groups:
            self._add(below, row, depth + 1)
        self.end[row] = len(self.parent)

    def spread(self, by_leaf: bytes) -> bytes:
        """One byte a leaf put in row order; groups get 0."""
        return bytes(map((by_leaf + b"\0").__getitem__, self.leaf))


class Rows:
    """A tree as it is seen: an outline with ticks, open groups, a filter and a cursor.

    `keys` names the leaves (addresses). `marks`, `barred` and each of `sorts` are 0/1 by leaf; a
    barred leaf cannot be chosen, and sorts are what a row's leaves are counted by. `total` is the
    number of rows that are leaves, `matched` how many of them the filter shows.
    """

    def __init__(
        self,
        groups: Sequence[Group],
        keys: Sequence[str],
        marks: bytes,
        barred: bytes = b"",
        sorts: Mapping[str, bytes] | None = None,
    ) -> None:
        self.outline = Outline(groups, len(keys))
        self.keys = keys
        self.barred = self.outline.spread(barred or bytes(len(keys)))
        self.sorts = {sort: self.outline.spread(flags) for sort, flags in (sorts or {}).items()}
        self._is_leaf = bytes(leaf >= 0 for leaf in self.outline.leaf)
        self._open = bytearray(b"\1") * len(self.outline)
        for row, group in self.outline.group_at.items():
            self._open[row] = not group.closed
        self._shown: bytes | None = None
        self._wanted = 0
        self.total = self._is_leaf.count(1)
        self.matched = self.total
        self.mark(marks)
        self.codes = bytes(len(self.outline))
        self._settle()

    # what is chosen

    def mark(self, marks: bytes) -> None:
        """Take over ticks, one 0/1 byte a leaf."""
        self.marks = self.outline.spread(marks)

    def size(self, row: int) -> int:
        """How many leaves a row has (1 for a leaf)."""
        return self._is_leaf.count(1, row, self.outline.end[row])

    def chosen(self, row: int) -> int:
        """How many of a row's leaves are ticked."""
        return self.marks.count(1, row, self.outline.end[row])

    def size_of(self, sort: str, row: int) -> int:
        """How many of a row's leaves are of a sort."""
        return self.sorts[sort].count(1, row, self.outline.end[row])

    def chosen_of(self, sort: str, row: int) -> int:
        """How many of a row's leaves are of a sort and ticked."""
        end = self.outline.end[row]
        return common(self.sorts[sort][row:end], self.marks[row:end])

    def judge(self, codes: bytes) -> None:
        """Take over what is said of the leaves, one code a leaf, 0 for nothing."""
        self.codes = self.outline.spread(codes) if any(codes) else bytes(len(self.outline))

    def judged(self, code: int, row: int) -> int:
        """How many of a row's leaves have a code."""
        return self.codes.count(code, row, self.outline.end[row])

    def barred_of(self, row: int) -> int:
        """How many of a row's leaves cannot be chosen."""
        return self.barred.count(1, row, self.outline.end[row])

    def matching(self, row: int) -> int:
        """How many of a row's leaves the filter shows."""
        if self._shown is None:
            return self.size(row)
        end = self.outline.end[row]
        return common(self._is_leaf[row:end], self._shown[row:end])

    def tick(self, row: int) -> Tick:
        """The mark of a row; a group of nothing is left out."""
        if not self.size(row):
            return Tick.OFF
        free = self.size(row) - self.barred_of(row)
        return tick(self.chosen(row), free)

    def leaves(self, row: int) -> list[int]:
        """The leaves of a row that the filter shows and that can be chosen."""
        begin, end = row, self.outline.end[row]
        free = int.from_bytes(self._is_leaf[begin:end]) & ~int.from_bytes(self.barred[begin:end])
        if self._shown is not None:
            free &= int.from_bytes(self._shown[begin:end])
        return list(compress(self.outline.leaf[begin:end], free.to_bytes(end - begin)))

    def shown_leaves(self) -> list[int]:
        """The leaves of the whole tree that the filter shows and that can be chosen."""
        roots = (row for row in self.outline.groups if self.outline.parent[row] < 0)
        return [leaf for row in roots for leaf in self.leaves(row)]

    # what is seen

    def is_open(self, row: int) -> bool:
        """Whether a group shows what is below it."""
        return bool(self._open[row])

    def fold(self, row: int, is_open: bool) -> None:
        """Open or close a group; a leaf has nothing to fold."""
        if self.outline.leaf[row] < 0:
            self._open[row] = is_open
            self._settle()

    def fold_all(self, is_open: bool) -> None:
        """Open or close every group but the outermost ones."""
        for row in self.outline.groups:
            if self.outline.parent[row] >= 0:
                self._open[row] = is_open
        self._settle()

    def narrow(self, matches: bytes | None) -> None:
        """Show only the leaves with a 1 (and their groups); None shows all."""
        if matches is None:
            self._shown, self.matched = None, self.total
        else:
            shown = bytearray(self.outline.spread(matches))
            self.matched = shown.count(1)
            for row in self.outline.groups:
                shown[row] = shown.find(1, row + 1, self.outline.end[row]) >= 0
            self._shown = bytes(shown)
        self._settle()

    def _settle(self) -> None:
        """Work out the visible rows, group by group: each run of leaves at once."""
        groups, end = self.outline.groups, self.outline.end
        self.visible = array("i")
        skip = 0
        for number, row in enumerate(groups):
            stop = groups[number + 1] if number + 1 < len(groups) else len(self.outline)
            if row >= skip and (self._shown is None or self._shown[row]):
                self.visible.append(row)
            if row >= skip and not self._open[row]:
                skip = end[row]
            self._show_run(max(row + 1, skip), stop)
        self.position = self._place(self._wanted)

    def _show_run(self, begin: int, stop: int) -> None:
        if begin >= stop:
            return
        if self._shown is None:
            self.visible.extend(range(begin, stop))
        else:
            self.visible.extend(compress(range(begin, stop), memoryview(self._shown)[begin:stop]))

    def _place(self, row: int) -> int:
        """The place among the visible rows of `row`, or of what stands for it."""
        here = bisect_left(self.visible, row)
        if here < len(self.visible) and self.visible[here] == row:
            return here
        above = self.outline.parent[row] if len(self.outline) else -1
        while above >= 0:
            if not self._open[above]:
                return max(0, bisect_left(self.visible, above + 1) - 1)
            above = self.outline.parent[above]
        return max(0, min(here, len(self.visible) - 1))

    # the cursor

    @property
    def cursor(self) -> int:
        """The row the cursor is on; -1 when nothing is visible."""
        return self.visible[self.position] if self.visible else -1

    @property
    def leaf(self) -> int:
        """The leaf under the cursor; -1 on a group or on nothing."""
        return self.outline.leaf[self.cursor] if self.visible else -1

    def key(self, row: int) -> str:
        """The key of a row: a leaf's own, or its group's."""
        leaf = self.outline.leaf[row]
        return self.keys[leaf] if leaf >= 0 else self.outline.group_at[row].key

    def move_to(self, position: int) -> None:
        """Put the cursor on a place among the visible rows, or the nearest there is."""
        if self.visible:
            self.position = max(0, min(position, len(self.visible) - 1))
            self._wanted = self.visible[self.position]

    def go(self, row: int) -> None:
        """Put the cursor on a row, opening what it is in."""
        self._wanted = row
        closed = False
        above = self.outline.parent[row]
        while above >= 0:
            closed = closed or not self._open[above]
            self._open[above] = 1
            above = self.outline.parent[above]
        if closed:
            self._settle()
        else:
            self.position = self._place(row)

    def seek(self, flags: bytes | None, backwards: bool = False) -> bool:
        """Go to the next leaf (with a 1) that the filter shows, round the end; whether there is one."""
        wanted = self._is_leaf if flags is None else self.outline.spread(flags)
        if self._shown is not None:
            both = int.from_bytes(wanted) & int.from_bytes(self._shown)
            wanted = both.to_bytes(len(wanted))
        if backwards:
            found = wanted.rfind(1, 0, max(self.cursor, 0))
            found = wanted.rfind(1) if found < 0 else found
        else:
            found = wanted.find(1, self.cursor + 1)
            found = wanted.find(1) if found < 0 else found
        if found >= 0:
            self.go(found)
        return found >= 0

    def carry(self, old: Rows) -> None:
        """Take over open groups and the cursor from the rows of an earlier tree, by key."""
        rows = {group.key: row for row, group in self.outline.group_at.items()}
        for row, group in old.outline.group_at.items():
            if group.key in rows:
                self._open[rows[group.key]] = old.is_open(row)
        self._wanted = self._find(old, rows)
        self._settle()

    def _find(self, old: Rows, groups: dict[str, int]) -> int:
        """The row that holds the old cursor's key, or the old group's of it, or the first."""
        row = old._wanted
        while row >= 0 and len(old.outline):
            key = old.key(row)
            if old.outline.leaf[row] < 0 and key in groups:
                return groups[key]
            if old.outline.leaf[row] >= 0 and (found := self._leaf_below(groups.get(old._top(row)), key)):
                return found
            row = old.outline.parent[row]
        return 0

    def _top(self, row: int) -> str:
        """The key of the outermost group that a row is in."""
        while self.outline.parent[row] >= 0:
            row = self.outline.parent[row]
        return self.key(row)

    def _leaf_below(self, group: int | None, key: str) -> int:
        """The row of a leaf below a group, by its key, which is that of one leaf there; 0 for none."""
        if group is None:
            return 0
        rows = range(group + 1, self.outline.end[group])
        leaf = self.outline.leaf
        return next((row for row in rows if leaf[row] >= 0 and self.keys[leaf[row]] == key), 0)
