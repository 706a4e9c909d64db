"""Columns that look at the rest of the fleet: what an expression comes to, for each row.

A cell is worked out once for each combination of what it rests on of its own change, and kept with
what it looked at of the state that ticks change; it is worked out again when that was touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from fleetc.ir.values import canonical
from fleetc.policy.code import Code, Column, State
from fleetc.policy.world import Unknown

if TYPE_CHECKING:
    from fleetc.policy.rows import Rows

__all__ = ["Cells", "coarse", "hashable"]

_EXACT = 256


class Cells:
    """The cells of one column."""

    def __init__(self, table: Rows, column: Column, code: Code) -> None:
        self.column = column
        self._table, self._code = table, code
        self._base = tuple(sorted(code.base))
        self._kept: dict[object, object] = {}
        self._users: dict[object, set[object]] = {}
        self._rows: dict[object, set[int]] = {}
        self._key: dict[int, object] = {}

    def values(self, rows: Sequence[int]) -> list[object]:
        """What the column has in some rows."""
        missing = [row for row in rows if row not in self._key]
        if missing:
            keys = self._table.keys(self._base, missing, {}) if self._base else [()] * len(missing)
            for row, key in zip(missing, keys, strict=True):
                self._key[row] = key
                self._rows.setdefault(key, set()).add(row)
        keys = list(map(self._key.__getitem__, rows))
        for key in set(keys).difference(self._kept):
            self._kept[key] = self._work_out(key)
        return list(map(self._kept.__getitem__, keys))

    def forget(self, things: Iterable[object]) -> set[int]:
        """Forget what looked at these things; the rows that have it."""
        if not self._users:
            return set()
        stale = {key for thing in things for key in self._users.pop(thing, ())}
        for key in stale:
            self._kept.pop(key, None)
        return {row for key in stale for row in self._rows[key]}

    def _work_out(self, key: object) -> object:
        world, row = self._table.world, next(iter(self._rows[key]))
        world.looked.clear()
        value = self._key_of(self._code.run(self._table.frame(row)))
        for thing in coarse(world.looked):
            self._users.setdefault(thing, set()).add(key)
        return value

    def _key_of(self, value: State) -> object:
        """A value as a key. As one, what is of any sort is not itself: 1 is not true."""
        if not self._code.type.free or isinstance(value, Unknown):
            return value
        if not isinstance(value, tuple):
            return canonical(value)
        return tuple(item if isinstance(item, Unknown) else canonical(item) for item in value)


def coarse(looked: set[object]) -> Iterable[object]:
    """What was looked at; of very many addresses, their kinds instead."""
    if len(looked) <= _EXACT:
        return looked
    return {thing if isinstance(thing, tuple) else str(thing).partition("/")[0] for thing in looked}


def hashable(value: State) -> object:
    """A value as a key."""
    return canonical(value) if isinstance(value, dict) else value
