"""What an action requires, and what it only has to wait for (design 2.4).

A requires B when B creates, replaces or moves what A refers to, what A changes is named by, or what
A rests on names; for a delete or replacement also when B
ends or re-points what refers to A's target. A comes after B when B updates in place what A refers
to. A replacement and the replacements it forces require each other: one tick for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fleetc.ir.graph import ResourceGraph
from fleetc.ir.state import Snapshot
from fleetc.model.kinds import KINDS
from fleetc.plan.changes import Change, Op
from fleetc.plan.moves import under_new_names
from fleetc.plan.references import referrers
from fleetc.plan.renaming import Renaming

__all__ = ["Links", "link"]


@dataclass(slots=True)
class Links:
    """Addresses of the actions that one requires, and of those it comes after."""

    requires: set[str] = field(default_factory=set)
    after: set[str] = field(default_factory=set)


def link(
    graph: ResourceGraph, live: Snapshot, changes: Mapping[str, Change], moved: Mapping[str, str]
) -> dict[str, Links]:
    """The links of each change, by address; `moved` is that of the diff, `live` what it was made of."""
    links = {address: Links() for address in changes}
    for address, change in changes.items():
        if change.op is not Op.DELETE:
            _uses(graph, changes, change, links[address])
    if moved:
        _moves(live, changes, moved, links)
    ended = {address for address, change in changes.items() if change.op.ends}
    if ended:
        _ends(under_new_names(live, moved), changes, ended, links)
    return links


def _moves(
    live: Snapshot, changes: Mapping[str, Change], moved: Mapping[str, str], links: dict[str, Links]
) -> None:
    """A change of what is named by something renamed, or that names it before or after, requires that."""
    renaming = Renaming({old: new for new, old in moved.items()})
    for resource in live.resources:
        hits: set[str] = set()
        renamed = renaming.live(resource, hits)
        if hits and renamed.address in links:
            links[renamed.address].requires |= hits
    after = Renaming({new: new for new in moved})
    for address, change in changes.items():
        links[address].requires |= after.named(address, change.wanted)
        links[address].requires.discard(address)


def _uses(graph: ResourceGraph, changes: Mapping[str, Change], change: Change, mine: Links) -> None:
    for target in graph.resources[change.address].depends_on:
        used = changes.get(target)
        if used is None:
            continue
        if used.op in (Op.CREATE, Op.REPLACE) or _derives(change, used):
            mine.requires.add(target)
        elif used.op is Op.UPDATE:
            mine.after.add(target)


def _derives(change: Change, used: Change) -> bool:
    """Whether a field that `change` writes is computed from one that `used` changes."""
    types = {
        spec.type
        for item in change.fields
        if (spec := KINDS[change.kind].field(item.path)) and spec.derived and not spec.refers_to
    }
    if not types:
        return False
    return any((spec := KINDS[used.kind].field(item.path)) and spec.type in types for item in used.fields)


def _ends(live: Snapshot, changes: Mapping[str, Change], ended: set[str], links: dict[str, Links]) -> None:
    for address, users in referrers(live.resources, ended).items():
        for user, spec in users:
            change = changes.get(user.address)
            if change is None or user.address == address:
                continue
            if change.op.ends or any(item.path == spec.name for item in change.fields):
                links[address].requires.add(user.address)
