"""A recorded state that equals what a fleet file asks for: the state after a perfect apply."""

from __future__ import annotations

import time
from pathlib import Path
from typing import cast

from msgspec.structs import replace

from fleetc.ir.graph import ResourceGraph
from fleetc.ir.lower import compile_fleet
from fleetc.ir.profile import KindProfile
from fleetc.ir.state import Catalogue, LiveResource, Observation, Snapshot
from fleetc.ir.timestamps import rfc3339
from fleetc.ir.values import Ref, Value
from fleetc.model.schema import External
from fleetc.platforms.local.profile import local_profile
from fleetc.service.readers import FolderReader
from fleetc.service.workspace import Workspace
from fleetc.store.snapshots import SqliteSnapshotStore

__all__ = ["changed_state", "converged", "converged_fleet", "store_converged"]


def converged_fleet(fleet: Path, count: int) -> Snapshot:
    """The first `count` resources of the snapshot that equals what a fleet file asks for."""
    graph = compile_fleet(FolderReader(fleet.parent), fleet.name).graph
    assert graph is not None, "the bench's fleet compiles"
    state = converged(graph)
    return replace(state, resources=state.resources[:count])


def changed_state(state: Snapshot, count: int) -> Snapshot:
    """The same state with another description at `count` resources, evenly spread."""
    resources = list(state.resources)
    for number in range(count):
        at = number * len(resources) // count
        resources[at] = replace(resources[at], fields={**resources[at].fields, "description": "another"})
    return replace(state, resources=tuple(resources))


def converged(graph: ResourceGraph) -> Snapshot:
    """The snapshot in which every resource of the graph stands exactly as wanted."""
    profile = local_profile()
    resources = [
        LiveResource(
            resource.address,
            resource.kind,
            f"{resource.kind[:2]}-{number:016x}",
            {name: _known(value) for name, value in resource.fields.items()}
            | _ready(profile.kinds[resource.kind]),
        )
        for number, resource in enumerate(graph.resources.values(), 1)
    ]
    resources.sort(key=lambda resource: resource.address)
    return Snapshot(graph.account, profile, tuple(resources), _catalogue(graph), source="recorded")


def _catalogue(graph: ResourceGraph) -> Catalogue:
    """What the fleet names and does not declare, with every version that it pins."""
    used: dict[str, set[str]] = {}
    for use in graph.externals:
        used.setdefault(use.category, set()).add(use.name)
    versions: dict[str, dict[str, str]] = {}
    for resource in graph.resources.values():
        for entry in cast("list[str]", resource.fields.get("modules", [])):
            name, _, pin = entry.partition("@")
            versions.setdefault(name, {"0": "live"}).setdefault(pin or "0", "built")
    return Catalogue(
        modules={name: versions.get(name, {}) for name in sorted(used.get(External.MODULE, ()))},
        node_platforms=tuple(sorted(used.get(External.NODE_PLATFORM, ()))),
        regions=tuple(sorted(used.get(External.REGION, ()))),
        instance_types=tuple(sorted(used.get(External.INSTANCE_TYPE, ()))),
    )


def _ready(kind: KindProfile) -> dict[str, Value]:
    return {kind.ready_field: kind.ready_values[0]} if kind.ready_field else {}


def _known(value: Value) -> Value:
    return "203.0.113.7" if isinstance(value, Ref) else value


def store_converged(folder: Path) -> str:
    """Store the state that the fleet file of `folder` asks for, as if just read; the snapshot's name."""
    graph = compile_fleet(FolderReader(folder)).graph
    assert graph is not None, "the bench's fleet compiles"
    state = converged(graph)
    seen = Observation(state.account, state.profile, state.resources, state.catalogue)
    store = SqliteSnapshotStore(Workspace.open(folder).prepare() / "snapshots.db")
    return store.put(seen, taken_at=rfc3339(time.time()), source="live").name
