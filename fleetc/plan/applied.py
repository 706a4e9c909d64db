"""The desired graph as the platform is asked for it.

A node's modules are its template's and its own. The platform puts the template's there when it is
applied to the node; the own ones are assignments, with actions of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from fleetc.ir.address import address
from fleetc.ir.graph import Resource, ResourceGraph
from fleetc.ir.state import Baseline, Snapshot
from fleetc.ir.values import Value
from fleetc.model.kinds import KINDS

__all__ = ["Mask", "as_applied"]

Mask = Callable[
    [ResourceGraph, Snapshot, Mapping[str, Baseline]], tuple[ResourceGraph, Mapping[str, Baseline]]
]
"""Puts what is to be left alone into a graph and baselines, as it is live."""

_THROUGH = {
    name: tuple((spec.name, schema.field(spec.through[0]), spec.through[1]) for spec in found)
    for name, schema in KINDS.items()
    if (found := [spec for spec in schema.fields if spec.through])
}


def as_applied(graph: ResourceGraph) -> ResourceGraph:
    """The graph with only those values that the platform gives a resource through another one."""
    changed = {
        where: fields
        for where, resource in graph.resources.items()
        if resource.kind in _THROUGH and (fields := _applied(graph, resource)) is not None
    }
    if not changed:
        return graph
    resources = {
        where: msgspec.structs.replace(resource, fields=changed[where]) if where in changed else resource
        for where, resource in graph.resources.items()
    }
    return msgspec.structs.replace(graph, resources=resources)


def _applied(graph: ResourceGraph, resource: Resource) -> dict[str, Value] | None:
    """The fields of a resource that holds more than it is given; None for another one."""
    fields = None
    for name, reference, source in _THROUGH[resource.kind]:
        assert reference is not None
        used = graph.resources.get(address(reference.refers_to, str(resource.fields.get(reference.name))))
        given = used.fields.get(source) if used else None
        if resource.fields.get(name) != given:
            fields = {key: value for key, value in resource.fields.items() if key != name}
            if given is not None:
                fields[name] = given
    return fields
