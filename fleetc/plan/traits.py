"""What a resource is grouped by that need not be written in it: its template, its region.

Which way leads there is read off the kinds' schemas, once: a peer's region is that of its instance,
a node's that of the instance which names it. The first of the shortest ways counts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from fleetc.ir.address import kind_of, parts
from fleetc.ir.values import Value
from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldType
from fleetc.plan.actions import Action
from fleetc.plan.references import implied, targets

__all__ = ["TRAITS", "traits", "wanted_fields"]

TRAITS = ("template", "region")
"""What can be asked for: the name of a kind, or of something that the platform offers."""

Fields = Mapping[str, Mapping[str, Value]]
"""The fields of resources by address."""


class _Step(NamedTuple):
    """From a resource to the one that its field names, or (`back`) to the one whose field names it."""

    field: str
    kind: str
    back: bool


def wanted_fields(action: Action) -> dict[str, Value]:
    """The fields of what an action is about, as far as it tells: as they are to be, else as they are."""
    before = {change.path: change.before for change in action.fields if change.before is not None}
    after = {change.path: change.after for change in action.fields if change.after is not None}
    return {**before, **action.base, **action.wanted, **after}


def traits(trait: str, addresses: Iterable[str], fields: Fields) -> list[str]:
    """The trait of each address; empty for one that has none, or of which nothing is known."""
    finder = _Finder(trait, fields)
    return [finder.of(own) for own in addresses]


@cache
def _way(kind: str, trait: str) -> tuple[tuple[_Step, ...], str] | None:
    """The steps to a resource that has the trait, and the field that holds it there (empty: its name)."""
    waiting: deque[tuple[str, tuple[_Step, ...]]] = deque([(kind, ())])
    seen = {kind}
    while waiting:
        here, steps = waiting.popleft()
        if here == trait:
            return steps, ""
        if here not in KINDS:
            continue
        if field := next((spec.name for spec in KINDS[here].fields if spec.refers_to == trait), ""):
            return steps, field
        for step in _steps(here):
            if step.kind not in seen:
                seen.add(step.kind)
                waiting.append((step.kind, (*steps, step)))
    return None


def _steps(kind: str) -> list[_Step]:
    """Where one resource leads to: by its references, and by the views that say what names it."""
    schema = KINDS[kind]
    forward = [spec for spec in schema.fields if spec.type is FieldType.REFERENCE and spec.refers_to in KINDS]
    found = [_Step(spec.name, spec.refers_to, back=False) for spec in forward]
    return found + [_Step(view.back[1], view.back[0], back=True) for view in schema.views if view.back]


class _Finder:
    """Finds one trait; what was found of a resource is kept."""

    def __init__(self, trait: str, fields: Fields) -> None:
        self._trait = trait
        self._fields = fields
        self._back: dict[_Step, dict[str, str]] = {}

    def of(self, own: str) -> str:
        way = _way(kind_of(own), self._trait)
        if way is None:
            return ""
        steps, field = way
        for step in steps:
            own = self._follow(own, step)
            if not own:
                return ""
        if not field:
            return parts(own)[-1]
        value = self._fields.get(own, {}).get(field)
        return value if isinstance(value, str) else ""

    def _follow(self, own: str, step: _Step) -> str:
        if step.back:
            if step not in self._back:
                self._back[step] = dict(self._namers(step))
            return self._back[step].get(own, "")
        return self._named(own, step.field)

    def _namers(self, step: _Step) -> Iterable[tuple[str, str]]:
        return ((self._named(own, step.field), own) for own in self._fields if kind_of(own) == step.kind)

    def _named(self, own: str, field: str) -> str:
        """The address that a reference field names."""
        spec = KINDS[kind_of(own)].field(field)
        assert spec is not None
        value = self._fields.get(own, {}).get(field)
        if not isinstance(value, str):
            value = implied(own, spec)
        found: Sequence[str] = targets(own, spec, value) if isinstance(value, str) else ()
        return found[0] if found else ""
