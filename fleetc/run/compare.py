"""Wanted against live values of one resource (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fleetc.ir.profile import KindProfile
from fleetc.ir.state import LiveResource
from fleetc.ir.values import Value, digest
from fleetc.model.kinds import KINDS
from fleetc.plan import fields
from fleetc.plan.actions import Action

__all__ = ["different", "resting", "settable_hash"]


def different(
    kind: str, wanted: Mapping[str, Value], live: Mapping[str, Value], names: Iterable[str]
) -> tuple[str, ...]:
    """The fields of `names` that `wanted` holds and whose live value means something else, sorted."""
    return tuple(sorted(f for f in names if f in wanted and not _same(kind, f, wanted[f], live.get(f))))


def _same(kind: str, field: str, one: Value, other: Value) -> bool:
    spec = KINDS[kind].field(field)
    if spec is None:
        return fields.same(one, other)
    return fields.same(fields.normal(spec, one), fields.normal(spec, other))


def resting(action: Action, kind: KindProfile, *, ends: bool) -> dict[str, Value]:
    """What an action rests on: its base, and None for what was absent when the plan was made.

    What a step `ends` must be as it was in every field that can be compared; an update rests on
    the fields it changes and on those of its base.
    """
    absent = set(kind.settable) & set(kind.readable) if ends else _absent_before(action)
    return {**dict.fromkeys(absent), **action.base}


def _absent_before(action: Action) -> set[str]:
    return {change.path for change in action.fields if change.before is None}


def settable_hash(profile: KindProfile, live: LiveResource) -> str:
    """Hex digest of the values that fleetc could set; what the platform only reports is left out."""
    return digest([live.id, {name: live.fields.get(name) for name in profile.settable}])
