"""Lowering of one kind: the fields, references and externals of a resource, from its schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from fleetc.ir.address import address
from fleetc.ir.graph import Resource
from fleetc.ir.values import Ref, Value, freeze_sorted
from fleetc.model.declarations import Fleet, Item
from fleetc.model.formats import split_module
from fleetc.model.kinds import KINDS
from fleetc.model.merge import plain
from fleetc.model.presence import present
from fleetc.model.schema import External, FieldSpec, FieldType, KindSchema

__all__ = ["Externals", "KindLowering"]

_T = FieldType
_PLAIN = frozenset({_T.STRING, _T.INTEGER, _T.BOOLEAN, _T.ENUM, _T.CIDR, _T.IPV4, _T.IPV6, _T.REFERENCE})
_OUTSIDE = frozenset(External)


@dataclass(slots=True)
class _Use:
    item: Item
    key: str
    used_by: str
    field: str
    count: int = 1


@dataclass(slots=True)
class Externals:
    """What is named and not declared, with its first use in file order."""

    uses: dict[tuple[str, str], _Use] = field(default_factory=dict)

    def add(self, category: str, name: str, item: Item, spec: FieldSpec, used_by: str) -> None:
        """Count a use."""
        use = self.uses.get((category, name))
        if use is None:
            self.uses[category, name] = _Use(item, spec.key or item.section.identity, used_by, spec.name)
        else:
            use.count += 1


class KindLowering:
    """Makes the resources of one kind from the items of its section."""

    def __init__(self, kind: KindSchema, fleet: Fleet, externals: Externals) -> None:
        self.kind = kind
        self.fleet = fleet
        self.externals = externals
        self.prefix = f"{kind.name}/"
        written = [spec for spec in kind.fields if spec.key]
        self.defaults: dict[str, Any] = {
            spec.name: plain(spec.default) for spec in written if spec.default is not None
        }
        self.fields = {spec.key: (spec.name, _converter(spec)) for spec in written}
        self.derived = [spec for spec in kind.fields if spec.derived and spec.type is _T.REFERENCE]
        self.outside = [spec for spec in written if spec.type is _T.REFERENCE and spec.refers_to in _OUTSIDE]
        self.inside = [spec for spec in written if spec.refers_to in KINDS]
        self.special = _SPECIAL.get(kind.name)

    def lower(self, item: Item, order: int) -> Resource | None:
        """The resource of an item; None when the item has none of this kind."""
        values = item.values
        if self.kind.present_when and not present(self.kind, values):
            return None
        name = f"{item.parent}/{item.name}" if item.parent else item.name
        where = self.prefix + name
        fields = self.defaults.copy()
        depends: list[str] = []
        known = self.fields
        for key, value in values.items():
            found = known.get(key)
            if found is not None:
                convert = found[1]
                fields[found[0]] = value if convert is None else convert(value)
        for spec in self.derived:
            self._derive(spec, item, fields, depends, where)
        for spec in self.inside:
            self._refer(spec, item, fields, depends, where)
        for spec in self.outside:
            if spec.name in fields:
                self.externals.add(spec.refers_to, fields[spec.name], item, spec, where)
        if self.special is not None:
            self.special(item, fields, self.fleet)
        if len(depends) > 1:
            depends = sorted(set(depends))
        return Resource(where, self.kind.name, fields, tuple(depends), order)

    def _derive(
        self, spec: FieldSpec, item: Item, fields: dict[str, Any], depends: list[str], where: str
    ) -> None:
        """A reference that nobody writes: to the parent, or to the namesake of another kind."""
        if spec.refers_to == self.kind.parent:
            fields[spec.name] = item.parent
            depends.append(f"{spec.refers_to}/{item.parent}")
            return
        fields[spec.name] = item.name
        target = self.fleet.of(KINDS[spec.refers_to].section).get(item.name)
        if target is None:
            self.externals.add(External.NODE, item.name, item, spec, where)
        else:
            depends.append(f"{spec.refers_to}/{item.name}")

    def _refer(
        self, spec: FieldSpec, item: Item, fields: dict[str, Any], depends: list[str], where: str
    ) -> None:
        """Written references: an edge to what is declared, an external for the rest."""
        value = fields.get(spec.name)
        if not value:
            return
        target = KINDS[spec.refers_to]
        if spec.type is _T.REFERENCE and not target.parent:
            depends.append(f"{spec.refers_to}/{value}")
            return
        declared = self.fleet.of(target.section, item.parent if target.parent else "")
        for entry in (value,) if isinstance(value, str) else value:
            name = split_module(entry)[0]
            if name in declared:
                parents = (item.parent,) if target.parent else ()
                depends.append(address(target.name, *parents, name))
            elif spec.refers_to in _OUTSIDE:
                self.externals.add(spec.refers_to, name, item, spec, where)


def _converter(spec: FieldSpec) -> Callable[[Any], Any] | None:
    """How a written value becomes a field's; None for a value that stays as it is."""
    if spec.type in _PLAIN:
        return None
    if spec.unordered:
        return _as_set
    return plain


def _as_set(value: list[str]) -> list[str]:
    return list(freeze_sorted(value))


def _effective_modules(item: Item, fields: dict[str, Any], fleet: Fleet) -> None:
    """The modules of a node are those of its template."""
    template = fleet.of("templates")[cast("str", item.values["template"])]
    fields["effective_modules"] = _as_set(cast("list[str]", template.values.get("modules", [])))


def _endpoint(item: Item, fields: dict[str, Value], fleet: Fleet) -> None:
    """A public peer without endpoint is reached at its instance's public address."""
    if fields["publicly_reachable"] is not True:
        return
    if "endpoint_host_v4" not in fields and "endpoint_host_v6" not in fields:
        fields["endpoint_host_v4"] = Ref(f"instance/{item.name}", "public_address")
    fields.setdefault("endpoint_port", fields["listen_port"])


_SPECIAL: Mapping[str, Callable[[Item, dict[str, Any], Fleet], None]] = {
    "node": _effective_modules,
    "peer": _endpoint,
}
