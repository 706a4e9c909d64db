"""The stored snapshots of an account as somebody looks through them: why each was taken, what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from fleetc.policy.access import Permission
from fleetc.ports import Run, SnapshotRow
from fleetc.service import history, snapshots
from fleetc.service.access import require

if TYPE_CHECKING:
    from fleetc.service.workspace import Workspace

__all__ = ["Contents", "Kept", "Shelf", "contents", "shelf", "shelf_mark"]

_KINDS = "SELECT substr(address, 1, instr(address, '/') - 1) AS kind, count(*) FROM resources GROUP BY 1"


class Kept(msgspec.Struct, frozen=True):
    """A stored snapshot, and why it was taken: its label, the run that began from it, or its source."""

    row: SnapshotRow
    why: str


class Shelf(msgspec.Struct, frozen=True):
    """All snapshots of an account, newest first; its runs, newest first; the size of the store in bytes."""

    kept: tuple[Kept, ...] = ()
    runs: tuple[Run, ...] = ()
    size: int = 0


class Contents(msgspec.Struct, frozen=True):
    """What a snapshot holds: resources by kind, and what could not be read."""

    kinds: dict[str, int]
    problems: tuple[str, ...] = ()


def shelf(workspace: Workspace, *, account: str) -> Shelf:
    """The stored snapshots of an account. Raises `Refused` for who may not read it."""
    rows = snapshots.listing(workspace, account=account)
    runs = workspace.ledger().runs(account) if workspace.stored("ledger") else ()
    before = _began_from(workspace, account, runs)
    size = (workspace.state_dir / "snapshots.db").stat().st_size if rows else 0
    return Shelf(tuple(Kept(row, _why(row, before)) for row in rows), runs, size)


def shelf_mark(workspace: Workspace, *, account: str) -> object:
    """A value that is another one when a snapshot was taken, or a run began or ended."""
    require(workspace, Permission.READ, account)
    rows = snapshots.stored_rows(workspace, account)
    runs = workspace.ledger().runs(account) if workspace.stored("ledger") else ()
    return len(rows), rows[:1], [(run.id, run.status) for run in runs[:1]]


def _began_from(workspace: Workspace, account: str, runs: tuple[Run, ...]) -> dict[str, str]:
    """Names of snapshots to the first run of a plan against each."""
    against = workspace.ledger().plan_snapshots(account) if runs else {}
    return {against.get(run.digest, ""): run.id for run in runs}


def _why(row: SnapshotRow, before: Mapping[str, str]) -> str:
    if row.label:
        return row.label
    if row.name in before:
        return f"before {before[row.name]}"
    return "imported" if row.source == "import" else "looked"


def contents(workspace: Workspace, name: str, *, account: str) -> Contents:
    """What a stored snapshot holds, without reading its resources. Raises as `history.ask` does."""
    found = history.ask(workspace, _KINDS, account=account, which=name, limit=1000)
    row = snapshots.locate(workspace, name, account=account)
    problems = workspace.snapshots().part(account, row.serial, ()).problems if row else ()
    return Contents({str(kind): int(str(count)) for kind, count in found.rows}, problems)
