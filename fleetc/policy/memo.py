"""What conditions came to, kept from one toggle to the next.

A leaf is a function of the columns that it reads: it is run once for each combination of them. A
toggle moves cells of columns, and with them only the rows that have those cells.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, compress

from fleetc.policy.code import Column, State
from fleetc.policy.conditions import Condition, Leaf, decide, leaves
from fleetc.policy.rows import Rows
from fleetc.policy.world import UNKNOWN

__all__ = ["Decided"]


class Decided:
    """What one condition is for the rows that its rule is about; `hits` are those where it may hold.

    The value of a hit is True or `UNKNOWN`.
    """

    def __init__(self, table: Rows, condition: Condition | Leaf | None, rows: list[int]) -> None:
        self._table = table
        self._condition = condition
        self._every = rows
        self._rows: frozenset[int] | None = None
        every = tuple(leaves(condition)) if condition is not None else ()
        self.changing = any(leaf.code.changing for leaf in every)
        self.timed = any(leaf.code.timed for leaf in every)
        self._columns = {column for leaf in every for column in leaf.code.cells}
        self._kept: dict[Leaf, dict[object, State]] = {leaf: {} for leaf in every}
        self.hits = self._narrowed(rows)

    def _narrowed(self, rows: list[int]) -> dict[int, State]:
        """The hits among all rows: first by what whole groups of them have in common."""
        parts = deque(_parts(self._condition))
        left: Sequence[int] = rows
        unknown: set[int] = set()
        while parts and left is rows:
            found = self._by_groups(parts[0], rows)
            if found is None:
                break
            parts.popleft()
            left = rows if found.everything else sorted(found.true | found.unknown)
            unknown |= found.unknown
        rest = parts[0] if len(parts) == 1 else Condition(tuple(parts))
        values = decide(rest, left, self._run) if parts else [True] * len(left)
        hits = {row: value for row, value in zip(left, values, strict=True) if value is not False}
        return hits | {row: UNKNOWN for row in unknown if row in hits}

    def _by_groups(self, part: Condition | Leaf, rows: list[int]) -> _Found | None:
        """For which of all rows a part holds, without a look at each; None when it takes one."""
        if not any(leaf.columns for leaf in leaves(part)):
            value = decide(part, rows[:1], self._run)[0]
            return _Found(set(), set(rows) if value is UNKNOWN else set(), everything=value is True)
        if isinstance(part, Leaf):
            return self._leaf_by_groups(part, rows)
        if part.every or part.negated:
            return None
        found = [self._by_groups(inner, rows) for inner in part.parts]
        known = [each for each in found if each is not None]
        if len(known) < len(found):
            return None
        if any(each.everything for each in known):
            return _Found(set(), set(), everything=True)
        true = set().union(*(each.true for each in known))
        unknown = set().union(*(each.unknown for each in known))
        return _Found(true, unknown - true)

    def _leaf_by_groups(self, leaf: Leaf, rows: list[int]) -> _Found:
        groups = self._table.index(leaf.columns, rows, leaf.code.cells)
        values = self._values(leaf, groups, (group[0] for group in groups.values()))
        if values.count(True) == len(values):
            return _Found(set(), set(), everything=True)
        unknown: set[int] = set()
        if UNKNOWN in values:
            unsure = [value is UNKNOWN for value in values]
            unknown = set(chain.from_iterable(compress(groups.values(), unsure)))
        return _Found(set(chain.from_iterable(compress(groups.values(), values))) - unknown, unknown)

    def attend(self, row: int) -> None:
        """Have a hit decided again also when what it was decided without is touched: its finding tells of that."""
        for leaf in self._kept:
            if leaf.code.changing:
                self._table.keys(leaf.columns, (row,), leaf.code.cells)

    def timeless(self, row: int) -> tuple[object, ...]:
        """What makes of a row all that time can make of its condition."""
        return tuple(
            self._table.keys(leaf.columns, (row,), leaf.code.cells)[0]
            if leaf.code.timed and leaf.columns
            else leaf.code.timed or self._run(leaf, (row,))[0]
            for leaf in self._kept
        )

    def touch(self, stale: Mapping[Column, set[int]]) -> list[int]:
        """Decide again the rows whose cells were forgotten; those rows."""
        touched = [stale[column] for column in self._columns if column in stale]
        if not touched or self._condition is None:
            return []
        if self._rows is None:
            self._rows = frozenset(self._every)
        again = sorted(set().union(*touched) & self._rows)
        for row, value in zip(again, decide(self._condition, again, self._run), strict=True):
            if value is False:
                self.hits.pop(row, None)
            else:
                self.hits[row] = value
        return again

    def _run(self, leaf: Leaf, rows: Sequence[int]) -> Sequence[State]:
        if not rows:
            return ()
        keys: Sequence[object] = [()] * len(rows)
        if leaf.columns:
            keys = self._table.keys(leaf.columns, rows, leaf.code.cells)
        found = dict(zip(keys, rows, strict=True))
        values = dict(zip(found, self._values(leaf, found, found.values()), strict=True))
        return list(map(values.__getitem__, keys))

    def _values(self, leaf: Leaf, keys: Collection[object], rows: Iterable[int]) -> list[State]:
        """What a leaf is for some keys, each with a row that has it. A mere test is not worth keeping."""
        kept, code = self._kept[leaf], leaf.code
        if code.test is not None:
            return list(map(code.test, keys))
        for key, row in zip(keys, rows, strict=True):
            if key not in kept:
                value = code.run(self._table.frame(row))
                kept[key] = value if value is UNKNOWN else value is True
        return list(map(kept.__getitem__, keys))


@dataclass(frozen=True, slots=True)
class _Found:
    """The rows for which something holds, or may; all of them hold when it is `everything`."""

    true: set[int]
    unknown: set[int]
    everything: bool = False


def _parts(condition: Condition | Leaf | None) -> tuple[Condition | Leaf, ...]:
    """What has to hold, all of it."""
    if condition is None:
        return ()
    whole = isinstance(condition, Condition) and condition.every and not condition.negated
    return condition.parts if isinstance(condition, Condition) and whole else (condition,)
