"""A recorded state that equals what a fleet file asks for: the state after a perfect apply."""

from __future__ import annotations

from pathlib import Path

from fleetc.ir.graph import ResourceGraph
from fleetc.ir.lower import compile_fleet
from fleetc.ir.state import Catalogue, LiveResource, Snapshot
from fleetc.ir.values import Ref, Value
from fleetc.model.schema import External
from fleetc.platforms.local.profile import local_profile
from fleetc.service.sources import folder_reader
from fleetc.store.recorded import write_recorded

__all__ = ["converged", "write_converged"]


def converged(graph: ResourceGraph) -> Snapshot:
    """The snapshot in which every resource of the graph stands exactly as wanted."""
    used: dict[str, set[str]] = {}
    for use in graph.externals:
        used.setdefault(use.category, set()).add(use.name)
    catalogue = Catalogue(
        modules={name: {"1": "live"} for name in sorted(used.get(External.MODULE, ()))},
        node_platforms=tuple(sorted(used.get(External.NODE_PLATFORM, ()))),
        regions=tuple(sorted(used.get(External.REGION, ()))),
        instance_types=tuple(sorted(used.get(External.INSTANCE_TYPE, ()))),
    )
    resources = [
        LiveResource(
            resource.address,
            resource.kind,
            f"{resource.kind[:2]}-{number:016x}",
            {name: _known(value) for name, value in resource.fields.items()},
        )
        for number, resource in enumerate(graph.resources.values(), 1)
    ]
    resources.sort(key=lambda resource: resource.address)
    return Snapshot(graph.account, local_profile(), tuple(resources), catalogue, source="recorded")


def _known(value: Value) -> Value:
    return "203.0.113.7" if isinstance(value, Ref) else value


def write_converged(folder: Path, to: Path) -> None:
    """Compile the fleet file of `folder` and record the state that equals it."""
    graph = compile_fleet(folder_reader(folder)).graph
    assert graph is not None, "the bench's fleet compiles"
    write_recorded(converged(graph), to)
