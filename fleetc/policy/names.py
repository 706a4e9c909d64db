"""What names stand for in the rules language, beside fields: the change, its cause, `env`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from fleetc.plan.changes import Cause, Op
from fleetc.policy.code import Code
from fleetc.policy.expressions import Scope
from fleetc.policy.types import ANY, BOOLEAN, NUMBER, TEXT, Base, Side, Type, resource

__all__ = ["KNOWN_FACTS", "change_scope", "fact_types", "past"]

KNOWN_FACTS: Mapping[str, object] = {"name": "", "account": "", "platform": "", "tier": ""}
"""The facts that every environment may have, with an empty value of their type."""

_CAUSES = Type(Base.TEXT, values=tuple(cause.value for cause in Cause))
_OPERATIONS = Type(Base.TEXT, values=tuple(op.value for op in Op))


def fact_types(facts: Mapping[str, object]) -> dict[str, Type]:
    """The type of each fact, by a value that it has somewhere."""
    return {name: _type(value) for name, value in facts.items()}


def _type(value: object) -> Type:
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return NUMBER
    return TEXT if isinstance(value, str) else ANY


def change_scope(base: Scope, kind: str, operations: Collection[str], *, selects: bool = True) -> Scope:
    """The scope of a change of a kind by some operations.

    Without a change (`selects` is false) there is a resource only.
    """
    new = _itself(kind, Side.NEW)
    missing = {}
    if "create" in operations:
        missing["before"] = "what is created is not live yet"
    if "delete" in operations:
        missing["after"] = "what is deleted is not there any more"
    if not selects:
        missing |= dict.fromkeys(("before", "after", "cause", "operation"), "this is about no change")
    change = {
        "before": _itself(kind, Side.OLD),
        "after": new,
        "cause": Code(_CAUSES, lambda frame: frame.cause, frozenset({("cause",)})),
        "operation": Code(_OPERATIONS, lambda frame: frame.operation, frozenset({("operation",)})),
    }
    variables = {name: code for name, code in change.items() if name not in missing}
    return Scope(base.facts, base.windows, {**variables, "self": new}, missing, new, selects)


_PAST = {Op.CREATE: "created", Op.MOVE: "renamed", Op.UNPROTECT: "freed of its protection"}


def past(operations: Iterable[str]) -> str:
    """Operations as what has happened to something: `created, updated or deleted`."""
    words = [_PAST.get(Op(op), f"{op.removesuffix('e')}ed") for op in operations]
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)


def _itself(kind: str, side: Side) -> Code:
    """The resource of the change, on one side of it."""
    return Code(resource(kind, side), lambda frame: frame.own, frozenset({("address",)}), direct=True)
