"""The states of a fleet that rules look at: live, and live with what is ticked (design 3.2).

A value is `UNKNOWN` when it is known only after apply, or when nobody can read it. What is absent
is None. Each look at the state that ticks change is noted, so that a toggle judges again only what
it can have moved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

from fleetc.ir.address import kind_of
from fleetc.ir.state import Catalogue
from fleetc.ir.values import Ref, Value
from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldSpec
from fleetc.plan.actions import Action
from fleetc.plan.changes import Op
from fleetc.plan.references import implied, reference_fields, targets

__all__ = ["OTHERS", "UNKNOWN", "Resource", "Unknown", "World", "implied", "planned"]


class Unknown:
    """The type of `UNKNOWN` and `OTHERS`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


UNKNOWN: Final = Unknown("UNKNOWN")
OTHERS: Final = Unknown("OTHERS")
"""Stands in a set for any number of items that it may have beside."""

_MADE = (Op.CREATE, Op.REPLACE)


class Resource(NamedTuple):
    """The fields of a resource in one state.

    `fresh`: it is yet to be made, so that what the platform gives is not known.
    """

    fields: Mapping[str, Value]
    fresh: bool = False


def planned(action: Action, live: Resource | None) -> Resource | None:
    """How a resource is to be when an action is done; None when it is gone then."""
    if action.op is Op.DELETE:
        return None
    if action.op in _MADE:
        asked = {change.path: change.after for change in action.fields if change.after is not None}
        return Resource({**asked, **action.wanted}, fresh=True)
    if action.op is Op.UNPROTECT:
        return live
    changed = {change.path: change.after for change in action.fields}
    return Resource({**(live.fields if live else {}), **action.wanted, **changed})


class World:
    """Live resources, and what the ticked actions of a plan make of them.

    `unreadable` are `kind.field` pairs that the platform does not tell. An incomplete world does
    not know what is not in it. `looked` collects what is asked of the changing state: addresses,
    and pairs of an address and a kind for what refers to it.
    """

    def __init__(
        self,
        live: Mapping[str, Mapping[str, Value]],
        actions: Sequence[Action] = (),
        *,
        complete: bool = True,
        unreadable: Collection[str] = (),
        catalogue: Catalogue | None = None,
    ) -> None:
        self.live = live
        self.complete = complete
        self.unreadable = frozenset(unreadable)
        self.catalogue = catalogue or Catalogue()
        self.looked: set[object] = set()
        self.actions = {a.address: a for a in actions if a.op is not Op.UNPROTECT and a.kind in KINDS}
        self.ticked = {own for own, action in self.actions.items() if action.selected}
        self._planned: dict[str, Resource | None] = {}
        self._named: dict[tuple[str, str, tuple[str, ...]], tuple[str, ...]] = {}
        self._reverse: dict[tuple[str, tuple[str, ...]], dict[str, list[tuple[str, bool]]]] = {}
        self._kinds: dict[str, tuple[str, ...]] = {}

    def flip(self, actions: Iterable[Action]) -> frozenset[str]:
        """Turn the ticks of some actions over; gives the addresses of those that change the state."""
        known = self.actions
        moved = frozenset(a.address for a in actions if a.address in known and known[a.address].id == a.id)
        self.ticked ^= moved
        self._named.clear()
        return moved

    def lose(self, own: str) -> None:
        """Take away a resource that was live."""
        self.live = {address: fields for address, fields in self.live.items() if address != own}
        self._named.clear()

    def touched(self, own: str) -> Iterator[object]:
        """What an address's tick can change, in the form of `looked`."""
        yield own
        yield kind_of(own)
        for state in (self.before(own), self.planned(own)):
            for spec in reference_fields(kind_of(own)) if state else ():
                for target in _named(own, spec, state):
                    yield target, kind_of(own)

    # one resource

    def before(self, own: str) -> Resource | None:
        """A resource as it is live."""
        fields = self.live.get(own)
        return None if fields is None else Resource(fields)

    def planned(self, own: str) -> Resource | None:
        """A resource as its action leaves it, ticked or not; as it is live when it has none."""
        if own not in self._planned:
            action, live = self.actions.get(own), self.before(own)
            self._planned[own] = planned(action, live) if action else live
        return self._planned[own]

    def now(self, own: str) -> Resource | None:
        """A resource as it is to be; one that goes is looked at as it was."""
        self.looked.add(own)
        return self._now(own)

    def _now(self, own: str) -> Resource | None:
        return (self.planned(own) if own in self.ticked else None) or self.before(own)

    def there(self, own: str) -> bool:
        """Whether a resource is to be there."""
        self.looked.add(own)
        return self._there(own)

    def _there(self, own: str) -> bool:
        return self.planned(own) is not None if own in self.ticked else own in self.live

    # several

    def of_kind(self, kind: str, *, live: bool) -> tuple[str, ...]:
        """All addresses of a kind, in one of the states, sorted."""
        if live:
            return tuple(own for own in self.every_of(kind) if own in self.live)
        self.looked.add(kind)
        return tuple(own for own in self.every_of(kind) if self.there(own))

    def naming(self, target: str, kind: str, fields: tuple[str, ...], *, live: bool) -> tuple[str, ...]:
        """The addresses of a kind that name `target` in one of these fields, sorted."""
        candidates = self._index(kind, fields).get(target, ())
        if live:
            known = self.live
            return tuple(
                own
                for own, always in candidates
                if own in known and (always or self._names(own, target, kind, fields, live=True))
            )
        self.looked.add((target, kind))
        found = self._named.get((target, kind, fields))
        if found is None:
            found = tuple(
                own
                for own, always in candidates
                if self._there(own) and (always or self._names(own, target, kind, fields, live=False))
            )
            self._named[target, kind, fields] = found
        return found

    def could_name(self, target: str, kind: str) -> Iterator[str]:
        """The addresses of a kind that name `target` in any state, where that was asked before."""
        for (of, _), index in self._reverse.items():
            if of == kind:
                yield from (own for own, _ in index.get(target, ()))

    def _names(self, own: str, target: str, kind: str, fields: tuple[str, ...], *, live: bool) -> bool:
        state = self.before(own) if live else self._now(own)
        specs = (spec for spec in reference_fields(kind) if spec.name in fields)
        return state is not None and any(target in _named(own, spec, state) for spec in specs)

    def _index(self, kind: str, fields: tuple[str, ...]) -> Mapping[str, Sequence[tuple[str, bool]]]:
        """Target to the addresses that name it in any state, and whether they do in each."""
        key = kind, fields
        if key not in self._reverse:
            found: dict[str, list[tuple[str, bool]]] = {}
            specs = [spec for spec in reference_fields(kind) if spec.name in fields]
            for own in self.every_of(kind):
                before, planned = self.before(own), self.planned(own) if own in self.actions else None
                live = self._targets(own, specs, before)
                if planned is None or (before is not None and _alike(before, planned, specs)):
                    for target in live:
                        found.setdefault(target, []).append((own, True))
                    continue
                then = self._targets(own, specs, planned)
                for target in dict.fromkeys((*live, *then)):
                    always = (target in live or before is None) and target in then
                    found.setdefault(target, []).append((own, always))
            self._reverse[key] = found
        return self._reverse[key]

    @staticmethod
    def _targets(own: str, specs: Sequence[FieldSpec], state: Resource | None) -> tuple[str, ...]:
        """What some fields name, each once."""
        if state is None:
            return ()
        if len(specs) == 1:
            found = _named(own, specs[0], state)
        else:
            found = tuple(chain.from_iterable([_named(own, spec, state) for spec in specs]))
        return found if len(found) < 2 else tuple(dict.fromkeys(found))

    def every_of(self, kind: str) -> tuple[str, ...]:
        """All addresses of a kind in any state, sorted."""
        if not self._kinds:
            found: dict[str, list[str]] = {}
            for own in sorted({**self.live, **self.actions}):
                found.setdefault(kind_of(own), []).append(own)
            self._kinds = {each: tuple(owns) for each, owns in found.items()}
        return self._kinds.get(kind, ())


def _alike(one: Resource, other: Resource, specs: Iterable[FieldSpec]) -> bool:
    """Whether some fields are written alike in two states."""
    first, second = one.fields, other.fields
    return all(first.get(spec.name) == second.get(spec.name) for spec in specs)


def _named(own: str, spec: FieldSpec, state: Resource | None) -> tuple[str, ...]:
    value = state.fields.get(spec.name) if state else None
    if value is None:
        value = implied(own, spec)
    if isinstance(value, Ref):
        return ()
    return targets(own, spec, value) if value else ()
