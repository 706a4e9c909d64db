"""The tree of a YAML file: mappings and lists that know where every entry stands.

Scalars are plain `str`, `int`, `float`, `bool` and `None`. A place is a pair of character offsets
in the file's text; lines and columns are worked out only when somebody asks, and so are the offsets
where a shape (`fleetc.lang.shapes`) can find them again.
"""

from __future__ import annotations

from array import array
from typing import Protocol, TypeAlias

from fleetc.lang.diagnostics import OriginStep
from fleetc.lang.source import SourceFile, Span

__all__ = ["Layout", "Map", "Node", "Scalar", "Seq"]

Scalar: TypeAlias = str | int | float | bool | None
Node: TypeAlias = "Map | Seq | Scalar"
Offsets: TypeAlias = tuple[int, int]
Merge: TypeAlias = tuple["Map", int, int]


class Layout(Protocol):
    """Finds the places of the entries of a collection again in the text it was read from."""

    def offsets(self, text: str, start: int) -> array[int]:
        """The offsets of the collection that starts at `start`."""
        ...


class Map(dict[str, "Node"]):
    """A mapping, keys in the order written, then those that came by merge keys (`<<`).

    A value that came by an alias is the same object as the anchored one, and its place is where
    it is written; `origin` names the alias. Treat it as frozen: others share it.
    """

    __slots__ = ("aliases", "end", "file", "layout", "merges", "rows", "start")

    file: SourceFile
    start: int
    end: int
    layout: array[int] | Layout  # the offsets, or who finds them
    aliases: dict[int, Offsets] | None  # row of a value that is an alias -> place of the alias
    merges: tuple[Merge, ...]  # merged mappings, the strongest first, and the place of each
    rows: dict[str, int] | None

    @property
    def offsets(self) -> array[int]:
        """Key start, key end, value start and value end of each written entry."""
        return _offsets(self)

    @property
    def span(self) -> Span:
        """The place of the whole mapping."""
        return self.file.span(self.start, self.end)

    def key_span(self, key: str) -> Span:
        """The place of a key."""
        owner, row = self._written(key)
        return owner.file.span(*owner.offsets[4 * row : 4 * row + 2])

    def value_span(self, key: str) -> Span:
        """The place where the value of `key` is written."""
        owner, row = self._written(key)
        return owner.file.span(*owner.offsets[4 * row + 2 : 4 * row + 4])

    def raw(self, key: str) -> str:
        """The source text of the value of `key`."""
        owner, row = self._written(key)
        start, end = owner.offsets[4 * row + 2 : 4 * row + 4]
        return owner.file.text[start:end]

    def origin(self, key: str) -> tuple[OriginStep, ...]:
        """The aliases and merges through which the value of `key` came, the nearest first."""
        row = self._row(key)
        if row is not None:
            return _alias_step(self.file, (self.aliases or {}).get(row))
        source, start, end = self._merge_of(key)
        step = OriginStep("merge", self.file.text[start:end], self.file.span(start, end))
        return (step, *source.origin(key))

    def _row(self, key: str) -> int | None:
        if self.rows is None:
            count = len(self.offsets) // 4
            self.rows = {name: row for row, name in enumerate(self) if row < count}
        return self.rows.get(key)

    def _merge_of(self, key: str) -> Merge:
        return next(merge for merge in self.merges if key in merge[0])

    def _written(self, key: str) -> tuple[Map, int]:
        owner = self
        while (row := owner._row(key)) is None:
            if key not in owner:
                raise KeyError(key)
            owner = owner._merge_of(key)[0]
        return owner, row


class Seq(list["Node"]):
    """A list that knows where its items stand; shared and aliased like `Map`."""

    __slots__ = ("aliases", "end", "file", "layout", "start")

    file: SourceFile
    start: int
    end: int
    layout: array[int] | Layout
    aliases: dict[int, Offsets] | None

    @property
    def offsets(self) -> array[int]:
        """Start and end of each item."""
        return _offsets(self)

    @property
    def span(self) -> Span:
        """The place of the whole list."""
        return self.file.span(self.start, self.end)

    def value_span(self, index: int) -> Span:
        """The place where an item is written."""
        return self.file.span(*self.offsets[2 * index : 2 * index + 2])

    def raw(self, index: int) -> str:
        """The source text of an item."""
        start, end = self.offsets[2 * index : 2 * index + 2]
        return self.file.text[start:end]

    def origin(self, index: int) -> tuple[OriginStep, ...]:
        """The alias through which an item came; empty when it is written in place."""
        return _alias_step(self.file, (self.aliases or {}).get(index))


def _offsets(tree: Map | Seq) -> array[int]:
    if not isinstance(tree.layout, array):
        tree.layout = tree.layout.offsets(tree.file.text, tree.start)
    return tree.layout


def _alias_step(file: SourceFile, place: Offsets | None) -> tuple[OriginStep, ...]:
    if place is None:
        return ()
    return (OriginStep("alias", file.text[slice(*place)], file.span(*place)),)
