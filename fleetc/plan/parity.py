"""How two environments' desired graphs differ, once their names are mapped (design 5.2).

Only what an author can write is compared, by the equality of the diff. A reference to something
declared is compared by the mapped name; regions, instance types and the like as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from fleetc.ir.address import address, kind_of, parts
from fleetc.ir.graph import Resource, ResourceGraph
from fleetc.ir.values import Ref, Value, canonical
from fleetc.model.kinds import KINDS
from fleetc.model.references import split_module
from fleetc.model.schema import FieldSpec, FieldType
from fleetc.plan.fields import normal, same
from fleetc.plan.naming import apart, mapped

__all__ = ["Count", "Difference", "Parity", "Side", "parity"]


class Side(msgspec.Struct, frozen=True):
    """One of the two: an environment's name and its desired graph."""

    environment: str
    graph: ResourceGraph


class Count(msgspec.Struct, frozen=True):
    """How many resources of a kind each side has: all, or those whose `field` has `value`."""

    kind: str
    field: str
    value: str
    first: int
    second: int


class Difference(msgspec.Struct, frozen=True):
    """Resources on both sides that differ in the same fields in the same way.

    `fields` are path and the value on either side, of the first pair; None stands for nothing.
    `members` are pairs of addresses.
    """

    kind: str
    fields: tuple[tuple[str, Value, Value], ...]
    members: tuple[tuple[str, str], ...]


class Parity(msgspec.Struct, frozen=True):
    """What there is on one side only, what differs, and how many are the same on both."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    different: tuple[Difference, ...]
    same: int
    counts: tuple[Count, ...]

    @property
    def equal(self) -> bool:
        """Whether there is no difference at all."""
        return not (self.first or self.second or self.different)


def parity(first: Side, second: Side, pairs: Sequence[tuple[str, str]] = ()) -> Parity:
    """Compare two environments; `pairs` say what a name of the first is called in the second."""
    words = apart(first.environment, second.environment)
    left, right = _Mapped(first.graph, words, pairs), _Mapped(second.graph, words, ())
    shared = [where for where in left.at if where in right.at]
    found: dict[bytes, tuple[tuple[tuple[str, Value, Value], ...], list[tuple[str, str]]]] = {}
    for where in shared:
        one, other = left.at[where], right.at[where]
        fields = tuple(_fields(left, one, right, other))
        if fields:
            key = canonical([one.kind, [(spec.name, a, b) for spec, a, b in fields]])
            told = tuple((s.name, one.fields.get(s.name), other.fields.get(s.name)) for s, _, _ in fields)
            found.setdefault(key, (told, []))[1].append((one.address, other.address))
    different = tuple(
        Difference(kind_of(members[0][0]), told, tuple(members)) for told, members in found.values()
    )
    return Parity(
        first=tuple(item.address for where, item in left.at.items() if where not in right.at),
        second=tuple(item.address for where, item in right.at.items() if where not in left.at),
        different=different,
        same=len(shared) - sum(len(each.members) for each in different),
        counts=tuple(_counts(left, right)),
    )


@dataclass(frozen=True, slots=True)
class _Field:
    """How a field's value is compared: `seen(value)` is it with the names that it holds mapped."""

    spec: FieldSpec
    seen: Callable[[Value], Value] | None


class _Mapped:
    """A graph by mapped address, and the comparable form of its fields."""

    def __init__(self, graph: ResourceGraph, words: frozenset[str], pairs: Sequence[tuple[str, str]]) -> None:
        written = {where: parts(where) for where in graph.resources}
        self.names = mapped({name: None for _, *names in written.values() for name in names}, words, pairs)
        self.at: dict[str, Resource] = {
            address(kind, *map(self.name, names)): graph.resources[where]
            for where, (kind, *names) in written.items()
        }
        self.fields: Mapping[str, tuple[_Field, ...]] = {
            kind.name: tuple(_Field(spec, self._seen(spec)) for spec in kind.fields if spec.key)
            for kind in KINDS.values()
        }

    def name(self, name: str) -> str:
        """A name as it is compared."""
        return self.names.get(name, name)

    def _seen(self, spec: FieldSpec) -> Callable[[Value], Value] | None:
        if spec.type is FieldType.MODULES:
            return lambda value: [self._module(str(each)) for each in _items(value)]
        if spec.refers_to in KINDS and spec.type is FieldType.REFERENCES:
            return lambda value: [self.name(str(each)) for each in _items(value)]
        if spec.refers_to in KINDS:
            return lambda value: self.name(value) if isinstance(value, str) else value
        return self._of_ref if spec.given else None

    def _module(self, text: str) -> str:
        name, pin = split_module(text)
        return f"{self.name(name)}@{pin}" if pin else self.name(name)

    def _of_ref(self, value: Value) -> Value:
        if not isinstance(value, Ref):
            return value
        kind, *names = parts(value.ref)
        return Ref(address(kind, *map(self.name, names)), value.field)


def _items(value: Value) -> Sequence[Value]:
    return value if isinstance(value, (list, tuple)) else ()


def _fields(
    left: _Mapped, one: Resource, right: _Mapped, other: Resource
) -> Iterator[tuple[FieldSpec, Value, Value]]:
    for here, there in zip(left.fields[one.kind], right.fields[one.kind], strict=True):
        name = here.spec.name
        a, b = one.fields.get(name), other.fields.get(name)
        if here.seen is not None and there.seen is not None:
            a, b = here.seen(a), there.seen(b)
        if a is b or (type(a) is str and a == b):
            continue
        a, b = normal(here.spec, a), normal(here.spec, b)
        if not same(a, b):
            yield here.spec, a, b


def _counts(left: _Mapped, right: _Mapped) -> Iterator[Count]:
    """Where the sides have another number: of a kind, and of what is named from outside its parent."""
    ours, theirs = _tally(left), _tally(right)
    for key in dict.fromkeys((*ours, *theirs)):
        if ours[key] != theirs[key]:
            yield Count(*key, ours[key], theirs[key])


def _tally(side: _Mapped) -> Counter[tuple[str, str, str]]:
    counted = {
        kind.name: [
            each
            for each in side.fields[kind.name]
            if each.spec.type is FieldType.REFERENCE
            and not (each.spec.refers_to in KINDS and KINDS[each.spec.refers_to].parent)
        ]
        for kind in KINDS.values()
    }
    found: Counter[tuple[str, str, str]] = Counter()
    for kind in KINDS:
        found.update({(kind, "", ""): 0})
    for item in side.at.values():
        found[item.kind, "", ""] += 1
        for each in counted[item.kind]:
            value = item.fields.get(each.spec.name)
            if isinstance(value, str):
                seen = each.seen(value) if each.seen else value
                found[item.kind, each.spec.name, str(seen)] += 1
    return found
