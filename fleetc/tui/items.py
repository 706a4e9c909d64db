"""The items of several environments as the rows of one list, with a filter. Pure.

There is no object for an item that is not looked at: 10,000 of them cost a few int arrays.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from fleetc.tui.desk import Desk, Desks
from fleetc.tui.rows import Group, Rows

__all__ = ["Items", "Listed", "Named", "matching"]

T = TypeVar("T")


class Listed(NamedTuple, Generic[T]):
    """An item, and the environment whose session answers for it."""

    desk: Desk
    item: T


class Named(NamedTuple):
    """What items are called, and the lower-case words that a filter looks through."""

    keys: Sequence[str]
    words: Sequence[str]


class Items(Generic[T]):
    """The items by environment, in the order they were given, and the rows they stand in.

    `key` names an item, and is what the cursor stays on; `words` is what a filter looks through.
    """

    def __init__(self, desks: Desks, key: Callable[[T], str], words: Callable[[T], str]) -> None:
        self._desks = desks
        self._key = key
        self._words = words
        self._of: dict[Desk, Sequence[T]] = dict.fromkeys(desks.all, ())
        self._named = dict.fromkeys(desks.all, Named((), ()))
        self.expression = ""
        self._settle(None)

    def named(self, items: Sequence[T]) -> Named:
        """What some items are called and found by; made on any thread."""
        return Named(tuple(map(self._key, items)), tuple(self._words(item).lower() for item in items))

    def take(self, desk: Desk, items: Sequence[T], named: Named | None = None) -> None:
        """Take other items of an environment; the cursor stays on its item, and the filter holds.

        `named` is what they are called, when that was worked out already.
        """
        self._of[desk], self._named[desk] = items, named or self.named(items)
        self._settle(self.rows)

    def _settle(self, before: Rows | None) -> None:
        groups: list[Group] = []
        keys: list[str] = []
        self._first: list[int] = []
        for desk, items in self._of.items():
            self._first.append(len(keys))
            key = f"environment/{desk.environment}"
            groups.append(Group(key, key, (), range(len(keys), len(keys) + len(items))))
            keys += self._named[desk].keys
        self._haystack = [text for named in self._named.values() for text in named.words]
        self.rows = Rows(groups, keys, bytes(len(keys)))
        if before is not None and len(before.keys):
            self.rows.carry(before)
        elif keys:
            self.rows.go(self.rows.outline.row_of[0])
        if self.expression:
            self.narrow(self.expression)

    # what is asked of it

    def __len__(self) -> int:
        return len(self.rows.keys)

    @property
    def of_desk(self) -> Mapping[Desk, Sequence[T]]:
        """The items of each environment."""
        return self._of

    def leaf(self, number: int) -> Listed[T]:
        """The item of a leaf."""
        place = bisect_right(self._first, number) - 1
        desk = self._desks.all[place]
        return Listed(desk, self._of[desk][number - self._first[place]])

    def of_row(self, row: int) -> Listed[T] | None:
        """The item of a row; None for an environment's."""
        leaf = self.rows.outline.leaf[row] if row >= 0 else -1
        return self.leaf(leaf) if leaf >= 0 else None

    def at_cursor(self) -> Listed[T] | None:
        """The item under the cursor."""
        return self.of_row(self.rows.cursor)

    def desk_of(self, row: int) -> Desk:
        """The environment that a row stands in."""
        return self._desks.all[bisect_right(self.rows.outline.groups, row) - 1]

    def desk_at_cursor(self) -> Desk | None:
        """The environment under the cursor."""
        row = self.rows.cursor
        return self.desk_of(row) if row >= 0 else None

    def top(self, desk: Desk) -> int:
        """The row of an environment."""
        return self.rows.outline.groups[self._desks.all.index(desk)]

    def go(self, key: str) -> bool:
        """Put the cursor on the item of that key, in sight or not; whether there is one."""
        if key not in self.rows.keys:
            return False
        self.rows.go(self.rows.outline.row_of[self.rows.keys.index(key)])
        return True

    # the filter

    def narrow(self, expression: str) -> None:
        """Show the items whose words hold every word of `expression`; all of them when it is empty."""
        self.expression = expression
        wanted = expression.lower().split()
        if not wanted:
            self.rows.narrow(None)
            return
        self.rows.narrow(matching(self._haystack, wanted))


def matching(haystack: Sequence[str], wanted: Sequence[str]) -> bytes:
    """A 1 for each text that holds every one of some words. 100,000 texts take a few milliseconds a word."""
    found = int.from_bytes(b"\1" * len(haystack))
    for word in wanted:
        found &= int.from_bytes(bytes([word in text for text in haystack]))
    return found.to_bytes(len(haystack))
