"""Part of `ReviewSession`: drift, snapshots, and looking at the past."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

from fleetc.service import planning

if TYPE_CHECKING:
    from fleetc.ir.difference import Difference
    from fleetc.ir.state import LiveResource, Snapshot
    from fleetc.plan.actions import Plan
    from fleetc.service.drifting import DriftReport
    from fleetc.service.shelf import Contents, Shelf
    from fleetc.service.workspace import Workspace

__all__ = ["PAST", "Travelling"]

PAST = "looking at the past"
"""Why a plan against an old snapshot is only to be looked at."""


class Travelling:
    """One of the bases of `ReviewSession`, which has the plan and takes another one."""

    _workspace: Workspace
    _ask: planning.Ask
    _made: planning.Made
    _live: planning.Made | None = None

    @abstractmethod
    def _take(self, made: planning.Made) -> Plan:
        """Work on another plan."""

    @abstractmethod
    def _writes(self, what: str) -> None:
        """Raise `Refused` where nothing may be written."""

    @property
    def _account(self) -> str:
        return self._made.plan.account

    # drift

    def drift(self) -> DriftReport:
        """What has drifted as of the plan's snapshot, and since when."""
        from fleetc.service.drifting import drift_of

        return drift_of(self._workspace, self._made.plan)

    def observed(self, address: str) -> LiveResource | None:
        """What stood at an address as of the plan's snapshot; None for nothing, or a recorded file."""
        from fleetc.service.snapshots import part_of

        return part_of(self._workspace, self._made.plan.snapshot, (address,), account=self._account).get(
            address
        )

    # snapshots

    def shelf(self) -> Shelf:
        """The stored snapshots of the account, newest first."""
        from fleetc.service.shelf import shelf

        return shelf(self._workspace, account=self._account)

    def shelf_mark(self) -> object:
        """A value that is another one when a snapshot was taken, or a run began or ended."""
        from fleetc.service.shelf import shelf_mark

        return shelf_mark(self._workspace, account=self._account)

    def contents(self, snapshot: str) -> Contents:
        """What a stored snapshot holds, in numbers."""
        from fleetc.service.shelf import contents

        return contents(self._workspace, snapshot, account=self._account)

    def snapshot(self, snapshot: str) -> Snapshot:
        """A stored snapshot with all its resources."""
        from fleetc.service.snapshots import resolve

        return resolve(self._workspace, snapshot, account=self._account)

    def difference(self, before: str, after: str) -> Difference:
        """What differs between two stored snapshots."""
        from fleetc.service.history import compare

        return compare(self._workspace, before, after, account=self._account)

    def save_snapshot(self, snapshot: str, path: str) -> str:
        """Write a snapshot as canonical JSON lines to a new file, and give its whole path."""
        from fleetc.service.lookups import save
        from fleetc.store.recorded import recorded_bytes

        self._writes("saving")
        return save(path, self._ask.base, recorded_bytes(self.snapshot(snapshot)))

    # the past

    @property
    def past(self) -> str:
        """The time of the snapshot that is looked at in place of live, in RFC 3339; else empty."""
        return self._made.plan.snapshot_taken_at if self._live else ""

    def look_back(self, snapshot: str) -> Plan:
        """Plan the same revision against a stored snapshot, for study only; nothing is recorded."""
        ask = replace(self._ask, against=snapshot, at="", study=PAST, override="", override_cascade=())
        made = planning.make_plan(self._workspace, ask)
        live = self._live or self._made
        plan = self._take(made)
        self._live = live
        return plan

    def look_live(self) -> Plan:
        """Work on the plan again that was there before the first look back."""
        return self._take(self._live) if self._live else self._made.plan
