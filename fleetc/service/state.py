"""Use cases of the state folder as a whole: check it, copy it, put a copy back."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fleetc.errors import Refused, StateProblem, UsageProblem
from fleetc.ir.timestamps import rfc3339
from fleetc.lang.text import visible
from fleetc.policy.access import EVERY_ACCOUNT, Permission
from fleetc.service.access import require, require_any

if TYPE_CHECKING:
    from fleetc.ports import Run
    from fleetc.service.identity import Person
    from fleetc.service.workspace import Workspace
    from fleetc.store.archive import Manifest
    from fleetc.store.database import Schema
    from fleetc.store.inspection import Finding
    from fleetc.store.ledger import SqliteLedger

__all__ = ["FILES", "Backup", "Coming", "backup", "check", "coming", "restore"]

FILES = ("ledger.db", "snapshots.db", "platform.db")
_LEASE_SECONDS = 60.0
_DAMAGED = frozenset({"F0621", "F0623", "F0625", "F0626", "F0628"})
_SIDES = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was written."""

    path: Path
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Coming:
    """A backup that was looked through: what putting it back brings, and what it loses.

    `lost_runs` began after it was taken, `lost_rows` is the number of rows of the audit log after
    it, and `unreadable` says why the ledger that stands cannot tell.
    """

    source: Path
    manifest: Manifest
    lost_runs: tuple[Run, ...]
    lost_rows: int
    unreadable: str = ""


def check(workspace: Workspace, *, full: bool = False) -> tuple[Finding, ...]:
    """All that is wrong with the files of the state folder; nothing is written.

    With `full`, every snapshot is also read back against its digest. Raises `Refused` for who may
    read no account at all.
    """
    require_any(workspace, Permission.READ)
    found = _check(workspace.state_dir, workspace.clock.now())
    if not full or found or not workspace.stored("snapshots"):
        return found
    return _unread(workspace)


def _check(folder: Path, now: float) -> tuple[Finding, ...]:
    from fleetc.store.inspection import Finding, inspect, ledger_findings, snapshot_findings

    deeper = {"ledger.db": ledger_findings, "snapshots.db": snapshot_findings}
    found: list[Finding] = []
    for name, schema in _schemas().items():
        if os.path.lexists(folder / name):
            found += inspect(folder / name, schema, now, deeper.get(name))
    if os.path.lexists(folder / "ledger.db.head") and not os.path.lexists(folder / "ledger.db"):
        message = "it is not there, and the head of its audit log is"
        found.append(
            Finding("ledger.db", "F0628", message, "fleetc state restore BACKUP puts a whole copy back")
        )
    return tuple(found)


def _unread(workspace: Workspace) -> tuple[Finding, ...]:
    from fleetc.store.inspection import Finding

    found = []
    for row in workspace.snapshots().list():
        try:
            workspace.snapshots().get(row.account, row.serial)
        except StateProblem as problem:
            found.append(Finding("snapshots.db", problem.code, problem.message, problem.next_step))
    return tuple(found)


def _schemas() -> dict[str, Schema]:
    from fleetc.platforms.local.database import APPLICATION, STEPS
    from fleetc.store.database import Schema
    from fleetc.store.ledger_schema import LEDGER
    from fleetc.store.snapshots import SNAPSHOTS

    platform = Schema("embedded platform's file", APPLICATION, STEPS)
    return dict(zip(FILES, (LEDGER, SNAPSHOTS, platform), strict=True))


def backup(workspace: Workspace, target: Path | None = None) -> Backup:
    """Copy ledger, snapshots and embedded platform to one file, also while a run is going.

    Ledger and platform are of one moment; snapshots come after them, so that every snapshot that
    a plan names is there. `target` is a file or a folder, by default `backups` in the state
    folder. The copies are checked before they are kept. Raises `StateProblem`, and `UsageProblem`
    when there is nothing to copy or something stands at `target`. The copy holds every account:
    raises `Refused` for who may not write to all.
    """
    from fleetc.store.archive import copy_together, pack
    from fleetc.store.database import place_problem

    require(workspace, Permission.WRITE, EVERY_ACCOUNT)
    folder = workspace.state_dir
    present = [name for name in FILES if os.path.lexists(folder / name)]
    if not present:
        raise UsageProblem("the state folder holds nothing yet", next_step="fleetc plan begins a ledger")
    for name in present:
        if problem := place_problem(folder / name, "state file"):
            raise problem
    now = workspace.clock.now()
    place = _target(folder, target, now)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=folder) as made:
        copies = Path(made)
        moment = [folder / name for name in present if name != "snapshots.db"]
        copy_together(moment, copies, "state file")
        copy_together([folder / name for name in present if name == "snapshots.db"], copies, "state file")
        manifest = _describe(copies, present, rfc3339(now))
        _refuse_broken(
            copies, manifest, now, "the state folder", "fleetc state check shows all that is wrong"
        )
        pack(copies, manifest, place)
    return Backup(place, manifest)


def _target(folder: Path, target: Path | None, now: float) -> Path:
    name = f"fleetc-state-{_stamp(now)}.tar.gz"
    try:
        if target is None:
            (folder / "backups").mkdir(mode=0o700, exist_ok=True)
            target = folder / "backups"
        place = target / name if target.is_dir() else target
        missing = not place.parent.is_dir()
    except OSError as error:
        raise UsageProblem(f"{visible(str(target), 200)} cannot be written: {error.strerror}") from None
    if missing or os.path.lexists(place):
        cause = "its folder is not there" if missing else "something stands there already"
        raise UsageProblem(f"no backup at {visible(str(place), 200)}: {cause}", next_step="choose another -o")
    return place


def _stamp(now: float) -> str:
    return rfc3339(now, milliseconds=True).replace(":", "").replace("-", "")


def _describe(copies: Path, names: Sequence[str], taken_at: str) -> Manifest:
    import fleetc
    from fleetc.sqlfile import open_read_only, version_of
    from fleetc.store.archive import FORMAT, Manifest, Packed, digest_of
    from fleetc.store.ledger_audit import last_head

    files, accounts, head = {}, set(), None
    for name in names:
        path = copies / name
        with closing(open_read_only(path)) as connection:
            files[name] = Packed(version_of(connection), path.stat().st_size, digest_of(path))
            accounts |= {str(row[0]) for row in connection.execute(_ACCOUNTS[name])}
            if name == "ledger.db":
                head = last_head(connection)
    return Manifest(
        format=FORMAT,
        fleetc=fleetc.__version__,
        taken_at=taken_at,
        accounts=tuple(sorted(accounts)),
        files=files,
        head=head,
    )


_ACCOUNTS = {
    "ledger.db": "SELECT account FROM plan UNION SELECT account FROM lease UNION SELECT account FROM baseline",
    "snapshots.db": "SELECT name FROM account",
    "platform.db": "SELECT name FROM account",
}


def _refuse_broken(copies: Path, manifest: Manifest, now: float, what: str, next_step: str) -> None:
    from fleetc.store.ledger_audit import write_head

    if manifest.head is not None and manifest.head.seq:
        write_head(copies / "ledger.db.head", manifest.head)
    found = _check(copies, now)
    if found:
        first = found[0]
        raise StateProblem(
            f"{what} is not sound: {first.file}: {first.message}",
            code=first.code,
            state="nothing was written",
            next_step=next_step,
        )


def coming(workspace: Workspace, source: Path, accounts: Collection[str], who: Person) -> Coming:
    """Look through a backup, and say what putting it back would lose; nothing is changed.

    Raises `StateProblem` for one that is damaged or of a newer fleetc and for a ledger that is
    locked or newer, and `Refused` for a backup that holds none of `accounts` and for who may not
    write to all accounts.
    """
    require(workspace, Permission.WRITE, EVERY_ACCOUNT, who)
    with _unpacked(workspace, source) as (copies, manifest):
        if manifest.accounts and accounts and not set(accounts) & set(manifest.accounts):
            raise Refused(
                f"the backup is of {_listed(manifest.accounts)}, and this workspace of {_listed(accounts)}",
                code="F0688",
                state="nothing was changed",
                next_step="name a backup of this workspace, or go to the other one with -C",
            )
        if "ledger.db" not in manifest.files or not workspace.stored("ledger"):
            return Coming(source, manifest, (), 0)
        try:
            known = _run_ids(copies / "ledger.db")
            with closing(_ledger(workspace)) as ledger:
                runs = tuple(run for run in ledger.runs() if run.id not in known)
                rows = sum(1 for _ in ledger.audit_rows()) - (manifest.head.seq if manifest.head else 0)
            return Coming(source, manifest, runs, max(rows, 0))
        except StateProblem as problem:
            if problem.code not in _DAMAGED:
                raise
            return Coming(source, manifest, (), 0, problem.message)


def _run_ids(path: Path) -> frozenset[str]:
    from fleetc.sqlfile import open_read_only

    with closing(open_read_only(path)) as connection:
        return frozenset(str(row[0]) for row in connection.execute("SELECT id FROM run"))


def _listed(accounts: Collection[str]) -> str:
    return "account " + ", ".join(visible(account, 60) for account in sorted(accounts))


@contextmanager
def _unpacked(workspace: Workspace, source: Path) -> Iterator[tuple[Path, Manifest]]:
    from fleetc.store.archive import unpack

    with tempfile.TemporaryDirectory(prefix=".restore-", dir=workspace.prepare()) as made:
        copies = Path(made)
        manifest = unpack(source, copies, FILES)
        _refuse_broken(copies, manifest, workspace.clock.now(), "the backup", "name another backup")
        yield copies, manifest


def _ledger(workspace: Workspace) -> SqliteLedger:
    """A handle of our own: the file is going to be another one."""
    from fleetc.store.ledger import SqliteLedger

    return SqliteLedger(workspace.state_dir / "ledger.db", workspace.clock)


def restore(workspace: Workspace, found: Coming, who: Person) -> Path:
    """Put a backup in the place of the files that stand; gives the folder that these were moved to.

    The audit log says that it was done, by whom, and what was lost. Killed at any moment, it can be
    done again. Raises `Refused` while a run is under way.
    """
    require(workspace, Permission.WRITE, EVERY_ACCOUNT, who)
    folder = workspace.state_dir
    aside = folder / f"replaced-{_stamp(workspace.clock.now())}"
    with _unpacked(workspace, found.source) as (copies, manifest):
        if workspace.stored("ledger") and not found.unreadable:
            _keep_others_out(workspace)
        aside.mkdir(mode=0o700)
        for name in reversed(FILES):  # the ledger last: until then its head and its runs stand
            if name in manifest.files:
                _swap(folder / name, copies / name, aside)
        if (copies / "ledger.db.head").exists():
            _swap(folder / "ledger.db.head", copies / "ledger.db.head", aside)
        shutil.rmtree(folder / "memos", ignore_errors=True)
    if "ledger.db" in manifest.files:
        _record(workspace, found, who, aside)
    return aside


def _keep_others_out(workspace: Workspace) -> None:
    """Take the lease of each account, so that no run begins; refused while one is under way.

    They are not given back: nothing may be written to the old file once another is in its place.
    """
    now = workspace.clock.now()
    with closing(_ledger(workspace)) as ledger:
        runs = ledger.runs()
        for run in runs:
            if _beats(run, now):
                raise Refused(
                    f"{run.id} is under way",
                    code="F0689",
                    state="nothing was changed",
                    next_step=f"fleetc watch {run.id}, and restore when it has ended",
                )
        for account in sorted({run.account for run in runs}):
            ledger.take_lease(account, "restore", "state restore", _LEASE_SECONDS, now)


def _beats(run: Run, now: float) -> bool:
    from fleetc.ir.timestamps import seconds_of
    from fleetc.service.applying import STALLED_AFTER

    began = max(run.heartbeat, seconds_of(run.started_at))
    return run.status in {"starting", "running"} and now - began < STALLED_AFTER


def _swap(place: Path, fresh: Path, aside: Path) -> None:
    """Put a file in the place of another, which goes aside with its journals; never none is there."""
    if place.is_dir() and not place.is_symlink():
        place.rename(aside / place.name)
    elif os.path.lexists(place):
        os.link(place, aside / place.name, follow_symlinks=False)
    for side in _SIDES:
        journal = place.with_name(place.name + side)
        if os.path.lexists(journal):
            journal.replace(aside / journal.name)
    fresh.replace(place)


def _record(workspace: Workspace, found: Coming, who: Person, aside: Path) -> None:
    with closing(_ledger(workspace)) as ledger:
        detail = {
            "taken_at": found.manifest.taken_at,
            "lost_runs": [run.id for run in found.lost_runs],
            "lost_rows": found.lost_rows,
            "replaced": aside.name,
        }
        ledger.audit(who.identity, who.os_user, "state-restore", found.source.name, detail)
