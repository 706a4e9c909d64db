"""Addresses and references under other names: what a rename changes in what is live.

A node's new name also stands in the addresses of its instance and peers, and in the values that
refer to them. Nothing else of a resource changes: its platform id stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from fleetc.ir.address import address, kind_of, parts
from fleetc.ir.state import Baseline, LiveResource
from fleetc.ir.values import Value
from fleetc.model.kinds import KINDS
from fleetc.model.namespaces import name_spaces, value_space
from fleetc.model.references import with_name
from fleetc.model.schema import FieldSpec

__all__ = ["Renaming"]

_NAMING = {
    name: tuple((spec, value_space(spec)) for spec in kind.fields if value_space(spec))
    for name, kind in KINDS.items()
}


class Renaming:
    """Renames by address, old to new; an old one below a renamed parent has that parent's new name.

    `live` and `baseline` return what they were given when nothing in it is renamed. They add the
    new address of each rename that had an effect to `hits`.
    """

    def __init__(self, pairs: Mapping[str, str]) -> None:
        self.pairs = dict(pairs)
        self._names = {parts(text)[-1] for text in pairs}

    def address(self, text: str, hits: set[str] | None = None) -> str:
        """The address under the new names."""
        kind, *names = parts(text)
        if self._names.isdisjoint(names):
            return text
        new: list[str] = []
        for space, name in zip(name_spaces(kind), names, strict=True):
            new.append(self._name(space, new[0] if KINDS[space].parent else "", name, hits))
        return address(kind, *new)

    def live(self, resource: LiveResource, hits: set[str] | None = None) -> LiveResource:
        """A live resource under the new names."""
        where = self.address(resource.address, hits)
        fields = self._fields(resource.kind, where, resource.fields, hits)
        if where == resource.address and not fields:
            return resource
        return msgspec.structs.replace(resource, address=where, fields={**resource.fields, **fields})

    def baseline(self, base: Baseline) -> Baseline:
        """A baseline under the new names."""
        where = self.address(base.address)
        fields = self._fields(kind_of(base.address), where, base.fields, None)
        if where == base.address and not fields:
            return base
        return msgspec.structs.replace(base, address=where, fields={**base.fields, **fields})

    def all_live(self, resources: Iterable[LiveResource]) -> tuple[LiveResource, ...]:
        """Live resources under the new names."""
        return tuple(map(self.live, resources)) if self.pairs else tuple(resources)

    def named(self, where: str, fields: Mapping[str, Value]) -> set[str]:
        """The new addresses of what is renamed in an address (under new names) or in its fields."""
        hits: set[str] = set()
        self.address(where, hits)
        self._fields(kind_of(where), where, fields, hits)
        return hits

    def _fields(
        self, kind: str, where: str, fields: Mapping[str, Value], hits: set[str] | None
    ) -> dict[str, Value]:
        """The new values of the fields that name something renamed; `where` is the new address."""
        changed: dict[str, Value] = {}
        for spec, space in _NAMING[kind]:
            value = fields.get(spec.name)
            parent = parts(where)[1] if KINDS[space].parent else ""
            items = value if isinstance(value, (list, tuple)) else (value,)
            new = [self._item(item, spec, space, parent, hits) for item in items]
            if new != list(items):
                changed[spec.name] = new if items is value else new[0]
        return changed

    def _item(self, item: Value, spec: FieldSpec, space: str, parent: str, hits: set[str] | None) -> Value:
        if not isinstance(item, str):
            return item
        return with_name(spec, item, lambda name: self._name(space, parent, name, hits))

    def _name(self, space: str, parent: str, name: str, hits: set[str] | None) -> str:
        """The new name of what `space` names; `parent` is the new name of what it stands under."""
        if name not in self._names:
            return name
        new = self.pairs.get(address(space, parent, name) if parent else address(space, name))
        if new is None:
            return name
        if hits is not None:
            hits.add(new)
        return parts(new)[-1]
