"""The digest of a graph: of a head, and of its resources in small groups.

What is not in a group does not move that group's mark: when a few resources change, a few groups
are worked out again, and the digest of the whole follows from the marks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec

from fleetc.ir.values import canonical

if TYPE_CHECKING:
    from fleetc.ir.graph import Resource

__all__ = ["GROUP", "Marks", "mark", "marks_of"]

GROUP = 16
"""Resources in a group: those of one kind, by address."""

_SIZE = 16


class Marks(msgspec.Struct, frozen=True):
    """`head`, and for each kind the marks of its groups, joined."""

    head: bytes
    kinds: dict[str, bytes]

    @property
    def digest(self) -> str:
        """The hex digest of the whole."""
        state = hashlib.blake2b(self.head, digest_size=_SIZE)
        for kind, joined in sorted(self.kinds.items()):
            state.update(canonical([kind, len(joined)]) + joined)
        return state.hexdigest()

    def with_marks(self, kind: str, marks: dict[int, bytes]) -> Marks:
        """The same with other marks at these groups of a kind; raises `KeyError` and `IndexError`."""
        joined = bytearray(self.kinds[kind])
        for number, new in marks.items():
            if (number + 1) * _SIZE > len(joined):
                raise IndexError(number)
            joined[number * _SIZE : (number + 1) * _SIZE] = new
        return msgspec.structs.replace(self, kinds={**self.kinds, kind: bytes(joined)})


def mark(resources: Sequence[Resource]) -> bytes:
    """The mark of one group: addresses and fields; places do not count."""
    content = canonical([[item.address for item in resources], [item.fields for item in resources]])
    return hashlib.blake2b(content, digest_size=_SIZE).digest()


def marks_of(head: list[object], resources: Iterable[Resource]) -> Marks:
    """The marks of a graph of which `head` says all but the resources."""
    ordered = sorted(resources, key=attrgetter("address"))
    return Marks(
        hashlib.blake2b(canonical(head), digest_size=_SIZE).digest(),
        {kind: _joined(list(found)) for kind, found in groupby(ordered, key=attrgetter("kind"))},
    )


def _joined(ordered: list[Resource]) -> bytes:
    return b"".join(mark(ordered[at : at + GROUP]) for at in range(0, len(ordered), GROUP))
