"""Opening a SQLite file of the state folder, and naming what is wrong with it."""

from __future__ import annotations

import os
import socket
import sqlite3
import stat
import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from fleetc.errors import StateProblem
from fleetc.sqlfile import build, changed_objects, migrate, version_of
from fleetc.store.handles import Key, release, take
from fleetc.store.mounts import network_file_system

__all__ = ["BUSY_SECONDS", "Database", "Schema", "place_problem", "problem_of"]

BUSY_SECONDS = 5.0
_MAGIC = b"SQLite format 3\x00"
_UNCHANGED = "nothing was written and the file was left as it is"


@dataclass(frozen=True, slots=True)
class Schema:
    """What a file must hold.

    `what` names it in messages; `application_id` tells our files from others; `steps` are the
    scripts of `fleetc.sqlfile`, and their number is the schema's version.
    """

    what: str
    application_id: int
    steps: tuple[str, ...]

    @property
    def version(self) -> int:
        """The version that a file has after the last step."""
        return len(self.steps)


class Database:
    """One file, one connection, guarded by a lock; safe for threads and processes.

    It is closed when nobody has it any more, if not before. Raises `StateProblem` when the file
    cannot be used.
    """

    def __init__(self, path: Path, schema: Schema, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        self.schema = schema
        self._lock = threading.RLock()
        with ExitStack() as undo:
            key, self._file = _open_place(path, schema.what)
            undo.callback(release, key)
            self._connect(busy_seconds)
            undo.pop_all()
        self._end = weakref.finalize(self, _end, self.connection, key)
        self._end.atexit = False

    def close(self) -> None:
        """Close the file; nothing else may be asked of it then."""
        with self._lock:
            self._end()

    def change_counter(self) -> str:
        """SQLite's own change counter (bytes 24 to 27 of the file): every write moves it."""
        return os.pread(self._file, 4, 24).hex()

    def shrink(self) -> None:
        """Give the room of deleted rows back to the disk."""
        with self._lock, self._guarded():
            self.connection.execute("VACUUM")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, within one consistent view of the file."""
        with self._transaction("DEFERRED") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection, within a transaction that holds the write lock and ends durable."""
        with self._transaction("IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _transaction(self, mode: str) -> Iterator[sqlite3.Connection]:
        with self._lock, self._guarded():
            self.connection.execute(f"BEGIN {mode}")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            finally:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            problem = problem_of(error, self.path, self.schema.what)
            if problem is None:
                raise
            raise problem from error
        except (UnicodeDecodeError, msgspec.DecodeError) as error:
            raise _damaged(self.path, self.schema.what, f"a stored text cannot be read: {error}") from error

    def _connect(self, busy_seconds: float) -> None:
        with self._guarded(), ExitStack() as undo:
            self.connection = sqlite3.connect(
                self.path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
            )
            undo.callback(self.connection.close)
            self._prepare()
            undo.pop_all()

    def _prepare(self) -> None:
        connection = self.connection
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA synchronous = FULL")
        if version_of(connection) == 0:
            self._create()
        with self._transaction("DEFERRED"):
            found = version_of(connection)
            self._check_version(found)
            self._check_schema(found)
        if found < self.schema.version:
            self._migrate()
        connection.execute("PRAGMA journal_mode = DELETE")

    def _create(self) -> None:
        with self._transaction("EXCLUSIVE") as connection:
            if version_of(connection):
                return
            if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise self._foreign()
            build(connection, self.schema.steps, self.schema.application_id)

    def _check_version(self, found: int) -> None:
        if self.connection.execute("PRAGMA application_id").fetchone()[0] != self.schema.application_id:
            raise self._foreign()
        if found > self.schema.version:
            raise StateProblem(
                f"{self.path} is a {self.schema.what} of schema version {found}, "
                f"and this fleetc knows versions up to {self.schema.version}",
                code="F0624",
                state=_UNCHANGED,
                next_step=f"install a fleetc that knows {self.schema.what} schema version {found}",
            )

    def _migrate(self) -> None:
        try:
            with self._transaction("IMMEDIATE") as connection:
                migrate(connection, self.path, self.schema.steps)
        except OSError as error:
            raise StateProblem(
                f"the {self.schema.what} {self.path} cannot be copied before it is migrated: {error.strerror}",
                code="F0627",
                state=_UNCHANGED,
                next_step="make room in its folder, and run the command again",
            ) from error

    def _check_schema(self, version: int) -> None:
        """Refuse tables, views, triggers and indexes that are not exactly ours."""
        if names := changed_objects(self.connection, self.schema.steps[:version]):
            raise StateProblem(
                f"the schema of {self.path} was changed by something else: {', '.join(names[:5])}",
                code="F0626",
                state=_UNCHANGED,
                next_step=_elsewhere(self.path),
            )

    def _foreign(self) -> StateProblem:
        return StateProblem(
            f"{self.path} is a SQLite file, but not a fleetc {self.schema.what}",
            code="F0621",
            state=_UNCHANGED,
            next_step=_elsewhere(self.path),
        )


def place_problem(path: Path, what: str) -> StateProblem | None:
    """What is wrong with the place of a file: it must be a plain, local file that only some may write."""
    cause = ""
    try:
        if path.is_symlink():
            cause = "it is a symbolic link"
        elif path.is_dir():
            cause = "it is a directory"
        elif path.exists() and not path.is_file():
            cause = "it is no plain file"
        elif path.exists() and path.stat().st_mode & stat.S_IWOTH:
            cause = "everybody may write it"
        elif kind := network_file_system(path):
            cause = f"it is on a network file system ({kind}), where locks do not hold"
    except OSError as error:
        cause = error.strerror or "it cannot be looked at"
    return _misplaced(path, what, cause) if cause else None


def _misplaced(path: Path, what: str, cause: str) -> StateProblem:
    return StateProblem(
        f"the {what} {path} cannot be opened: {cause}",
        code="F0623",
        state="nothing was read or written",
        next_step="make it a plain file on a local disk that only you may write, or name another folder with --state",
    )


def _end(connection: sqlite3.Connection, key: Key) -> None:
    connection.close()
    release(key)


def _open_place(path: Path, what: str) -> tuple[Key, int]:
    """A handle on the file, made (0600) with its folder (0700) when missing.

    Refuses what is not a plain file, and one that does not begin as a database does.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if problem := place_problem(path, what):
            raise problem
        key, file = take(path)
    except OSError as error:
        raise _misplaced(path, what, error.strerror or "it cannot be opened") from error
    start = os.pread(file, len(_MAGIC), 0)
    if start and start != _MAGIC:
        release(key)
        raise _damaged(path, what, "it is not a SQLite database")
    return key, file


def _elsewhere(path: Path) -> str:
    return (
        f"fleetc state restore BACKUP puts a whole copy back; without one, move {path.name} aside, "
        "or name another folder with --state"
    )


def _damaged(path: Path, what: str, cause: str) -> StateProblem:
    return StateProblem(
        f"the {what} {path} is damaged: {cause}",
        code="F0621",
        state=_UNCHANGED,
        next_step=_elsewhere(path),
    )


def problem_of(error: sqlite3.Error, path: Path, what: str) -> StateProblem | None:
    """Our problem for an error of SQLite; None for one that only a bug can cause."""
    if isinstance(error, sqlite3.ProgrammingError):
        return None
    # the sqlite3 module gives no code with its own errors, such as a text that is not UTF-8
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StateProblem(
            f"the {what} {path} is locked by {_holder(path)} for more than {BUSY_SECONDS:.0f} s",
            code="F0622",
            state="nothing was written",
            next_step="wait until it has finished, or end it, and run the command again",
        )
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return _damaged(path, what, str(error))
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return StateProblem(
            f"the {what} {path} cannot be written: {error}",
            code="F0627",
            state="the write did not happen; what was stored before stands",
            next_step="make room or mend the disk, and run the command again",
        )
    if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_DBMOVED:
        return StateProblem(
            f"the {what} {path} was moved away while it was open, as a restore does",
            code="F0623",
            state="nothing was written",
            next_step="run the command again",
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return StateProblem(
            f"the {what} {path} cannot be opened for writing: {error}",
            code="F0623",
            state="nothing was written",
            next_step="give yourself write access to the file and its folder, or name another with --state",
        )
    return None


def _holder(path: Path) -> str:
    """Who holds a lock on a file, from the kernel's table where there is one."""
    try:
        inode = str(path.stat().st_ino)
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return "another process"
    for line in lines:
        words = line.split()
        if words[1] != "->" and words[5].rpartition(":")[2] == inode and words[4] != str(os.getpid()):
            return f"process {words[4]} on {socket.gethostname()}"
    return "another thread or process"
