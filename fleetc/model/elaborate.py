"""Elaboration: from the trees of a fleet's files to its declarations."""

from __future__ import annotations

from collections.abc import Mapping

from fleetc.lang.diagnostics import Affected
from fleetc.lang.nodes import Map, Node
from fleetc.model.assigned import assign
from fleetc.model.check import Place, check_value, unknown_key
from fleetc.model.collect import Collector
from fleetc.model.crosscheck import crosscheck
from fleetc.model.declarations import Fleet, Items
from fleetc.model.formats import check_format
from fleetc.model.informational import PLATFORM_KEYS, check_informational
from fleetc.model.lints import lint
from fleetc.model.loader import Loaded
from fleetc.model.merge import over_defaults
from fleetc.model.moves import FORGET, MOVED, check_moves, read_forget, read_moved
from fleetc.model.report import POISON, Report
from fleetc.model.schema import FieldSpec, FieldType
from fleetc.model.sections import DEFAULTS, HEADER, SECTIONS, children
from fleetc.model.templates import fold_templates

__all__ = ["LANGUAGE_VERSIONS", "elaborate", "reach_of"]

LANGUAGE_VERSIONS = (1,)

_MAPPING = FieldType.MAPPING
_EXPORTED = (
    "a file of the platform's own compiles as an included one: "
    "name it in `include` of a file that has `version` and `account`"
)
_SHOWN = tuple(spec.key for spec in PLATFORM_KEYS)
_GROUPS = tuple(dict.fromkeys(path.partition(".")[0] for path in SECTIONS if "." in path))
_SAID = (MOVED.key, FORGET.key)
_TOP = (*(spec.key for spec in HEADER), DEFAULTS[0], *children(""), *_GROUPS, *_SHOWN, *_SAID)


def elaborate(loaded: Loaded, report: Report, *, part: bool = False) -> Fleet:
    """The fleet that the trees declare; faults go to `report`.

    Of a `part` of a fleet nothing is said of what it declares and does not use.
    After an error the fleet holds what could be built, with wrong values poisoned.
    """
    collector = Collector(report)
    root = loaded.trees[0]
    account = _header(root, report)
    defaults: dict[str, Map] = {}
    base = _defaults(root, report, defaults)
    for tree in loaded.trees:
        own = base if tree is root else over_defaults(base, _defaults(tree, report, defaults))
        _file(tree, tree is root, own, collector)
    if not loaded.complete:
        collector.holes.update((path, "") for path in SECTIONS)
    whole = ("templates", "") not in collector.holes
    templates, parents = fold_templates(collector.index.get(("templates", ""), {}), report, whole=whole)
    collector.index["templates", ""] = templates
    folded = (templates[item.name] if item.section.path == "templates" else item for item in collector.items)
    items = tuple(assign(folded, collector.index, defaults, report))
    holes = frozenset(collector.holes)
    fleet = Fleet(
        account,
        items,
        collector.index,
        holes,
        defaults,
        parents,
        loaded.sources,
        tuple(move for tree in loaded.trees if MOVED.key in tree for move in read_moved(tree, report)),
        tuple(entry for tree in loaded.trees if FORGET.key in tree for entry in read_forget(tree, report)),
    )
    crosscheck(fleet, report)
    check_moves(fleet, report)
    if not part and not report.failed:
        lint(fleet, root, report)
    return fleet


def _header(root: Map, report: Report) -> str:
    exported = not any(spec.key in root for spec in HEADER) and any(key in root for key in _SHOWN)
    for spec in HEADER:
        if spec.key not in root:
            if spec.required:
                report.error(
                    "F0102",
                    f"the fleet has no `{spec.key}`",
                    root.file.span(0, 0),
                    f"`{spec.key}` is required",
                    help="write `version: 1`" if spec.key == "version" else f"give it a `{spec.key}`",
                    notes=(_EXPORTED,) if exported else (),
                )
        elif spec.key != "include":
            check_value(spec, root[spec.key], Place(root, spec.key, report))
    version = root.get("version")
    if isinstance(version, int) and not isinstance(version, bool) and version not in LANGUAGE_VERSIONS:
        known = ", ".join(str(number) for number in LANGUAGE_VERSIONS)
        Place(root, "version", report).wrong(
            "F0111",
            f"language version {version} is not known",
            f"known: {known}",
            help=f"write `version: {known}`",
        )
    account = root.get("account")
    return account if isinstance(account, str) else ""


def _defaults(tree: Map, report: Report, written: dict[str, Map]) -> Mapping[str, object]:
    """The checked defaults for nodes that a file writes."""
    key, path = DEFAULTS
    if key not in tree:
        return {}
    group = _mapping(tree, key, report)
    for other in group or ():
        if other != path and group is not None:
            unknown_key(group, other, (path,), report)
    values = _mapping(group, path, report) if group is not None and path in group else None
    if values is None:
        return {}
    written[tree.file.path] = values
    section = SECTIONS[path]
    checked: dict[str, object] = {}
    for name, value in values.items():
        if name not in section.keys:
            unknown_key(values, name, tuple(section.keys), report)
        else:
            place = Place(values, name, report)
            found = check_value(section.keys[name], value, place)
            checked[name] = found if found is POISON else check_format(section.keys[name], value, place)
    return checked


def _mapping(holder: Map, key: str, report: Report) -> Map | None:
    value = holder[key]
    spec = FieldSpec(key, _MAPPING, key=key)
    checked = check_value(spec, value, Place(holder, key, report))
    return checked if isinstance(checked, Map) else None


def _file(tree: Map, is_root: bool, base: Mapping[str, object], collector: Collector) -> None:
    report = collector.report
    check_informational(tree, report)
    header = tuple(spec.key for spec in HEADER)
    for key, value in tree.items():
        if key in children(""):
            _section(tree, key, value, base, collector)
        elif key in _GROUPS:
            _group(tree, key, collector)
        elif key in header and not is_root:
            report.error(
                "F0120",
                f"an included file cannot hold `{key}`",
                tree.key_span(key),
                "only the root file holds it",
                help="take it away",
            )
        elif key not in _TOP:
            unknown_key(tree, key, _TOP, report)


def _section(tree: Map, key: str, value: Node, base: Mapping[str, object], collector: Collector) -> None:
    section = children("")[key]
    own = base if section.path == DEFAULTS[1] else {}
    collector.section(section, value, Place(tree, key, collector.report), own, "")


def _group(tree: Map, key: str, collector: Collector) -> None:
    """A mapping that only groups sections, such as `sdwan`."""
    group = _mapping(tree, key, collector.report)
    inner = children(key)
    for name, value in group.items() if group is not None else ():
        assert group is not None
        if name in inner:
            collector.section(inner[name], value, Place(group, name, collector.report), {}, "")
        else:
            unknown_key(group, name, tuple(inner), collector.report)


def reach_of(fleet: Fleet, template: str) -> Affected | None:
    """The nodes that use a template, directly or by `extends`."""
    users = {template}
    waiting = [template]
    below: dict[str, list[str]] = {}
    for name, parents in fleet.parents.items():
        for parent in parents:
            below.setdefault(parent, []).append(name)
    while waiting:
        for child in below.get(waiting.pop(), ()):
            if child not in users:
                users.add(child)
                waiting.append(child)
    nodes: Items = fleet.of("nodes")
    names = [item.name for item in nodes.values() if item.values.get("template") in users]
    return Affected(len(names), tuple(names[:3])) if names else None
