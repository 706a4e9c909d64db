"""What one revision asks against another: the diff against the state that the first would leave."""

from __future__ import annotations

from fleetc.ir.graph import Resource, ResourceGraph
from fleetc.ir.profile import Profile
from fleetc.ir.state import Baseline, Catalogue, LiveResource, Snapshot
from fleetc.ir.values import Ref, Value
from fleetc.plan.applied import as_applied

__all__ = ["state_left_by"]


def state_left_by(
    graph: ResourceGraph, profile: Profile, catalogue: Catalogue, name: str
) -> tuple[Snapshot, dict[str, Baseline]]:
    """The state of an account in which exactly this graph was applied, and its baselines.

    The address stands for each platform id. What the platform gives is not known: it stands as a
    `Ref`, which equals the same `Ref` of another graph.
    """
    graph = as_applied(graph)
    live = tuple(_live(resource, profile) for resource in graph.resources.values())
    snapshot = Snapshot(
        account=graph.account,
        profile=profile,
        resources=live,
        catalogue=catalogue,
        source="revision",
        name=name,
        digest=graph.digest,
    )
    baselines = {
        item.address: Baseline(
            item.address, item.id, item.fields, tuple(graph.resources[item.address].fields)
        )
        for item in live
    }
    return snapshot, baselines


def _live(resource: Resource, profile: Profile) -> LiveResource:
    fields: dict[str, Value] = dict(resource.fields)
    for pair in profile.allocates:
        kind, _, name = pair.partition(".")
        if kind == resource.kind:
            fields.setdefault(name, Ref(resource.address, name))
    own = profile.kinds.get(resource.kind)
    if own and own.ready_field:
        fields[own.ready_field] = own.ready_values[0]
    return LiveResource(resource.address, resource.kind, resource.address, fields)
