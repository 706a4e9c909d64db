"""Checks that the kind declarations state: siblings, one of several keys, keys that go together."""

from __future__ import annotations

from functools import cache

from fleetc.lang.diagnostics import Applicability, Edit, Fix, Label
from fleetc.lang.nodes import Seq
from fleetc.lang.source import Span
from fleetc.model.check import misspelt
from fleetc.model.declarations import Fleet, Item, Items
from fleetc.model.kinds import KINDS
from fleetc.model.references import names_in
from fleetc.model.report import POISON, Report
from fleetc.model.schema import FieldSpec, FieldType
from fleetc.model.sections import Section

__all__ = ["check_rules", "entry_span"]


def check_rules(section: Section, parent: str, items: Items, fleet: Fleet, report: Report) -> None:
    """Report what breaks the rules of its kind, among the items of one section under one parent."""
    for spec in _siblings(section.path):
        if (KINDS[spec.refers_to].section, parent) not in fleet.holes:
            _are_siblings(spec, parent, items, fleet, report)
    for kind in section.kinds:
        if kind.one_of:
            for item in items.values():
                _one_of(kind.one_of, item, report)
        for tied in kind.fields:
            for item in items.values() if tied.only_with else ():
                _only_with(tied, item, report)
        if kind.unique:
            _unique([section.keys[key] for key in kind.unique], items, report)


@cache
def _siblings(path: str) -> tuple[FieldSpec, ...]:
    """The written references of a section that name something under the same parent."""
    return tuple(
        spec
        for kind in KINDS.values()
        for spec in kind.fields
        if kind.section == path and spec.key and spec.refers_to in KINDS and KINDS[spec.refers_to].parent
    )


def entry_span(item: Item, key: str, name: str) -> Span:
    """Where `name` is written in the value of `key`: its own place, or that of the range it came from."""
    written = item.source[key]
    if not isinstance(written, Seq):
        return item.source.value_span(key)
    places = [number for number, entry in enumerate(written) if entry == name]
    if not places:
        places = [number for number, entry in enumerate(written) if "[" in str(entry)]
    return written.value_span(places[-1])


def _are_siblings(spec: FieldSpec, parent: str, items: Items, fleet: Fleet, report: Report) -> None:
    """What `spec` names stands under the same parent; one error for what one range names."""
    declared = fleet.of(KINDS[spec.refers_to].section, parent)
    for item in items.values():
        names = names_in(spec, item.values.get(spec.key))
        if declared.keys() >= set(names):
            continue
        missing: dict[Span, str] = {}
        for name in names:
            if name not in declared:
                missing.setdefault(entry_span(item, spec.key, name), name)
        for span, name in missing.items():
            _no_sibling(spec, name, item, span, declared=declared, report=report)


def _no_sibling(
    spec: FieldSpec, name: str, item: Item, span: Span, *, declared: Items, report: Report
) -> None:
    target, above = KINDS[spec.refers_to], KINDS[item.section.kind.parent].name
    noun = target.noun
    similar = report.near(name, declared)
    secondary, fixes = [], []
    if similar:
        secondary = [Label(declared[similar].name_span, f"a {noun} with a similar name")]
        text = f"{target.name}:{similar}" if spec.type is FieldType.SELECTOR else similar
        fixes = [Fix(f"use `{similar}`", (Edit(span, text),), Applicability.MACHINE)]
    report.error(
        "F0212",
        f"`{name}` is not a {noun} of {above} `{item.parent}`",
        span,
        f"`{spec.key}` names a {noun} of the same {above}",
        secondary=secondary,
        help=f"use `{similar}`" if similar else f"declare the {noun} `{name}` in `{item.parent}`",
        fixes=fixes,
    )


def _one_of(keys: tuple[str, ...], item: Item, report: Report) -> None:
    written = [key for key in keys if key in item.values]
    if len(written) == 1:
        return
    listed = " or ".join(f"`{key}`" for key in keys)
    if written:
        first, second = (item.source.key_span(key) for key in written[:2])
        report.error(
            "F0540",
            f"{item.section.noun} `{item.written}` has more than one of {listed}",
            second,
            "one of them is wanted",
            secondary=[Label(first, "the other one")],
            help="take one of them away",
        )
    elif not any(
        misspelt(item.source, key, (*item.section.keys, item.section.identity), report) for key in keys
    ):
        report.error(
            "F0540",
            f"{item.section.noun} `{item.written}` has no {listed}",
            item.name_span,
            "one of them is required",
            help=f"give it {listed}",
        )


def _only_with(spec: FieldSpec, item: Item, report: Report) -> None:
    other, *allowed = spec.only_with
    if spec.key not in item.values:
        return
    value = item.values.get(other, item.section.keys[other].default)
    if value is POISON or value in allowed:
        return
    written = other in item.source
    wanted = " or ".join(f"`{other}: {name}`" for name in allowed)
    report.error(
        "F0542",
        f"`{spec.key}` goes with {wanted} only",
        item.source.value_span(spec.key),
        secondary=[Label(item.source.value_span(other), "not with this")] if written else (),
        notes=() if written else (f"`{other}` is `{value}` when it is not written",),
        help=f"write {wanted}, or take `{spec.key}` away",
    )


def _unique(specs: list[FieldSpec], items: Items, report: Report) -> None:
    """No two items have the same values of all these keys."""
    first: dict[tuple[object, ...], Item] = {}
    for item in items.values():
        values = tuple(item.values.get(spec.key, spec.default) for spec in specs)
        if None in values or POISON in values:
            continue
        other = first.setdefault(values, item)
        if other is not item:
            same = ", ".join(f"{spec.key} {value}" for spec, value in zip(specs, values, strict=True))
            report.error(
                "F0541",
                f"{item.section.noun} `{item.name}` has the same {same} as `{other.name}`",
                item.name_span,
                secondary=[Label(other.name_span, "the other one")],
                help=f"change one of {', '.join(f'`{spec.key}`' for spec in specs)}",
            )
