"""Where the values of a lowered graph come from, worked out only when somebody asks."""

from __future__ import annotations

from functools import cached_property
from itertools import starmap

from fleetc.ir.address import parts
from fleetc.ir.graph import Origin
from fleetc.lang.diagnostics import OriginStep
from fleetc.lang.nodes import Map, Seq
from fleetc.model.assigned import reference_to
from fleetc.model.declarations import Fleet, Item
from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldSpec, KindSchema
from fleetc.model.templates import lineage

__all__ = ["Locator"]


class Locator:
    """Finds origins in the trees that a fleet was elaborated from."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    def locate(self, address: str, field: str = "") -> Origin:
        """The origin of a field's value (or of `extends`), or of the resource for the empty field.

        Raises `KeyError` for an address that is not in the graph.
        """
        kind, *names = parts(address)
        schema = KINDS[kind]
        parent, name = names if len(names) == 2 else ("", names[0])
        item = self.fleet.of(schema.section, parent)[name]
        spec = schema.field(field)
        if spec is None:
            return _value(item.source, field) if field in item.source else self._name(item)
        if spec.key:
            return self._written(item, spec) or self._not_written(item, schema, spec)
        return self._derived(item, spec)

    @cached_property
    def _root_defaults(self) -> Map | None:
        return self.fleet.defaults.get(self.fleet.sources.root)

    def _name(self, item: Item) -> Origin:
        span = item.name_span
        full = f"{item.parent}:{item.name}" if item.section.joined else item.name
        if item.written == full or isinstance(item.holder, Seq):
            return Origin(span)
        return Origin(span, (OriginStep("range", f"one of {item.written}", span),))

    def _written(self, item: Item, spec: FieldSpec) -> Origin | None:
        """The origin of a value written in the item, its ancestors or the defaults."""
        if spec.key in item.source and not isinstance(item.holder, Seq):
            return _value(item.source, spec.key)
        if item.section.path == "templates":
            return self._inherited(item, spec.key)
        if item.section.joined:
            return self._referenced(item, spec.key)
        if item.section.path == "nodes":
            return self._default(item, spec.key)
        return None

    def _referenced(self, item: Item, key: str) -> Origin | None:
        """The pin of an assignment may stand in the reference of its node."""
        if key not in item.values:
            return None
        node = self.fleet.of(KINDS[item.section.kind.parent].section)[item.parent]
        holder, entry = reference_to(node, item.name, self.fleet.defaults)
        index = holder.index(entry)
        return Origin(holder.value_span(index), holder.origin(index))

    def _inherited(self, item: Item, key: str) -> Origin | None:
        for name in reversed(lineage(item.name, self.fleet.parents)[:-1]):
            ancestor = self.fleet.of("templates")[name]
            if key in ancestor.source:
                found = _value(ancestor.source, key)
                span = item.source.value_span("extends")
                step = OriginStep("extends", f"{item.name} inherits it from {name}", span)
                return Origin(found.span, (step, *found.steps))
        return None

    def _default(self, item: Item, key: str) -> Origin | None:
        own = self.fleet.defaults.get(item.source.file.path)
        for defaults in (own, self._root_defaults):
            if defaults is not None and key in defaults:
                found = _value(defaults, key)
                step = OriginStep("defaults", f"the default of nodes for {key}", defaults.key_span(key))
                return Origin(found.span, (step, *found.steps))
        return None

    def _not_written(self, item: Item, schema: KindSchema, spec: FieldSpec) -> Origin:
        base = self._name(item)
        if spec.given and spec.default is None:
            step = OriginStep("given", f"{spec.name} is known after apply")
        else:
            step = OriginStep("schema", f"the default of {schema.name}.{spec.name}")
        return Origin(base.span, (step, *base.steps))

    def _derived(self, item: Item, spec: FieldSpec) -> Origin:
        if spec.name == "effective_modules":
            template = str(item.values["template"])
            found = self.locate(f"template/{template}", "modules")
            step = OriginStep("template", f"the modules of template {template}")
            own = self.fleet.of("assignments", item.name)
            return Origin(found.span, (step, *found.steps, *starmap(_assigned, own.items())))
        return self._name(item)


def _assigned(module: str, item: Item) -> OriginStep:
    """How an own module of a node bears on its modules."""
    off = item.values.get("enabled") is False
    return OriginStep("assignment", f"without {module}" if off else f"and {module}, its own", item.name_span)


def _value(holder: Map, key: str) -> Origin:
    return Origin(holder.value_span(key), holder.origin(key))
