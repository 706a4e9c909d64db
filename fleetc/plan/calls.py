"""Calls: a change expanded by the recipes of the platform's profile (`fleetc.ir.profile`)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from fleetc.ir.address import parts
from fleetc.ir.profile import CallRecipe, KindProfile
from fleetc.ir.state import LiveResource
from fleetc.ir.values import Ref, Value
from fleetc.model.kinds import KINDS
from fleetc.model.references import module_name, names_in, split_module
from fleetc.model.schema import FieldSpec
from fleetc.plan.actions import Call
from fleetc.plan.changes import Change, Op
from fleetc.plan.references import targets
from fleetc.plan.sharing import Shared

__all__ = ["Expander"]


class _Missing:
    """The type of the mark for an argument that is left out."""


_MISSING: Final = _Missing()


@dataclass(frozen=True, slots=True)
class _Half:
    """What one half of a change sends.

    `values` are all values known for it, `changed` the names of those that it writes, `own` is
    the resource's platform id.
    """

    change: Change
    values: Mapping[str, Value]
    changed: Collection[str]
    own: Value
    half: str = ""


@dataclass(frozen=True, slots=True)
class Expander:
    """Expands changes on one account.

    `found` are the live resources by address, `fresh` the addresses that the plan creates or
    replaces: their ids are known only after apply.
    """

    kinds: Mapping[str, KindProfile]
    found: Mapping[str, LiveResource]
    fresh: Collection[str]
    shared: Shared = field(default_factory=Shared)

    def calls(self, change: Change, written: Mapping[str, Value]) -> tuple[Call, ...]:
        """The calls of a change in the order in which they are sent.

        `written` are the desired fields of the resource; empty for a delete.
        """
        profile = self.kinds.get(change.kind)
        if profile is None:
            return ()
        if change.op is Op.UPDATE:
            return tuple(self._update(profile, change))
        if change.op is Op.MOVE:
            return (*self._rename(profile, change), *self._update(profile, change))
        ends = self._delete(profile, change) if change.op.ends else ()
        makes = self._create(profile, change, written) if change.op in (Op.CREATE, Op.REPLACE) else ()
        first = self._rename(profile, change) if change.moved_from else ()
        return (*first, *ends, *makes) if change.gap else (*first, *makes, *ends)

    def _create(self, profile: KindProfile, change: Change, written: Mapping[str, Value]) -> Iterator[Call]:
        known = {name: written[name] for name in profile.settable if name in written} | change.wanted
        values = {
            name: value
            for name, value in known.items()
            if value is not None and not (isinstance(value, Ref) and value.ref == change.address)
        }
        half = "create" if change.op is Op.REPLACE else ""
        this = _Half(change, values, values.keys(), Ref(change.address, "id"), half)
        for number, recipe in enumerate(profile.create):
            if recipe.each:
                if recipe.on == "added":
                    yield from self._each(recipe, this, _items(values.get(recipe.each)))
            elif number == 0 or any(_matters(change.kind, name, values) for name in recipe.sets):
                yield self._call(recipe, this)

    def _update(self, profile: KindProfile, change: Change) -> Iterator[Call]:
        changed = {item.path: item.after for item in change.fields}
        this = _Half(change, change.base | change.wanted | changed, changed, change.platform_id)
        for recipe in profile.update:
            if recipe.each:
                if recipe.each in changed:
                    yield from self._each(recipe, this, self._moved(recipe, change))
            elif any(name in changed for name in recipe.sets):
                yield self._call(recipe, this)

    def _rename(self, profile: KindProfile, change: Change) -> Iterator[Call]:
        this = _Half(change, change.base, (), change.platform_id, "rename")
        for recipe in profile.rename:
            yield self._call(recipe, this)

    def _delete(self, profile: KindProfile, change: Change) -> Iterator[Call]:
        half = "delete" if change.op is Op.REPLACE else ""
        this = _Half(change, change.base, (), change.platform_id, half)
        for recipe in profile.delete:
            yield self._call(recipe, this)

    def _moved(self, recipe: CallRecipe, change: Change) -> list[str]:
        """The elements that an `each` call of an update is for."""
        pair = next(item for item in change.fields if item.path == recipe.each)
        before, after = _items(pair.before), _items(pair.after)
        if recipe.on == "removed":
            kept = {module_name(item) for item in after}
            return [item for item in before if module_name(item) not in kept]
        spec = KINDS[change.kind].field(recipe.each)
        return [item for item in after if item not in before or self._renewed(change, spec, item)]

    def _renewed(self, change: Change, spec: FieldSpec | None, item: str) -> bool:
        if spec is None or spec.refers_to not in KINDS:
            return False
        return any(target in self.fresh for target in targets(change.address, spec, item))

    def _each(self, recipe: CallRecipe, this: _Half, items: list[str]) -> Iterator[Call]:
        for item in items:
            yield self._call(recipe, this, item)

    def _call(self, recipe: CallRecipe, this: _Half, item: str = "") -> Call:
        partial = recipe.verb == "update" and not recipe.whole
        arguments: dict[str, Value] = {}
        for name, expression in recipe.arguments.items():
            value = self._value(expression, this, item, partial)
            if not isinstance(value, _Missing):
                arguments[name] = value
        written = this.changed if partial else this.values
        sets = self.shared.texts(tuple(name for name in recipe.sets if name in written))
        return Call(recipe.name, recipe.verb, arguments, sets, item, this.half)

    def _value(self, expression: str, this: _Half, item: str, partial: bool) -> Value | _Missing:
        word, _, name = expression.partition(":")
        if name and word in ("field", "id", "selector"):
            if name not in (this.changed if partial else this.values):
                return _MISSING
            return self._field(word, this.change, name, this.values[name])
        if word == "item":
            module, pin = split_module(item)
            return {"": item, "name": module, "pin": pin or None}[name]
        if word == "name":
            return parts(this.change.address)[-1]
        if word == "id":
            return this.own
        constant: Value = msgspec.json.decode(expression[1:])
        return constant

    def _field(self, word: str, change: Change, name: str, value: Value) -> Value:
        if word == "field":
            return value
        return self._ids(change, name, value) if word == "id" else self._selector(change, name, value)

    def _ids(self, change: Change, name: str, value: Value) -> Value:
        spec = KINDS[change.kind].field(name)
        if spec is None or spec.refers_to not in KINDS:
            return value
        ids: list[Value] = [self._id(target) for target in targets(change.address, spec, value)]
        return ids if isinstance(value, (list, tuple)) else next(iter(ids), None)

    def _selector(self, change: Change, name: str, value: Value) -> Value:
        """A selector as one key: what it selects by."""
        spec, text = KINDS[change.kind].field(name), str(value)
        if spec is not None and names_in(spec, value):
            return {f"{spec.refers_to}_id": self._ids(change, name, value)}
        word, _, tag = text.partition(":")
        return {"all": True} if text == "all" else {"tag": tag} if word == "tag" else {"cidr": text}

    def _id(self, target: str) -> Value:
        live = None if target in self.fresh else self.found.get(target)
        return live.id if live else self.shared.ref(Ref(target, "id"))


def _items(value: Value) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, (list, tuple)) else []


def _matters(kind: str, name: str, values: Mapping[str, Value]) -> bool:
    """Whether a create has to write the field by a call of its own."""
    spec = KINDS[kind].field(name)
    value = values.get(name)
    if spec is None or value is None:
        return False
    nothing = spec.empty if spec.default is None else spec.default
    return value != nothing and not (spec.default is None and value in ("", [], (), {}))
