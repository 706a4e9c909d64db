"""Plans as the ledger keeps them: canonical JSON of the whole value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from fleetc.ir.values import canonical
from fleetc.plan.actions import Action, Plan
from fleetc.plan.plain import plain, revived

__all__ = ["decode_plan", "encode_plan"]

_decoder = msgspec.json.Decoder(Plan)


def encode_plan(plan: Plan) -> str:
    """Every member of the plan, its values in the form of `fleetc.plan.plain`."""
    return canonical(_each_value(plan, plain)).decode()


def decode_plan(text: str) -> Plan | None:
    """The plan that `encode_plan` was given, or None when the text is none."""
    try:
        return _each_value(_decoder.decode(text), revived)
    except (msgspec.DecodeError, ValueError):
        return None


def _each_value(plan: Plan, change: Callable[[Any], Any]) -> Plan:
    actions = tuple(_action(action, change) for action in plan.actions)
    return msgspec.structs.replace(plan, actions=actions)


def _action(action: Action, change: Callable[[Any], Any]) -> Action:
    replace = msgspec.structs.replace
    return replace(
        action,
        base=_members(action.base, change),
        wanted=_members(action.wanted, change),
        fields=tuple(
            replace(field, before=change(field.before), after=change(field.after)) for field in action.fields
        ),
        calls=tuple(replace(call, arguments=_members(call.arguments, change)) for call in action.calls),
    )


def _members(values: dict[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    return {name: change(value) for name, value in values.items()}
