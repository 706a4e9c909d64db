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

    def __init__(self, starts: array[int], ends: array[int]) -> None:
        self.size = len(starts) - 1
        self.starts = starts
        self.ends = ends

    @classmethod
    def of_pairs(cls, size: int, pairs: Sequence[tuple[int, int]]) -> Adjacency:
        """The edges from the first to the second of each pair, in any order."""
        counts = Counter(map(_SOURCE, pairs))
        starts = array("i", accumulate(map(counts.get, range(size), repeat(0)), initial=0))
        return cls(starts, array("i", map(_TARGET, sorted(pairs, key=_SOURCE))))

    @classmethod
    def of_rows(cls, rows: Iterable[Iterable[int]]) -> Adjacency:
        """The edges from each row to its neighbours, row by row."""
        starts, ends = array("i", [0]), array("i")
        for neighbours in rows:
            ends.extend(neighbours)
            starts.append(len(ends))
        return cls(starts, ends)

    def turned(self) -> Adjacency:
        """The same edges the other way round."""
        counts = array("i", bytes(4 * (self.size + 1)))
        for end in self.ends:
            counts[end + 1] += 1
        starts = array("i", accumulate(counts))
        place, ends = array("i", starts), array("i", bytes(4 * len(self.ends)))
        for row in range(self.size):
            for end in self.of(row):
                ends[place[end]] = row
                place[end] += 1
        return Adjacency(starts, ends)

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
