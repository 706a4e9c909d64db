"""Use cases of snapshots: take one, find one by what the user calls it, compare, bring in."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fleetc.errors import StateProblem, UsageProblem
from fleetc.ir.state import LiveResource, Observation, Snapshot
from fleetc.ir.timestamps import rfc3339
from fleetc.ir.values import Value, canonical

if TYPE_CHECKING:
    from fleetc.ports import SnapshotRow, SnapshotStore
    from fleetc.service.workspace import Workspace

__all__ = [
    "FieldDifference",
    "ResourceDifference",
    "bring_in",
    "diff",
    "glance",
    "listing",
    "resolve",
    "take",
]

_STORED = re.compile(r"(?:snap-)?([0-9]{1,15})")


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


def take(workspace: Workspace, *, account: str, label: str = "") -> Snapshot:
    """Observe the account and store what was seen; raises `PlatformProblem`s and `StateProblem`."""
    observation = workspace.platform(account).observe()
    taken_at = rfc3339(workspace.clock.now(), milliseconds=True)
    return workspace.snapshots().put(observation, taken_at=taken_at, source="live", label=label)


def resolve(
    workspace: Workspace, against: str, at: str = "", *, account: str, base: Path | None = None
) -> Snapshot:
    """The snapshot that the user means.

    `against` is `live` (observe now), `latest` (the newest stored one), `empty`, a stored one
    (`snap-12` or `12`), or the path of a recorded file, relative to `base`. With `at` (RFC 3339)
    it is the newest one stored at or before that time. Raises `UsageProblem` and `StateProblem`.
    """
    if at:
        return _at(workspace, against, at, account)
    if against == "live":
        return take(workspace, account=account)
    if against == "latest":
        return _found(_store(workspace).latest(account), "no snapshot is stored")
    if against == "empty":
        return _empty(account)
    if stored := _STORED.fullmatch(against):
        return _store(workspace).get(account, int(stored[1]))
    return _recorded((base or Path()) / against, against)


def glance(workspace: Workspace, against: str, *, account: str) -> str:
    """What `against` stands for now, without reading its resources: a text that moves with it.

    Empty when that cannot be told cheaply: nothing stored, an incomplete snapshot, a platform
    without a change counter, or one that has moved since the newest snapshot.
    """
    rows = listing(workspace, account=account)
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
    """All stored snapshots, newest first; of one account, or of all for the empty string."""
    return workspace.snapshots().list(account) if workspace.stored("snapshots") else ()


def diff(before: Snapshot, after: Snapshot) -> tuple[ResourceDifference, ...]:
    """What differs between two snapshots, by address."""
    old, new = _numbered(before), _numbered(after)
    found = []
    for key in sorted(old.keys() | new.keys()):
        change = "added" if key not in old else "removed" if key not in new else "changed"
        fields = _fields(old.get(key), new.get(key))
        if fields or change != "changed":
            found.append(ResourceDifference(change, key[0], fields if change == "changed" else ()))
    return tuple(found)


def _at(workspace: Workspace, against: str, at: str, account: str) -> Snapshot:
    if against not in {"live", "latest"}:
        raise UsageProblem(f"a time and the snapshot {against!r} cannot be asked for together")
    try:
        return _found(_store(workspace).at(account, at), f"no snapshot was taken at or before {at}")
    except (ValueError, OverflowError) as error:
        raise UsageProblem(f"{at!r} is not a time", next_step="write it as 2026-08-22T12:00:00Z") from error


def _store(workspace: Workspace) -> SnapshotStore:
    if not workspace.stored("snapshots"):
        _found(None, "no snapshot is stored")
    return workspace.snapshots()


def _found(snapshot: Snapshot | None, otherwise: str) -> Snapshot:
    if snapshot is None:
        raise StateProblem(
            otherwise,
            code="F0620",
            state="nothing was changed",
            next_step="fleetc snapshot list shows those that there are; fleetc snapshot take makes one",
        )
    return snapshot


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


def _numbered(snapshot: Snapshot) -> dict[tuple[str, int], LiveResource]:
    """Resources by address, and by their number where several stand at one address."""
    seen: Counter[str] = Counter()
    found = {}
    for resource in snapshot.resources:
        found[resource.address, seen[resource.address]] = resource
        seen[resource.address] += 1
    return found


def _fields(old: LiveResource | None, new: LiveResource | None) -> tuple[FieldDifference, ...]:
    if old is None or new is None or canonical(old) == canonical(new):
        return ()
    before, after = {"id": old.id, **old.fields}, {"id": new.id, **new.fields}
    return tuple(
        FieldDifference(name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if canonical(before.get(name)) != canonical(after.get(name))
    )
