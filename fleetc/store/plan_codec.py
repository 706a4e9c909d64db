"""Plans as the ledger keeps them: canonical JSON of the whole value."""

from __future__ import annotations

from typing import Any

import msgspec

from fleetc.ir.values import Ref, canonical
from fleetc.plan.actions import Action, Plan

__all__ = ["decode_plan", "encode_plan"]

_decoder = msgspec.json.Decoder(Plan)


def encode_plan(plan: Plan) -> str:
    """Every member of the plan; a `Ref` stands as an object of `ref` and `field`."""
    return canonical(plan).decode()


def decode_plan(text: str) -> Plan | None:
    """The plan that `encode_plan` was given, or None when the text is none."""
    try:
        plan = _decoder.decode(text)
    except (msgspec.DecodeError, ValueError):
        return None
    return msgspec.structs.replace(plan, actions=tuple(map(_with_refs, plan.actions)))


def _with_refs(action: Action) -> Action:
    replace = msgspec.structs.replace
    return replace(
        action,
        wanted=_revive(action.wanted),
        fields=tuple(replace(change, after=_revive(change.after)) for change in action.fields),
        calls=tuple(replace(call, arguments=_revive(call.arguments)) for call in action.calls),
    )


def _revive(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"ref", "field"}:
            return Ref(ref=value["ref"], field=value["field"])
        return {key: _revive(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_revive(member) for member in value]
    return value
