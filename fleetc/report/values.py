"""Values of fields in words, for reports. Everything from outside goes through `visible`."""

from __future__ import annotations

import json
import re

from fleetc.ir.values import Ref, Value
from fleetc.lang.text import visible
from fleetc.model.kinds import KINDS
from fleetc.model.secrets import HIDDEN, looks_secret
from fleetc.plan.actions import Action, Call
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.plan.groups import NAME, PARENT

__all__ = ["CAUSES", "MADE_FIRST", "MARKS", "call_text", "change_text", "halves_text", "mark", "value_text"]

MARKS = {
    Op.CREATE: "+",
    Op.MOVE: "=>",
    Op.UPDATE: "~",
    Op.REPLACE: "-/+",
    Op.DELETE: "-",
    Op.UNPROTECT: "!",
    Op.ACCEPT: "!",
}
MADE_FIRST = "+/-"
"""The sign of a replacement whose new one comes first."""
CAUSES = {
    Cause.GIT: "",
    Cause.DRIFT: "drift",
    Cause.CONFLICT: "conflict",
    Cause.ADOPT: "take over",
    Cause.FORCED: "forced",
}
_BARE = re.compile(r"[A-Za-z0-9_./:@+-]+\Z")
_OTHER_TYPE = re.compile(r"(null|true|false|-?\d+(\.\d*)?([eE].*)?)\Z")


def mark(action: Action) -> str:
    """The sign of an operation; a replacement's says which half comes first."""
    made_first = action.op is Op.REPLACE and not action.gap
    return MADE_FIRST if made_first else MARKS[action.op]


def halves_text(action: Action) -> str:
    """The order of a replacement's halves in words; empty for any other action."""
    if action.op is not Op.REPLACE:
        return ""
    return _GAP if action.gap else _NO_GAP


_GAP = "gap in service: deleted first, then created"
_NO_GAP = "no gap in service: created first, the old one deleted last"


def value_text(value: Value, own: str = "") -> str:
    """One value on one line; `own` is the address of the resource it belongs to.

    What looks like a secret is not shown.
    """
    if looks_secret(value):
        return HIDDEN
    if value in (NAME, PARENT):
        return "(its own name)" if value == NAME else "(its parent's name)"
    if isinstance(value, Ref):
        source = "" if value.ref == own else f", from {visible(value.ref)}"
        return f"(known after apply{source})"
    if value is None:
        return "(none)"
    if isinstance(value, str):
        plain = _BARE.match(value) and not _OTHER_TYPE.match(value)
        return value if plain else visible(json.dumps(value, ensure_ascii=False))
    if isinstance(value, dict):
        members = (f"{_key(key)}: {_member(key, value[key], own)}" for key in sorted(value))
        return "{" + ", ".join(members) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(value_text(item, own) for item in value) + "]"
    return json.dumps(value)


def _member(key: str, value: Value, own: str) -> str:
    return HIDDEN if looks_secret(value, key) else value_text(value, own)


def _key(key: str) -> str:
    return key if _BARE.match(key) else visible(json.dumps(key, ensure_ascii=False))


def change_text(action: Action, item: FieldChange) -> tuple[str, str]:
    """A field's value before and after; before is empty where nothing was."""
    if action.op is Op.CREATE:
        return "", value_text(item.after, action.address)
    if item.cause is Cause.FORCED and item.before == item.after:
        return "", f"{value_text(item.after, action.address)} (set again)"
    if action.op is Op.ACCEPT:
        before, after = (visible(str(value)) if value else "" for value in (item.before, item.after))
        return before, after or "(taken out)"
    spec = KINDS[action.kind].field(item.path)
    was, wanted = item.before, item.after
    if spec and spec.unordered and isinstance(was, (list, tuple)) and isinstance(wanted, (list, tuple)):
        return "", _set_text(list(was), list(wanted))
    cleared = wanted is None or (spec is not None and wanted == spec.empty)
    return value_text(was), "(cleared)" if cleared else value_text(wanted, action.address)


def _set_text(before: list[Value], after: list[Value]) -> str:
    gone = [f"-{value_text(item)}" for item in before if item not in after]
    new = [f"+{value_text(item)}" for item in after if item not in before]
    kept = [value_text(item) for item in after if item in before]
    return "[" + ", ".join((*gone, *new, *kept)) + "]"


def call_text(call: Call) -> str:
    """A call as it would be sent: name and arguments."""
    arguments = ", ".join(f"{name}={_argument(value)}" for name, value in call.arguments.items())
    return f"{call.name}({arguments})"


def _argument(value: Value) -> str:
    if isinstance(value, Ref):
        return f"<{visible(value.ref)}.{value.field}>"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_argument(item) for item in value) + "]"
    return value_text(value)
