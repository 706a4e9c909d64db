"""Edges of a graph over row numbers, as two int arrays."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, repeat
from operator import itemgetter

__all__ = ["Adjacency"]

_SOURCE, _TARGET = itemgetter(0), itemgetter(1)


class Adjacency:
    """Who stands next to whom: the neighbours of `n` are `ends[starts[n]:starts[n+1]]`."""

    __slots__ = ("ends", "size", "starts")

    def __init__(self, size: int, pairs: Sequence[tuple[int, int]]) -> None:
        counts = Counter(map(_SOURCE, pairs))
        self.size = size
        self.starts = array("i", accumulate(map(counts.get, range(size), repeat(0)), initial=0))
        self.ends = array("i", map(_TARGET, sorted(pairs, key=_SOURCE)))

    def of(self, row: int) -> Sequence[int]:
        """The neighbours of a row."""
        return self.ends[self.starts[row] : self.starts[row + 1]]

    def reach(self, rows: Iterable[int]) -> bytearray:
        """A 1 for each of `rows` and for everything reached from them."""
        seen = bytearray(self.size)
        stack = list(rows)
        for row in stack:
            seen[row] = 1
        if 0 not in seen:
            return seen
        while stack:
            row = stack.pop()
            for end in self.ends[self.starts[row] : self.starts[row + 1]]:
                if not seen[end]:
                    seen[end] = 1
                    stack.append(end)
        return seen

    def waves(self, rows: Iterable[int]) -> Iterator[list[int]]:
        """Breadth first: `rows`, then what is one step away, then two; no row twice."""
        seen = bytearray(self.size)
        wave = list(dict.fromkeys(rows))
        for row in wave:
            seen[row] = 1
        while wave:
            yield wave
            ahead = []
            for row in wave:
                for end in self.ends[self.starts[row] : self.starts[row + 1]]:
                    if not seen[end]:
                        seen[end] = 1
                        ahead.append(end)
            wave = ahead
