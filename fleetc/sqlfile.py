"""SQLite files that grow: a schema as steps, and consistent copies of a file.

Step 1 makes schema version 1, and each later step turns version n into n + 1. A new file goes
through all of them, so that it and a migrated one are the same to the letter. For the two places
that keep such files and do not know each other: `store` and `platforms.local`. Errors are those
of `sqlite3` and `os`; who calls gives them their words.
"""

from __future__ import annotations

import filecmp
import itertools
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

__all__ = ["build", "changed_objects", "copy_file", "migrate", "open_read_only", "version_of"]


def version_of(connection: sqlite3.Connection) -> int:
    """The schema version of a file; 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def build(connection: sqlite3.Connection, steps: Sequence[str], application_id: int) -> None:
    """Make all tables in an empty file, within the caller's write transaction."""
    _run(connection, steps)
    connection.execute(f"PRAGMA application_id = {application_id}")
    connection.execute(f"PRAGMA user_version = {len(steps)}")


def migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[str]) -> None:
    """Bring an older file to the last step, within the caller's write transaction.

    A copy of the old file is on the disk before the first change: `NAME.v1.bak`, mode 0600. Until
    the caller commits, the old file stands. Of several processes, one finds work here.
    """
    found = version_of(connection)
    if found >= len(steps):
        return
    _keep(path, found)
    _run(connection, steps[found:])
    connection.execute(f"PRAGMA user_version = {len(steps)}")


def changed_objects(connection: sqlite3.Connection, steps: Sequence[str]) -> list[str]:
    """Names of tables, views, indexes and triggers that are not exactly what the steps make."""
    with closing(sqlite3.connect(":memory:")) as wanted:
        _run(wanted, steps)
        different = _objects(wanted) ^ _objects(connection)
    return sorted({name for _, name, _ in different})


def open_read_only(path: Path) -> sqlite3.Connection:
    """A connection that cannot write, and makes no file where there is none."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def copy_file(source: Path, target: Path) -> None:
    """Copy a database as it stands at one moment, also while others write to it.

    The copy is mode 0600, has no journal beside it, and is on the disk when this returns. Raises
    `FileExistsError` when something stands at `target`.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(open_read_only(source)) as old, closing(sqlite3.connect(target)) as new:
            # holding a view of the file: without one, `backup` waits for a lock for ever
            old.execute("BEGIN")
            version_of(old)
            old.backup(new)
            new.execute("PRAGMA journal_mode = DELETE")
    except (sqlite3.Error, OSError):
        target.unlink(missing_ok=True)
        raise


def _keep(path: Path, version: int) -> None:
    """Copy the file beside itself under a free name, unless an equal copy is there already."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    copy_file(path, draft)
    try:
        for number in itertools.count(1):
            kept = path.with_name(f"{path.name}.v{version}{f'-{number}' if number > 1 else ''}.bak")
            if not os.path.lexists(kept):
                kept.hardlink_to(draft)
                _settle(kept.parent)
                return
            if kept.is_file() and filecmp.cmp(kept, draft, shallow=False):
                return
    finally:
        draft.unlink()


def _settle(folder: Path) -> None:
    """Make a new name in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _run(connection: sqlite3.Connection, steps: Sequence[str]) -> None:
    for step in steps:
        for statement in _statements(step):
            connection.execute(statement)


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _objects(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    rows = connection.execute(
        "SELECT type, name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    )
    return {(kind, name, sql) for kind, name, sql in rows}
