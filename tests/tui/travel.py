"""What a session without a world tells of drift and of the past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from fleetc.ir.difference import Difference, difference
from fleetc.ir.state import Catalogue, LiveResource, Snapshot
from fleetc.ir.values import Value
from fleetc.plan.actions import Plan
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.plan.drift import drifts
from fleetc.platforms.local.profile import local_profile
from fleetc.ports import Run, SnapshotRow
from fleetc.service.drifting import Drifted, DriftReport, FirstSeen
from fleetc.service.shelf import Contents, Kept, Shelf

if TYPE_CHECKING:
    from tests.tui.fleet import FakeSession

PROFILE = local_profile()
SEEN = FirstSeen("2026-10-16T11:02:00Z", "snap-9", "2026-10-16T10:57:00Z")


def live(address: str, **fields: Value) -> LiveResource:
    return LiveResource(address, address.split("/", 1)[0], f"id-{address}", fields)


def snapshot(serial: int, taken_at: str, *resources: LiveResource, complete: bool = True) -> Snapshot:
    return Snapshot(
        "acme", PROFILE, resources, Catalogue(), serial, "live", f"snap-{serial}", taken_at, complete=complete
    )


def row(found: Snapshot, label: str = "") -> SnapshotRow:
    return SnapshotRow(
        found.serial,
        "acme",
        found.taken_at,
        "live",
        label,
        len(found.resources),
        found.complete,
        found.digest,
    )


def shelf(*found: Snapshot, why: tuple[str, ...] = (), runs: tuple[Run, ...] = ()) -> Shelf:
    """A shelf of snapshots, given newest first."""
    words = (*why, *["looked"] * len(found))
    return Shelf(
        tuple(Kept(row(each), text) for each, text in zip(found, words, strict=False)), runs, 50_331_648
    )


def drifted_plan(plan: Plan, changes: dict[str, dict[str, tuple[Value, Value]]], *gone: str) -> Plan:
    """A plan that finds fields of some resources changed (live, wanted), and others gone."""

    def turned(action: object) -> object:
        address = action.address  # type: ignore[attr-defined]
        if address in gone:
            return msgspec.structs.replace(action, cause=Cause.DRIFT)
        if address not in changes:
            return None
        fields = tuple(
            FieldChange(name, before, after, Cause.DRIFT, "fleet.yaml:24:5")
            for name, (before, after) in changes[address].items()
        )
        return msgspec.structs.replace(
            action, id=f"update:{address}", op=Op.UPDATE, cause=Cause.DRIFT, fields=fields, requires=()
        )

    actions = tuple(each for action in plan.actions if (each := turned(action)) is not None)
    return msgspec.structs.replace(plan, actions=actions)


@dataclass
class FakeTravel:
    """One of the bases of `FakeSession`."""

    told_of: Callable[[FakeSession], DriftReport] | None = None
    seen_first: dict[str, FirstSeen] = field(default_factory=dict)
    stood: dict[str, LiveResource] = field(default_factory=dict)
    shelved: Shelf = field(default_factory=Shelf)
    taken: dict[str, Snapshot] = field(default_factory=dict)
    past: str = ""
    against: Callable[[str], Plan] | None = None
    was_live: Plan | None = None

    def drift(self: FakeSession) -> DriftReport:
        self._note("")
        if self.told_of is not None:
            return self.told_of(self)
        found = tuple(Drifted(each, self.seen_first.get(each.address)) for each in drifts(self.plan, {}))
        plan = self.plan
        return DriftReport(plan.revision, plan.commit, plan.snapshot, plan.snapshot_taken_at, found, 612)

    def observed(self: FakeSession, address: str) -> LiveResource | None:
        self._note("")
        return self.stood.get(address)

    def shelf(self: FakeSession) -> Shelf:
        self._note("")
        return self.shelved

    def shelf_mark(self) -> object:
        return self.shelved

    def contents(self: FakeSession, snapshot: str) -> Contents:
        self._note("")
        kinds: dict[str, int] = {}
        for each in self.taken[snapshot].resources:
            kinds[each.kind] = kinds.get(each.kind, 0) + 1
        return Contents(kinds, self.taken[snapshot].problems)

    def snapshot(self: FakeSession, snapshot: str) -> Snapshot:
        self._note("")
        return self.taken[snapshot]

    def difference(self: FakeSession, before: str, after: str) -> Difference:
        self._note(f"diff {before} {after}")
        return difference(self.taken[before], self.taken[after])

    def save_snapshot(self: FakeSession, snapshot: str, path: str) -> str:
        self._note(f"save {snapshot} {path}")
        return f"/somewhere/{path}"

    def look_back(self: FakeSession, snapshot: str) -> Plan:
        self._note(f"back {snapshot}")
        assert self.against is not None
        self.was_live = self.was_live or self.plan
        self.plan, self.past = self.against(snapshot), self.taken[snapshot].taken_at
        self.read_only = "looking at the past"
        return self.plan

    def look_live(self: FakeSession) -> Plan:
        self._note("live")
        self.plan, self.was_live = self.was_live or self.plan, None
        self.past = self.read_only = ""
        return self.plan
