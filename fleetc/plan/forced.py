"""What a replacement drags along (design 2.3 and 2.4).

A replaced resource has a new platform id, so that everything declared that names it must follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from heapq import heapify, heappop, heappush

import msgspec

from fleetc.ir.graph import ResourceGraph
from fleetc.ir.state import LiveResource
from fleetc.ir.values import Ref
from fleetc.model.schema import FieldSpec
from fleetc.plan.changes import Cause, Change, FieldChange, Op
from fleetc.plan.failover import reverted
from fleetc.plan.fields import Comparison, KindView, same
from fleetc.plan.origins import written_at
from fleetc.plan.references import identity_fields, rank, reference_fields, targets

__all__ = ["force_replacements"]


def force_replacements(
    graph: ResourceGraph,
    changes: dict[str, Change],
    views: Mapping[str, KindView],
    found: Mapping[str, LiveResource],
    take: Callable[[str], Comparison],
) -> None:
    """Add to `changes` what follows from the replacements among them.

    `take(address)` compares a live, declared resource that had no change so far.
    """
    waiting = [(rank(c.kind), address) for address, c in changes.items() if c.op is Op.REPLACE]
    if not waiting:
        return
    users = _users(graph)
    heapify(waiting)
    while waiting:
        _, replaced = heappop(waiting)  # what it refers to was judged before it
        anew = _afresh(graph, changes[replaced])
        gap = _gap(anew, views[anew.kind], changes)
        anew = changes[replaced] = msgspec.structs.replace(anew, gap=gap)
        for user in users.get(replaced, ()):
            change = changes.get(user)
            if user not in found or (change and change.op is Op.CREATE):
                continue
            if change is None:
                change = _started(user, take(user), found[user], views)
            followed = _follow(graph, change, anew, views[change.kind])
            if followed.op is Op.REPLACE and change.op is not Op.REPLACE:
                heappush(waiting, (rank(change.kind), user))
            changes[user] = followed


def _gap(change: Change, view: KindView, changes: Mapping[str, Change]) -> bool:
    """Whether the old one must have gone before the new one can be made.

    Both can stand side by side where the platform lets several stand at one natural key, or where
    a part of the key changes, or refers to what has a new one beside the old.
    """
    key = view.profile.natural_key
    beside = view.profile.several or any(
        item.path in key and not same(item.before, item.after) for item in change.fields
    )
    for spec in reference_fields(change.kind):
        for target in targets(change.address, spec, change.wanted.get(spec.name)):
            used = changes.get(target)
            if used is not None and used.op is Op.REPLACE:
                if used.gap:
                    return True
                beside = beside or spec.name in key
    return not beside


def _users(graph: ResourceGraph) -> dict[str, list[str]]:
    users: dict[str, list[str]] = {}
    for address, used in graph.edges.items():
        for target in used:
            users.setdefault(target, []).append(address)
    return users


def _started(address: str, result: Comparison, live: LiveResource, views: Mapping[str, KindView]) -> Change:
    compared = views[live.kind].compared
    return Change(
        address=address,
        kind=live.kind,
        op=Op.UPDATE,
        cause=Cause.FORCED,
        base={spec.name: live.fields[spec.name] for spec in compared if spec.name in live.fields},
        wanted=result.wanted,
        platform_id=live.id,
    )


def _follow(graph: ResourceGraph, change: Change, anew: Change, view: KindView) -> Change:
    """`change` with the reference fields that name what is replaced set again."""
    touched = [
        spec
        for spec in reference_fields(change.kind)
        if anew.address in targets(change.address, spec, change.wanted.get(spec.name))
    ]
    identity = identity_fields(change.kind, view.profile.natural_key)
    renewed = any(spec in identity or _held(change, spec, anew) for spec in touched)
    names = [spec.name for spec in touched]
    reverts = reverted(view.schema, change.wanted, change.base) if touched else ""
    if reverts:
        names += [name for name in view.schema.holders if name not in names]
    known = {item.path for item in change.fields}
    return msgspec.structs.replace(
        change,
        op=Op.REPLACE if renewed else change.op,
        fields=(*change.fields, *(_again(graph, change, name) for name in names if name not in known)),
        selected=change.selected and not reverts,
        reason=reverts or change.reason or f"follows {anew.address}, which is replaced",
    )


def _held(change: Change, spec: FieldSpec, anew: Change) -> bool:
    """Whether the old one has to go first, and the platform keeps it while the live resource names it."""
    held = targets(change.address, spec, change.base.get(spec.name))
    return spec.holds and anew.gap and anew.address in held


def _again(graph: ResourceGraph, change: Change, name: str) -> FieldChange:
    origin = written_at(graph, change.address, name)
    return FieldChange(name, change.base.get(name), change.wanted[name], Cause.FORCED, origin)


def _afresh(graph: ResourceGraph, change: Change) -> Change:
    """A replaced resource starts anew: values that the platform gave are asked for again."""
    wanted = dict(change.wanted)
    for name, value in graph.resources[change.address].fields.items():
        if isinstance(value, Ref) and name in wanted:
            if value.ref == change.address:
                del wanted[name]
            else:
                wanted[name] = value
    return msgspec.structs.replace(change, wanted=wanted)
