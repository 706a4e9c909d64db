"""From trees to items: shape, types, names and ranges of one file at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

import msgspec

from fleetc.lang.diagnostics import Affected, Fix, Label
from fleetc.lang.nodes import Map, Node, Seq
from fleetc.lang.source import Span
from fleetc.model.check import Place, check_value, describe, misspelt, unknown_key
from fleetc.model.declarations import Item, Items
from fleetc.model.formats import check_format, harmless
from fleetc.model.kinds import KINDS
from fleetc.model.merge import over_defaults
from fleetc.model.names import LONGEST, check_name, expand, is_host, is_name
from fleetc.model.report import POISON, Report
from fleetc.model.schema import FieldSpec, FieldType
from fleetc.model.sections import Section, children

__all__ = ["Collector"]

_AT_A_TIME = 512


@dataclass(slots=True)
class Collector:
    """Collects the items of all files in file order, and indexes them by name."""

    report: Report
    items: list[Item] = field(default_factory=list)
    index: dict[tuple[str, str], Items] = field(default_factory=dict)
    upper: dict[tuple[str, str], Items] = field(default_factory=dict)
    holes: set[tuple[str, str]] = field(default_factory=set)
    known: set[str] = field(default_factory=set)

    def section(
        self, section: Section, container: Node, at: Place, base: Mapping[str, object], parent: str
    ) -> None:
        """Collect the items of one section; `base` are the defaults of its items."""
        if not isinstance(container, Map | Seq):
            _not_items(section, container, at)
            self.holes.add((section.path, parent))
            return
        if section.joined:
            self._joined(section, container, at)
            return
        below = children(section.path)
        holder = container if isinstance(container, Map) else None
        declare = self._declarer(section, parent)
        good = is_host if section.hosts else is_name
        for source, values, key in self._checked(section, container, parent):
            written = source.get(section.identity) if holder is None else key
            if (
                type(written) is str
                and good(written)
                and len(written) <= LONGEST
                and (holder is None or section.identity not in source)
            ):
                names: tuple[str, ...] = (written,)
            else:
                written, names = self._names(section, source, key, container)
                if not names:
                    self.holes.add((section.path, parent))
            final = over_defaults(base, values) if base else values
            for name in names:
                item = Item(section, name, final, source, parent, written, holder)
                if declare(item) and below:
                    self._below(item, below)

    def _joined(self, section: Section, container: Map | Seq, at: Place) -> None:
        """Collect items that stand under `<parent>:<name>`, the parent a host or a range of hosts."""
        if not isinstance(container, Map):
            _not_items(section, container, at)
            return
        for source, values, key in self._checked(section, container, ""):
            place = _KeyPlace(container, key, self.report)
            above, colon, name = str(key).partition(":")
            if not colon:
                _not_joined(section, str(key), place)
                continue
            hosts = expand(above, place) if "[" in above else (above,)
            if not hosts or not check_name(max(hosts, key=len), host=True, place=place):
                continue
            if check_name(name, host=False, place=place):
                for host in hosts:
                    item = Item(section, name, values, source, host, str(key), container)
                    self._declarer(section, host)(item)

    def _below(self, item: Item, below: Mapping[str, Section]) -> None:
        """Collect the sections inside an item, in the order written."""
        for key, value in item.source.items():
            if key in below:
                self.section(below[key], value, Place(item.source, key, self.report), {}, item.name)

    def _names(
        self, section: Section, source: Map, key: str | int, container: Map | Seq
    ) -> tuple[str, tuple[str, ...]]:
        """The name as written and the valid names it stands for; reports what is wrong with it."""
        written = _written_name(section, source, key, container, self.report)
        if written is None:
            return "", ()
        place = _name_place(section, source, key, container, self.report)
        names = expand(written, place) if section.hosts and "[" in written else (written,)
        if not names or not check_name(max(names, key=len), host=section.hosts, place=place):
            return written, ()
        return written, names

    def _declarer(self, section: Section, parent: str) -> Callable[[Item], bool]:
        """A function that indexes an item and keeps it, unless its name is taken."""
        names = self.index.setdefault((section.path, parent), {})
        upper = self.upper.setdefault((section.path, parent), {})
        keep = self.items.append

        def declare(item: Item) -> bool:
            name = item.name
            other = names.get(name)
            if other is None and section.hosts and (upper or name.lower() != name):
                other = upper.get(name.lower()) or names.get(name.lower())
                upper[name.lower()] = item
            if other is not None:
                _declared_twice(item, other, self.report)
                return False
            names[name] = item
            keep(item)
            return True

        return declare

    def _checked(
        self, section: Section, container: Map | Seq, parent: str
    ) -> Iterator[tuple[Map, Mapping[str, object], str | int]]:
        """Each item as written, its checked values, and its key or index."""
        keys: list[str | int] = list(container) if isinstance(container, Map) else list(range(len(container)))
        entries: list[Node] = list(container.values()) if isinstance(container, Map) else list(container)
        for start in range(0, len(entries), _AT_A_TIME):
            part = entries[start : start + _AT_A_TIME]
            whole = _fits(part, section.shapes)
            for key, entry in zip(keys[start : start + _AT_A_TIME], part, strict=True):
                if whole or _fits(entry, section.shape):
                    assert isinstance(entry, Map)
                    plain = section.looked_at.isdisjoint(entry) and (
                        not section.flat or self._harmless(section, entry)
                    )
                    yield entry, entry if plain else self._looked_at(section, entry), key
                elif isinstance(entry, Map):
                    yield entry, self._every_error(section, entry), key
                else:
                    _not_an_item(section, entry, Place(container, key, self.report))
                    self.holes.add((section.path, parent))

    def _harmless(self, section: Section, entry: Map) -> bool:
        for key in section.flat:
            if key in entry and not harmless(cast("Map", entry[key]), self.known):
                return False
        return True

    def _looked_at(self, section: Section, entry: Map) -> Mapping[str, object]:
        """The values of a well-typed item, those with a format checked and made canonical."""
        values: dict[str, object] = dict(entry)
        for key in entry:
            if key in section.looked_at or key in section.flat:
                spec = section.keys[key]
                place = Place(
                    entry, key, self.report, self._owner(section, entry), self._reach(section, entry)
                )
                values[key] = check_format(spec, entry[key], place, _sibling(spec))
        return values

    def _every_error(self, section: Section, entry: Map) -> Mapping[str, object]:
        """The values of an item with every error reported; wrong ones are poisoned."""
        values: dict[str, object] = {}
        owner, reach = self._owner(section, entry), self._reach(section, entry)
        own = () if section.joined else (section.identity,)
        known = (*own, *section.keys, *children(section.path))
        for key, value in entry.items():
            spec = section.keys.get(key)
            if spec is not None:
                place = Place(entry, key, self.report, owner, reach)
                checked = check_value(spec, value, place)
                if checked is not POISON:
                    checked = check_format(spec, value, place, _sibling(spec))
                values[key] = checked
            elif key not in known:
                unknown_key(entry, key, known, self.report, owner)
        return values

    def _owner(self, section: Section, entry: Map) -> str:
        name = entry.get(section.identity)
        return name if section.path == "templates" and isinstance(name, str) else ""

    def _reach(self, section: Section, entry: Map) -> Affected | None:
        """What a fault in an item with a range reaches."""
        written = entry.get(section.identity)
        if not section.hosts or not isinstance(written, str) or "[" not in written:
            return None
        names = expand(written, Place(entry, section.identity, Report()))
        return Affected(len(names), names[:3]) if len(names) > 1 else None


def _fits(value: object, shape: object) -> bool:
    try:
        msgspec.convert(value, shape)
    except msgspec.ValidationError:
        return False
    return True


def _sibling(spec: FieldSpec) -> str:
    """The kind that a reference to hosts names; empty for other values."""
    target = KINDS.get(spec.refers_to)
    return target.name if target is not None and target.identity == "host" else ""


def _not_joined(section: Section, key: str, place: Place) -> None:
    form = f"<{section.kind.parent}>:<{section.identity}>"
    place.wrong(
        "F0240",
        f"`{key}` is not the name of an {section.noun}",
        f"`{form}` is wanted",
        help=f"write `{form}`, such as `edge-01:nginx`",
    )


def _not_items(section: Section, container: Node, at: Place) -> None:
    key = section.path.rpartition(".")[2]
    if container is None:
        check_value(FieldSpec(key, FieldType.MAPPING, key=key), None, at)
        return
    at.wrong(
        "F0107",
        f"`{key}` is {describe(container)}",
        "a list or a mapping is wanted",
        help=f"write a list of items with `{section.identity}`, or a mapping from name to item",
    )


def _not_an_item(section: Section, entry: Node, place: Place) -> None:
    subject = f"`{place.key}`" if isinstance(place.key, str) else f"an item of `{section.path}`"
    if entry is None:
        place.wrong(
            "F0112", f"{subject} is empty", "an item is a mapping", help="write `{}` for an item without keys"
        )
        return
    place.wrong(
        "F0107",
        f"{subject} is {describe(entry)}",
        f"a {section.noun} is a mapping",
        help=f"write `{section.identity}: ...` and its other keys",
    )


def _name_place(section: Section, source: Map, key: str | int, container: Map | Seq, report: Report) -> Place:
    """The place of an item's name; the key of a mapping form stands for its span."""
    if isinstance(container, Map):
        return _KeyPlace(container, key, report)
    return Place(source, section.identity, report)


class _KeyPlace(Place):
    """The place of a mapping's key."""

    @property
    def span(self) -> Span:
        assert isinstance(self.holder, Map)
        return self.holder.key_span(str(self.key))


def _written_name(
    section: Section, source: Map, key: str | int, container: Map | Seq, report: Report
) -> str | None:
    """The name of an item as written, from its key or its identity; reports a missing one."""
    identity = section.identity
    if isinstance(key, str):
        if identity in source and source[identity] != key:
            report.error(
                "F0113",
                f"the item `{key}` names itself `{source[identity]}`",
                source.value_span(identity),
                secondary=[Label(container.key_span(key), "its key")] if isinstance(container, Map) else (),
                help=f"take `{identity}` away: the key is the name",
            )
        return key
    if identity not in source:
        if misspelt(source, identity, section.keys, report):
            return None
        report.error(
            "F0102",
            f"a {section.noun} has no `{identity}`",
            source.span,
            f"`{identity}` is required",
            help=f"give it a `{identity}`",
        )
        return None
    spec = FieldSpec(identity, FieldType.REFERENCE, key=identity, required=True)
    name = check_value(spec, source[identity], Place(source, identity, report))
    return name if isinstance(name, str) else None


def _declared_twice(item: Item, other: Item, report: Report) -> None:
    noun, span = item.section.noun, item.name_span
    if item.name != other.name:
        report.error(
            "F0203",
            f"the names `{other.name}` and `{item.name}` differ in letter case only",
            span,
            secondary=[Label(other.name_span, "the other one")],
            help="give one of them another name",
        )
        return
    first = "also stands for it" if other.written != other.name else "first declared here"
    report.error(
        "F0202",
        f"{noun} `{item.name}` is declared twice",
        span,
        secondary=[Label(other.name_span, first)],
        help="take one of the two away",
        fixes=(Fix(f"take the second `{item.name}` away"),),
    )
