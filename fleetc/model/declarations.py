"""What the author declared: the result of elaboration, the input of lowering."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from fleetc.lang.nodes import Map, Seq
from fleetc.lang.source import SourceSet, Span
from fleetc.model.sections import Section

__all__ = ["Fleet", "Forget", "Item", "Items", "Move"]

Items = dict[str, "Item"]
"""Items of one section (and one parent) by name, in file order."""


class Item(msgspec.Struct, frozen=True, gc=False):
    """One declared item; a range gives one for each of its names.

    - `values`: checked values by author's key, with `defaults` and `extends` folded in.
    - `source`: the mapping as written; `holder` the mapping it is an entry of, in mapping form, or
      the list that names it (a node's `modules`).
    - `written`: the name as written, which differs from `name` where a range stood.
    - `parent`: the name of the item it stands in.
    """

    section: Section
    name: str
    values: Mapping[str, object]
    source: Map
    parent: str
    written: str
    holder: Map | Seq | None = None

    @property
    def name_span(self) -> Span:
        """Where the name is written."""
        if isinstance(self.holder, Seq):
            return self.holder.value_span(self.holder.index(self.written))
        if self.holder is not None:
            return self.holder.key_span(self.written)
        return self.source.value_span(self.section.identity)


class Move(msgspec.Struct, frozen=True, gc=False):
    """One rename: the live resource at `source` is what `target` declares."""

    source: str
    target: str
    span: Span
    target_span: Span


class Forget(msgspec.Struct, frozen=True, gc=False):
    """An address to stop managing; the live resource stays."""

    address: str
    span: Span


@dataclass(frozen=True, slots=True)
class Fleet:
    """A whole fleet.

    - `items`: every item in file order, children after their parent.
    - `index`: items by section path and parent name (empty at the top), then by name.
    - `holes`: sections (with parent name) of which an item was lost to an error; what they lack is
      not missed.
    - `defaults`: the written defaults for nodes by file path, the root's under its own path.
    - `parents`: the templates that a template extends directly, as written.
    - `moves`, `forgets`: what is said of live resources, in file order.
    """

    account: str
    items: tuple[Item, ...]
    index: Mapping[tuple[str, str], Items]
    holes: frozenset[tuple[str, str]]
    defaults: Mapping[str, Map]
    parents: Mapping[str, tuple[str, ...]]
    sources: SourceSet
    moves: tuple[Move, ...] = ()
    forgets: tuple[Forget, ...] = ()

    def of(self, section: str, parent: str = "") -> Items:
        """The items of a section by name."""
        return self.index.get((section, parent), {})
