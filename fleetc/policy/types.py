"""The types of the rules language, and what each kind of resource has in it.

A value of any type may be absent (`none`): that is equal to `none` only, false where a condition
stands, and neither less nor more than anything; a step from it is absent again, and there is
nothing in it. So no expression that has a type can fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldSpec, FieldType, View

__all__ = [
    "ANY",
    "BOOLEAN",
    "DURATION",
    "NONE",
    "NUMBER",
    "TEXT",
    "WRONG",
    "Base",
    "Feature",
    "Side",
    "Type",
    "features",
    "resource",
    "set_of",
]


class Base(StrEnum):
    """What sort of thing a type is, as messages say it."""

    BOOLEAN = "a truth value"
    NUMBER = "a number"
    TEXT = "a text"
    DURATION = "a duration"
    NONE = "none"
    ANY = "a value of any sort"
    MAPPING = "a mapping"
    RESOURCE = "a resource"
    SET = "a set"
    WRONG = "nothing"


class Side(StrEnum):
    """In which state of the fleet a resource is looked at.

    `BEFORE` is live; `NOW` is what is to be: live, and what is ticked. Of the change itself, `OLD`
    is how the resource is live and `NEW` how it is to be, or how it was live when it is to go.
    """

    OLD = "before"
    NEW = "after"
    BEFORE = "live"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Type:
    """A type: the kind and side of a resource, what is in a set, the values of a fixed set."""

    base: Base
    kind: str = ""
    side: Side = Side.NOW
    item: Type | None = None
    values: tuple[str, ...] = ()

    @property
    def free(self) -> bool:
        """Whether its values, or those in it, may be of any sort: some that are equal as keys are not the same."""
        return self.base in (Base.MAPPING, Base.ANY) or (self.item is not None and self.item.free)

    def __str__(self) -> str:
        match self.base:
            case Base.RESOURCE:
                return f"a {KINDS[self.kind].noun}"
            case Base.SET if self.item is not None:
                return f"a set of {str(self.item).removeprefix('a ')}s"
            case _:
                return str(self.base.value)


BOOLEAN = Type(Base.BOOLEAN)
NUMBER = Type(Base.NUMBER)
TEXT = Type(Base.TEXT)
DURATION = Type(Base.DURATION)
NONE = Type(Base.NONE)
ANY = Type(Base.ANY)
MAPPING = Type(Base.MAPPING)
WRONG = Type(Base.WRONG)
"""The type of what has been reported already: no later check looks at it."""


def resource(kind: str, side: Side) -> Type:
    """The type of resources of a kind."""
    return Type(Base.RESOURCE, kind, side)


def set_of(item: Type) -> Type:
    """The type of sets of such items."""
    return Type(Base.SET, item=item)


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that resources of a kind have: `type` is without a side.

    One of `spec` (a field of the schema), `view`, `reverse` (the kind and the reference fields of
    it that lead here) and `own` (`name`, `address` or `kind`) is set.
    """

    name: str
    type: Type
    spec: FieldSpec | None = None
    view: View | None = None
    reverse: tuple[str, tuple[str, ...]] | None = None
    own: str = ""


_OWN = ("name", "address", "kind")
_PLAIN = {
    FieldType.INTEGER: NUMBER,
    FieldType.BOOLEAN: BOOLEAN,
    FieldType.STRING_LIST: set_of(TEXT),
    FieldType.CIDR_LIST: set_of(TEXT),
    FieldType.MODULES: set_of(TEXT),
    FieldType.STRING_MAP: Type(Base.MAPPING, item=TEXT),
    FieldType.MAPPING: Type(Base.MAPPING, item=ANY),
}


@cache
def features(kind: str) -> dict[str, Feature]:
    """What resources of a kind have, by name."""
    found = {name: Feature(name, TEXT, own=name) for name in _OWN}
    schema = KINDS[kind]
    found |= {spec.name: Feature(spec.name, _type(spec), spec=spec) for spec in schema.fields}
    found |= {feature.name: feature for feature in _reverses(kind)}
    for view in schema.views:
        found[view.name] = Feature(view.name, _view_type(kind, view, found), view=view)
    return found


def _type(spec: FieldSpec) -> Type:
    if spec.type is FieldType.ENUM:
        return Type(Base.TEXT, values=spec.values)
    if spec.type in (FieldType.REFERENCE, FieldType.REFERENCES):
        item = resource(spec.refers_to, Side.NOW) if spec.refers_to in KINDS else TEXT
        return item if spec.type is FieldType.REFERENCE else set_of(item)
    return _PLAIN.get(spec.type, TEXT)


def _reverses(kind: str) -> Iterator[Feature]:
    for other in KINDS.values():
        fields = tuple(spec.name for spec in other.fields if spec.refers_to == kind)
        if fields:
            name = f"{other.name}s"
            yield Feature(name, set_of(resource(other.name, Side.NOW)), reverse=(other.name, fields))


def _view_type(kind: str, view: View, found: dict[str, Feature]) -> Type:
    if view.back:
        return resource(view.back[0], Side.NOW)
    if view.joined:
        item = found[view.joined[0]].type
        return set_of(item.item or item)
    if view.path:
        first, then = view.path
        return features(found[first].type.kind)[then].type
    return TEXT
