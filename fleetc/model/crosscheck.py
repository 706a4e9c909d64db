"""Checks across items: required keys, references, holders, networks (design 1.5).

A reference to something declared elsewhere is settled here; names that the platform must know
are left to lowering, which lists them as externals. Poisoned values are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable

from fleetc.lang.diagnostics import Affected, Applicability, Edit, Fix, Label
from fleetc.lang.nodes import Seq
from fleetc.lang.source import Span
from fleetc.model.check import misspelt
from fleetc.model.declarations import Fleet, Item, Items
from fleetc.model.kinds import KINDS
from fleetc.model.overlaps import check_overlaps
from fleetc.model.presence import present
from fleetc.model.report import POISON, Report
from fleetc.model.rules import check_rules, entry_span
from fleetc.model.schema import FieldSpec, FieldType
from fleetc.model.sections import SECTIONS, Section

__all__ = ["crosscheck", "key_span"]


def crosscheck(fleet: Fleet, report: Report) -> None:
    """Report every fault that only the whole fleet shows."""
    for (path, parent), items in fleet.index.items():
        section = SECTIONS[path]
        for key in section.required:
            for item in items.values():
                if key not in item.values:
                    _required(item, key, report)
        for spec, target in _references(section):
            if (target, "") not in fleet.holes:
                _declared(spec.key, items, fleet.of(target), fleet, report)
        for key in _outside(section):
            _known_outside(key, items, fleet, report)
        check_rules(section, parent, items, fleet, report)
    instance = KINDS["instance"]
    bare = {
        name: node for name, node in fleet.of(instance.section).items() if not present(instance, node.values)
    }
    _nodes(bare, fleet, report)
    _networks(bare, fleet, report)


def _declared(key: str, items: Items, declared: Items, fleet: Fleet, report: Report) -> None:
    """What `key` names is declared; one error for all items that name the same."""
    named = {item.values.get(key) for item in items.values()} - {None, POISON}
    if named <= declared.keys():
        return
    missing: dict[str, list[Item]] = {}
    for item in items.values():
        name = item.values.get(key)
        if name in named and name not in declared:
            missing.setdefault(str(name), []).append(item)
    for wanted, users in missing.items():
        _undeclared(key, wanted, users, fleet, report)


def _known_outside(key: str, items: Items, fleet: Fleet, report: Report) -> None:
    """What only the platform knows has no spaces around its name; each name is looked at once."""
    named = {item.values.get(key) for item in items.values()} - {None, POISON}
    spaced = {name for name in named if str(name) != str(name).strip()}
    for item in items.values() if spaced else ():
        name = item.values.get(key)
        if name in spaced:
            spaced.discard(name)
            _spaced(key, str(name), item, fleet, report)


def key_span(item: Item, key: str, fleet: Fleet) -> Span:
    """Where the value of `key` is written: in the item, or in the defaults."""
    if key in item.source:
        return item.source.value_span(key)
    for path in (item.source.file.path, fleet.sources.root):
        if key in fleet.defaults.get(path, {}):
            return fleet.defaults[path].value_span(key)
    return item.name_span


def _references(section: Section) -> list[tuple[FieldSpec, str]]:
    """The written references that must be declared at the top of the fleet, with their section."""
    return [
        (spec, KINDS[spec.refers_to].section)
        for spec in section.keys.values()
        if spec.type is FieldType.REFERENCE and spec.refers_to in KINDS and not KINDS[spec.refers_to].parent
    ]


def _outside(section: Section) -> list[str]:
    """Keys that name what only the platform knows."""
    return [
        spec.key
        for spec in section.keys.values()
        if spec.type is FieldType.REFERENCE and spec.refers_to not in KINDS
    ]


def _spaced(key: str, name: str, item: Item, fleet: Fleet, report: Report) -> None:
    span = key_span(item, key, fleet)
    report.error(
        "F0307",
        f"`{key}` has spaces around its name",
        span,
        help=f"write `{name.strip()}`",
        fixes=[Fix(f"write `{name.strip()}`", (Edit(span, name.strip()),), Applicability.MACHINE)],
    )


def _required(item: Item, key: str, report: Report) -> None:
    if misspelt(item.source, key, (*item.section.keys, item.section.identity), report):
        return
    inherited = ", neither its own nor an inherited one" if item.section.path == "templates" else ""
    report.error(
        "F0102",
        f"{item.section.noun} `{item.written}` has no `{key}`{inherited}",
        item.name_span,
        f"`{key}` is required",
        help=f"give it a `{key}`",
        owner=item.name if item.section.path == "templates" else "",
    )


def _undeclared(key: str, name: str, items: list[Item], fleet: Fleet, report: Report) -> None:
    """One error for all items that name what is not declared."""
    spec = items[0].section.keys[key]
    target = KINDS[spec.refers_to]
    declared = fleet.of(target.section)
    spans = list(dict.fromkeys(key_span(item, key, fleet) for item in items[:1000]))
    similar = report.near(name, declared)
    secondary, fixes = [], []
    if similar:
        secondary = [Label(declared[similar].name_span, f"a {target.name} with a similar name")]
        edits = tuple(Edit(span, similar) for span in spans)
        fixes = [Fix(f"use `{similar}`", edits, Applicability.MACHINE)]
    report.error(
        "F0201",
        f"no {target.name} named `{name}`",
        spans[0],
        "not defined in this fleet",
        secondary=secondary,
        help=f"use `{similar}`" if similar else f"declare the {target.name} `{name}` in `{target.section}`",
        fixes=fixes,
        affected=_affected(item.name for item in items),
    )


def _affected(names: Iterable[str]) -> Affected | None:
    every = tuple(names)
    return Affected(len(every), every[:3]) if len(every) > 1 else None


def _nodes(bare: Items, fleet: Fleet, report: Report) -> None:
    """A node has an instance when region and type are known; half of that is a mistake."""
    instance = KINDS["instance"]
    told: set[int] = set()
    for item in bare.values():
        if id(item.source) in told:
            continue
        known = [key for key in instance.present_when if key in item.values]
        if len(known) == len(instance.present_when):
            continue
        wanted = next(key for key in instance.present_when if key not in known)
        if item.values.get("provision") is True:
            told.add(id(item.source))
            report.error(
                "F0507",
                f"node `{item.written}` cannot be provisioned without `{wanted}`",
                key_span(item, "provision", fleet),
                "an instance is asked for here",
                help=f"give it a `{wanted}`, or take `provision` away",
            )
        elif known and "provision" not in item.values:
            told.add(id(item.source))
            report.warning(
                "F0510",
                f"node `{item.written}` gets no instance: it has no `{wanted}`",
                item.name_span,
                f"it has only `{known[0]}`",
                help=f"give it a `{wanted}`, or write `provision: false`",
            )


def _networks(bare: Items, fleet: Fleet, report: Report) -> None:
    cidrs: dict[str, tuple[Item, Span]] = {}
    for (section, _), items in fleet.index.items():
        if section == KINDS["peer"].section:
            _peers(items, bare, cidrs, report)
        elif section == KINDS["virtual_ip"].section:
            for item in items.values():
                _virtual_ip(item, report)
                cidr = item.values.get("cidr")
                if isinstance(cidr, str):
                    _once(cidr, item, item.source.value_span("cidr"), cidrs, report)
    virtual_ips = (item for item in fleet.items if item.section.path == KINDS["virtual_ip"].section)
    check_overlaps(virtual_ips, report)


def _peers(items: Items, bare: Items, cidrs: dict[str, tuple[Item, Span]], report: Report) -> None:
    """Peers need an instance; one error for all hosts of a range."""
    told: set[int] = set()
    for name in sorted(items.keys() & bare.keys()) if bare else ():
        item = items[name]
        if id(item.source) not in told:
            told.add(id(item.source))
            _no_instance(item, bare[name], report)
    for item in items.values():
        subnets = item.values.get("lan_subnets")
        if isinstance(subnets, list):
            written = item.source["lan_subnets"]
            assert isinstance(written, Seq)
            for number, cidr in enumerate(subnets):
                _once(cidr, item, written.value_span(number), cidrs, report)


def _strings(value: object) -> list[str]:
    return value if isinstance(value, list) else []


def _no_instance(item: Item, node: Item, report: Report) -> None:
    report.error(
        "F0501",
        f"the host `{item.name}` has no instance, and a peer is an instance",
        item.name_span,
        secondary=[Label(node.name_span, "this node is not provisioned")],
        help="give the node `region` and `instance_type`, or take the peer away",
    )


def _once(cidr: str, item: Item, span: Span, seen: dict[str, tuple[Item, Span]], report: Report) -> None:
    first = seen.setdefault(cidr, (item, span))
    if first[1] == span:
        return
    report.error(
        "F0505",
        f"`{cidr}` is used twice in the account",
        span,
        f"of `{item.name}`",
        secondary=[Label(first[1], f"first used here, by `{first[0].name}`")],
        help="give one of them another network",
    )


def _virtual_ip(item: Item, report: Report) -> None:
    primary, others = item.values.get("primary_holder"), _strings(item.values.get("failover_holders"))
    seen: set[str] = set()
    for holder in others:
        if holder == primary:
            report.error(
                "F0502",
                f"`{holder}` is primary holder and fail-over holder of `{item.name}`",
                entry_span(item, "failover_holders", holder),
                secondary=[Label(item.source.value_span("primary_holder"), "the primary holder")],
                help="take it away from `failover_holders`",
            )
        elif holder in seen:
            report.error(
                "F0503",
                f"the holder `{holder}` is listed twice",
                entry_span(item, "failover_holders", holder),
                help="take one of the two away",
            )
        seen.add(holder)
    wrong = POISON in (primary, item.values.get("failover_holders"))
    if item.values.get("anycast") is True and not wrong and not others:
        report.error(
            "F0504",
            f"the anycast address `{item.name}` has one holder",
            item.source.value_span("anycast"),
            "two or more are needed",
            help="name more in `failover_holders`, or take `anycast` away",
        )
