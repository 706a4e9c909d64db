"""Externals: names that a fleet uses but does not declare, resolved in a snapshot's catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from fleetc.ir.address import address, kind_of, parts
from fleetc.ir.graph import ExternalUse, Resource, ResourceGraph
from fleetc.ir.state import Catalogue, Snapshot
from fleetc.lang.diagnostics import Affected, Diagnostic, Label, Severity
from fleetc.lang.suggest import near
from fleetc.model.kinds import KINDS
from fleetc.model.references import module_name, split_module
from fleetc.model.schema import External, FieldType

__all__ = ["check_externals"]

_LISTED = 8
_CODES = {
    External.MODULE: ("F0601", "module"),
    External.NODE_PLATFORM: ("F0602", "node platform"),
    External.REGION: ("F0603", "region"),
    External.INSTANCE_TYPE: ("F0604", "instance type"),
    External.NODE: ("F0605", "node"),
}
_PIN = {
    name: tuple(
        (pin.name, spec.name)
        for pin in kind.fields
        for spec in kind.fields
        if pin.type is FieldType.PIN and spec.refers_to == External.MODULE
    )
    for name, kind in KINDS.items()
}
_PINNED = {
    name: tuple(spec for spec in kind.fields if spec.type is FieldType.MODULES and spec.key)
    for name, kind in KINDS.items()
}


def check_externals(graph: ResourceGraph, live: Snapshot) -> tuple[Diagnostic, ...]:
    """One error for each name that the snapshot does not know; notes against `empty`."""
    severity = Severity.NOTE if live.source == "empty" else Severity.ERROR
    missing = (_missing(use, live, severity) for use in graph.externals)
    return (*filter(None, missing), *_pins(graph, live, severity))


def _names(category: External, live: Snapshot) -> Collection[str]:
    catalogue = live.catalogue
    if category is External.NODE:
        return [parts(r.address)[1] for r in live.resources if r.kind == "node"]
    if category is External.MODULE:
        managed = (parts(r.address)[1] for r in live.resources if r.kind == "module")
        return {**catalogue.modules, **dict.fromkeys(managed)}
    return {
        External.NODE_PLATFORM: catalogue.node_platforms,
        External.REGION: catalogue.regions,
        External.INSTANCE_TYPE: catalogue.instance_types,
    }[category]


def _known(category: External, name: str, kind: str, live: Snapshot) -> bool:
    """Whether it is there; of a node, whether what is asked of it is there too: its instance or itself."""
    if category is External.NODE:
        return address(kind, name) in live.by_address
    if category is External.MODULE and address("module", name) in live.by_address:
        return True
    return name in _names(category, live)


def _missing(use: ExternalUse, live: Snapshot, severity: Severity) -> Diagnostic | None:
    category = External(use.category)
    name = module_name(use.name) if category is External.MODULE else use.name
    spec = KINDS[kind_of(use.used_by)].field(use.field)
    if _known(category, name, spec.refers_to if spec else "", live):
        return None
    code, word = _CODES[category]
    message = f"the platform knows no {word} named `{name}`"
    if category is External.NODE and address("node", name) in live.by_address:
        message = f"node `{name}` has no instance on the platform"
    similar = near(name, _names(category, live))
    return Diagnostic(
        code,
        severity,
        message,
        Label(use.span, f"used by {use.used_by}"),
        notes=(f"a {word} with a similar name exists: `{similar}`",) if similar else (),
        help=f"use `{similar}`" if similar else _help(category, word, _names(category, live)),
        affected=Affected(use.count, (use.used_by,)),
    )


def _help(category: External, word: str, known: Iterable[str]) -> str:
    add = f"add the {word} to the platform"
    if category in (External.MODULE, External.NODE):
        return f"declare it here, or {add}"
    names = [f"`{name}`" for name in sorted(known)]
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"use one that it has ({', '.join(names[:_LISTED])}{more}), or {add}" if names else add


def _pins(graph: ResourceGraph, live: Snapshot, severity: Severity) -> Iterator[Diagnostic]:
    """Pins of modules from the catalogue: a version it has, or a state that one of them is in."""
    seen: set[str] = set()
    for resource in graph.resources.values():
        for name, item in _pinned(resource):
            if item not in seen:
                seen.add(item)
                if _unknown_pin(item, graph, live.catalogue):
                    yield _pin(
                        item, graph, resource.address, name, catalogue=live.catalogue, severity=severity
                    )


def _pinned(resource: Resource) -> Iterator[tuple[str, str]]:
    """Field and text of each module reference with a pin."""
    for spec in _PINNED[resource.kind]:
        items = resource.fields.get(spec.name)
        for item in items if isinstance(items, (list, tuple)) else ():
            if isinstance(item, str) and "@" in item:
                yield spec.name, item
    for pin, module in _PIN[resource.kind]:
        if pin in resource.fields:
            yield pin, f"{resource.fields[module]}@{resource.fields[pin]}"


def _unknown_pin(item: str, graph: ResourceGraph, catalogue: Catalogue) -> bool:
    name, pin = split_module(item)
    versions = catalogue.modules.get(name)
    if versions is None or address("module", name) in graph.resources:
        return False
    return pin not in versions and pin not in versions.values()


def _pin(
    item: str, graph: ResourceGraph, user: str, field: str, *, catalogue: Catalogue, severity: Severity
) -> Diagnostic:
    name, pin = split_module(item)
    versions = catalogue.modules[name]
    known = ", ".join(f"{version} ({state})" for version, state in versions.items()) or "none"
    similar = near(pin, [*versions, *versions.values()])
    return Diagnostic(
        "F0606",
        severity,
        f"module `{name}` has no version or state `{pin}` on the platform",
        Label(graph.locate(user, field).span, f"used by {user}"),
        notes=(f"versions there: {known}",),
        help=f"use `{name}@{similar}`" if similar else "pin one of the versions there",
    )
