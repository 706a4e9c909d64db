"""What expressions of rules come to, as the slow judge has it: resources, sets and numbers, known or not.

There are no static types: a resource that is absent knows its kind, and so what a step from it is. A
truth value is True, False or `UNKNOWN`; a number may be a `Range`; a set is `Many` items, of which some
may be unknown, and `more` when there may be others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from functools import partial
from math import inf
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldSpec, FieldType

__all__ = [
    "COMPARED",
    "UNKNOWN",
    "Many",
    "Range",
    "Res",
    "beyond",
    "distinct",
    "every",
    "one",
    "own_name",
    "range_of",
    "targets",
    "truth",
    "typed",
    "written",
]


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()


class Res(NamedTuple):
    """A resource of a kind on a side (`old`, `new`, `live`, `now`); no address when there is none."""

    kind: str
    own: str | None
    side: str


class Many(NamedTuple):
    """A set."""

    items: tuple[Any, ...]
    more: bool = False


class Range(NamedTuple):
    """A number that is not known."""

    low: float
    high: float


def truth(value: object) -> Any:
    """What a value is where a condition stands."""
    return value if value is UNKNOWN else value is True


def every(values: Iterable[object]) -> Any:
    """Whether all hold."""
    found = [truth(value) for value in values]
    return False if False in found else UNKNOWN if UNKNOWN in found else True


def one(values: Iterable[object]) -> Any:
    """Whether one holds."""
    found = [truth(value) for value in values]
    return True if True in found else UNKNOWN if UNKNOWN in found else False


def _address(kind: str, near: str, name: str) -> str:
    """The address of what a name means beside another resource."""
    text = quote(name, safe="") if set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789._-") else name
    return f"{kind}/{near.split('/')[1]}/{text}" if KINDS[kind].parent else f"{kind}/{text}"


def own_name(own: str) -> str:
    """The last part of an address."""
    return unquote(own.rsplit("/", maxsplit=1)[-1])


def beyond(side: str) -> str:
    return "live" if side in ("old", "live") else "now"


# values of fields


def written(own: str, spec: FieldSpec, fields: Mapping[str, Any]) -> Any:
    """What stands in a field, or in the address in its place."""
    value = fields.get(spec.name)
    if value is None and spec.derived and spec.type is FieldType.REFERENCE:
        kind, *names = (unquote(part) for part in own.split("/"))
        return names[0] if spec.refers_to == KINDS[kind].parent else names[-1]
    return value


def targets(own: str, spec: FieldSpec, value: Any) -> list[str]:
    """The addresses that the value of a reference names."""
    texts = [
        each for each in (value if isinstance(value, list | tuple) else [value]) if isinstance(each, str)
    ]
    if spec.type is FieldType.SELECTOR:
        texts = [each.partition(":")[2] for each in texts if each.startswith(f"{spec.refers_to}:")]
    if spec.type is FieldType.MODULES:
        texts = [each.partition("@")[0] for each in texts]
    return [_address(spec.refers_to, own, text) for text in texts if text]


_SETS = (FieldType.STRING_LIST, FieldType.CIDR_LIST, FieldType.MODULES, FieldType.REFERENCES)


def typed(found: Res, spec: FieldSpec, value: Any) -> Any:
    """The value of a field in the language; one of another type is absent."""
    side = beyond(found.side)
    listed = list(value) if isinstance(value, list | tuple) else []
    if spec.type is FieldType.REFERENCES and spec.refers_to in KINDS:
        return Many(tuple(Res(spec.refers_to, own, side) for own in targets(found.own or "", spec, listed)))
    if spec.type in _SETS:
        return Many(tuple(each for each in listed if isinstance(each, str)))
    if spec.type in (FieldType.MAPPING, FieldType.STRING_MAP):
        held = value if isinstance(value, dict) else {}
        texts = {key: each for key, each in held.items() if isinstance(each, str)}
        return texts if spec.type is FieldType.STRING_MAP else held
    if spec.type is FieldType.REFERENCE and spec.refers_to in KINDS:
        named = targets(found.own or "", spec, value) if value else []
        return Res(spec.refers_to, named[0] if named else None, side)
    if spec.type is FieldType.BOOLEAN:
        return value if isinstance(value, bool) else None
    if spec.type is FieldType.INTEGER:
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    return value if isinstance(value, str) else None


# sets, numbers, comparisons


def _key(value: Any) -> str:
    """A text that is the same for equal values only."""
    if isinstance(value, Res):
        return f"resource {value.own}"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True)


def _absent(value: Any) -> bool:
    return value is None or (isinstance(value, Res) and value.own is None)


def distinct(values: Iterable[Any], more: bool) -> Many:
    found: dict[str, Any] = {}
    unknown = []
    for value in values:
        if value is UNKNOWN or isinstance(value, Range):
            unknown.append(UNKNOWN)
        elif not _absent(value):
            found.setdefault(_key(value), value)
    return Many((*found.values(), *unknown), more)


def range_of(sure: int, unknown: int, more: bool) -> Any:
    return Range(sure, inf if more else sure + unknown) if unknown or more else sure


def _number(value: Any) -> Range | None:
    if isinstance(value, Range):
        return value
    return Range(value, value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _ordered(strict: bool, left: Any, right: Any) -> Any:
    """Whether left is less than right, or equal."""
    if UNKNOWN in (left, right):
        return UNKNOWN
    a, b = _number(left), _number(right)
    if a is None or b is None:
        return False
    if a.high < b.low or (not strict and a.high <= b.low):
        return True
    return False if a.low > b.high or (strict and a.low >= b.high) else UNKNOWN


def _equal(left: Any, right: Any) -> Any:
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    if isinstance(left, Many) and isinstance(right, Many):
        return _same_sets(left, right)
    if isinstance(left, Range) or isinstance(right, Range):
        a, b = _number(left), _number(right)
        if a is None or b is None or a.high < b.low or b.high < a.low:
            return False
        return True if a.low == a.high == b.low == b.high else UNKNOWN
    if _absent(left) or _absent(right):
        return _absent(left) and _absent(right)
    if isinstance(left, Res) and isinstance(right, Res):
        return left.own == right.own
    if isinstance(left, Res) or isinstance(right, Res):
        resource, text = (left, right) if isinstance(left, Res) else (right, left)
        return own_name(resource.own) == text
    if isinstance(left, Many) or isinstance(right, Many):
        return False
    return _key(left) == _key(right)


def _same_sets(left: Many, right: Many) -> Any:
    if left.more or right.more or UNKNOWN in (*left.items, *right.items):
        return UNKNOWN
    named = any(isinstance(x, str) for x in left.items) != any(isinstance(x, str) for x in right.items)
    named = named and bool(left.items) and bool(right.items)
    first, second = (
        {_key(own_name(x.own) if named and isinstance(x, Res) else x) for x in s.items} for s in (left, right)
    )
    return first == second


def _among(left: Any, right: Any) -> Any:
    if right is UNKNOWN:
        return UNKNOWN
    if left is UNKNOWN:
        return UNKNOWN if right.items or right.more else False
    return one([*(_equal(left, item) for item in right.items), *[UNKNOWN] * right.more])


def _matches(value: Any, pattern: str) -> Any:
    if value is UNKNOWN:
        return UNKNOWN
    if isinstance(value, Res) and value.own:
        return fnmatchcase(value.own, pattern) or fnmatchcase(own_name(value.own), pattern)
    return isinstance(value, str) and fnmatchcase(value, pattern)


def _unequal(left: Any, right: Any) -> Any:
    found = _equal(left, right)
    return found if found is UNKNOWN else not found


COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": _equal,
    "!=": _unequal,
    "<": partial(_ordered, True),
    "<=": partial(_ordered, False),
    ">": lambda left, right: _ordered(True, right, left),
    ">=": lambda left, right: _ordered(False, right, left),
    "in": _among,
    "matches": _matches,
}
