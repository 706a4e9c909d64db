"""The platform's one file: its tables, a connection for each thread, one transaction at a time."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fleetc.errors import NotSent, Rejected, ResultUnknown, StateProblem
from fleetc.platforms.local.tables import STEPS
from fleetc.sqlfile import build, migrate, version_of

__all__ = ["APPLICATION", "STEPS", "Database"]

APPLICATION = 0x666C7470  # "fltp"
_BUSY_SECONDS = 5.0


class Database:
    """One SQLite file in WAL mode, shared by threads and processes.

    It is closed when nobody has it any more, if not before.
    Raises `StateProblem` when the file is not this platform's, or of a newer fleetc.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._guard = threading.Lock()
        self._open: list[sqlite3.Connection] = []
        weakref.finalize(self, _close, self._open).atexit = False
        try:
            if not path.exists():
                _create(path)
            _check(path, self._connection())
        except (sqlite3.Error, OSError) as error:
            self.close()
            full = getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
            raise _unusable(path, str(error), _ROOM if full else _OTHER) from None
        except StateProblem:
            self.close()
            raise

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = _connect(self._path)
            self._local.connection = connection
            with self._guard:
                self._open.append(connection)
        return connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One write transaction, committed at the end of the block or rolled back.

        Raises `NotSent` while the file is held by another process, `Rejected` when it is full or
        read-only, `ResultUnknown` after another fault, `StateProblem` when it is damaged.
        """
        connection = self._connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            raise _translated(self._path, error) from None
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view for all reads of the block; raises as `writing` does."""
        connection = self._connection()
        try:
            connection.execute("BEGIN")
            yield connection
        except sqlite3.DatabaseError as error:
            raise _translated(self._path, error) from None
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._guard:
            _close(self._open)
        self._local = threading.local()


def _close(connections: list[sqlite3.Connection]) -> None:
    for connection in connections:
        connection.close()
    connections.clear()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _create(path: Path) -> None:
    """Make the file, for its owner only, beside its place and link it there: it appears whole, and only once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        draft.touch(0o600)
        connection = _connect(draft)
        try:
            connection.execute("BEGIN")
            build(connection, STEPS, APPLICATION)
            connection.execute("COMMIT")
            # last: on a full disk, what stands only in the write-ahead log would be lost
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            draft.with_name(draft.name + end).unlink(missing_ok=True)


def _check(path: Path, connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION:
        raise _unusable(path, "it is not an embedded platform's file")
    found = version_of(connection)
    if found > len(STEPS):
        raise _unusable(path, f"it has format {found}, this fleetc reads formats up to {len(STEPS)}")
    if found < len(STEPS):
        _migrate(path, connection)


def _migrate(path: Path, connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        migrate(connection, path, STEPS)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


_OTHER = "use the fleetc that wrote it, or move the file away to begin with an empty platform"
_ROOM = "make room or mend the disk, and run the command again"


def _unusable(path: Path, reason: str, next_step: str = _OTHER) -> StateProblem:
    return StateProblem(
        f"the embedded platform's file {path} cannot be used: {reason}",
        state="the file was left as it is",
        next_step=next_step,
    )


def _translated(path: Path, error: sqlite3.DatabaseError) -> Exception:
    """What an error of the file means for the call that met it; a bug stays what it is."""
    code = getattr(error, "sqlite_errorcode", None)
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return _unusable(path, str(error))
    if not isinstance(error, sqlite3.OperationalError):
        return error
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return NotSent("the embedded platform's file is held by another process", state="nothing was sent")
    if code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY}:
        return Rejected(f"the embedded platform's file: {error}", state="nothing changed")
    return ResultUnknown(f"the embedded platform's file: {error}")
