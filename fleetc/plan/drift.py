"""Drift: what is live otherwise than it was last verified, and was not asked for by a commit.

A plan against live says it already, action by action: a field that moved on the platform has the
cause `drift`, or `conflict` when the file changed it as well. Here it is picked out, with the three
values of each field, and the time it was first seen is told from the states of a resource.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from fleetc.ir.address import kind_of
from fleetc.ir.state import Baseline, HeldState, LiveResource
from fleetc.ir.values import Value
from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldSpec
from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Cause, Op
from fleetc.plan.fields import normal, same

__all__ = ["Drift", "DriftField", "DriftState", "Looks", "drifts", "since"]

_MOVED = (Cause.DRIFT, Cause.CONFLICT)


class DriftState(StrEnum):
    """How a resource has drifted: changed, gone, or there though nobody declared it."""

    CHANGED = "changed"
    MISSING = "missing"
    UNMANAGED = "unmanaged"


class DriftField(msgspec.Struct, frozen=True, gc=False):
    """One field: what is wanted, what was verified last, what is live; None for what is not there.

    `origin` is where the wanted value comes from (`FieldChange.origin`).
    """

    path: str
    desired: Value
    live: Value
    baseline: Value
    cause: Cause = Cause.DRIFT
    origin: str = ""


class Drift(msgspec.Struct, frozen=True, gc=False):
    """One resource that has drifted.

    - `action`: the id of the action that puts it back; empty when none does.
    - `also`: fields that this action changes for another reason than drift.
    - `ends`: whether putting it back replaces or deletes the resource.
    - `reason`: what there is to know of it, in words.
    """

    address: str
    state: DriftState
    fields: tuple[DriftField, ...] = ()
    action: str = ""
    also: tuple[str, ...] = ()
    ends: bool = False
    reason: str = ""

    @property
    def kind(self) -> str:
        """The resource's kind."""
        return kind_of(self.address)


def drifts(plan: Plan, baselines: Mapping[str, Baseline], remade: Sequence[str] = ()) -> tuple[Drift, ...]:
    """What has drifted as of the plan's snapshot: changed, then missing, each in plan order, then unmanaged.

    A virtual IP that failed over is none. `baselines` are those of the plan's addresses as far as the ledger has them. `remade` are
    addresses whose live resource is another one than was verified, though equal to what is wanted.
    """
    away = frozenset(plan.failed_over)
    kept = (action for action in plan.actions if action.address not in away or not _only_moved(action))
    found = [drift for action in kept if (drift := _of(action, baselines))]
    changed = [each for each in found if each.state is DriftState.CHANGED]
    changed += [
        Drift(address, DriftState.CHANGED, reason="made anew on the platform, and as it is wanted")
        for address in remade
    ]
    missing = [each for each in found if each.state is DriftState.MISSING]
    unmanaged = [Drift(address, DriftState.UNMANAGED) for address in plan.unmanaged]
    return (*changed, *missing, *unmanaged)


def _only_moved(action: Action) -> bool:
    """Whether nothing but the holders of a virtual IP changes: where it failed over, that is no drift."""
    holders = KINDS[action.kind].holders
    return all(change.path in holders for change in action.fields)


def _of(action: Action, baselines: Mapping[str, Baseline]) -> Drift | None:
    if action.op is Op.CREATE:
        return _missing(action, baselines) if action.cause is Cause.DRIFT else None
    if action.op is Op.DELETE:
        return _to_be_deleted(action, baselines) if action.cause is Cause.CONFLICT else None
    fields = tuple(_fields(action, baselines))
    if not fields:
        return None
    drifted = {each.path for each in fields}
    return Drift(
        action.address,
        DriftState.CHANGED,
        fields,
        action.id,
        tuple(change.path for change in action.fields if change.path not in drifted),
        action.op.ends,
        action.reason,
    )


def _base(action: Action, baselines: Mapping[str, Baseline]) -> Mapping[str, Value]:
    """What was verified last, also of a resource that is to be renamed."""
    base = baselines.get(action.address) or baselines.get(action.moved_from)
    return base.fields if base else {}


def _fields(action: Action, baselines: Mapping[str, Baseline]) -> Iterator[DriftField]:
    base = _base(action, baselines)
    for change in action.fields:
        if change.cause in _MOVED:
            yield DriftField(
                change.path, change.after, change.before, base.get(change.path), change.cause, change.origin
            )


def _missing(action: Action, baselines: Mapping[str, Baseline]) -> Drift:
    base = _base(action, baselines)
    fields = tuple(
        DriftField(change.path, change.after, None, base.get(change.path), origin=change.origin)
        for change in action.fields
    )
    return Drift(action.address, DriftState.MISSING, fields, action.id, reason=action.reason)


def _to_be_deleted(action: Action, baselines: Mapping[str, Baseline]) -> Drift:
    """No longer declared, but changed since it was verified: only the delete that was asked for is left."""
    base = _base(action, baselines)
    specs = {spec.name: spec for spec in KINDS[action.kind].fields}
    fields = tuple(
        DriftField(name, None, action.base.get(name), base.get(name), Cause.CONFLICT)
        for name in sorted(action.base.keys() & base.keys())
        if not _equal(specs.get(name), action.base[name], base[name])
    )
    return Drift(action.address, DriftState.CHANGED, fields, reason=action.reason)


def _equal(spec: FieldSpec | None, left: Value, right: Value) -> bool:
    return same(left, right) if spec is None else same(normal(spec, left), normal(spec, right))


# since when


class Looks(NamedTuple):
    """When a platform was looked at, oldest first: serials, and whether each look was complete.

    `complete` are the serials of those looks in which nothing was left out.
    """

    serials: Sequence[int]
    complete: Sequence[int]


def since(
    drift: Drift, states: Sequence[HeldState], looks: Looks, base: Baseline | None, verified: int = 0
) -> tuple[int, int] | None:
    """The looks between which the drift began: the last one without it and the first one with it.

    The first number is 0 when the oldest look that is known has it already. None when no look has
    it. `states` are those that the resource has had, oldest first; up to the look `verified` it is
    known to have been as wanted.
    """
    drifted = _wrong(drift, base)
    first = 0
    for begin, end, resource in _segments(states):
        seen = _between(looks.complete if resource is None else looks.serials, begin, end)
        if seen and not drifted(resource):
            return (seen[-1], first) if first else None
        late = _between(seen, verified + 1, None)
        first = late[0] if late else first
        if len(late) < len(seen):
            return (verified, first) if first else None
    return (0, first) if first else None


def _between(serials: Sequence[int], begin: int, end: int | None) -> Sequence[int]:
    stop = len(serials) if end is None else bisect_left(serials, end)
    return serials[bisect_left(serials, begin) : stop]


def _segments(states: Sequence[HeldState]) -> Iterator[tuple[int, int | None, LiveResource | None]]:
    """Half open ranges of serials with what stood there, newest first; None where nothing did."""
    end: int | None = None
    for state in reversed(states):
        if state.until != end:
            yield state.until or 0, end, None
        yield state.since, state.until, state.resource
        end = state.since
    yield 0, end, None


def _wrong(drift: Drift, base: Baseline | None) -> Callable[[LiveResource | None], bool]:
    """Whether a state of the resource has the drift."""
    if drift.state is DriftState.MISSING:
        return lambda resource: resource is None
    if drift.state is DriftState.UNMANAGED:
        return lambda resource: resource is not None
    if not drift.fields:
        return lambda resource: resource is not None and (base is None or resource.id != base.id)
    specs = {spec.name: spec for spec in KINDS[drift.kind].fields}
    verified = base.fields if base else {}

    def changed(resource: LiveResource | None) -> bool:
        return resource is not None and any(
            not _equal(specs.get(each.path), resource.fields.get(each.path), verified.get(each.path))
            for each in drift.fields
        )

    return changed
