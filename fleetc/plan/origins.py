"""Where a wanted value comes from, as one short text."""

from __future__ import annotations

from fleetc.ir.graph import ResourceGraph

__all__ = ["written_at"]


def written_at(graph: ResourceGraph, address: str, name: str) -> str:
    """`path:line:column` of a field's value, or `default` for one that nobody wrote."""
    origin = graph.locate(address, name)
    if origin.steps and origin.steps[0].step == "schema":
        return "default"
    return str(origin.span)
