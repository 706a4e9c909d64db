"""What a selector says, as a tree with places in its text.

`start` and `end` are 0-based offsets of characters; the end is exclusive.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from fleetc.errors import UsageProblem

__all__ = [
    "Address",
    "Both",
    "Either",
    "Everything",
    "Glob",
    "Mark",
    "Not",
    "Predicate",
    "Reach",
    "Selector",
    "SelectorProblem",
]


class SelectorProblem(UsageProblem):
    """A selector that cannot be read or means nothing here.

    `unfinished`: it may still become right when more is typed at its end.
    """

    def __init__(self, message: str, *, next_step: str, code: str = "F0801", unfinished: bool = False):
        super().__init__(message, code=code, next_step=next_step)
        self.unfinished = unfinished


class Glob(msgspec.Struct, frozen=True):
    """A pattern (`*` any text, `?` one character, `[ab]` one of them), or a quoted plain text."""

    text: str
    quoted: bool = False

    @property
    def plain(self) -> bool:
        """Whether it stands for exactly its own text."""
        return self.quoted or not any(mark in self.text for mark in "*?[")


class Everything(msgspec.Struct, frozen=True):
    """`all`."""

    start: int
    end: int


class Address(msgspec.Struct, frozen=True):
    """`node/edge-*`, or the own name of resources, `edge-tokyo-01`."""

    pattern: Glob
    start: int
    end: int


class Predicate(msgspec.Struct, frozen=True):
    """`kind:node`, `region:ap-*`, `label.site:fra`: a name, and the values that satisfy it.

    `key` is what stands behind the name's dot: a place in a field that is a mapping.
    """

    name: str
    key: str
    pattern: Glob
    start: int
    end: int


class Mark(msgspec.Struct, frozen=True):
    """`@new`, `@since:REV`: a set that is known by a name, some of them with a value."""

    name: str
    value: str
    start: int
    end: int


class Reach(msgspec.Struct, frozen=True):
    """`+x`, `x+`, `2+x+1`: x, with what it needs and with what needs it.

    Steps are None for no walk in that direction, and -1 for as far as it goes.
    """

    inner: Selector
    needs: int | None
    needed_by: int | None
    start: int
    end: int


class Not(msgspec.Struct, frozen=True):
    """`not x`."""

    inner: Selector
    start: int
    end: int


class Both(msgspec.Struct, frozen=True):
    """`a, b`: what all parts select."""

    parts: tuple[Selector, ...]
    start: int
    end: int


class Either(msgspec.Struct, frozen=True):
    """`a b`: what any part selects."""

    parts: tuple[Selector, ...]
    start: int
    end: int


Selector: TypeAlias = "Everything | Address | Predicate | Mark | Reach | Not | Both | Either"
