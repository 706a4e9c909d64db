"""Plans as the ledger keeps them: canonical JSON of the whole value."""

from __future__ import annotations

import msgspec

from fleetc.ir.values import canonical
from fleetc.lang.collector import collector_paused
from fleetc.plan.actions import Action, Plan
from fleetc.plan.plain import each_value, plain, revived
from fleetc.plan.sharing import Shared

__all__ = ["decode_plan", "encode_plan"]

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_rows = msgspec.json.Decoder(list[msgspec.Raw])
_action = msgspec.json.Decoder(Action)
_plan = msgspec.json.Decoder(Plan)


def encode_plan(plan: Plan) -> str:
    """Every member of the plan, its values in the form of `fleetc.plan.plain`."""
    return canonical(msgspec.structs.replace(plan, actions=each_value(plan.actions, plain))).decode()


@collector_paused()
def decode_plan(text: str) -> Plan | None:
    """The plan that `encode_plan` was given, or None when the text is none.

    One action after the other, so that what is thrown away never stands between what is kept.
    """
    shared = Shared()
    try:
        members = _members.decode(text)
        rows = _rows.decode(members.pop("actions", msgspec.Raw(b"null")))
        plan = _plan.decode(msgspec.json.encode({**members, "actions": []}))
        actions = tuple(shared.action(*each_value((_action.decode(row),), revived)) for row in rows)
    except (msgspec.DecodeError, ValueError):
        return None
    return msgspec.structs.replace(plan, actions=actions)
