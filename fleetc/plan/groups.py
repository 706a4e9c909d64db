"""Folding: changes that are equal but for the address, as one group (design 2.3).

Two changes fold only when whoever reads one knows all of the other but its address: every member
of an action counts but those of `_OWN`, which name or follow from the resource itself. A value
that is the resource's own name, or its parent's, counts as just that: `host: edge-01` of
`peer/mesh/edge-01` equals `host: edge-02` of `peer/mesh/edge-02`.

A mask stands in the place of a value, as a `Ref` to no address (`NAME`, `PARENT`), or in the
address of a `Ref` and in a reason as `{name}` or `{parent}`. Addresses hold no braces, so that each
mask says one thing.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from operator import attrgetter
from typing import Any
from urllib.parse import unquote

import msgspec

from fleetc.ir.values import Ref, Value, canonical
from fleetc.plan.actions import Action
from fleetc.plan.changes import FieldChange, Op
from fleetc.plan.plain import each_value, plain
from fleetc.plan.ranges import ranges

__all__ = ["LEAST", "NAME", "PARENT", "Fold", "classes", "fold", "fold_documents"]

LEAST = 5
"""Fewer equal changes than this stand one by one."""
NAME = Ref("{name}", "")
"""Stands for the resource's own name."""
PARENT = Ref("{parent}", "")
"""Stands for the name of what the resource is part of."""

_OWN = {
    *("id", "address", "platform_id", "base", "wanted", "declared", "requires", "after"),
    *("fields", "calls", "reason", "moved_from"),
}
_TEXTS = {str}
_FORMS = {"ref", "field", "literal"}
_told = attrgetter(*(name for name in Action.__struct_fields__ if name not in _OWN))


class Fold(msgspec.Struct, frozen=True, gc=False):
    """Rows of a plan that are equal but for the address, ascending.

    `like` is what each of them is: an action with masks, whose address is masked too, and without
    what is not equal. One row stands for itself, and `like` is that action.
    """

    rows: tuple[int, ...]
    like: Action

    def __len__(self) -> int:
        return len(self.rows)


def classes(actions: Sequence[Action]) -> array[int]:
    """A number for each action; two that fold have the same one."""
    numbers: dict[tuple[object, ...], int] = {}
    return array("i", (numbers.setdefault(_key(action), len(numbers)) for action in actions))


def fold(
    actions: Sequence[Action], rows: Sequence[int] | None = None, known: Sequence[int] | None = None
) -> tuple[Fold, ...]:
    """The actions (or those of `rows`) in folds; each row stands in exactly one.

    Outliers first: what stands alone in plan order, then the folds, the smallest first, equally
    large ones by their first row. `known` are the `classes` of all actions.
    """
    found: dict[object, list[int]] = {}
    for row in range(len(actions)) if rows is None else rows:
        found.setdefault(_key(actions[row]) if known is None else known[row], []).append(row)
    large = sorted((same for same in found.values() if len(same) >= LEAST), key=len)
    alone = sorted(row for same in found.values() if len(same) < LEAST for row in same)
    singles = (Fold((row,), actions[row]) for row in alone)
    return (*singles, *(Fold(tuple(same), _like([actions[row] for row in same])) for same in large))


def fold_documents(actions: Sequence[Action]) -> list[dict[str, Any]]:
    """The folds of more than one action as JSON values, the member `groups` of a plan's document."""
    return [_document(each, actions) for each in fold(actions) if len(each) > 1]


def _document(found: Fold, actions: Sequence[Action]) -> dict[str, Any]:
    (like,) = each_value((found.like,), plain)
    members = [actions[row] for row in found.rows]
    gap = {"gap": like.gap} if like.op is Op.REPLACE else {}
    kept = ("kind", "op", "cause", "selected", "blocked", "reason", "withheld_by", "moved_from", "fields")
    return {
        "count": len(found),
        **{name: msgspec.to_builtins(getattr(like, name)) for name in kept},
        **gap,
        "addresses": list(ranges(action.address for action in members)),
        "actions": [action.id for action in members],
    }


class _Names:
    """The names in an address, and values in which they are masked.

    A value holds a name as it is, an address holds it encoded; `masks` are those of values.
    """

    __slots__ = ("_name", "_parent", "masks")

    def __init__(self, address: str) -> None:
        _, _, rest = address.partition("/")
        self._parent, _, self._name = rest.rpartition("/")
        if "%" in rest:
            self.masks = {unquote(self._parent): PARENT, unquote(self._name): NAME}
        else:
            self.masks = {self._parent: PARENT, self._name: NAME}
        self.masks.pop("", None)

    def key(self, value: Value) -> object:
        """The same for two values exactly when they are equal once masked; it can be hashed."""
        if value is None:
            return value
        if isinstance(value, (str, Ref)):
            return self.value(value)
        if isinstance(value, (list, tuple, dict)) and not self._bare(value):
            value = plain(self.value(value))
        return canonical(value)

    def _bare(self, value: Any) -> bool:
        """Whether a list or mapping holds nothing but texts that are no names: it is plain as it is."""
        if isinstance(value, dict):
            if len(value) < 3 and value.keys() & _FORMS:
                return False
            value = value.values()
        return _TEXTS.issuperset(map(type, value)) and self.masks.keys().isdisjoint(value)

    def value(self, value: Value) -> Value:
        """The masked value."""
        if isinstance(value, str):
            return self.masks.get(value, value)
        if isinstance(value, Ref):
            return Ref(self.address(value.ref), value.field)
        if isinstance(value, (list, tuple)):
            return [self.value(member) for member in value]
        if isinstance(value, dict):
            return {key: self.value(member) for key, member in value.items()}
        return value

    def address(self, text: str) -> str:
        """The address with the names masked; the kind is no name."""
        kind, *names = text.split("/")
        return "/".join((kind, *map(self._masked, names)))

    def _masked(self, name: str) -> str:
        if name == self._name:
            return "{name}"
        return "{parent}" if name and name == self._parent else name

    def text(self, text: str) -> str:
        """A reason; one with braces of its own stays as it is."""
        if not text or "{" in text:
            return text
        return _WORD.sub(lambda found: self._masked(found[0]), text)


_WORD = re.compile(r"[^\s/,;:()'\"`]+")


def _key(action: Action) -> tuple[object, ...]:
    """The same for two actions exactly when they fold. Flat, for there are as many as actions."""
    names = _Names(action.address)
    own = names.masks
    was = names.address(action.moved_from) if action.moved_from else ""
    parts = [*_told(action), was, names.text(action.reason), len(action.fields)]
    for item in action.fields:
        before: object = item.before
        after: object = item.after
        if before is not None:
            before = own.get(before, before) if type(before) is str else names.key(item.before)
        after = own.get(after, after) if type(after) is str else names.key(item.after)
        parts += (item.path, item.cause._value_, before, after)
    for call in action.calls:
        parts += (call.name, call.half, own.get(call.item, call.item))
    return tuple(parts)


def _like(members: Sequence[Action]) -> Action:
    first = members[0]
    names = _Names(first.address)
    address = (
        f"{first.kind}/{{parent}}/{{name}}" if first.address.count("/") > 1 else f"{first.kind}/{{name}}"
    )
    return msgspec.structs.replace(
        first,
        id=f"{first.op}:{address}",
        address=address,
        fields=tuple(_field(names, number, members) for number in range(len(first.fields))),
        calls=tuple(msgspec.structs.replace(call, arguments={}, item="") for call in first.calls),
        reason=names.text(first.reason),
        moved_from=names.address(first.moved_from) if first.moved_from else "",
        **dict.fromkeys(("requires", "after", "declared"), ()),
        base={},
        wanted={},
        platform_id="",
    )


def _field(names: _Names, number: int, members: Sequence[Action]) -> FieldChange:
    """A field of all members; where it is written is said when all of them have it from there."""
    item = members[0].fields[number]
    shared = all(action.fields[number].origin == item.origin for action in members)
    return msgspec.structs.replace(
        item,
        before=names.value(item.before),
        after=names.value(item.after),
        origin=item.origin if shared else "",
    )
