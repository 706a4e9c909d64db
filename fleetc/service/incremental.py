"""Planning from the last plan that had nothing to do: only what changed in the file is looked at.

A `Base` is kept for a commit's plan without actions and diagnostics, of a fleet in one plain file
(`fleetc.lang.items`). It holds as long as a memo does: until the ledger or the platform moves. A
later commit is planned from it when it differs in a few items of `nodes` only, and in these only by
keys that no other resource has (`_OWN`). Then the file with these items, their neighbours in the
graph's digest and all sections but the networks is compiled; their resources and templates are
compared with what is live; and the rest of the plan is the base's, since nothing of it depends on
what changed. Whatever is not so, or gives anything but updates in place, is left to the full path,
whose plan this one equals in every byte (`tests/property/test_incremental.py`).
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fleetc.errors import SourceProblem, StateProblem
from fleetc.ir.digest import GROUP, Marks, mark
from fleetc.ir.graph import ResourceGraph
from fleetc.ir.timestamps import rfc3339
from fleetc.lang.items import Excerpt, Listing, Pieces, excerpt, listing_of, pieces_of, same_around
from fleetc.lang.nodes import Map, Seq
from fleetc.lang.source import SourceFile, SourceSet
from fleetc.service import memo
from fleetc.service.readers import GitReader

if TYPE_CHECKING:
    from fleetc.ir.lower import Compiled
    from fleetc.ir.state import Baseline, Snapshot
    from fleetc.plan.actions import Plan
    from fleetc.plan.changes import GraphDiff
    from fleetc.plan.limits import Allowance
    from fleetc.service.planning import Ask
    from fleetc.service.sources import Source
    from fleetc.service.workspace import Workspace

__all__ = ["Part", "carry", "keep", "part_of", "whole", "writes_of"]

_KNOWN = ("version", "account", "modules", "templates", "defaults", "nodes", "sdwan")
_OWN = ("labels", "lifecycle_class", "metadata")
_MOST, _SHARE = 1000, 20
_PREFIX = "node/"
_SUM = 16


class Base(msgspec.Struct, frozen=True):
    """A plan with nothing to do, and what it rests on; `marks` are those of its graph's digest."""

    account: str
    state: str
    ledger: str
    digest: str
    commit: str
    listing: Listing
    marks: Marks


@dataclass(frozen=True, slots=True)
class Part:
    """What has to be planned anew: the changed nodes with their templates, and the plan for the rest.

    `graph` has the digest of the whole fleet. `adopted` are the rows of what `rest` adopts that
    `graph` holds.
    """

    base: Base
    rest: Plan
    graph: ResourceGraph
    live: Snapshot
    baselines: dict[str, Baseline]
    found: GraphDiff
    adopted: list[int]
    sources: SourceSet


def keep(workspace: Workspace, source: Source, ask: Ask, plan: Plan, compiled: Compiled) -> None:
    """Remember a plan as a base, when it can be one."""
    state = memo.state_of(workspace, plan.account, ask)
    graph, files = compiled.graph, compiled.sources.files
    if not (source.commit and state and graph and len(files) == 1):
        return
    if compiled.diagnostics or not _nothing_to_do(plan) or not _asks_for_all(ask):
        return
    listing = listing_of(files[0].data, "nodes", "hostname", known=_KNOWN, without="sdwan")
    if listing is None:
        return
    nodes = [address for address, resource in graph.resources.items() if resource.kind == "node"]
    names = pieces_of(files[0].data, listing, listing.end).names()
    if [_PREFIX.encode() + name for name in names] == [address.encode() for address in nodes]:
        stamp = workspace.ledger().stamp()
        base = Base(plan.account, state, stamp, plan.digest, source.commit, listing, graph.marks)
        _write(workspace, source, ask, base)


def carry(workspace: Workspace, source: Source, ask: Ask, part: Part, writes: int) -> None:
    """Let the base stand after a plan made from it was recorded by so many writes, and nobody else wrote."""
    stamp = workspace.ledger().stamp()
    if int(stamp, 16) - int(part.base.ledger, 16) == writes:
        _write(workspace, source, ask, msgspec.structs.replace(part.base, ledger=stamp))


def writes_of(workspace: Workspace, plan: Plan) -> int:
    """How often recording a plan writes: it opens a request when it needs one and none stands."""
    stands = any(request.digest == plan.digest for request in workspace.ledger().requests(plan.account))
    return 1 + (plan.requires_approval and not stands)


def part_of(workspace: Workspace, source: Source, ask: Ask) -> Part | None:
    """What of the source has to be planned anew; None when all of it has."""
    if not (source.commit and _asks_for_all(ask) and workspace.stored("ledger")):
        return None
    base = _read(workspace, source, ask)
    if base is None or not workspace.stored("snapshots"):
        return None
    if (base.state, base.ledger) != (
        memo.state_of(workspace, base.account, ask),
        workspace.ledger().stamp(),
    ):
        return None
    try:
        return _part(workspace, source, ask, base)
    except (SourceProblem, StateProblem):
        return None  # the commit or the snapshot is gone: the full path says what there is to say


def whole(part: Part, plan: Plan, allowance: Allowance) -> Plan:
    """The plan of the whole fleet, out of the plan of a part."""
    from fleetc.plan.digest import plan_digest
    from fleetc.plan.limits import judge

    managed = {"": part.rest.limits[0].total}
    ticked = bytes(action.selected for action in plan.actions)
    plan = msgspec.structs.replace(
        plan,
        **_adopted(part),
        unmanaged=part.rest.unmanaged,
        limits=judge(plan.actions, ticked, managed, 0, allowance),
    )
    return msgspec.structs.replace(plan, digest=plan_digest(plan))


def _adopted(part: Part) -> dict[str, object]:
    """What is adopted still: as in the base, but for what changed; sets of fields by first use."""
    adopt, numbers = list(part.rest.adopt), list(part.rest.adopt_set)
    sets = {fields: number for number, fields in enumerate(part.rest.declared_sets)}
    still = set(part.found.adopt)
    for row in reversed(part.adopted):
        if adopt[row] in still:
            fields = tuple(part.graph.resources[adopt[row]].fields)
            numbers[row] = sets.setdefault(fields, len(sets))
        else:
            del adopt[row], numbers[row]
    used = {number: place for place, number in enumerate(dict.fromkeys(numbers))}
    declared = tuple(sets)
    return {
        "adopt": tuple(adopt),
        "adopt_set": tuple(map(used.__getitem__, numbers)),
        "declared_sets": tuple(declared[number] for number in used),
    }


def _nothing_to_do(plan: Plan) -> bool:
    empty = (plan.actions, plan.forget, plan.released, plan.protects, plan.renames, plan.converged)
    told = (plan.failed_over, plan.status, plan.unknown, plan.withheld, plan.warnings)
    return not (any(empty) or any(told) or plan.override or plan.study)


def _part(workspace: Workspace, source: Source, ask: Ask, base: Base) -> Part | None:
    from fleetc.plan.diff import diff

    assert isinstance(source.reader, GitReader)
    old, new = source.reader.at(base.commit).read(source.root), source.reader.read(source.root)
    end = same_around(new, old, base.listing)
    if not end:
        return None
    was, now = pieces_of(old, base.listing, base.listing.end), pieces_of(new, base.listing, end)
    changed = now.differences(was)
    if changed is None or len(changed) > min(_MOST, len(now.texts) // _SHARE):
        return None
    if not _only_own(was, now, changed):
        return None
    names = [name.decode() for name in now.names()]
    groups = _groups(names, changed or [0])  # a list without items would be no list
    wanted = {name for group in groups.values() for name in group}
    rows = [number for number, name in enumerate(names) if name in wanted]
    graph = _compiled(excerpt(source.root, new, base.listing, now, rows))
    if graph is None or len(wanted) != sum(item.kind == "node" for item in graph.resources.values()):
        return None
    marks = {
        number: mark([graph.resources[_PREFIX + name] for name in group]) for number, group in groups.items()
    }
    nodes = {_PREFIX + names[number] for number in changed}
    part = _reduced(graph, nodes, base.marks.with_marks("node", marks).digest)
    rest = workspace.ledger().get_plan(base.digest)
    live = _live(workspace, ask, rest, part.resources) if rest else None
    if rest is None or live is None:
        return None
    baselines = workspace.ledger().baselines(base.account, part.resources)
    found, noticed = diff(part, live, baselines)
    adopted = [row for row, address in enumerate(rest.adopt) if address in part.resources]
    if noticed or not _updates(found, nodes) or not {*found.adopt} <= {rest.adopt[row] for row in adopted}:
        return None
    sources = SourceSet((SourceFile(source.root, new),), source.root, source.commit, source.tree)
    return Part(base, rest, part, live, baselines, found, adopted, sources)


def _only_own(was: Pieces, now: Pieces, changed: Sequence[int]) -> bool:
    """Whether the items differ only by keys that no resource but the node has."""
    before, after = _values(was, changed), _values(now, changed)
    return before is not None and before == after


def _values(pieces: Pieces, numbers: Sequence[int]) -> list[str] | None:
    """All but the own keys of items, as texts that tell types apart; None when they cannot be read so."""
    from fleetc.lang.yaml_tree import compose

    if not numbers:
        return []
    tree, found = compose(SourceFile("", b"nodes:\n" + b"".join(map(pieces.text, numbers))))
    items = tree.get("nodes") if tree and not found else None
    if not isinstance(items, Seq) or len(items) != len(numbers):
        return None
    return [
        repr([(key, item[key]) for key in sorted(item) if key not in _OWN]) if isinstance(item, Map) else ""
        for item in items
    ]


def _groups(names: list[str], changed: Sequence[int]) -> dict[int, list[str]]:
    """The groups of the graph's digest that hold the changed ones, by number."""
    ordered = sorted(names)
    numbers = {bisect_left(ordered, names[row]) // GROUP for row in changed}
    return {number: ordered[number * GROUP : (number + 1) * GROUP] for number in sorted(numbers)}


def _compiled(file: Excerpt) -> ResourceGraph | None:
    from fleetc.ir.lower import compile_part

    compiled = compile_part(file)
    return None if compiled.diagnostics else compiled.graph


def _reduced(graph: ResourceGraph, nodes: Collection[str], digest: str) -> ResourceGraph:
    """The graph of these nodes and what they refer to alone, in file order."""
    wanted = {*nodes, *(target for node in nodes for target in graph.resources[node].depends_on)}
    resources = {address: item for address, item in graph.resources.items() if address in wanted}
    return msgspec.structs.replace(graph, resources=resources, externals=(), protected={}, digest=digest)


def _live(workspace: Workspace, ask: Ask, rest: Plan, addresses: Collection[str]) -> Snapshot | None:
    """What is live at these addresses, by the snapshot that the base was made against."""
    serial = rest.snapshot.removeprefix("snap-")
    if not serial.isdigit():
        return None
    live = workspace.snapshots().part(rest.account, int(serial), addresses)
    if live.digest != rest.snapshot_digest or f"{live.profile.name}/{live.profile.version}" != rest.profile:
        return None
    if ask.against != "live":
        return live
    if workspace.platform(rest.account).profile != live.profile:
        return None
    return msgspec.structs.replace(live, taken_at=rfc3339(workspace.clock.now(), milliseconds=True))


def _updates(found: GraphDiff, nodes: Collection[str]) -> bool:
    """Whether there are updates of these nodes in place, and nothing else to say but what is adopted."""
    from fleetc.plan.changes import GraphDiff, Op

    plain = all(change.op is Op.UPDATE and change.address in nodes for change in found.changes)
    return plain and found == GraphDiff(changes=found.changes, adopt=found.adopt)


def _path(workspace: Workspace, source: Source, ask: Ask) -> Path:
    return memo.place(workspace, "base", source.root, repr(replace(ask, rev="")))


def _asks_for_all(ask: Ask) -> bool:
    chosen = (ask.select, ask.exclude, ask.only, ask.without, ask.rest)
    return not (any(chosen) or ask.at or ask.override or ask.override_cascade)


def _read(workspace: Workspace, source: Source, ask: Ask) -> Base | None:
    """The base kept for such a question; None when there is none, or it is not as it was written."""
    try:
        data = _path(workspace, source, ask).read_bytes()
        sound = data[:_SUM] == _sum(data[_SUM:])
        return msgspec.json.decode(data[_SUM:], type=Base) if sound else None
    except (OSError, msgspec.DecodeError):
        return None


def _write(workspace: Workspace, source: Source, ask: Ask, base: Base) -> None:
    body = msgspec.json.encode(base)
    memo.write(_path(workspace, source, ask), _sum(body) + body)


def _sum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_SUM).digest()
