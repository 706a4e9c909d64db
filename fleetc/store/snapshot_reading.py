"""Reading snapshots back: each row and each whole checked against its digest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from fleetc.errors import StateProblem
from fleetc.ir.profile import Profile
from fleetc.ir.state import Catalogue, Snapshot, snapshot_name
from fleetc.lang.collector import collector_paused
from fleetc.lang.text import visible
from fleetc.ports import SnapshotRow
from fleetc.store.database import Database
from fleetc.store.rows import select
from fleetc.store.snapshot_rows import joined, resources_of, row_digest, snapshot_digest

if TYPE_CHECKING:
    import sqlite_utils

__all__ = ["Reading", "ordered"]

_LISTED = (
    "(SELECT account.name AS account, serial, taken_at, source, label, count, complete, digest, counter,"
    " seconds FROM snapshot JOIN account ON account.id = snapshot.account)"
)
_LINES = (
    "SELECT address, CAST(body AS BLOB), digest FROM {tables} "
    "WHERE account = ? AND from_serial <= ? AND (to_serial IS NULL OR to_serial > ?)"
)
_ALL = _LINES.format(tables="validity JOIN resource ON id = resource")
_ONE = _LINES.format(tables="resource CROSS JOIN validity ON resource = id") + " AND address = ?"
"""CROSS JOIN says which table SQLite looks at first."""


def ordered(lines: dict[bytes, str]) -> dict[bytes, str]:
    """Lines with their addresses, by address; several at one address by themselves."""
    return {line: lines[line] for line in sorted(sorted(lines), key=lines.__getitem__)}


class Reading:
    """Part of `SqliteSnapshotStore`."""

    _database: Database

    def get(self, account: str, serial: int) -> Snapshot:
        """Read one back exactly.

        Raises `StateProblem` when there is none, or when what is stored was changed.
        """
        with self._database.reading():
            return self._read(self._row(account, serial))

    def part(self, account: str, serial: int, addresses: Iterable[str]) -> Snapshot:
        """One with the resources of these addresses only, each checked; the digest is that of the whole.

        Raises `StateProblem` as `get` does.
        """
        with self._database.reading() as connection:
            row = self._row(account, serial)
            rows = (
                found
                for address in sorted(set(addresses))
                for found in connection.execute(_ONE, (row["account"], serial, serial, address))
            )
            return self._assembled(row, [line for _, line in self._checked(rows)])

    def list(self, account: str = "") -> tuple[SnapshotRow, ...]:
        """All rows, newest first; of one account, or of all for the empty string."""
        where = "WHERE ? IN ('', account) ORDER BY seconds DESC, serial DESC"
        with self._database.reading() as connection:
            return select(connection, _LISTED, SnapshotRow, where, account)

    @cached_property
    def _tables(self) -> sqlite_utils.Database:
        """The file by way of sqlite-utils, which is loaded only when a snapshot is read."""
        import sqlite_utils

        return sqlite_utils.Database(self._database.connection, execute_plugins=False)

    def _row(self, account: str, serial: int) -> dict[str, Any]:
        rows = self._tables.query(
            "SELECT account.name AS account_name, snapshot.* "
            "FROM snapshot JOIN account ON account.id = snapshot.account "
            "WHERE account.name = ? AND serial = ?",
            (account, serial),
        )
        row: dict[str, Any] | None = next(iter(rows), None)
        if row is None:
            raise _no_snapshot(self._database.path, account, serial)
        return row

    def _read(self, row: dict[str, Any]) -> Snapshot:
        with collector_paused():
            lines = self._lines(row["account"], row["serial"])
            snapshot = self._assembled(row, lines)
        if snapshot_digest(snapshot, joined(lines)) != snapshot.digest:
            raise self._damaged(snapshot.name)
        return snapshot

    def _assembled(self, row: dict[str, Any], lines: Sequence[bytes]) -> Snapshot:
        """The snapshot of a row of `snapshot`, with the resources of these lines."""
        name = snapshot_name(row["serial"])
        try:
            return Snapshot(
                account=row["account_name"],
                profile=msgspec.json.decode(self._document(row["profile"]), type=Profile),
                resources=resources_of(lines),
                catalogue=msgspec.json.decode(self._document(row["catalogue"]), type=Catalogue),
                serial=row["serial"],
                source=row["source"],
                name=name,
                taken_at=row["taken_at"],
                complete=bool(row["complete"]),
                problems=tuple(msgspec.json.decode(row["problems"])),
                counter=row["counter"],
                digest=row["digest"],
            )
        except (msgspec.DecodeError, TypeError, ValueError) as error:
            raise self._damaged(name) from error

    def _lines(self, account: int, serial: int) -> Sequence[bytes]:
        """The stored lines that held at `serial`, in order, each one checked."""
        rows = self._database.connection.execute(
            _ALL,
            (account, serial, serial),
        )
        pairs = list(self._checked(rows))
        pairs.sort()
        return [line for _, line in pairs]

    def _checked(self, rows: Iterable[tuple[str, bytes, bytes]]) -> Iterator[tuple[str, bytes]]:
        """Address and line of rows that match their digest."""
        for address, line, stored in rows:
            if row_digest(line) != stored:
                raise self._damaged(f"the row of {visible(str(address), 200)}")
            yield address, line

    def _document(self, name: str) -> bytes:
        """The body of a profile or catalogue."""
        rows = self._database.connection.execute(
            "SELECT CAST(body AS BLOB) FROM document WHERE digest = ?", (name,)
        ).fetchall()
        body = bytes(rows[0][0]) if rows else b""
        if row_digest(body).hex() != name:
            raise self._damaged(f"document {name}")
        return body

    def _damaged(self, what: str) -> StateProblem:
        return StateProblem(
            f"{what} in {self._database.path} does not match its digest: the file was changed",
            code="F0625",
            state="nothing was written and the file was left as it is",
            next_step="fleetc state restore BACKUP puts a whole copy back; or move the file aside and take a new snapshot",
        )


def _no_snapshot(path: Path, account: str, serial: int) -> StateProblem:
    return StateProblem(
        f"there is no snapshot {serial} of account {visible(account, 200)} in {path}",
        code="F0620",
        state="nothing was changed",
        next_step="fleetc snapshot list shows those that there are",
    )
