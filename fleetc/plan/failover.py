"""Virtual IPs that failed over: the platform moved them to a declared failover holder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fleetc.ir.values import Value
from fleetc.model.schema import KindSchema
from fleetc.plan.changes import Cause
from fleetc.plan.fields import Difference

__all__ = ["holds_elsewhere", "reverted", "without_holders"]

_REVERTS = "failed over to {}: this would put it back"


def holds_elsewhere(schema: KindSchema, wanted: Mapping[str, Value], live: Mapping[str, Value]) -> bool:
    """Whether one of the wanted failover holders holds it now, in place of the wanted first one.

    The live lists may name the old holder in both places.
    """
    first, others = schema.holders
    holder, declared = live.get(first), wanted.get(others)
    return holder != wanted.get(first) and isinstance(declared, (list, tuple)) and holder in declared


def without_holders(
    schema: KindSchema, differences: list[Difference], live: Mapping[str, Value]
) -> tuple[list[Difference], str]:
    """What is left to change, and why it starts unticked.

    Other fields go alone. When only the holders differ, changing them would revert the fail-over:
    that is no drift, but a conflict, offered with a reason for somebody to tick.
    """
    others = [item for item in differences if item.spec.name not in schema.holders]
    if others:
        return others, ""
    both = [replace(item, cause=Cause.CONFLICT) for item in differences]
    return both, _REVERTS.format(live.get(schema.holders[0]))


def reverted(schema: KindSchema, wanted: Mapping[str, Value], live: Mapping[str, Value]) -> str:
    """What to say of an action that sets the holders while another one holds it; else empty."""
    if not schema.holders or not holds_elsewhere(schema, wanted, live):
        return ""
    return _REVERTS.format(live.get(schema.holders[0]))
