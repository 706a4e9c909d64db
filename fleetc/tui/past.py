"""Snapshots as rows of a list, which two of them are meant, and trees of what they hold. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from fleetc.ir.address import kind_of
from fleetc.ir.difference import Difference, FieldDifference, ResourceDifference
from fleetc.ir.state import LiveResource, Snapshot
from fleetc.ir.timestamps import seconds_of
from fleetc.tui.items import matching
from fleetc.tui.rows import Group, Rows

if TYPE_CHECKING:
    from fleetc.service.shelf import Kept, Shelf

__all__ = [
    "OFFERS",
    "ContentTree",
    "DiffTree",
    "Leaf",
    "Marks",
    "PastTree",
    "SnapItem",
    "Timeline",
    "key_of",
    "pair",
    "stepped",
    "words_of",
]

_LEAST = 10
"""Cells that a line of time needs."""
_CHANGES = ("added", "changed", "removed")
OFFERS = "catalogue"
Leaf = ResourceDifference | FieldDifference | LiveResource
"""What a leaf of a tree of the past is."""


class SnapItem(NamedTuple):
    """A stored snapshot of an environment's account."""

    environment: str
    kept: Kept

    @property
    def name(self) -> str:
        """What it is called: `snap-12`."""
        return self.kept.row.name


def key_of(item: SnapItem) -> str:
    """What the cursor stays on."""
    return f"{item.environment}/{item.name}"


def words_of(item: SnapItem) -> str:
    """What a filter looks through."""
    row = item.kept.row
    full = "full" if row.complete else "part"
    return f"{row.name} {row.taken_at} {full} {item.kept.why} {row.source}"


class Marks(NamedTuple):
    """Names of the two snapshots that are meant; empty for none. B is looked at in place of live."""

    a: str = ""
    b: str = ""

    def with_a(self, name: str) -> Marks:
        """A there, or nowhere when it was there."""
        return Marks("" if self.a == name else name, "" if self.b == name else self.b)

    def with_b(self, name: str) -> Marks:
        """B there, or nowhere when it was there."""
        return Marks("" if self.a == name else self.a, "" if self.b == name else name)


def pair(marks: Marks, at: str, names: Sequence[str]) -> Marks | None:
    """The two to compare; `names` are newest first, `at` is under the cursor. None when there are no two.

    Without B it is the one under the cursor, or the newest when A is there; without A it is the
    one before B.
    """
    b = marks.b or (at if at != marks.a else next(iter(names), ""))
    a = marks.a or stepped(names, b, older=True)
    return Marks(a, b) if a and b and a != b and {a, b} <= set(names) else None


def stepped(names: Sequence[str], at: str, *, older: bool) -> str:
    """The name before or after one, in time; empty at the end. `names` are newest first."""
    if at not in names:
        return ""
    place = names.index(at) + (1 if older else -1)
    return names[place] if 0 <= place < len(names) else ""


# trees


class PastTree:
    """Rows over what a snapshot holds, or two differ in; `title` says what it is of, in words."""

    leaves: Sequence[Leaf]

    def __init__(self, title: str, groups: Sequence[Group], keys: Sequence[str]) -> None:
        self.title = title
        self.rows = Rows(groups, keys, bytes(len(keys)))
        self.expression = ""
        self._haystack = [self.words(leaf).lower() for leaf in range(len(keys))]

    def words(self, leaf: int) -> str:
        """What a filter looks through."""
        return self.rows.keys[leaf]

    def narrow(self, expression: str) -> None:
        """Show the leaves whose words hold every word of `expression`; all when it is empty."""
        self.expression = expression
        wanted = expression.lower().split()
        self.rows.narrow(matching(self._haystack, wanted) if wanted else None)


class DiffTree(PastTree):
    """What differs from one snapshot to another: added, changed, removed, each by kind; then offers."""

    def __init__(self, found: Difference) -> None:
        self.found = found
        self.leaves = (*found.resources, *found.catalogue)
        by: dict[tuple[str, str], list[int]] = {}
        for number, each in enumerate(found.resources):
            by.setdefault((each.change, each.kind), []).append(number)
        groups = [
            Group(f"{change}/{kind}", kind, (), by[change, kind])
            for change in _CHANGES
            for kind in sorted(kind for what, kind in by if what == change)
        ]
        if found.catalogue:
            offers = range(len(found.resources), len(self.leaves))
            groups.append(Group(OFFERS, OFFERS, (), offers))
        keys = [*(each.address for each in found.resources), *(each.path for each in found.catalogue)]
        super().__init__(f"{found.before.name} -> {found.after.name}", groups, keys)
        self.counts = {change: sum(len(by[key]) for key in by if key[0] == change) for change in _CHANGES}

    def words(self, leaf: int) -> str:
        """The address and the fields that differ."""
        if leaf >= len(self.found.resources):
            return self.rows.keys[leaf]
        each = self.found.resources[leaf]
        return " ".join((each.address, *(field.path for field in each.fields)))


class ContentTree(PastTree):
    """What a snapshot holds, by kind; kinds are closed at first."""

    def __init__(self, found: Snapshot) -> None:
        self.leaves = found.resources
        by: dict[str, list[int]] = {}
        for number, each in enumerate(found.resources):
            by.setdefault(kind_of(each.address), []).append(number)
        groups = [Group(kind, kind, (), by[kind], closed=True) for kind in sorted(by)]
        super().__init__(found.name, groups, [each.address for each in found.resources])


# the line of time


class Timeline:
    """Snapshots from the oldest to the newest on a line of `width` cells: `|` each, runs by id or `r`."""

    def __init__(self, shelf: Shelf, width: int) -> None:
        self.shelf, self.width = shelf, width
        self._inner = max(width - 4, 0)
        self._at = {each.row.name: seconds_of(each.row.taken_at) for each in shelf.kept}
        self._first, self._last = min(self._at.values(), default=0.0), max(self._at.values(), default=0.0)
        self._cells = ["."] * self._inner
        if self._inner < _LEAST:
            return
        for moment in self._at.values():
            self._cells[self._cell(moment)] = "|"
        for run in reversed(shelf.runs):
            self._lay(seconds_of(run.started_at), run.id)

    def _cell(self, moment: float) -> int:
        span = self._last - self._first
        return round((moment - self._first) / span * (self._inner - 1)) if span > 0 else 0

    def _lay(self, moment: float, name: str) -> None:
        """Write a run's id from its time on, where nothing else is; else only its `r`."""
        if not self._first <= moment <= self._last:
            return
        begin = self._cell(moment)
        stop = begin + len(name)
        free = stop < self._inner and all(each == "." for each in self._cells[begin + 1 : stop + 1])
        self._cells[begin : stop if free else begin + 1] = list(name) if free else ["r"]

    def line(self, marks: Marks, at: str) -> str:
        """The line with the marks, and `^` for the snapshot `at`; empty where there is no room."""
        if not self._at or self._inner < _LEAST:
            return ""
        cells = self._cells.copy()
        for mark, name in (("^", at), ("A", marks.a), ("B", marks.b)):
            if name in self._at:
                cells[self._cell(self._at[name])] = mark
        return f" [{''.join(cells)}] "
