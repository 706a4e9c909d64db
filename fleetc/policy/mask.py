"""What is left as it is live: the `ignore` declarations that both rule sets have (design 2.3).

A masked field of a live resource is wanted, and was last verified, as it is live: so the diff sees
nothing, a plan plans nothing, and a call that sends whole resources sends what is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from fleetc.ir.graph import ResourceGraph
from fleetc.ir.state import Baseline, LiveResource
from fleetc.ir.timestamps import day_of
from fleetc.ir.values import Value, digest
from fleetc.policy.code import Circumstances, Frame
from fleetc.policy.conditions import holds
from fleetc.policy.ruleset import Exempt, RuleSet
from fleetc.policy.world import Resource, World

__all__ = ["Masked", "active", "mask"]


@dataclass(frozen=True, slots=True)
class Masked:
    """Desired graph and baselines with masked fields as they are live.

    `ignored` names the declaration for each `address.field` that would differ without it; `digest`
    is that of the active declarations, empty for none.
    """

    graph: ResourceGraph
    baselines: Mapping[str, Baseline]
    ignored: dict[str, str]
    digest: str = ""


_EMPTY: tuple[Value, ...] = ("", [], (), {})


class _Hit(NamedTuple):
    address: str
    field: str
    by: str


def active(rules: RuleSet, accepted: RuleSet, now: float) -> tuple[Exempt, ...]:
    """The `ignore` declarations that both rule sets have word for word, and that have not expired."""
    agreed = {each.text for each in accepted.ignores}
    today = day_of(now)
    return tuple(e for e in rules.ignores if e.text in agreed and today <= e.expires.isoformat())


def mask(
    graph: ResourceGraph,
    live: Mapping[str, LiveResource],
    baselines: Mapping[str, Baseline],
    rules: tuple[Exempt, ...],
    *circumstances: Circumstances,
) -> Masked:
    """Mask by some declarations that hold in all circumstances; `live` is under the names of the fleet file."""
    if not rules:
        return Masked(graph, baselines, {})
    world = World({address: resource.fields for address, resource in live.items()})
    hits = [hit for rule in rules for hit in _hits(rule, graph, live, world, circumstances)]
    resources, known = dict(graph.resources), dict(baselines)
    ignored: dict[str, str] = {}
    for hit in hits:
        value = live[hit.address].fields.get(hit.field)
        resource, base = resources.get(hit.address), known.get(hit.address)
        differs = False
        if resource is not None and (hit.field in resource.fields or value is not None):
            taken_out = base is not None and hit.field in base.declared and value not in _EMPTY
            differs = resource.fields[hit.field] != value if hit.field in resource.fields else taken_out
            fields = _with(resource.fields, hit.field, value)
            resources[hit.address] = msgspec.structs.replace(resource, fields=fields)
        if base is not None:
            differs = differs or base.fields.get(hit.field) != value
            known[hit.address] = msgspec.structs.replace(base, fields=_with(base.fields, hit.field, value))
        if differs:
            ignored.setdefault(f"{hit.address}.{hit.field}", hit.by)
    masked = msgspec.structs.replace(graph, resources=resources)
    return Masked(masked, known, ignored, digest(sorted(rule.text for rule in rules)))


def _with(fields: Mapping[str, Value], name: str, value: Value) -> dict[str, Value]:
    rest = {key: each for key, each in fields.items() if key != name}
    return rest if value is None else {**fields, name: value}


def _hits(
    rule: Exempt,
    graph: ResourceGraph,
    live: Mapping[str, LiveResource],
    world: World,
    circumstances: tuple[Circumstances, ...],
) -> Iterator[_Hit]:
    for address, resource in live.items():
        if resource.kind not in rule.fields or address not in graph.resources:
            continue
        where, state = rule.bodies[resource.kind], Resource(resource.fields)
        frames = (Frame(world, each, address, state, state) for each in circumstances)
        if where is None or all(holds(where, frame) is True for frame in frames):
            for field in rule.fields[resource.kind] or ():
                yield _Hit(address, field, rule.name)
