"""Snapshots in SQLite: each resource's body once, and rows that say from when to when it held."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import count, repeat
from pathlib import Path
from typing import Any

import msgspec
import sqlite_utils

from fleetc.errors import StateProblem
from fleetc.ir.profile import Profile
from fleetc.ir.state import Catalogue, Observation, Snapshot
from fleetc.ir.timestamps import seconds_of
from fleetc.ir.values import canonical
from fleetc.lang.text import visible
from fleetc.ports import SnapshotRow
from fleetc.store.database import BUSY_SECONDS, Database, Schema
from fleetc.store.snapshot_rows import in_order, lines_of, resources_of, row_digest, snapshot_digest

__all__ = ["SNAPSHOTS", "SqliteSnapshotStore", "snapshot_digest"]

_VERSION_1 = """
CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

-- profiles and catalogues, once a digest
CREATE TABLE document (
  digest TEXT PRIMARY KEY,
  body TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE snapshot (
  serial INTEGER PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES account (id),
  taken_at TEXT NOT NULL,
  seconds REAL NOT NULL,
  source TEXT NOT NULL,
  label TEXT NOT NULL,
  complete INTEGER NOT NULL,
  problems TEXT NOT NULL,
  counter INTEGER,
  count INTEGER NOT NULL,
  digest TEXT NOT NULL,
  profile TEXT NOT NULL REFERENCES document (digest),
  catalogue TEXT NOT NULL REFERENCES document (digest)
);
CREATE INDEX snapshot_account ON snapshot (account, serial);

-- body: canonical JSON of address, fields, id, kind; digest: BLAKE2b-128 of it
CREATE TABLE resource (
  id INTEGER PRIMARY KEY,
  address TEXT NOT NULL,
  digest BLOB NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX resource_address ON resource (address);

-- the resource stood so in all snapshots of the account from `from_serial` up to and without
-- `to_serial`, which is null while it still does
CREATE TABLE validity (
  account INTEGER NOT NULL REFERENCES account (id),
  resource INTEGER NOT NULL REFERENCES resource (id),
  from_serial INTEGER NOT NULL REFERENCES snapshot (serial),
  to_serial INTEGER,
  PRIMARY KEY (account, resource, from_serial)
) WITHOUT ROWID;
"""

SNAPSHOTS = Schema(what="snapshot file", application_id=0x666C_7473, steps=(_VERSION_1,))


class SqliteSnapshotStore:
    """`fleetc.ports.SnapshotStore` over one SQLite file, by way of sqlite-utils.

    Safe for threads and processes. The lines of the newest snapshot stay in memory, so that the
    next one in this process costs what changed; another process's snapshot between them is seen.
    """

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self._database = Database(path, SNAPSHOTS, busy_seconds=busy_seconds)
        self._tables = sqlite_utils.Database(self._database.connection, execute_plugins=False)
        self._newest: tuple[int, dict[bytes, int]] = (0, {})

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def put(self, observation: Observation, *, taken_at: str, source: str, label: str = "") -> Snapshot:
        """Store an observation; the rows it costs are those that changed since the last one.

        `taken_at` is RFC 3339; raises `ValueError` when it is not.
        """
        seconds = seconds_of(taken_at)
        ordered = in_order(observation.resources)
        lines = lines_of(ordered)
        snapshot = Snapshot(
            account=observation.account,
            profile=observation.profile,
            resources=tuple(ordered),
            catalogue=observation.catalogue,
            source=source,
            taken_at=taken_at,
            complete=observation.complete,
            problems=observation.problems,
            counter=observation.counter,
            digest=snapshot_digest(observation, lines),
        )
        with self._database.writing() as connection:
            account = _account(connection, observation.account)
            before = self._standing(connection, account)
            self._newest = (0, {})
            serial = _record(connection, account, snapshot, label, seconds)
            new = [row for row, line in enumerate(lines) if line not in before]
            if len(before) + len(new) > len(lines):
                _end(connection, account, serial, _taken_out(before, lines))
            fresh = [lines[row] for row in new]
            ids = _begin(connection, account, serial, fresh, [ordered[row].address for row in new])
            before.update(zip(fresh, ids, strict=True))
        self._newest = (serial, before)
        return msgspec.structs.replace(snapshot, serial=serial, name=f"snap-{serial}")

    def get(self, account: str, serial: int) -> Snapshot:
        """Read one back exactly.

        Raises `StateProblem` when there is none, or when what is stored was changed.
        """
        with self._database.reading():
            rows = self._find("account.name = ? AND serial = ?", account, serial)
            if not rows:
                raise _no_snapshot(self._database.path, account, serial)
            return self._read(rows[0])

    def latest(self, account: str) -> Snapshot | None:
        """The newest one of an account."""
        return self._last("account.name = ?", account)

    def at(self, account: str, moment: str) -> Snapshot | None:
        """The newest one taken at or before an RFC 3339 time; raises `ValueError` for another text."""
        return self._last("account.name = ? AND seconds <= ?", account, seconds_of(moment))

    def list(self, account: str = "") -> tuple[SnapshotRow, ...]:
        """All rows, newest first; of one account, or of all for the empty string."""
        with self._database.reading():
            rows = self._find("? IN ('', account.name)", account)
            return tuple(
                msgspec.convert(row | {"account": row["account_name"]}, SnapshotRow, strict=False)
                for row in rows
            )

    def _last(self, where: str, *arguments: object) -> Snapshot | None:
        with self._database.reading():
            rows = self._find(where, *arguments, limit=1)
            return self._read(rows[0]) if rows else None

    def _find(self, where: str, *arguments: object, limit: int = -1) -> tuple[dict[str, Any], ...]:
        return tuple(
            self._tables.query(
                "SELECT account.name AS account_name, snapshot.* "  # noqa: S608 (our own words)
                "FROM snapshot JOIN account ON account.id = snapshot.account "
                f"WHERE {where} ORDER BY seconds DESC, serial DESC LIMIT ?",
                (*arguments, limit),
            )
        )

    def _read(self, row: dict[str, Any]) -> Snapshot:
        serial = row["serial"]
        lines = list(self._lines(row["account"], serial))
        try:
            snapshot = Snapshot(
                account=row["account_name"],
                profile=msgspec.json.decode(self._document(row["profile"]), type=Profile),
                resources=resources_of(lines),
                catalogue=msgspec.json.decode(self._document(row["catalogue"]), type=Catalogue),
                serial=serial,
                source=row["source"],
                name=f"snap-{serial}",
                taken_at=row["taken_at"],
                complete=bool(row["complete"]),
                problems=tuple(msgspec.json.decode(row["problems"])),
                counter=row["counter"],
                digest=row["digest"],
            )
        except (msgspec.DecodeError, TypeError, ValueError) as error:
            raise self._damaged(f"snapshot {serial}") from error
        if snapshot_digest(snapshot, lines) != snapshot.digest:
            raise self._damaged(f"snapshot {serial}")
        return snapshot

    def _lines(self, account: int, serial: int) -> dict[bytes, str]:
        """The stored lines that held at `serial`, in order, with their addresses; each one checked."""
        rows = self._database.connection.execute(
            "SELECT address, CAST(body AS BLOB), digest FROM validity JOIN resource ON id = resource "
            "WHERE account = ? AND from_serial <= ? AND (to_serial IS NULL OR to_serial > ?)",
            (account, serial, serial),
        )
        found: dict[bytes, str] = {}
        for address, line, stored in rows:
            if row_digest(line) != stored:
                raise self._damaged(f"the row of {visible(str(address), 200)}")
            found[line] = address
        return {line: found[line] for line in sorted(sorted(found), key=found.__getitem__)}

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
            next_step="put a copy of the file back, or move it aside and take a new snapshot",
        )

    def _standing(self, connection: sqlite3.Connection, account: int) -> dict[bytes, int]:
        """The lines of the account's newest snapshot with their ids, from memory if they are there."""
        newest = connection.execute(
            "SELECT max(serial) FROM snapshot WHERE account = ?", (account,)
        ).fetchone()[0]
        if newest is None:
            return {}
        if newest == self._newest[0]:
            return self._newest[1]
        rows = connection.execute(
            "SELECT CAST(body AS BLOB), id FROM validity JOIN resource ON id = resource "
            "WHERE account = ? AND to_serial IS NULL",
            (account,),
        )
        return dict(rows)


def _taken_out(before: dict[bytes, int], lines: Sequence[bytes]) -> list[int]:
    """Take what is not among `lines` out of `before`; the ids of it."""
    gone = before.keys() - set(lines)
    return [before.pop(line) for line in gone]


def _account(connection: sqlite3.Connection, name: str) -> int:
    connection.execute("INSERT INTO account (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
    return int(connection.execute("SELECT id FROM account WHERE name = ?", (name,)).fetchone()[0])


def _record(
    connection: sqlite3.Connection, account: int, snapshot: Snapshot, label: str, seconds: float
) -> int:
    """Add the snapshot's own row; gives its serial."""
    serial = int(connection.execute("SELECT coalesce(max(serial), 0) + 1 FROM snapshot").fetchone()[0])
    connection.execute(
        "INSERT INTO snapshot VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            serial,
            account,
            snapshot.taken_at,
            seconds,
            snapshot.source,
            label,
            snapshot.complete,
            canonical(snapshot.problems).decode(),
            snapshot.counter,
            len(snapshot.resources),
            snapshot.digest,
            _store_document(connection, snapshot.profile),
            _store_document(connection, snapshot.catalogue),
        ),
    )
    return serial


def _store_document(connection: sqlite3.Connection, value: msgspec.Struct) -> str:
    body = canonical(value)
    name = row_digest(body).hex()
    connection.execute("INSERT INTO document VALUES (?, ?) ON CONFLICT DO NOTHING", (name, body.decode()))
    return name


def _begin(
    connection: sqlite3.Connection,
    account: int,
    serial: int,
    lines: Sequence[bytes],
    addresses: Sequence[str],
) -> Sequence[int]:
    """Lines that hold from `serial` on; their ids. A body that stands already is not stored again."""
    last = int(connection.execute("SELECT coalesce(max(id), 0) FROM resource").fetchone()[0])
    contents = [row_digest(line) for line in lines]
    ids: Sequence[int] = range(1, len(lines) + 1)
    if last:
        fresh = count(last + 1)
        ids = [_number(connection, *row) or next(fresh) for row in zip(addresses, contents, strict=True)]
    rows = zip(ids, addresses, contents, map(bytes.decode, lines), strict=True)
    connection.executemany(
        "INSERT INTO resource VALUES (?, ?, ?, ?)", (row for row in rows if row[0] > last) if last else rows
    )
    connection.executemany(
        "INSERT INTO validity VALUES (?, ?, ?, NULL)", zip(repeat(account), ids, repeat(serial), strict=False)
    )
    return ids


def _end(connection: sqlite3.Connection, account: int, serial: int, ids: Iterable[int]) -> None:
    """What held up to the snapshot before `serial`."""
    connection.executemany(
        "UPDATE validity SET to_serial = ? WHERE account = ? AND resource = ? AND to_serial IS NULL",
        zip(repeat(serial), repeat(account), ids, strict=False),
    )


def _number(connection: sqlite3.Connection, address: str, content: bytes) -> int:
    """The id of a stored body, or 0."""
    row = connection.execute(
        "SELECT id FROM resource WHERE address = ? AND digest = ?", (address, content)
    ).fetchone()
    return int(row[0]) if row else 0


def _no_snapshot(path: Path, account: str, serial: int) -> StateProblem:
    return StateProblem(
        f"there is no snapshot {serial} of account {visible(account, 200)} in {path}",
        code="F0620",
        state="nothing was changed",
        next_step="fleetc snapshot list shows those that there are",
    )
