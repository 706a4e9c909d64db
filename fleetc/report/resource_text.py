"""Answers about a graph as text: resources with their fields, what a change reaches, and paths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from fleetc.ir.address import kind_of
from fleetc.ir.graph import ResourceGraph
from fleetc.lang.text import few, visible
from fleetc.model.kinds import KINDS
from fleetc.plan.web import Step
from fleetc.report.page import Page
from fleetc.report.resource_view import FieldView, ResourceView
from fleetc.report.values import value_text

__all__ = [
    "counted",
    "field_text",
    "impact_document",
    "paths_document",
    "render_impact",
    "render_paths",
    "render_resources",
]

_NAMED = 8


def counted(addresses: Iterable[str]) -> str:
    """`3 peer, 1 virtual_ip`, in the order of the kinds."""
    counts = Counter(map(kind_of, addresses))
    return ", ".join(f"{counts[kind]} {kind}" for kind in KINDS if counts[kind])


def field_text(field: FieldView, own: str) -> tuple[str, str, list[str]]:
    """A field's value, its place in words, and one line for each step on the way."""
    value = value_text(field.value, own)
    if field.later and field.value is None:
        return "(known after apply)", "", []
    place = field.place
    if field.steps and field.steps[0].step == "schema":
        return value, "default", []
    lines = [visible(f"{step.text} ({step.span})" if step.span else step.text) for step in field.steps]
    if field.external == (field.value,):
        place += f"  external {field.category}"
    elif field.external:
        lines.append(visible(f"external {field.category}s: {', '.join(field.external)}"))
    return value, visible(place), lines


def render_resources(views: Sequence[ResourceView], *, color: bool, width: int) -> str:
    """Each resource with its fields: value, place, and the steps by which the value came."""
    page = Page(color=color, width=width)
    for view in views:
        page.blank()
        page.line(visible(f"{view.address}  {view.place}"), tone="strong")
        longest = max((len(field.name) for field in view.fields), default=0)
        for field in view.fields:
            value, place, steps = field_text(field, view.address)
            page.line(
                f"{field.name:{longest}}  {value}{'  ' * bool(place)}{place}", indent=2, hang=longest + 2
            )
            for line in steps:
                page.line(line, indent=longest + 6, hang=2, tone="dim")
        for title, links in (("needs", view.needs), ("needed by", view.needed_by)):
            if links:
                page.line(f"{title}: {_linked(links)}", indent=2, hang=2, tone="dim")
    return page.text()


def _linked(links: Mapping[str, tuple[str, ...]]) -> str:
    shown = [visible(f"{address} ({', '.join(fields)})") for address, fields in links.items()]
    return few(shown, _NAMED)


def render_impact(
    chosen: Sequence[str], waves: Sequence[Sequence[str]], total: int, *, color: bool, width: int
) -> str:
    """What needs the chosen resources: how many of each kind, by the number of steps."""
    page = Page(color=color, width=width)
    touched = [address for wave in waves for address in wave]
    what = visible(chosen[0]) if len(chosen) == 1 else f"{len(chosen)} resources"
    if not touched:
        page.line(f"nothing needs {what}")
        return page.text()
    page.line(f"a change of {what} touches {len(touched)} of {total} resources: {counted(touched)}", hang=2)
    for steps, wave in enumerate(waves, 1):
        page.line(f"{steps} step{'s' * (steps > 1)}: {counted(wave)}", indent=2, hang=4)
        page.line(visible(few(wave, _NAMED)), indent=4, hang=2, tone="dim")
    return page.text()


def impact_document(chosen: Sequence[str], waves: Sequence[Sequence[str]]) -> dict[str, object]:
    """The impact as "fleetc.impact/1"."""
    touched = Counter(kind_of(address) for wave in waves for address in wave)
    return {
        "format": "fleetc.impact/1",
        "of": chosen,
        "kinds": {kind: touched[kind] for kind in KINDS if touched[kind]},
        "steps": [{"steps": steps, "addresses": wave} for steps, wave in enumerate(waves, 1)],
    }


def render_paths(
    graph: ResourceGraph, start: str, end: str, paths: Sequence[Sequence[Step]], *, back: bool
) -> str:
    """Each path, one reference a line with its fields and the place; or that there is none."""
    if not paths:
        lines = [f"{start} does not need {end}"]
        if back:
            lines.append(f"{end} needs {start}: fleetc why-path {end} {start}")
        return "".join(visible(line) + "\n" for line in lines)
    length = len(paths[0])
    ways = f"; {len(paths)} ways of that length" if len(paths) > 1 else ""
    lines = [f"{start} needs {end}, {length} step{'s' * (length != 1)} away{ways}"]
    for number, path in enumerate(paths):
        lines += [""] * bool(number) + list(_path(graph, start, path))
    return "".join(visible(line) + "\n" for line in lines)


def _path(graph: ResourceGraph, start: str, path: Sequence[Step]) -> Iterator[str]:
    yield f"  {start}"
    for step in path:
        fields = ", ".join(step.fields)
        yield f"    {fields} -> {step.target}  {place(graph, step)}"


def place(graph: ResourceGraph, step: Step) -> str:
    """Where a reference is written, as `path:line:column`."""
    return str(graph.locate(step.source, next(iter(step.fields), "")).span)


def paths_document(
    graph: ResourceGraph, start: str, end: str, paths: Sequence[Sequence[Step]], *, back: bool
) -> dict[str, object]:
    """The paths as "fleetc.paths/1"."""
    return {
        "format": "fleetc.paths/1",
        "from": start,
        "to": end,
        "paths": [
            [
                {
                    "source": step.source,
                    "target": step.target,
                    "fields": step.fields,
                    "origin": place(graph, step),
                }
                for step in path
            ]
            for path in paths
        ],
        "other_direction": back,
    }
