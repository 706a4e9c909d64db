"""What differs between two snapshots: pure, by resource and field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from fleetc.ir.address import kind_of
from fleetc.ir.state import Catalogue, LiveResource, Snapshot
from fleetc.ir.values import Value, canonical

__all__ = ["Difference", "FieldDifference", "ResourceDifference", "compared", "difference"]


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field that differs; None stands for a field that is not there."""

    path: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class ResourceDifference:
    """One resource that differs: `change` is added, removed or changed."""

    change: str
    address: str
    fields: tuple[FieldDifference, ...] = ()

    @property
    def kind(self) -> str:
        """The resource's kind."""
        return kind_of(self.address)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two snapshots and what differs.

    The snapshots need not hold resources that are equal in both. `resources` are by address;
    `catalogue` has paths such as `region eu-1` or `module nginx@1.26.0`; it is empty when one of
    the two is not known.
    """

    before: Snapshot
    after: Snapshot
    resources: tuple[ResourceDifference, ...]
    catalogue: tuple[FieldDifference, ...]

    def __bool__(self) -> bool:
        return bool(self.resources or self.catalogue)

    @property
    def summary(self) -> dict[str, dict[str, int]]:
        """Kind to the number of added, removed and changed ones, by kind."""
        counts = Counter((item.kind, item.change) for item in self.resources)
        return {
            kind: {change: counts[kind, change] for change in ("added", "removed", "changed")}
            for kind in sorted({kind for kind, _ in counts})
        }


def difference(before: Snapshot, after: Snapshot) -> Difference:
    """What differs; two equal resources may be in both snapshots or in neither."""
    old = {canonical(resource): resource for resource in before.resources}
    new = {canonical(resource): resource for resource in after.resources}
    gone = _numbered(resource for line, resource in old.items() if line not in new)
    come = _numbered(resource for line, resource in new.items() if line not in old)
    found = tuple(compared(key[0], gone.get(key), come.get(key)) for key in sorted(gone.keys() | come.keys()))
    known = Catalogue() not in (before.catalogue, after.catalogue)
    offers = _fields(_entries(before.catalogue), _entries(after.catalogue)) if known else ()
    return Difference(before, after, found, offers)


def compared(address: str, old: LiveResource | None, new: LiveResource | None) -> ResourceDifference:
    """What differs between two states of one resource, one of which may be None: not there."""
    if old is None or new is None:
        return ResourceDifference("added" if old is None else "removed", address)
    fields = _fields({"id": old.id, **old.fields}, {"id": new.id, **new.fields})
    return ResourceDifference("changed", address, fields)


def _numbered(resources: Iterable[LiveResource]) -> dict[tuple[str, int], LiveResource]:
    """Resources by address, and by their number where several stand at one address."""
    seen: Counter[str] = Counter()
    found = {}
    for resource in resources:
        found[resource.address, seen[resource.address]] = resource
        seen[resource.address] += 1
    return found


def _fields(before: dict[str, Value], after: dict[str, Value]) -> tuple[FieldDifference, ...]:
    return tuple(
        FieldDifference(name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if canonical(before.get(name)) != canonical(after.get(name))
    )


def _entries(catalogue: Catalogue) -> dict[str, Value]:
    """Each offer with its state, by category and name."""
    found: dict[str, Value] = {
        f"module {name}@{version}": state
        for name, versions in catalogue.modules.items()
        for version, state in versions.items()
    }
    for category in ("node_platform", "region", "instance_type"):
        found |= {f"{category} {name}": "offered" for name in getattr(catalogue, f"{category}s")}
    return found
