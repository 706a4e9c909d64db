"""What has drifted on an account as of a plan, and since when (design 5.3)."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from fleetc.ir.timestamps import seconds_of
from fleetc.plan.drift import Drift, DriftState, Looks, drifts, since
from fleetc.policy.access import Permission
from fleetc.service.access import require
from fleetc.service.snapshots import stored_rows

if TYPE_CHECKING:
    from fleetc.ir.state import Baseline
    from fleetc.plan.actions import Plan
    from fleetc.ports import SnapshotRow
    from fleetc.service.workspace import Workspace

__all__ = ["DriftReport", "Drifted", "FirstSeen", "drift_of"]

MOST = 5_000
"""Of so many drifts it is looked up when they were first seen; it is not known of more."""


class FirstSeen(msgspec.Struct, frozen=True):
    """When a drift was seen for the first time, in RFC 3339, and on which snapshot.

    `after` is the time of the last look without it; empty when every snapshot that is kept has it, so
    that it may be older.
    """

    at: str
    snapshot: str
    after: str = ""


class Drifted(msgspec.Struct, frozen=True):
    """A drift with the time it was first seen, as far as that is known."""

    drift: Drift
    first_seen: FirstSeen | None = None


class DriftReport(msgspec.Struct, frozen=True):
    """What has drifted as of the snapshot that a plan is against.

    - `revision`, `commit`: what the platform was compared with.
    - `snapshot`, `checked_at`: the look, and its time in RFC 3339; empty for a recorded file.
    - `resources`: how many it saw; None when that is not known.
    - `complete`: whether it saw everything, `problems` what it did not, and `unknown` how many
      declared resources nobody can tell anything of because of that.
    - `verified`: whether anything was verified before; else nothing can have changed since.
    - `later_run`: a run that has changed the account since the look; empty when none has.
    - `failed_over`: virtual IPs that are with one of their other holders, which is no drift.
    - `study`: why the plan cannot be approved; empty when it can.
    """

    revision: str
    commit: str
    snapshot: str
    checked_at: str
    drift: tuple[Drifted, ...] = ()
    resources: int | None = None
    complete: bool = True
    problems: tuple[str, ...] = ()
    unknown: int = 0
    verified: bool = True
    later_run: str = ""
    failed_over: tuple[str, ...] = ()
    study: str = ""

    @property
    def counts(self) -> dict[DriftState, int]:
        """How many have drifted, by how."""
        found = Counter(each.drift.state for each in self.drift)
        return {state: found[state] for state in DriftState}


def drift_of(workspace: Workspace, plan: Plan) -> DriftReport:
    """What has drifted as of a plan's snapshot.

    Raises `Refused` for who may not read the account, and what snapshots and ledger raise.
    """
    require(workspace, Permission.READ, plan.account)
    rows = stored_rows(workspace, plan.account)
    row = next((each for each in rows if each.name == plan.snapshot), None)
    bases = _baselines(workspace, plan)
    found = drifts(plan, bases, _remade(workspace, plan, row, bases))
    seen = _first_seen(workspace, plan, found[:MOST], bases, rows)
    report = DriftReport(
        revision=plan.revision,
        commit=plan.commit,
        snapshot=plan.snapshot,
        checked_at=plan.snapshot_taken_at,
        drift=tuple(Drifted(each, seen.get(each.address)) for each in found),
        complete=not plan.unknown,
        unknown=len(plan.unknown),
        verified=bool(bases) or _ever_applied(workspace, plan),
        later_run=_later_run(workspace, plan),
        failed_over=plan.failed_over,
        study=plan.study,
    )
    if row is None:
        return report
    problems = workspace.snapshots().part(plan.account, row.serial, ()).problems
    return msgspec.structs.replace(report, resources=row.count, complete=row.complete, problems=problems)


def _baselines(workspace: Workspace, plan: Plan) -> dict[str, Baseline]:
    """Those of what the plan changes or would remember."""
    if not workspace.stored("ledger"):
        return {}
    named = {name for action in plan.actions for name in (action.address, action.moved_from) if name}
    named.update(plan.adopt)
    return workspace.ledger().baselines(plan.account, None if len(named) > MOST else named)


def _ever_applied(workspace: Workspace, plan: Plan) -> bool:
    return workspace.stored("ledger") and bool(workspace.ledger().applied_commit(plan.account))


def _remade(
    workspace: Workspace, plan: Plan, row: SnapshotRow | None, bases: Mapping[str, Baseline]
) -> tuple[str, ...]:
    """Addresses that were verified, and where another resource stands now that is as it is wanted."""
    known = [address for address in plan.adopt if address in bases]
    if not known or row is None:
        return ()
    live = workspace.snapshots().part(plan.account, row.serial, known).by_address
    return tuple(a for a in known if a in live and live[a].id != bases[a].id)


def _later_run(workspace: Workspace, plan: Plan) -> str:
    if not (plan.snapshot_taken_at and workspace.stored("ledger")):
        return ""
    applied = workspace.ledger().applied_since(plan.account, seconds_of(plan.snapshot_taken_at))
    return applied[-1].run if applied else ""


# since when


def _first_seen(
    workspace: Workspace,
    plan: Plan,
    found: Sequence[Drift],
    bases: Mapping[str, Baseline],
    rows: Sequence[SnapshotRow],
) -> dict[str, FirstSeen]:
    """By address; the history of the snapshots goes up to the one that the plan is against."""
    here = next((row.serial for row in rows if row.name == plan.snapshot), 0)
    looked = {row.serial: row for row in reversed(rows) if row.serial <= here and row.source == "live"}
    if not (found and looked):
        return {}
    serials = sorted(looked)
    looks = Looks(serials, [serial for serial in serials if looked[serial].complete])
    states = workspace.snapshots().states(plan.account, (each.address for each in found))
    begun = {
        each.address: since(each, states[each.address], looks, bases.get(each.address)) for each in found
    }
    verified = _verified(workspace, plan, looked, [span[1] for span in begun.values() if span])
    for each in found:
        if each.address in verified:
            base, last = bases.get(each.address), verified[each.address]
            begun[each.address] = since(each, states[each.address], looks, base, last)
    return {address: _seen(looked, span) for address, span in begun.items() if span}


def _seen(looked: Mapping[int, SnapshotRow], span: tuple[int, int]) -> FirstSeen:
    before, first = span
    after = looked[before].taken_at if before else ""
    return FirstSeen(looked[first].taken_at, looked[first].name, after)


def _verified(
    workspace: Workspace, plan: Plan, looked: Mapping[int, SnapshotRow], begun: Sequence[int]
) -> dict[str, int]:
    """The last look before a run verified an address, for those that one did since the first of `begun`."""
    if not (begun and workspace.stored("ledger")):
        return {}
    serials = sorted(looked)
    times = [seconds_of(looked[serial].taken_at) for serial in serials]
    since_then = workspace.ledger().applied_since(plan.account, seconds_of(looked[min(begun)].taken_at))
    return {row.address: serials[bisect_right(times, row.at) - 1] for row in since_then if not row.doubtful}
