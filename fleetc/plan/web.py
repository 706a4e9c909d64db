"""Who refers to whom in a resource graph, by which field, and how far a change reaches.

Beside the references, the `extends` of templates counts: a change of a base changes what inherits
from it, though nothing of that is an edge of the graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from fleetc.ir.adjacency import Adjacency
from fleetc.ir.graph import Resource, ResourceGraph, shortest_paths
from fleetc.plan.references import reference_fields, targets

__all__ = ["EXTENDS", "Step", "Web", "links"]

EXTENDS = "extends"
_MOST = 10


@dataclass(frozen=True, slots=True)
class Step:
    """One reference on a path: who names whom, in which fields."""

    source: str
    target: str
    fields: tuple[str, ...]


def links(graph: ResourceGraph, resource: Resource) -> dict[str, tuple[str, ...]]:
    """The addresses that a resource needs, sorted, each with the fields that name it."""
    found: dict[str, list[str]] = {address: [] for address in resource.depends_on}
    for spec in reference_fields(resource.kind):
        for target in targets(resource.address, spec, resource.fields.get(spec.name)):
            if target in found and spec.name not in found[target]:
                found[target].append(spec.name)
    for parent in graph.extends.get(resource.address, ()):
        found.setdefault(parent, []).append(EXTENDS)
    return {address: tuple(found[address]) for address in sorted(found)}


class Web:
    """The resources of a graph as rows, with int adjacency both ways."""

    def __init__(self, graph: ResourceGraph) -> None:
        self.graph = graph
        self.addresses = tuple(graph.resources)

    @cached_property
    def needs(self) -> Adjacency:
        """Row to the rows it needs."""
        numbers = {address: row for row, address in enumerate(self.addresses)}
        extends = self.graph.extends
        return Adjacency.of_rows(
            [numbers[target] for target in (*resource.depends_on, *extends.get(resource.address, ()))]
            for resource in self.graph.resources.values()
        )

    @cached_property
    def needed_by(self) -> Adjacency:
        """Row to the rows that need it."""
        return self.needs.turned()

    def impact(self, rows: Sequence[int]) -> tuple[tuple[str, ...], ...]:
        """What needs one of `rows`, by the number of steps to the nearest, from 1; without `rows`."""
        waves = list(self.needed_by.waves(rows))
        return tuple(tuple(self.addresses[row] for row in sorted(wave)) for wave in waves[1:])

    def paths(self, start: str, end: str) -> tuple[tuple[Step, ...], ...]:
        """The shortest ways on which `start` needs `end`, at most ten; none when it does not."""
        first, last = self.addresses.index(start), self.addresses.index(end)
        ahead, behind = self.needs.reach([first]), self.needed_by.reach([last])
        between = bytes(map(int.__and__, ahead, behind))
        edges = ((row, to) for row in _rows(between) for to in self.needs.of(row) if between[to])
        return tuple(self._steps(path) for path in shortest_paths(edges, first, last, _MOST))

    def _steps(self, path: tuple[int, ...]) -> tuple[Step, ...]:
        names = [self.addresses[row] for row in path]
        return tuple(
            Step(source, target, links(self.graph, self.graph.resources[source])[target])
            for source, target in pairwise(names)
        )


def _rows(mask: bytes) -> Iterator[int]:
    return (row for row, on in enumerate(mask) if on)
