"""The ledger's audit log: rows chained by hash, with the head also in a file beside it.

The chain shows a changed, missing or moved row; only the head outside shows a cut tail or a whole
ledger put back from an old copy.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from fleetc.errors import StateProblem
from fleetc.ir.timestamps import rfc3339, seconds_of
from fleetc.ir.values import canonical
from fleetc.ports import AuditRow, Clock
from fleetc.store.database import Database
from fleetc.store.rows import insert, select

__all__ = ["Audit", "Head", "check_head", "first_bad_row", "is_later", "last_head", "read_head", "write_head"]

_FIRST = "0" * 64
_AHEAD = 300.0  # seconds that another machine's clock may be ahead


class Head(msgspec.Struct, frozen=True):
    """The last row of the chain: its number and hash."""

    seq: int
    hash: str


class Audit:
    """Part of `SqliteLedger`."""

    _database: Database
    _clock: Clock
    _head: Path

    def audit(self, actor: str, os_user: str, kind: str, subject: str, detail: dict[str, Any]) -> AuditRow:
        """Add a row; raises `StateProblem` when the ledger is older than its audit head."""
        with self._database.writing() as connection:
            last = last_head(connection)
            check_head(self._head, connection, self._database.path, self._clock.now())
            row = AuditRow(
                seq=last.seq + 1,
                at=rfc3339(self._clock.now(), milliseconds=True),
                actor=actor,
                os_user=os_user,
                kind=kind,
                subject=subject,
                detail=detail,
                previous=last.hash,
                hash="",
            )
            row = msgspec.structs.replace(row, hash=_hash(row))
            insert(connection, "audit", AuditRow, (row,))
        self._publish_head()
        return row

    def audit_rows(self) -> Iterator[AuditRow]:
        """All rows, oldest first, as they stand now."""
        with self._database.reading() as connection:
            return iter(select(connection, "audit", AuditRow, "ORDER BY seq"))

    def verify_audit(self) -> AuditRow | None:
        """The first row that does not fit the chain or the head outside, or None.

        A row that is missing at the end is given with its number and `kind` `missing`. Raises
        `StateProblem` when the head outside is gone or cannot be read.
        """
        return first_bad_row(self.audit_rows(), read_head(self._head), self._head)

    def _publish_head(self) -> None:
        """Write the head beside the ledger; the write lock keeps it from going back."""
        with self._database.writing() as connection:
            write_head(self._head, last_head(connection))


def read_head(path: Path) -> Head | None:
    """The head outside, or None when there is no such file; raises `StateProblem` for junk."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Head)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, ValueError) as error:
        raise _no_head(path) from error


def first_bad_row(rows: Iterable[AuditRow], head: Head | None, place: Path) -> AuditRow | None:
    """What `verify_audit` gives, of rows in order; `place` is where the head outside should be."""
    previous, last = _FIRST, 0
    for row in rows:
        fits = row.seq == last + 1 and row.previous == previous and row.hash == _hash(row)
        if not fits or (head is not None and row.seq == head.seq and row.hash != head.hash):
            return row
        previous, last = row.hash, row.seq
    if head is None and last > 1:
        raise _no_head(place)
    if head is not None and head.seq > last:
        return AuditRow(last + 1, "", "", "", "missing", "", {}, previous, "")
    return None


def check_head(path: Path, connection: sqlite3.Connection, ledger: Path, now: float) -> None:
    """Refuse a ledger that is older than its head outside (a restored copy, or a cut tail).

    And one whose last row is later than `now`: with a clock that went back, approvals and leases
    that had ended would hold again.
    """
    head = read_head(path)
    last = last_head(connection)
    fits = head is None or head == last or _holds(connection, head)
    if not fits:
        raise StateProblem(
            f"{ledger} does not hold row {head.seq if head else 0} of its audit log as {path.name} has it: "
            "the ledger was put back from an older copy, or rows were cut off",
            code="F0628",
            state="nothing was written",
            next_step="put the newest ledger back, or a backup with fleetc state restore; "
            "fleetc state check says all that is wrong",
        )
    row = connection.execute("SELECT at FROM audit WHERE seq = ?", (last.seq,)).fetchone()
    if row is not None and is_later(row[0], now):
        raise StateProblem(
            f"the last row of the audit log in {ledger} is of {row[0]}, later than this machine's clock",
            code="F0686",
            state="nothing was written",
            next_step="set the clock, and run the command again",
        )


def is_later(at: str, now: float) -> bool:
    """Whether an RFC 3339 time is later than now by more than clocks differ; so is what is no time."""
    try:
        return seconds_of(at) > now + _AHEAD
    except ValueError:
        return True


def _holds(connection: sqlite3.Connection, head: Head) -> bool:
    row = connection.execute("SELECT hash FROM audit WHERE seq = ?", (head.seq,)).fetchone()
    return row is not None and row[0] == head.hash


def last_head(connection: sqlite3.Connection) -> Head:
    """The last row of the chain in the ledger; number 0 when it has none."""
    row = connection.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(*row) if row else Head(0, _FIRST)


def _hash(row: AuditRow) -> str:
    body = canonical(msgspec.structs.replace(row, hash=""))
    return hashlib.sha256(row.previous.encode() + body).hexdigest()


def write_head(path: Path, head: Head) -> None:
    """Write the head's file so that it is there whole or not at all, also after a power cut."""
    fresh = path.with_name(path.name + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(canonical(head) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _no_head(path: Path) -> StateProblem:
    return StateProblem(
        f"the audit head {path} is missing or cannot be read",
        code="F0628",
        state="nothing was written; whether rows were cut off at the end cannot be told",
        next_step="put the file back from a copy, or a whole backup with fleetc state restore",
    )
