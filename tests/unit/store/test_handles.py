"""Handles on files: shared in one process, closed with their last user, never with a lock lost."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from fleetc.store.database import Database, Schema
from fleetc.store.handles import release, take

THING = Schema("thing", 77, ("CREATE TABLE a (x);\n",))
WRITES = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN IMMEDIATE')"


def held(path: Path) -> int:
    """How many handles this process has on a file."""
    found = 0
    for each in Path("/dev/fd").iterdir():
        try:
            found += os.path.samestat(each.stat(), path.stat())
        except OSError:
            continue
    return found


def other_process_writes(path: Path) -> bool:
    ran = subprocess.run([sys.executable, "-c", WRITES, str(path)], capture_output=True, check=False)
    return ran.returncode == 0


def test_to_close_one_database_takes_no_lock_of_another_on_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    one, other = Database(path, THING), Database(path, THING)
    with one.writing():
        other.close()
        assert not other_process_writes(path)
    assert other_process_writes(path)
    one.close()


def test_a_database_that_nobody_has_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    database = Database(path, THING)
    connection = database.connection
    assert held(path) == 2
    del database
    assert held(path) == 0
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


def test_closing_twice_closes_no_other_file(tmp_path: Path) -> None:
    database = Database(tmp_path / "t.db", THING)
    database.close()
    with (tmp_path / "other").open("w") as stream:
        database.close()
        stream.write("x")
    assert (tmp_path / "other").read_text() == "x"


def test_a_file_that_was_put_in_its_place_has_a_handle_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "f"
    first, file = take(path)
    again, same = take(path)
    assert (again, same) == (first, file)
    path.rename(tmp_path / "g")
    other, new = take(path)
    assert other != first
    assert new != file
    release(first)
    assert held(tmp_path / "g") == 1
    release(first)
    assert (held(tmp_path / "g"), held(path)) == (0, 1)
    release(other)
    assert held(path) == 0


def test_a_failure_to_open_leaves_no_handle(tmp_path: Path) -> None:
    (tmp_path / "t.db").write_bytes(b"SQLite format 3\x00" + b"x" * 100)
    for _ in range(3):
        with pytest.raises(Exception, match="damaged"):
            Database(tmp_path / "t.db", THING)
    assert held(tmp_path / "t.db") == 0
