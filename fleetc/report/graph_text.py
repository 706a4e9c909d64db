"""The resource graph and explanations as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleetc.lang.text import visible

if TYPE_CHECKING:
    from fleetc.ir.graph import ResourceGraph

__all__ = ["render_graph"]


def render_graph(graph: ResourceGraph) -> str:
    """One resource a line, with what it depends on; then the externals."""
    lines = [f"{len(graph.resources)} resources of account {visible(graph.account)}"]
    for resource in graph.resources.values():
        needs = f"  <- {', '.join(resource.depends_on)}" if resource.depends_on else ""
        lines.append(visible(f"  {resource.address}{needs}"))
    if graph.externals:
        lines.append(f"{len(graph.externals)} externals, looked up in the platform's catalogue at plan")
        lines += [visible(f"  {use.category}/{use.name}  used by {use.used_by}") for use in graph.externals]
    lines.append(f"digest {graph.digest}")
    return "\n".join(lines) + "\n"
