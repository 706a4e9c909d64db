"""Values as plain JSON, and back.

A `Ref` stands as `{"ref": …, "field": …}`. A mapping that somebody wrote in just that form, or in
the form of the wrapper itself, is wrapped as `{"literal": …}`, so that each has its own form.
"""

from __future__ import annotations

from typing import Any

from fleetc.ir.values import Ref, Value

__all__ = ["plain", "revived"]

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
    if isinstance(value, dict):
        if value.keys() == _REF:
            return Ref(str(value["ref"]), str(value["field"]))
        if value.keys() == _LITERAL and isinstance(value["literal"], dict):
            return {key: revived(member) for key, member in value["literal"].items()}
        return {key: revived(member) for key, member in value.items()}
    if isinstance(value, list):
        return [revived(member) for member in value]
    return value  # type: ignore[no-any-return]
