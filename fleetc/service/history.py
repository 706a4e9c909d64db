"""Use cases over many snapshots: SQL, what differs, and which ones are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fleetc.errors import UsageProblem
from fleetc.ir.difference import Difference, ResourceDifference, compared, difference
from fleetc.ir.timestamps import rfc3339, seconds_of
from fleetc.policy.access import Permission
from fleetc.service.access import require
from fleetc.service.snapshots import locate, resolve, stored_rows

if TYPE_CHECKING:
    from fleetc.ports import SnapshotRow
    from fleetc.service.identity import Person
    from fleetc.service.workspace import Workspace
    from fleetc.store.snapshot_query import Answer

__all__ = ["Pruning", "Retention", "Step", "ask", "compare", "prune", "pruning", "steps"]

_QUERY_SECONDS = 30.0
_DAY = 86_400.0


def ask(workspace: Workspace, sql: str, *, account: str, which: str, at: str = "", limit: int) -> Answer:
    """What a SELECT over the documented views gives, at most `limit` rows.

    `which` is a stored snapshot as `resolve` takes it, or `all`. Raises `UsageProblem` for a
    mistake in the SQL, `StateProblem` when nothing is stored or the query takes over 30 s.
    """
    from fleetc.store.snapshot_query import run_query

    require(workspace, Permission.READ, account)
    row = None if which == "all" else locate(workspace, which, at, account=account)
    if row is None and which != "all":
        raise UsageProblem(
            f"{which!r} is no stored snapshot",
            next_step="name latest, snap-12 or all; fleetc snapshot import FILE stores a recorded file",
        )
    workspace.snapshots()  # checks the file, and migrates an older one
    clock = workspace.clock
    end = clock.monotonic() + _QUERY_SECONDS
    return run_query(
        workspace.state_dir / "snapshots.db",
        sql,
        account=account,
        serial=row.serial if row else None,
        limit=limit,
        late=lambda: clock.monotonic() > end,
    )


def compare(
    workspace: Workspace, before: str, after: str, at: str = "", *, account: str, base: Path = Path()
) -> Difference:
    """What differs between two snapshots, each named as `resolve` takes it; `at` is for the second.

    Of two stored ones, only what differs is read.
    """
    old = locate(workspace, before, account=account)
    new = locate(workspace, after, at, account=account)
    if old is not None and new is not None:
        return difference(*workspace.snapshots().between(account, old.serial, new.serial))
    first = old.name if old else before
    second, moment = (new.name, "") if new else (after, at)
    return difference(
        resolve(workspace, first, account=account, base=base),
        resolve(workspace, second, moment, account=account, base=base),
    )


@dataclass(frozen=True, slots=True)
class Step:
    """What a snapshot shows of one resource for the first time."""

    snapshot: SnapshotRow
    difference: ResourceDifference


def steps(workspace: Workspace, address: str, *, account: str) -> tuple[Step, ...]:
    """Each change of one resource that snapshots show, newest first; of several at one address, all."""
    require(workspace, Permission.READ, account)
    rows = {row.serial: row for row in stored_rows(workspace, account)}
    states = workspace.snapshots().states(account, (address,))[address] if rows else ()
    begun = {state.since: state.resource for state in states}
    ended = {state.until: state.resource for state in states if state.until is not None}
    return tuple(
        Step(rows[serial], compared(address, ended.get(serial), begun.get(serial)))
        for serial in sorted(begun.keys() | ended.keys(), reverse=True)
    )


@dataclass(frozen=True, slots=True)
class Retention:
    """What to keep: whatever one of its parts names.

    The last `last` ones, those of the last `days` days, the last one of each UTC day of the last
    `daily` days, and the labelled ones unless `labelled` lets them go.
    """

    last: int = 0
    days: int = 0
    daily: int = 0
    labelled: bool = False


@dataclass(frozen=True, slots=True)
class Pruning:
    """What goes, newest first, and why each other one stays."""

    account: str
    gone: tuple[SnapshotRow, ...]
    kept: tuple[tuple[SnapshotRow, str], ...]


def pruning(
    workspace: Workspace, retention: Retention, *, account: str, who: Person | None = None
) -> Pruning:
    """What a retention would remove; nothing is removed. Raises `Refused` for who may not remove it."""
    require(workspace, Permission.WRITE, account, who)
    rows = stored_rows(workspace, account)
    reasons = _reasons(rows, retention, workspace.clock.now(), _in_use(workspace, account))
    return Pruning(
        account,
        tuple(row for row in rows if row.serial not in reasons),
        tuple((row, reasons[row.serial]) for row in rows if row.serial in reasons),
    )


def prune(workspace: Workspace, found: Pruning, who: Person) -> int:
    """Remove what goes, with a row in the audit log; gives the bytes that the file shrank by."""
    require(workspace, Permission.WRITE, found.account, who)
    detail = {"account": found.account, "snapshots": [row.name for row in reversed(found.gone)]}
    workspace.ledger().audit(who.identity, who.os_user, "snapshot-prune", found.account, detail)
    return workspace.snapshots().prune(found.account, [row.serial for row in found.gone])


def _reasons(
    rows: Sequence[SnapshotRow], retention: Retention, now: float, used: Mapping[str, str]
) -> dict[int, str]:
    """Serial to why it is kept; the first reason that holds."""
    found: dict[int, str] = {}
    newest_serial = max((row.serial for row in rows), default=0)
    days_seen: dict[str, int] = {}
    for number, row in enumerate(rows):
        age = now - seconds_of(row.taken_at)
        day = rfc3339(seconds_of(row.taken_at))[:10]
        first_of_day = days_seen.setdefault(day, row.serial) == row.serial
        reasons = (
            ("the newest", row.serial == newest_serial or number == 0),
            (used.get(row.name, ""), True),
            (f"labelled {row.label!r}", bool(row.label) and not retention.labelled),
            (f"one of the last {retention.last}", number < retention.last),
            (f"of the last {retention.days} days", age <= retention.days * _DAY and retention.days > 0),
            (
                f"the last one of {day}",
                first_of_day and age <= retention.daily * _DAY and retention.daily > 0,
            ),
        )
        reason = next((text for text, holds in reasons if text and holds), "")
        if reason:
            found[row.serial] = reason
    return found


def _in_use(workspace: Workspace, account: str) -> dict[str, str]:
    """Names of snapshots to the plan that needs them: applied, or still to be applied."""
    if not workspace.stored("ledger"):
        return {}
    ledger = workspace.ledger()
    against = ledger.plan_snapshots(account)
    fresh = _fresh(workspace, account)
    found: dict[str, str] = {}
    for request in ledger.requests(account):
        name = against.get(request.digest, "")
        if request.status == "approved" or (request.status == "waiting" and name in fresh):
            found[name] = f"plan {request.digest[:12]} may still be applied"
    for run in ledger.runs(account):
        found[against.get(run.digest, "")] = f"{run.id} applied a plan against it"
    return found


def _fresh(workspace: Workspace, account: str) -> frozenset[str]:
    """Names of snapshots that are young enough for a plan against them to be approved."""
    oldest = workspace.clock.now() - workspace.policy(account).max_age
    rows = stored_rows(workspace, account)
    return frozenset(row.name for row in rows if seconds_of(row.taken_at) >= oldest)
