"""Lowering of one kind: the fields, references and externals of a resource, from its schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from fleetc.ir.graph import Resource
from fleetc.ir.values import Ref, freeze_sorted
from fleetc.model.declarations import Fleet, Item, Items
from fleetc.model.kinds import KINDS
from fleetc.model.merge import plain
from fleetc.model.presence import present
from fleetc.model.references import join_modules, module_name, names_in
from fleetc.model.schema import External, FieldSpec, FieldType, KindSchema

__all__ = ["Externals", "KindLowering"]

_T = FieldType
_PLAIN = frozenset(
    {
        _T.STRING,
        _T.INTEGER,
        _T.BOOLEAN,
        _T.ENUM,
        _T.CIDR,
        _T.IPV4,
        _T.IPV6,
        _T.PORTS,
        _T.SELECTOR,
        _T.PIN,
        _T.REFERENCE,
    }
)
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
    """What is named and not declared, by category and name, with its first use in file order."""

    uses: dict[str, dict[str, _Use]] = field(default_factory=lambda: {str(name): {} for name in External})

    def add(self, category: str, name: str, item: Item, spec: FieldSpec, used_by: str) -> None:
        """Count a use. One of an instance stands before those that only need its node."""
        use = self.uses[category].get(name)
        first = _Use(item, spec.key or item.section.identity, used_by, spec.name)
        if use is None:
            self.uses[category][name] = first
        else:
            use.count += 1
            if spec.refers_to == "instance" and use.field != spec.name:
                self.uses[category][name] = replace(first, count=use.count)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is to be done for all items that write the same keys, worked out once.

    - `present`: whether such items have the resource; `asks` when their values also have a say.
    - `copied`: fields and the keys whose values they take; `converted` those with a converter.
    - `outside`: references to what only the platform knows, with their uses so far; `lists` those to
      modules or siblings.
    """

    present: bool
    asks: bool
    copied: tuple[tuple[str, str], ...]
    converted: tuple[tuple[str, str, Callable[[Any], Any]], ...]
    outside: tuple[tuple[FieldSpec, dict[str, _Use]], ...]
    lists: tuple[FieldSpec, ...]


class KindLowering:
    """Makes the resources of one kind from the items of its section."""

    def __init__(self, kind: KindSchema, fleet: Fleet, externals: Externals) -> None:
        self.kind = kind
        self.fleet = fleet
        self.externals = externals
        self.prefix = f"{kind.name}/"
        self.shapes: dict[tuple[str, ...], _Shape] = {}
        self.written = [spec for spec in kind.fields if spec.key]
        self.defaults: dict[str, Any] = {
            spec.name: plain(spec.default) for spec in self.written if spec.default is not None
        }
        derived = [spec for spec in kind.fields if spec.derived and spec.type is _T.REFERENCE]
        self.derived = [
            (
                spec,
                f"{spec.refers_to}/",
                fleet.of(KINDS[spec.refers_to].section),
                spec.refers_to == kind.parent,
            )
            for spec in sorted(derived, key=lambda spec: spec.refers_to != kind.parent)
        ]
        top = [spec for spec in self.written if spec.type is _T.REFERENCE and _at_top(spec)]
        self.declared = [(spec.name, f"{spec.refers_to}/") for spec in top]
        self.lists = [spec for spec in self.written if spec.refers_to in KINDS and spec not in top]
        self.finish = _FINISH[kind.name](fleet) if kind.name in _FINISH else None

    def lower(self, item: Item, keys: tuple[str, ...], order: int) -> Resource | None:
        """The resource of an item that writes `keys`; None when it has none of this kind."""
        values: Mapping[str, Any] = item.values
        shape = self.shapes.get(keys) or self._shape(keys)
        if not shape.present or (shape.asks and not present(self.kind, values)):
            return None
        where = f"{self.prefix}{item.parent}/{item.name}" if item.parent else self.prefix + item.name
        fields = self.defaults.copy()
        for name, key in shape.copied:
            fields[name] = values[key]
        for name, key, convert in shape.converted:
            fields[name] = convert(values[key])
        depends = self._references(item, shape, fields, where)
        for spec, uses in shape.outside:
            use = uses.get(fields[spec.name])
            if use is None:
                self.externals.add(spec.refers_to, fields[spec.name], item, spec, where)
            else:
                use.count += 1
        if self.finish is not None:
            self.finish(item, fields)
        return Resource(where, self.kind.name, fields, tuple(depends), order)

    def _shape(self, keys: tuple[str, ...]) -> _Shape:
        here = [(spec, _converter(spec)) for spec in self.written if spec.key in keys]
        shape = _Shape(
            present=set(keys).issuperset(self.kind.present_when),
            asks=bool(self.kind.present_when),
            copied=tuple((spec.name, spec.key) for spec, convert in here if not convert),
            converted=tuple((spec.name, spec.key, convert) for spec, convert in here if convert),
            outside=tuple(
                (spec, self.externals.uses[spec.refers_to])
                for spec, _ in here
                if spec.refers_to in _OUTSIDE and spec.type is _T.REFERENCE
            ),
            lists=tuple(spec for spec, _ in here if spec in self.lists),
        )
        return self.shapes.setdefault(keys, shape)

    def _references(self, item: Item, shape: _Shape, fields: dict[str, Any], where: str) -> list[str]:
        """Fill in the references that nobody writes; the addresses that the resource refers to."""
        depends = []
        for spec, prefix, declared, above in self.derived:
            name = fields[spec.name] = item.parent if above else item.name
            if name in declared:
                depends.append(prefix + name)
            else:
                outside = spec.refers_to if spec.refers_to in _OUTSIDE else External.NODE
                self.externals.add(outside, name, item, spec, where)
        for field_name, prefix in self.declared:
            depends.append(prefix + fields[field_name])
        for spec in shape.lists:
            self._listed(spec, item, fields, depends, where)
        return sorted(set(depends)) if len(depends) > 1 else depends

    def _listed(
        self, spec: FieldSpec, item: Item, fields: dict[str, Any], depends: list[str], where: str
    ) -> None:
        """Modules and siblings: an edge to what is declared, an external for the rest."""
        target = KINDS[spec.refers_to]
        parent = item.parent if target.parent else ""
        prefix = f"{target.name}/{parent}/" if parent else f"{target.name}/"
        declared = self.fleet.of(target.section, parent)
        for name in names_in(spec, fields[spec.name]):
            if name in declared:
                depends.append(prefix + name)
            else:
                self.externals.add(spec.refers_to, name, item, spec, where)


def _at_top(spec: FieldSpec) -> bool:
    return spec.refers_to in KINDS and not KINDS[spec.refers_to].parent


def _converter(spec: FieldSpec) -> Callable[[Any], Any] | None:
    """How a written value becomes a field's; None for a value that stays as it is."""
    if spec.type in _PLAIN:
        return None
    if spec.type is _T.STRING_MAP:
        return dict
    if spec.unordered:
        return _as_set
    return plain


def _as_set(value: list[str]) -> list[str]:
    return list(freeze_sorted(value))


def _effective_modules(fleet: Fleet) -> Callable[[Item, dict[str, Any]], None]:
    """The modules of a node are its template's and its own; nodes without own ones share the list.

    A template whose lineage says nothing of modules says nothing of those of its nodes either.
    """
    modules = {
        name: _as_set(cast("list[str]", template.values["modules"]))
        for name, template in fleet.of("templates").items()
        if "modules" in template.values
    }

    def finish(item: Item, fields: dict[str, Any]) -> None:
        wanted = modules.get(fields["template"])
        own = fleet.of("assignments", item.name)
        if own:
            wanted = _with_own(wanted or [], own)
        if wanted is not None:
            fields["effective_modules"] = wanted

    return finish


def _with_own(modules: list[str], own: Items) -> list[str]:
    pinned = {name: cast("str", item.values.get("pin", "")) for name, item in own.items()}
    joined = join_modules(modules, [f"{name}@{pin}" if pin else name for name, pin in pinned.items()])
    off = {name for name, item in own.items() if item.values.get("enabled") is False}
    return _as_set([entry for entry in joined if module_name(entry) not in off])


def _endpoint(fleet: Fleet) -> Callable[[Item, dict[str, Any]], None]:
    """A public peer without endpoint is reached at its instance's public address."""

    def finish(item: Item, fields: dict[str, Any]) -> None:
        if fields["publicly_reachable"] is True:
            if "endpoint_host_v4" not in fields and "endpoint_host_v6" not in fields:
                fields["endpoint_host_v4"] = Ref(f"instance/{item.name}", "public_address")
            fields.setdefault("endpoint_port", fields["listen_port"])

    return finish


_FINISH: Mapping[str, Callable[[Fleet], Callable[[Item, dict[str, Any]], None]]] = {
    "node": _effective_modules,
    "peer": _endpoint,
}
