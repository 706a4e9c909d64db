"""The resource graph: what the fleet file asks for, lowered (design 2.1).

It is compact: addresses and what they depend on. networkx is imported here, where it is asked
something, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice

import msgspec

from fleetc.ir.digest import Marks
from fleetc.ir.values import Value
from fleetc.lang.diagnostics import OriginStep
from fleetc.lang.source import Span
from fleetc.model.declarations import Move

__all__ = ["ExternalUse", "Origin", "Resource", "ResourceGraph", "changed", "shortest_paths"]


class Resource(msgspec.Struct, frozen=True, gc=False):
    """One desired resource.

    `fields` holds the written values and the kind's defaults; what is neither is absent.
    `depends_on` are the addresses it refers to, sorted; those of externals are not among them.
    `order` is its place in file order.
    """

    address: str
    kind: str
    fields: dict[str, Value]
    depends_on: tuple[str, ...]
    order: int


class ExternalUse(msgspec.Struct, frozen=True):
    """A name used but not declared: its category (`External`), and who uses it first and where."""

    category: str
    name: str
    used_by: str
    field: str
    span: Span
    count: int = 1


class Origin(msgspec.Struct, frozen=True):
    """Where a value comes from: the place, and the steps by which it came."""

    span: Span
    steps: tuple[OriginStep, ...] = ()


class ResourceGraph(msgspec.Struct, frozen=True):
    """The desired state of one account.

    `resources` is in file order, by address. `digest` is the hex digest of account, resources and
    externals. `locate(address, field)` gives the origin of a field's value, or of the resource
    itself for the empty field; it is not part of the value. `extends` are the addresses whose
    values each resource inherits: no edges, since nothing of it reaches the platform.

    `moves` are the renames, each to the end of its chain; `forgets` what to stop managing and
    `protected` what is guarded, by address with the place that says so. What they say is part of
    the digest, their places are not. `marks` is what the digest is made of.
    """

    account: str
    resources: dict[str, Resource]
    externals: tuple[ExternalUse, ...]
    digest: str
    locate: Callable[[str, str], Origin]
    extends: Mapping[str, tuple[str, ...]] = {}
    moves: tuple[Move, ...] = ()
    forgets: dict[str, Span] = {}
    protected: dict[str, Span] = {}
    marks: Marks = Marks(b"", {})

    @property
    def edges(self) -> Mapping[str, tuple[str, ...]]:
        """Address to the addresses it depends on."""
        return {address: resource.depends_on for address, resource in self.resources.items()}


def changed(old: ResourceGraph, new: ResourceGraph) -> frozenset[str]:
    """The addresses that stand in one of the two only, or with other fields or references."""
    before, after = old.resources, new.resources

    def same(address: str) -> bool:
        was, now = before[address], after[address]
        return (was.fields, was.depends_on) == (now.fields, now.depends_on)

    both = before.keys() & after.keys()
    return frozenset((before.keys() ^ after.keys()) | {address for address in both if not same(address)})


def shortest_paths(
    edges: Iterable[tuple[int, int]], start: int, end: int, most: int
) -> tuple[tuple[int, ...], ...]:
    """The first `most` of the shortest paths from `start` to `end`, each from end to end.

    None when there is no path. Equal edges in equal order give equal paths in equal order.
    """
    import networkx

    graph: networkx.DiGraph[int] = networkx.DiGraph()
    graph.add_nodes_from((start, end))
    graph.add_edges_from(edges)
    if not networkx.has_path(graph, start, end):
        return ()
    return tuple(tuple(path) for path in islice(networkx.all_shortest_paths(graph, start, end), most))
