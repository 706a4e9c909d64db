"""By what a withheld action is known again in a later plan."""

from __future__ import annotations

from fleetc.ir.values import digest
from fleetc.plan.actions import Action, Withheld
from fleetc.plan.changes import Change, Op

__all__ = ["fingerprint", "withheld", "withheld_as"]


def fingerprint(action: Action | Change) -> str:
    """A digest of what an action would do: operation, address, and fields before and after."""
    fields = [(item.path, item.before, item.after) for item in action.fields]
    return digest([action.op, action.address, fields])


def withheld_as(action: Action) -> str:
    """By what an action stands among what is withheld: its address, unless it only ends a protection."""
    return action.id if action.op is Op.UNPROTECT else action.address


def withheld(action: Action) -> Withheld:
    """The row of an action that is left out."""
    return Withheld(withheld_as(action), action.withheld_by, fingerprint(action))
