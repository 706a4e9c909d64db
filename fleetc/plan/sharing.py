"""Equal parts of many actions as one object: a plan of 100,000 holds a third less that way.

Plans are read-only, so that nobody can tell; what is shared keeps its type (`1` is not `True`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from fleetc.ir.values import Ref, Value
from fleetc.plan.actions import Action, Call
from fleetc.plan.changes import FieldChange

__all__ = ["Shared"]

T = TypeVar("T")
_TEXTS = {str}


class Shared:
    """What was seen so far. One of them serves one plan, and is thrown away with its making."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._numbers: dict[int, int] = {}
        self._refs: dict[Ref, Ref] = {}
        self._known: dict[object, object] = {}
        self._nothing: dict[str, Value] = {}

    def action(self, action: Action) -> Action:
        """The same action, of parts that are shared."""
        return msgspec.structs.replace(
            action,
            id=self.text(action.id),
            address=self.text(action.address),
            kind=self.text(action.kind),
            fields=tuple(map(self._field, action.fields)),
            calls=tuple(map(self._call, action.calls)),
            requires=self.texts(action.requires),
            after=self.texts(action.after),
            declared=self.texts(action.declared),
            base=self.values(action.base),
            wanted=self.values(action.wanted),
        )

    def text(self, text: str) -> str:
        """The first text that was equal."""
        return self._texts.setdefault(text, text)

    def texts(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        """The first tuple that was equal."""
        found = self._known.get(texts)
        if found is None:
            found = tuple(map(self.text, texts))
            self._known[found] = found
        return found  # type: ignore[return-value]

    def values(self, values: dict[str, Value]) -> dict[str, Value]:
        """A mapping of fields or arguments; all empty ones are one."""
        text, value = self._texts.setdefault, self.value
        if not values:
            return self._nothing
        return {key: text(each, each) if type(each) is str else value(each) for key, each in values.items()}

    def value(self, value: Value) -> Value:
        """The first value that was equal; mappings and lists only of texts."""
        if value is None or isinstance(value, (bool, float)):
            return value
        if isinstance(value, str):
            return self._texts.setdefault(value, value)
        if isinstance(value, int):
            return self._numbers.setdefault(value, value)
        if isinstance(value, Ref):
            return self.ref(value)
        return self._mapping(value) if isinstance(value, dict) else self._list(value)

    def ref(self, value: Ref) -> Ref:
        """The first reference that was equal."""
        found = self._refs.get(value)
        if found is None:
            found = Ref(self.text(value.ref), self.text(value.field))
            self._refs[found] = found
        return found

    def _mapping(self, value: dict[str, Value]) -> Value:
        inner = self.values(value)
        if _TEXTS.issuperset(map(type, inner.values())):
            return self._first((dict, *inner.items()), inner)
        return inner

    def _list(self, value: Sequence[Value]) -> Value:
        inner = [self.value(member) for member in value]
        return self._first((list, *inner), inner) if _TEXTS.issuperset(map(type, inner)) else inner

    def _first(self, key: object, value: T) -> T:
        return self._known.setdefault(key, value)  # type: ignore[return-value]

    def _field(self, field: FieldChange) -> FieldChange:
        text = self._texts.setdefault
        before, after, path, origin = field.before, field.after, field.path, field.origin
        before = None if before is None else self.value(before)
        after = text(after, after) if type(after) is str else self.value(after)
        path, origin = text(path, path), text(origin, origin)
        made = FieldChange(path, before, after, field.cause, origin)
        if ":" in origin:
            return made
        # What the key tells apart by its id lives as long as the field that was kept for it.
        return self._first((path, id(before), id(after), field.cause, origin), made)

    def _call(self, call: Call) -> Call:
        return Call(
            self.text(call.name),
            call.verb,
            self.values(call.arguments),
            self.texts(call.sets),
            self.text(call.item),
            self.text(call.half),
        )
