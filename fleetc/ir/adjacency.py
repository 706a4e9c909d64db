"""Edges of a graph over row numbers, as two int arrays."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Adjacency"]


class Adjacency:
    """Who stands next to whom: the neighbours of `n` are `ends[starts[n]:starts[n+1]]`."""

    __slots__ = ("ends", "size", "starts")

    def __init__(self, size: int, pairs: Sequence[tuple[int, int]]) -> None:
        self.size = size
        self.starts = array("i", bytes(4 * (size + 1)))
        self.ends = array("i", bytes(4 * len(pairs)))
        for source, _ in pairs:
            self.starts[source + 1] += 1
        for row in range(size):
            self.starts[row + 1] += self.starts[row]
        place = array("i", self.starts)
        for source, target in pairs:
            self.ends[place[source]] = target
            place[source] += 1

    def of(self, row: int) -> Sequence[int]:
        """The neighbours of a row."""
        return self.ends[self.starts[row] : self.starts[row + 1]]

    def reach(self, rows: Iterable[int]) -> bytearray:
        """A 1 for each of `rows` and for everything reached from them."""
        seen = bytearray(self.size)
        stack = list(rows)
        while stack:
            row = stack.pop()
            if not seen[row]:
                seen[row] = 1
                stack.extend(self.ends[self.starts[row] : self.starts[row + 1]])
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
