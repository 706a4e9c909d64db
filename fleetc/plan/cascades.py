"""What a delete or a replacement would take along (design 2.4).

Deleting a resource may delete others with it, and leave others that name it. What is declared, or
what only somebody else can let go, denies the change; what the platform deletes along and nobody
here manages denies it until an override names it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from fleetc.ir.address import kind_of
from fleetc.ir.graph import ResourceGraph
from fleetc.ir.state import LiveResource, Snapshot
from fleetc.lang.text import few
from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldSpec
from fleetc.plan.changes import Change, Op
from fleetc.plan.references import referrers

__all__ = ["guard_deletes", "judged"]

_CODE = "F0660"
_MOST = 5


def judged(change: Change, named: Collection[str]) -> tuple[str, bool]:
    """What to say of the change's cascade, and whether it is denied; `named` is overridden."""
    if not change.cascade:
        return "", False
    left = [address for address in change.cascade if address not in named]
    if left:
        return (
            f"{_DENIED}: {few(left, _MOST)}; declare it, or name it with --override-cascade ({_CODE})",
            True,
        )
    return f"deletes along, by override: {few(change.cascade, _MOST)}", False


_DENIED = "the platform would delete along what this fleet does not manage"


def guard_deletes(graph: ResourceGraph, live: Snapshot, changes: dict[str, Change]) -> None:
    """Block each delete or replacement that would hit a live resource nobody planned to touch.

    What the platform would delete along is named as the change's `cascade`. What names a resource
    that is gone for a while no longer rests on the field that does.
    """
    ended = {address for address, change in changes.items() if change.op.ends}
    if not ended:
        return
    found = referrers(live.resources, ended)
    for address in _passing(changes, found):
        for user, spec in found[address]:
            _disturb(changes, address, user.address, spec.name)
    for address, users in found.items():
        reason = next(filter(None, (_denied(graph, changes, address, *user) for user in users)), "")
        if reason:
            changes[address] = msgspec.structs.replace(
                changes[address], selected=False, blocked=True, reason=reason
            )
    for address, carried in _carried(graph, live, changes, found).items():
        changes[address] = msgspec.structs.replace(changes[address], cascade=carried)


def _passing(changes: dict[str, Change], found: dict[str, list[tuple[LiveResource, FieldSpec]]]) -> list[str]:
    """What may be gone for a while: what is replaced with a gap, and what goes along with it."""
    replaced = [address for address in found if changes[address].gap]
    along = [
        user.address
        for address in replaced
        for user, _ in found[address]
        if user.address in found and _goes_along(user, address)
    ]
    return [*replaced, *along]


def _disturb(changes: dict[str, Change], passing: str, user: str, name: str) -> None:
    """No action rests on a field that the plan itself may empty while it runs."""
    change = changes.get(user)
    if change is None or name not in change.base:
        return
    if change.op is not Op.REPLACE or changes[passing].op is not Op.REPLACE:  # these two keep order
        base = {field: value for field, value in change.base.items() if field != name}
        changes[user] = msgspec.structs.replace(change, base=base)


def _denied(
    graph: ResourceGraph,
    changes: dict[str, Change],
    ended: str,
    user: LiveResource,
    spec: FieldSpec,
) -> str:
    change = changes.get(user.address)
    if change is not None and (change.op.ends or any(item.path == spec.name for item in change.fields)):
        return ""
    if user.address in graph.resources:
        return f"{user.address} is declared and still names it"
    if _goes_along(user, ended):
        return ""
    return f"{user.address}, which this fleet does not manage, names it"


def _goes_along(user: LiveResource, ended: str) -> bool:
    return user.kind in KINDS[kind_of(ended)].cascades


def _carried(
    graph: ResourceGraph,
    live: Snapshot,
    changes: Mapping[str, Change],
    found: Mapping[str, Sequence[tuple[LiveResource, FieldSpec]]],
) -> dict[str, tuple[str, ...]]:
    """What the platform deletes along with each that ends, however far, and nobody here manages."""
    carried: dict[str, set[str]] = {}
    roots = {address: {address} for address in found}
    users: Mapping[str, Sequence[tuple[LiveResource, FieldSpec]]] = found
    while roots:
        reached: dict[str, set[str]] = {}
        for ended, named_by in users.items():
            for user, _ in named_by:
                if user.address in graph.resources or user.address in changes or not _goes_along(user, ended):
                    continue
                new = {root for root in roots[ended] if user.address not in carried.setdefault(root, set())}
                for root in new:
                    carried[root].add(user.address)
                reached.setdefault(user.address, set()).update(new)
        roots = {address: of for address, of in reached.items() if of}
        users = referrers(live.resources, roots) if roots else {}
    return {address: tuple(sorted(along)) for address, along in carried.items() if along}
