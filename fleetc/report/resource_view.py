"""One resource of a graph as it is shown: each field with its value and where that comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from fleetc.ir.graph import Resource, ResourceGraph
from fleetc.ir.values import Ref, Value
from fleetc.lang.diagnostics import OriginStep
from fleetc.model.kinds import KINDS
from fleetc.model.references import module_name
from fleetc.model.schema import FieldSpec
from fleetc.plan.web import Web, links

__all__ = ["FieldView", "ResourceView", "Viewer", "show_document"]

_LATER = OriginStep("platform", "known after apply")
_COMPUTED = OriginStep("computed", "not written: computed from the other fields")


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field: its value, the place it is written at (or empty), and the steps from there to here.

    `later`: the value, or part of it, is known after apply. `external` are the names in it that
    nothing declares, and the category that the platform's catalogue has them in.
    """

    name: str
    value: Value
    place: str
    steps: tuple[OriginStep, ...] = ()
    later: bool = False
    category: str = ""
    external: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceView:
    """A resource, where its name stands, what it needs and what needs it, with the fields."""

    address: str
    kind: str
    place: str
    fields: tuple[FieldView, ...]
    needs: Mapping[str, tuple[str, ...]]
    needed_by: Mapping[str, tuple[str, ...]]


class Viewer:
    """Views of the resources of one graph."""

    def __init__(self, graph: ResourceGraph, web: Web | None = None) -> None:
        self.graph = graph
        self._web = web or Web(graph)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {address: row for row, address in enumerate(self.graph.resources)}

    @cached_property
    def _externals(self) -> frozenset[tuple[str, str]]:
        return frozenset((str(use.category), use.name) for use in self.graph.externals)

    def view(self, address: str) -> ResourceView:
        """The view of a resource that is in the graph."""
        resource = self.graph.resources[address]
        users = (self._web.addresses[row] for row in self._web.needed_by.of(self._rows[address]))
        return ResourceView(
            address,
            resource.kind,
            str(self.graph.locate(address, "").span),
            tuple(self._fields(resource)),
            links(self.graph, resource),
            {user: links(self.graph, self.graph.resources[user])[address] for user in sorted(set(users))},
        )

    def _fields(self, resource: Resource) -> Iterator[FieldView]:
        for spec in KINDS[resource.kind].fields:
            if spec.name in resource.fields:
                yield self._written(resource, spec, resource.fields[spec.name])
            elif spec.given or spec.readonly:
                yield FieldView(spec.name, None, "", (_LATER,), later=True)

    def _written(self, resource: Resource, spec: FieldSpec, value: Value) -> FieldView:
        origin = self.graph.locate(resource.address, spec.name)
        by_schema = bool(origin.steps) and origin.steps[0].step == "schema"
        return FieldView(
            spec.name,
            value,
            "" if by_schema else str(origin.span),
            (*self._inherited(resource, spec, value), *_settled(origin.steps, value)),
            later=isinstance(value, Ref),
            category=str(spec.refers_to),
            external=tuple(self._outside(spec, value)),
        )

    def _outside(self, spec: FieldSpec, value: Value) -> Iterator[str]:
        for item in value if isinstance(value, (list, tuple)) else (value,):
            name = module_name(item) if isinstance(item, str) else ""
            if name and (str(spec.refers_to), name) in self._externals:
                yield name

    def _inherited(self, resource: Resource, spec: FieldSpec, value: Value) -> Iterator[OriginStep]:
        """Of a list that adds to the inherited one: which items come from which ancestor."""
        if not isinstance(value, (list, tuple)):
            return
        for parent in reversed(self.graph.extends.get(resource.address, ())):
            theirs = self.graph.resources[parent].fields.get(spec.name)
            items = (
                [str(item) for item in value if item in theirs] if isinstance(theirs, (list, tuple)) else []
            )
            if items:
                span = self.graph.locate(parent, spec.name).span
                yield OriginStep("extends", f"{', '.join(items)} from {parent}", span)


def _settled(steps: tuple[OriginStep, ...], value: Value) -> Iterator[OriginStep]:
    """The steps of a value that is known: what only may be given by the platform was computed."""
    for step in steps:
        yield _COMPUTED if step.step == "given" and not isinstance(value, Ref) else step


def show_document(views: Sequence[ResourceView]) -> dict[str, object]:
    """Views as "fleetc.show/1"."""
    return {"format": "fleetc.show/1", "resources": [_resource(view) for view in views]}


def _resource(view: ResourceView) -> dict[str, object]:
    def named(links: Mapping[str, tuple[str, ...]]) -> list[dict[str, object]]:
        return [{"address": address, "fields": fields} for address, fields in links.items()]

    return {
        "address": view.address,
        "kind": view.kind,
        "origin": view.place,
        "fields": [
            {
                "name": field.name,
                "value": field.value,
                "known_after_apply": field.later,
                "external": field.external,
                "origin": field.place or None,
                "steps": [
                    {"step": step.step, "text": step.text, "origin": str(step.span) if step.span else None}
                    for step in field.steps
                ],
            }
            for field in view.fields
        ],
        "needs": named(view.needs),
        "needed_by": named(view.needed_by),
    }
