"""Notes and warnings about fleets that are right."""

from __future__ import annotations

from fleetc.lang.diagnostics import Label
from fleetc.lang.nodes import Map, Seq
from fleetc.lang.text import few
from fleetc.model.declarations import Fleet, Item
from fleetc.model.references import module_name
from fleetc.model.report import Report
from fleetc.model.templates import lineage

__all__ = ["lint"]

_SHOWN = 5


def lint(fleet: Fleet, root: Map, report: Report) -> None:
    """Note what is declared and not used, floats, or is not there at all."""
    if not fleet.items:
        report.warning(
            "F0509",
            "the fleet declares nothing",
            root.file.span(0, 0),
            help="declare templates, nodes or networks",
        )
    _unused(fleet, report)
    _floating(fleet, report)


def _unused(fleet: Fleet, report: Report) -> None:
    used: set[str] = set()
    for node in fleet.of("nodes").values():
        name = node.values.get("template")
        if isinstance(name, str) and name not in used:
            used.update(lineage(name, fleet.parents))
    for item in fleet.of("templates").values():
        if item.name not in used:
            report.note(
                "F0407",
                f"no node uses template `{item.name}`",
                item.name_span,
                help="it is kept on the platform; take it away if it is not wanted",
            )


def _floating(fleet: Fleet, report: Report) -> None:
    """One note a file for all module references that follow whatever becomes live."""
    files: dict[str, list[tuple[str, Label]]] = {}
    written = {id(node.source): node for node in fleet.of("nodes").values() if "modules" in node.source}
    for item in (*fleet.of("templates").values(), *written.values()):
        for name, label in _floats(item):
            files.setdefault(label.span.path, []).append((name, label))
    for found in files.values():
        names = list(dict.fromkeys(f"`{name}`" for name, _ in found))
        report.note(
            "F0408",
            f"module references without a pin follow whatever becomes live: {few(names, _SHOWN)}",
            found[0][1].span,
            "the first one",
            help="pin them as `name@version` or `name@state`",
        )


def _floats(item: Item) -> list[tuple[str, Label]]:
    written = item.source.get("modules")
    kept = item.values.get("modules")
    if not isinstance(written, Seq) or not isinstance(kept, list):
        return []
    floating = {entry for entry in kept if "@" not in entry}
    return [
        (name, Label(written.value_span(index)))
        for index, entry in enumerate(written)
        if isinstance(entry, str) and (name := module_name(entry)) == entry and name in floating
    ]
