"""Use cases of snapshots: take one, find one by what the user calls it, bring one in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from fleetc.errors import StateProblem, UsageProblem
from fleetc.ir.state import LiveResource, Observation, Snapshot
from fleetc.ir.timestamps import rfc3339, seconds_of
from fleetc.policy.access import Permission
from fleetc.service.access import readable, require
from fleetc.service.telling import Told, quiet

if TYPE_CHECKING:
    from fleetc.ports import SnapshotRow
    from fleetc.service.workspace import Workspace

__all__ = ["bring_in", "glance", "listing", "locate", "part_of", "resolve", "stored_rows", "take"]

_STORED = re.compile(r"(?:snap-)?([0-9]{1,15})")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T")


def take(workspace: Workspace, *, account: str, label: str = "", told: Told = quiet) -> Snapshot:
    """Observe the account and store what was seen; raises `PlatformProblem`s and `StateProblem`.

    Raises `Refused` for who may not ask for that, and what `told` raises.
    """
    require(workspace, Permission.SYNC, account)
    newest = next(iter(stored_rows(workspace, account)), None)
    about = f" of ≈{newest.count}" if newest is not None and newest.count else ""
    told("observing")
    observation = workspace.platform(account).observe(
        lambda seen, page: told(f"observing {seen}{about} (page {page})")
    )
    taken_at = rfc3339(workspace.clock.now(), milliseconds=True)
    return workspace.snapshots().put(observation, taken_at=taken_at, source="live", label=label)


def resolve(
    workspace: Workspace,
    against: str,
    at: str = "",
    *,
    account: str,
    base: Path = Path(),
    told: Told = quiet,
) -> Snapshot:
    """The snapshot that the user means.

    `against` is `live` (observe now), `latest` (the newest stored one), `empty`, a stored one
    (`snap-12` or `12`), a time (RFC 3339: the newest one stored at or before it), or the path of a
    recorded file, relative to `base`. With `at`, a time too, `live` and `latest` are as of then.
    Raises `UsageProblem` and `StateProblem`.
    """
    if against == "live" and not at:
        return take(workspace, account=account, told=told)
    row = locate(workspace, against, at, account=account)
    if row is not None:
        return workspace.snapshots().get(account, row.serial)
    return _empty(account) if against == "empty" else _recorded(base / against, against)


def part_of(
    workspace: Workspace, name: str, addresses: Iterable[str], *, account: str
) -> dict[str, LiveResource]:
    """Some resources of a stored snapshot (`snap-12`), by address; none when there is no such one."""
    require(workspace, Permission.READ, account)
    stored = _STORED.fullmatch(name)
    if stored is None or not any(row.name == name for row in stored_rows(workspace, account)):
        return {}
    return workspace.snapshots().part(account, int(stored[1]), addresses).by_address


def locate(workspace: Workspace, against: str, at: str = "", *, account: str) -> SnapshotRow | None:
    """The row of the stored snapshot that the user means, as `resolve` does; `live` is stored first.

    None for `empty` and for what can only be the path of a recorded file. Raises `Refused` for who
    may not read the account.
    """
    if at or against != "live":
        require(workspace, Permission.READ, account)
    if at:
        if against not in {"live", "latest"}:
            raise UsageProblem(f"a time and the snapshot {against!r} cannot be asked for together")
        return _at(workspace, at, account)
    if _TIME.match(against):
        return _at(workspace, against, account)
    if against == "live":
        serial = take(workspace, account=account).serial
    elif stored := _STORED.fullmatch(against):
        serial = int(stored[1])
    elif against == "latest":
        return _found(next(iter(stored_rows(workspace, account)), None), "no snapshot is stored")
    else:
        return None
    rows = stored_rows(workspace, account)
    return _found(
        next((row for row in rows if row.serial == serial), None),
        f"there is no snapshot {serial} of account {account}",
    )


def glance(workspace: Workspace, against: str, *, account: str) -> str:
    """What `against` stands for now, without reading its resources: a text that moves with it.

    Empty when that cannot be told cheaply: nothing stored, an incomplete snapshot, a platform
    without a change counter, or one that has moved since the newest snapshot.
    """
    rows = stored_rows(workspace, account)
    if stored := _STORED.fullmatch(against):
        return next((row.digest for row in rows if row.serial == int(stored[1])), "")
    newest = next((row for row in rows if row.source == "live"), None)
    if against != "live" or newest is None or newest.counter is None or not newest.complete:
        return ""
    counter = workspace.platform(account).change_counter()
    return f"{newest.digest}/{counter}" if newest.counter == counter else ""


def bring_in(workspace: Workspace, path: Path, *, label: str = "") -> Snapshot:
    """Store a recorded file as a snapshot of the account it names, with source `import`."""
    recorded = _recorded(path, str(path))
    require(workspace, Permission.WRITE, recorded.account)
    observation = Observation(
        account=recorded.account,
        profile=recorded.profile,
        resources=recorded.resources,
        catalogue=recorded.catalogue,
        complete=recorded.complete,
        problems=recorded.problems,
    )
    taken_at = recorded.taken_at or rfc3339(workspace.clock.now(), milliseconds=True)
    return workspace.snapshots().put(observation, taken_at=taken_at, source="import", label=label)


def listing(workspace: Workspace, *, account: str = "") -> tuple[SnapshotRow, ...]:
    """All stored snapshots, newest first; of one account, or of all that the OS user may read."""
    if not account:
        return readable(workspace, stored_rows(workspace))
    require(workspace, Permission.READ, account)
    return stored_rows(workspace, account)


def stored_rows(workspace: Workspace, account: str = "") -> tuple[SnapshotRow, ...]:
    """What the store holds, for a use case that has asked who may see it; all for the empty string."""
    return workspace.snapshots().list(account) if workspace.stored("snapshots") else ()


def _at(workspace: Workspace, at: str, account: str) -> SnapshotRow:
    try:
        moment = seconds_of(at)
    except (ValueError, OverflowError) as error:
        raise UsageProblem(f"{at!r} is not a time", next_step="write it as 2026-08-22T12:00:00Z") from error
    rows = stored_rows(workspace, account)
    before = (row for row in rows if seconds_of(row.taken_at) <= moment)
    return _found(next(before, None), f"no snapshot was taken at or before {at}")


def _found(row: SnapshotRow | None, otherwise: str) -> SnapshotRow:
    if row is None:
        raise StateProblem(
            otherwise,
            code="F0620",
            state="nothing was changed",
            next_step="fleetc snapshot list shows those that there are; fleetc snapshot take makes one",
        )
    return row


def _empty(account: str) -> Snapshot:
    from fleetc.platforms.local.profile import local_profile
    from fleetc.store.recorded import empty_snapshot

    return empty_snapshot(account, local_profile())


def _recorded(path: Path, name: str) -> Snapshot:
    from fleetc.store.recorded import read_recorded

    if not path.exists():
        raise UsageProblem(
            f"there is no snapshot and no file {name!r}",
            next_step="name live, latest, empty, a stored one (snap-12) or a recorded file",
        )
    return read_recorded(path)
