"""Values as plain JSON, and back.

A `Ref` stands as `{"ref": …, "field": …}`. A mapping that somebody wrote in just that form, or in
the form of the wrapper itself, is wrapped as `{"literal": …}`, so that each has its own form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from fleetc.ir.values import Ref, Value
from fleetc.plan.actions import Action
from fleetc.plan.changes import FieldChange

__all__ = ["each_value", "plain", "revived"]

_REF = {"ref", "field"}
_LITERAL = {"literal"}


def plain(value: Value) -> Any:
    """Dictionaries, lists and scalars only."""
    if isinstance(value, Ref):
        return {"ref": value.ref, "field": value.field}
    if isinstance(value, dict):
        inner = {key: plain(member) for key, member in value.items()}
        return {"literal": inner} if value.keys() in (_REF, _LITERAL) else inner
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    return value


def revived(value: Any) -> Value:
    """The value that `plain` was given, with lists for tuples."""
    if isinstance(value, str):  # most are
        return value
    if isinstance(value, dict):
        if value.keys() == _REF:
            return Ref(str(value["ref"]), str(value["field"]))
        if value.keys() == _LITERAL and isinstance(value["literal"], dict):
            return {key: revived(member) for key, member in value["literal"].items()}
        return {key: revived(member) for key, member in value.items()}
    if isinstance(value, list):
        return [revived(member) for member in value]
    return value  # type: ignore[no-any-return]


def each_value(actions: Sequence[Action], change: Callable[[Any], Any]) -> tuple[Action, ...]:
    """The actions with `plain` or `revived` done to every value of a field in them."""
    return tuple(_action(action, change) for action in actions)


def _action(action: Action, change: Callable[[Any], Any]) -> Action:
    replace = msgspec.structs.replace
    return replace(
        action,
        base=_members(action.base, change),
        wanted=_members(action.wanted, change),
        fields=tuple(_field(field, change) for field in action.fields),
        calls=tuple(replace(call, arguments=_members(call.arguments, change)) for call in action.calls),
    )


def _field(field: FieldChange, change: Callable[[Any], Any]) -> FieldChange:
    before, after = change(field.before), change(field.after)
    if before is field.before and after is field.after:
        return field
    return msgspec.structs.replace(field, before=before, after=after)


def _members(values: dict[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    return {name: change(value) for name, value in values.items()}
