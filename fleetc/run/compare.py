"""Wanted against live values of one resource (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fleetc.ir.profile import KindProfile
from fleetc.ir.state import LiveResource
from fleetc.ir.values import Value, digest
from fleetc.model.kinds import KINDS
from fleetc.plan import fields

__all__ = ["different", "settable_hash"]


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


def settable_hash(profile: KindProfile, live: LiveResource) -> str:
    """Hex digest of the values that fleetc could set; what the platform only reports is left out."""
    return digest([live.id, {name: live.fields.get(name) for name in profile.settable}])
