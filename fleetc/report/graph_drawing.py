"""What a picture of a graph shows: boxes and arrows, equal siblings folded into one box.

Few resources stand one by one. Of more, those of one kind in one place that use one template in
one region stand in one box; of very many, those of one kind and template, or of one kind. What is
finest and still fits is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from fleetc.ir.address import parts
from fleetc.ir.graph import Resource, ResourceGraph
from fleetc.lang.text import few
from fleetc.model.kinds import KINDS, TEMPLATE
from fleetc.model.schema import External, FieldType
from fleetc.plan.ranges import ranges
from fleetc.plan.web import EXTENDS, links

__all__ = ["Arrow", "Box", "Drawing", "draw"]

_FEW = 30
_MOST = 60
_TITLES = 2
_TITLE = 36
_TIMES = "\u00d7"


@dataclass(frozen=True, slots=True)
class Box:
    """Resources of one kind in one box: its title, and what they have in common, in short lines."""

    kind: str
    title: str
    notes: tuple[str, ...]
    members: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands below the title: the kind with the number of members, and the notes."""
        return (self.kind + _times(len(self.members)), *self.notes)


@dataclass(frozen=True, slots=True)
class Arrow:
    """The references from one box to another: box numbers, the fields, and how many there are."""

    source: int
    target: int
    fields: tuple[str, ...]
    count: int

    @property
    def label(self) -> str:
        """The fields, and how many references there are when it is more than one."""
        return ", ".join(self.fields) + _times(self.count)

    @property
    def inherits(self) -> bool:
        """Whether it stands for nothing but `extends`."""
        return self.fields == (EXTENDS,)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture before it has places."""

    account: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    @property
    def count(self) -> int:
        """How many resources it shows."""
        return sum(len(box.members) for box in self.boxes)


def _times(count: int) -> str:
    return f" {_TIMES}{count}" if count > 1 else ""


def draw(graph: ResourceGraph, addresses: Sequence[str], *, fold: bool = True) -> Drawing:
    """The drawing of some resources of a graph, with the references between them."""
    chosen = [graph.resources[address] for address in addresses]
    traits = _Traits(graph)
    groups = _groups(chosen, traits, fold=fold)
    number = {each.address: row for row, group in enumerate(groups) for each in group}
    boxes = tuple(_box(group, traits) for group in groups)
    return Drawing(graph.account, boxes, _arrows(graph, chosen, number))


class _Traits:
    """The template and region by address: a resource's own, or those of the machine it belongs to."""

    def __init__(self, graph: ResourceGraph) -> None:
        self.graph = graph
        self.template: dict[str, str] = {}
        self.region: dict[str, str] = {}
        for address, each in graph.resources.items():
            for field, trait in _trait_fields(each.kind):
                value = each.fields.get(field)
                if isinstance(value, str):
                    getattr(self, trait)[address] = value
        for _ in range(2):
            self._pass_on()

    def _pass_on(self) -> None:
        """From owners to what is made from them; and back, since a machine is where its parts are."""
        resources, template, region = self.graph.resources, self.template, self.region
        for address, each in resources.items():
            for owner in _owners(each, resources):
                if owner in template:
                    template.setdefault(address, template[owner])
                if owner in region:
                    region.setdefault(address, region[owner])
        for address, each in reversed(resources.items()):
            if address in region:
                for owner in _owners(each, resources):
                    if owner in template:
                        region.setdefault(owner, region[address])


@cache
def _trait_fields(kind: str) -> tuple[tuple[str, str], ...]:
    """The fields of a kind that say its template or region, and which of the two."""
    traits = {TEMPLATE.name: "template", External.REGION: "region"}
    return tuple(
        (spec.name, traits[spec.refers_to])
        for spec in KINDS[kind].fields
        if spec.type is FieldType.REFERENCE and spec.refers_to in traits
    )


@cache
def _owner_fields(kind: str) -> tuple[tuple[str, str], ...]:
    """The fields of a kind that say what it is made from, with the kinds of that."""
    return tuple(
        (spec.name, spec.refers_to)
        for spec in KINDS[kind].fields
        if spec.derived and spec.type is FieldType.REFERENCE
    )


def _owners(resource: Resource, known: Collection[str]) -> Iterator[str]:
    """The addresses of the resources without parent that a resource is made from."""
    for field, kind in _owner_fields(resource.kind):
        address = f"{kind}/{resource.fields.get(field)}"
        if address in known:
            yield address


_Key = Callable[[Resource], tuple[str, ...]]


def _groups(chosen: Sequence[Resource], traits: _Traits, *, fold: bool) -> list[tuple[Resource, ...]]:
    """The members of each box, boxes by their first member."""

    def place(each: Resource) -> str:
        """The name of what it is part of, when that is no machine."""
        parent = KINDS[each.kind].parent
        name = parts(each.address)[1]
        return name if parent and f"{parent}/{name}" not in traits.template else ""

    def by_template(each: Resource) -> tuple[str, ...]:
        key = (place(each), traits.template.get(each.address, ""))
        return (each.kind, *(key if any(key) else (each.address,)))

    def by_region(each: Resource) -> tuple[str, ...]:
        region = traits.region.get(each.address, "")
        return (*by_template(each), region)

    levels: list[_Key] = [by_region, by_template, lambda each: (each.kind,)]
    if not fold or len(chosen) <= _FEW:
        return [(each,) for each in chosen]
    groups: dict[tuple[str, ...], list[Resource]] = {}
    for level in levels:
        groups = {}
        for each in chosen:
            groups.setdefault(level(each), []).append(each)
        if len(groups) <= _MOST:
            break
    return [tuple(group) for group in groups.values()]


def _box(group: Sequence[Resource], traits: _Traits) -> Box:
    first = group[0]
    texts = [_short(text.partition("/")[2]) for text in ranges(each.address for each in group)]
    return Box(
        first.kind, few(texts, _TITLES), tuple(_notes(group, traits)), tuple(each.address for each in group)
    )


def _short(text: str) -> str:
    """A long range cut behind one of its commas: `edge-[001,003,..]-x`."""
    head, bracket, tail = text.rpartition("]")
    cut = head.rfind(",", 0, _TITLE)
    return f"{head[:cut]},..]{tail}" if bracket and len(head) > _TITLE and cut > 0 else text


def _notes(group: Sequence[Resource], traits: _Traits) -> Iterator[str]:
    """What the members have in common beside their kind: a line for the template, one for the rest."""
    place: list[str] = []
    if len(group) > 1:
        templates = {traits.template.get(each.address, "") for each in group} - {""}
        if templates:
            yield f"template {templates.pop()}" if len(templates) == 1 else f"{len(templates)} templates"
        regions = {traits.region.get(each.address, "") for each in group} - {""}
        place = [f"{len(regions)} regions"] if len(regions) > 1 else list(regions)
    line = " \u00b7 ".join(filter(None, (*place, *_outside(group))))
    if line:
        yield line


def _outside(group: Sequence[Resource]) -> Iterator[str]:
    """What all members name alike outside the fleet: instance type, platform, one's own region."""
    for spec in KINDS[group[0].kind].fields:
        named = spec.refers_to in set(External) and spec.type is FieldType.REFERENCE and not spec.derived
        if named and not (spec.refers_to == External.REGION and len(group) > 1):
            values = {each.fields.get(spec.name) for each in group}
            value = values.pop() if len(values) == 1 else None
            if isinstance(value, str):
                yield value


def _arrows(graph: ResourceGraph, chosen: Iterable[Resource], number: dict[str, int]) -> tuple[Arrow, ...]:
    """The references between boxes; those within one box are not shown."""
    found: dict[tuple[int, int], dict[str, int]] = {}
    for each in chosen:
        source = number[each.address]
        for target, fields in links(graph, each).items():
            there = number.get(target)
            if there is not None and there != source:
                counts = found.setdefault((source, there), {})
                for field in fields or ("",):
                    counts[field] = counts.get(field, 0) + 1
    return tuple(
        Arrow(source, target, tuple(field for field in counts if field), sum(counts.values()))
        for (source, target), counts in sorted(found.items(), key=lambda item: item[0])
    )
