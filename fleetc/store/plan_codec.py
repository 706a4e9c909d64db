"""Plans as the ledger keeps them: canonical JSON of the whole value."""

from __future__ import annotations

import msgspec

from fleetc.ir.values import canonical
from fleetc.plan.actions import Plan
from fleetc.plan.plain import each_value, plain, revived

__all__ = ["decode_plan", "encode_plan"]

_decoder = msgspec.json.Decoder(Plan)


def encode_plan(plan: Plan) -> str:
    """Every member of the plan, its values in the form of `fleetc.plan.plain`."""
    return canonical(msgspec.structs.replace(plan, actions=each_value(plan.actions, plain))).decode()


def decode_plan(text: str) -> Plan | None:
    """The plan that `encode_plan` was given, or None when the text is none."""
    try:
        plan = _decoder.decode(text)
        return msgspec.structs.replace(plan, actions=each_value(plan.actions, revived))
    except (msgspec.DecodeError, ValueError):
        return None
