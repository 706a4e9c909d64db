"""Snapshots in SQLite: each resource's body once, and rows that say from when to when it held."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import count, repeat
from pathlib import Path
from typing import NamedTuple

import msgspec

from fleetc.ir.state import Observation, Snapshot
from fleetc.ir.timestamps import seconds_of
from fleetc.ir.values import canonical
from fleetc.store.database import BUSY_SECONDS, Database, Schema
from fleetc.store.snapshot_blocks import Blocks, blocks_of
from fleetc.store.snapshot_history import History
from fleetc.store.snapshot_rows import in_order, row_digest, snapshot_digest, texts_of

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


class SqliteSnapshotStore(History):
    """`fleetc.ports.SnapshotStore` over one SQLite file, by way of sqlite-utils.

    Safe for threads and processes. The lines of the newest snapshot stay in memory, so that the
    next one in this process costs what changed; another process's snapshot between them is seen.
    """

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self._database = Database(path, SNAPSHOTS, busy_seconds=busy_seconds)
        self._newest = Blocks()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def put(self, observation: Observation, *, taken_at: str, source: str, label: str = "") -> Snapshot:
        """Store an observation; the rows it costs are those that changed since the last one.

        `taken_at` is RFC 3339; raises `ValueError` when it is not.
        """
        seconds = seconds_of(taken_at)
        ordered = in_order(observation.resources)
        held = self._newest
        bounds = held.cut(ordered)
        texts = texts_of(ordered, bounds)
        snapshot = Snapshot(
            account=observation.account,
            profile=observation.profile,
            resources=ordered,
            catalogue=observation.catalogue,
            source=source,
            taken_at=taken_at,
            complete=observation.complete,
            problems=observation.problems,
            counter=observation.counter,
            digest=snapshot_digest(observation, texts),
        )
        with self._database.writing() as connection:
            account = _account(connection, observation.account)
            held, before = self._standing(connection, account, held)
            serial = _record(connection, account, snapshot, label, seconds)
            part = held.changed(texts, bounds)
            at = _At(connection, account, serial)
            addresses = [ordered[row].address for row in part.rows]
            numbers = _change(at, before or part.before, part.lines, addresses)
        self._newest = blocks_of(serial, ordered, bounds, texts, held.numbered(part, numbers, bounds))
        return msgspec.structs.replace(snapshot, serial=serial, name=f"snap-{serial}")

    def _standing(
        self, connection: sqlite3.Connection, account: int, held: Blocks
    ) -> tuple[Blocks, dict[bytes, int]]:
        """The account's newest snapshot: its blocks if they are held, else all its lines with their ids."""
        newest = connection.execute(
            "SELECT max(serial) FROM snapshot WHERE account = ?", (account,)
        ).fetchone()[0]
        if newest is None:
            return Blocks(), {}
        if newest == held.serial:
            return held, {}
        rows = connection.execute(
            "SELECT CAST(body AS BLOB), id FROM validity JOIN resource ON id = resource "
            "WHERE account = ? AND to_serial IS NULL",
            (account,),
        )
        return Blocks(), dict(rows)


class _At(NamedTuple):
    connection: sqlite3.Connection
    account: int
    serial: int


def _change(
    at: _At, before: dict[bytes, int], now: Sequence[bytes], addresses: Sequence[str]
) -> Sequence[int]:
    """From there on, lines `now` hold and no others of `before`; the ids of those that hold."""
    if not before:
        return _begin(*at, now, addresses)
    ids = [before.get(line, 0) for line in now]
    new = [row for row, number in enumerate(ids) if not number]
    _end(*at, [before[line] for line in before.keys() - set(now)])
    begun = _begin(*at, [now[row] for row in new], [addresses[row] for row in new])
    for row, number in zip(new, begun, strict=True):
        ids[row] = number
    return ids


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
