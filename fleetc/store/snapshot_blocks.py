"""The newest snapshot's lines in blocks, so that the next one looks into those that changed only.

Blocks begin at addresses: what is added or gone moves the rows behind it, but no block.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, repeat
from operator import attrgetter
from typing import NamedTuple

from fleetc.ir.state import LiveResource
from fleetc.store.snapshot_rows import texts_of

__all__ = ["Blocks", "Part", "blocks_of"]

_address = attrgetter("address")
_SIZE = 64
_GROWN = 4  # times that size: cut anew


class Part(NamedTuple):
    """What may have changed: lines that held `before` with their numbers, and `lines` at `rows` now."""

    before: dict[bytes, int]
    rows: list[int]
    lines: list[bytes]


@dataclass(frozen=True, slots=True)
class Blocks:
    """The lines of snapshot `serial`, in order; the numbers of their stored bodies are `ids`.

    Block n begins at address `starts[n]`, is `texts[n]` and holds the rows from `bounds[n]` up to
    and without `bounds[n + 1]`.
    """

    serial: int = 0
    starts: Sequence[str] = ()
    bounds: Sequence[int] = (0,)
    texts: Sequence[bytes] = ()
    ids: array[int] = field(default_factory=lambda: array("q"))

    def cut(self, ordered: Sequence[LiveResource]) -> list[int]:
        """The bounds of the same blocks among other resources, in order."""
        if not self.starts:
            return _even(len(ordered))
        inner = (bisect_left(ordered, start, key=_address) for start in self.starts[1:])
        return [0, *inner, len(ordered)]

    def changed(self, texts: Sequence[bytes], bounds: Sequence[int]) -> Part:
        """What of other texts, cut at the same addresses, is not as it is here."""
        part = Part({}, [], [])
        if len(texts) != len(self.texts):
            return Part({}, list(range(bounds[-1])), [line for text in texts for line in text.splitlines()])
        for n, (old, new) in enumerate(zip(self.texts, texts, strict=True)):
            if old != new:
                self._compare(n, old.splitlines(), new.splitlines(), bounds[n], part)
        return part

    def _compare(self, n: int, old: list[bytes], new: list[bytes], first: int, part: Part) -> None:
        """Add a block's lines to `part`: those that stand at one place in both are the same."""
        ids = self.ids[self.bounds[n] : self.bounds[n + 1]]
        aligned = len(old) == len(new)
        part.before.update(
            (line, number)
            for row, (line, number) in enumerate(zip(old, ids, strict=True))
            if not aligned or line != new[row]
        )
        for row, line in enumerate(new):
            if not aligned or line != old[row]:
                part.rows.append(first + row)
                part.lines.append(line)

    def numbered(self, part: Part, numbers: Sequence[int], bounds: Sequence[int]) -> array[int]:
        """The numbers of all bodies now: `numbers` for the lines of `part`, and the others as before."""
        ids = array("q")
        if len(self.bounds) == len(bounds):
            for (old, old_end), (begin, end) in zip(pairwise(self.bounds), pairwise(bounds), strict=True):
                same = old_end - old == end - begin
                ids.extend(self.ids[old:old_end] if same else repeat(0, end - begin))
        else:
            ids.extend(repeat(0, bounds[-1]))
        for row, number in zip(part.rows, numbers, strict=True):
            ids[row] = number
        return ids


def blocks_of(
    serial: int,
    ordered: Sequence[LiveResource],
    bounds: Sequence[int],
    texts: Sequence[bytes],
    ids: array[int],
) -> Blocks:
    """What to hold of a snapshot; it is cut anew when a block has grown large or has nothing in it."""
    if any(not 0 < end - begin <= _GROWN * _SIZE for begin, end in pairwise(bounds)):
        bounds = _even(len(ordered))
        texts = texts_of(ordered, bounds)
    return Blocks(serial, [ordered[row].address for row in bounds[:-1]], bounds, texts, ids)


def _even(count: int) -> list[int]:
    return [*range(0, count, _SIZE), count]
