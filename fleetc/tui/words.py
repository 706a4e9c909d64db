"""Words for people, without a terminal: operations, values, places, times and ages. Pure.

What comes back may hold text from outside as it is: `fleetc.tui.text.shown`, or `visible`, makes
it fit to be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from fleetc.ir.timestamps import rfc3339
from fleetc.ir.values import Ref, Value
from fleetc.model.secrets import HIDDEN, looks_secret
from fleetc.plan.actions import Action
from fleetc.plan.changes import Op
from fleetc.plan.groups import NAME, PARENT
from fleetc.report.values import MARKS

if TYPE_CHECKING:
    from fleetc.service.approving import Given

__all__ = [
    "OP_GLYPH",
    "OP_WORD",
    "age",
    "approved",
    "clock",
    "field_value",
    "in_short",
    "moment",
    "name_of",
    "place",
    "value",
]

OP_GLYPH = MARKS
OP_WORD = {
    Op.CREATE: "create",
    Op.MOVE: "rename",
    Op.UPDATE: "update in place",
    Op.REPLACE: "replace",
    Op.DELETE: "delete",
    Op.UNPROTECT: "end protection",
    Op.ACCEPT: "accept rules",
}


def value(item: Value, missing: str = "(unset)", key: str = "") -> str:
    """A field's value for people; what the platform will know and what looks like a secret say so.

    `key` is what the value stands under, if that is not plain from where it is shown.
    """
    if looks_secret(item, key):
        return HIDDEN
    if item in (NAME, PARENT):
        return "(its own name)" if item == NAME else "(its parent's name)"
    if isinstance(item, Ref):
        return "(known after apply)"
    if item is None:
        return missing
    if isinstance(item, str):
        return item if item else '""'
    if isinstance(item, list | tuple):
        return "[" + ", ".join(value(each) for each in item) + "]"
    if isinstance(item, dict):
        members = (f"{name}: {field_value(name, each)}" for name, each in item.items())
        return "{" + ", ".join(members) + "}"
    return msgspec.json.encode(item).decode()


def field_value(name: str, item: Value) -> str:
    """A field's value for people; what its name or itself says is a secret is not shown."""
    return HIDDEN if looks_secret(item, name) else value(item)


def clock(at: str) -> str:
    """The time of day of an RFC 3339 time."""
    return at[11:19] if len(at) >= 19 else at


def moment(seconds: float) -> str:
    """A time since the epoch as `2026-11-30 09:00 UTC`."""
    return f"{rfc3339(seconds)[:16].replace('T', ' ')} UTC"


def name_of(identity: str) -> str:
    """A person without `user:`."""
    return identity.removeprefix("user:")


def place(origin: str) -> str:
    """An origin for people: `fleet.yaml:12` of `fleet.yaml:12:7`; words stay as they are."""
    head, _, column = origin.rpartition(":")
    return head if column.isdigit() and ":" in head else origin


def age(seconds: float | None) -> str:
    """A span of time in its largest fitting unit."""
    if seconds is None:
        return ""
    whole = max(0, int(seconds))
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if whole >= 2 * size or (whole >= size and unit == "m"):
            return f"{whole // size}{unit}"
    return f"{whole}s"


def in_short(action: Action) -> str:
    """What happens, in a few words: the field with its values where it is one, else the fields."""
    if action.op is Op.CREATE:
        return action.reason or "new"
    if action.op is Op.DELETE:
        return action.reason or "goes"
    fields = [change.path for change in action.fields]
    if action.moved_from:
        fields.insert(0, f"was {action.moved_from}")
    more = f", +{len(fields) - 2}" if len(fields) > 2 else ""
    return ", ".join(fields[:2]) + more


def approved(given: Given) -> str:
    """What an approval came to, and who still has to approve."""
    approval = given.approval
    verb = "has approved it already" if given.already else "approved it"
    said = f"{name_of(approval.approver)} {verb}: {approval.digest[:12]}"
    if given.missing:
        return f"{said}; still needed: {'; '.join(given.missing)}"
    return f"{said}, used once, until {moment(approval.expires_at)}"
