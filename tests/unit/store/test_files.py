"""Files that cannot be used: damaged, foreign, newer, locked, in the wrong place."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fleetc.errors import StateProblem
from fleetc.ir.state import Catalogue, LiveResource, Observation
from fleetc.platforms.local.profile import local_profile
from fleetc.service.clock import SystemClock
from fleetc.store.ledger import SqliteLedger
from fleetc.store.snapshots import SqliteSnapshotStore

TAKEN = "2026-01-01T00:00:00Z"


def _ledger(path: Path) -> SqliteLedger:
    return SqliteLedger(path, SystemClock(), busy_seconds=0.05)


def _snapshots(path: Path) -> SqliteSnapshotStore:
    return SqliteSnapshotStore(path, busy_seconds=0.05)


KINDS = pytest.mark.parametrize("build", [_ledger, _snapshots])
Build = Callable[[Path], Any]


def _code(build: Build, path: Path) -> str:
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StateProblem) as problem:
        build(path)
    assert problem.value.state
    assert problem.value.next_step
    assert (path.read_bytes() if path.is_file() else b"") == before
    return problem.value.code


@KINDS
def test_made_for_its_owner_only(tmp_path: Path, build: Build) -> None:
    path = tmp_path / "state" / "file.db"
    build(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    build(path).close()


@KINDS
def test_not_a_database(tmp_path: Path, build: Build) -> None:
    path = tmp_path / "file.db"
    path.write_bytes(b"version: 1\n" * 1000)
    assert _code(build, path) == "F0621"


@KINDS
def test_a_database_of_another_program(tmp_path: Path, build: Build) -> None:
    path = tmp_path / "file.db"
    for statement in ("CREATE TABLE note (text)", "PRAGMA user_version = 1"):
        with sqlite3.connect(path) as connection:
            connection.execute(statement)
        connection.close()
        assert _code(build, path) == "F0621"


def test_one_kind_of_file_is_not_the_other(tmp_path: Path) -> None:
    _ledger(tmp_path / "file.db").close()
    assert _code(_snapshots, tmp_path / "file.db") == "F0621"


@KINDS
def test_a_newer_file_names_the_version_it_needs(tmp_path: Path, build: Build) -> None:
    path = tmp_path / "file.db"
    build(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(StateProblem, match="schema version 7") as problem:
        build(path)
    assert problem.value.code == "F0624"
    assert _code(build, path) == "F0624"


@KINDS
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE extra (x)",
        "CREATE VIEW hostile AS SELECT 1",
        "CREATE INDEX slow ON sqlite_sequence_free (x)",
    ],
)
def test_a_changed_schema(tmp_path: Path, build: Build, statement: str) -> None:
    path = tmp_path / "file.db"
    build(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sqlite_sequence_free (x)".replace("sqlite_", "a_"))
        connection.execute(statement.replace("sqlite_", "a_"))
    connection.close()
    assert _code(build, path) == "F0626"


def test_a_trigger_that_was_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    _ledger(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER audit_no_delete")
    connection.close()
    assert _code(_ledger, path) == "F0626"


@KINDS
def test_wrong_places(tmp_path: Path, build: Build) -> None:
    real = tmp_path / "real.db"
    build(real).close()
    (tmp_path / "link.db").symlink_to(real)
    (tmp_path / "dangling.db").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.db").mkdir()
    below_a_file = real / "file.db"
    os.mkfifo(tmp_path / "pipe.db")
    names = ("link.db", "dangling.db", "folder.db", "pipe.db")
    for path in (*(tmp_path / name for name in names), below_a_file):
        assert _code(build, path) == "F0623"
    assert not (tmp_path / "nowhere").exists()


@KINDS
def test_a_file_that_everybody_may_write_is_refused(tmp_path: Path, build: Build) -> None:
    path = tmp_path / "file.db"
    build(path).close()
    path.chmod(0o666)
    assert _code(build, path) == "F0623"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
@KINDS
def test_not_writable(tmp_path: Path, build: Build) -> None:
    path = tmp_path / "file.db"
    build(path).close()
    path.chmod(0o400)
    assert _code(build, path) == "F0623"


@KINDS
def test_locked_by_somebody(tmp_path: Path, build: Build) -> None:
    path = tmp_path / "file.db"
    build(path).close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StateProblem, match="is locked by") as problem:
        build(path)
    assert problem.value.code == "F0622"
    holder.execute("ROLLBACK")
    holder.close()
    build(path).close()


def test_moved_away_while_open(tmp_path: Path) -> None:
    ledger = _ledger(tmp_path / "ledger.db")
    (tmp_path / "ledger.db").rename(tmp_path / "aside.db")
    before = (tmp_path / "aside.db").read_bytes()
    with pytest.raises(StateProblem, match="was moved away while it was open") as problem:
        ledger.audit("user:ann", "ann", "note", "x", {})
    assert (problem.value.code, problem.value.next_step) == ("F0623", "run the command again")
    assert (tmp_path / "aside.db").read_bytes() == before
    ledger.close()


def test_a_full_disk_loses_nothing_that_stood(tmp_path: Path) -> None:
    ledger = _ledger(tmp_path / "ledger.db")
    ledger.audit("ann", "root", "note", "x", {})
    pages = ledger._database.connection.execute("PRAGMA page_count").fetchone()[0]
    ledger._database.connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StateProblem) as problem:
        ledger.audit("ann", "root", "note", "x", {"text": "y" * 400_000})
    assert problem.value.code == "F0627"
    ledger._database.connection.execute("PRAGMA max_page_count = 1000000")
    assert ledger.verify_audit() is None
    ledger.close()


def _filled(path: Path) -> tuple[bytes, Any]:
    store = _snapshots(path)
    for second in range(3):
        found = tuple(
            LiveResource(
                f"node/h{n}", "node", f"n-{n}", {"status": f"s{second * (n % 5 == 0)}", "t": "x" * 40}
            )
            for n in range(60)
        )
        seen = Observation("acc", local_profile(), found, Catalogue(regions=("r",)))
        store.put(seen, taken_at=TAKEN, source="live")
    kept = [store.get("acc", serial) for serial in (1, 2, 3)]
    store.close()
    return path.read_bytes(), kept


def _reads_back_or_says_so(path: Path, kept: list[Any]) -> bool:
    """Whether the damage was noticed; what reads back must be what was stored."""
    noticed = False
    try:
        store = _snapshots(path)
    except StateProblem:
        return True
    for serial, snapshot in enumerate(kept, 1):
        try:
            assert store.get("acc", serial) == snapshot
        except StateProblem:
            noticed = True
    store.close()
    return noticed


def test_a_cut_file_is_never_read_wrong(tmp_path: Path) -> None:
    whole, kept = _filled(tmp_path / "whole.db")
    path = tmp_path / "cut.db"
    for length in (1, 15, 16, 99, 100, 512, *range(4096, len(whole), 4096), len(whole) - 1):
        path.write_bytes(whole[:length])
        assert _reads_back_or_says_so(path, kept), length


def test_a_flipped_bit_is_never_read_wrong(tmp_path: Path) -> None:
    whole, kept = _filled(tmp_path / "whole.db")
    path = tmp_path / "flipped.db"
    noticed = 0
    places = range(7, len(whole), 1097)
    for number, place in enumerate(places):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << number % 8
        path.write_bytes(flipped)
        noticed += _reads_back_or_says_so(path, kept)
    assert noticed > len(places) / 4  # the rest hits free space, or columns that carry nothing


def test_a_flipped_bit_in_a_body_is_noticed(tmp_path: Path) -> None:
    whole, kept = _filled(tmp_path / "whole.db")
    path = tmp_path / "flipped.db"
    place = whole.index(b'"t":"xxxx') + 6
    path.write_bytes(whole[:place] + b"y" + whole[place + 1 :])
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert _reads_back_or_says_so(path, kept)


@pytest.mark.parametrize("length", [1, 50, 100, 4096, 20000])
def test_a_cut_ledger_is_not_written_to(tmp_path: Path, length: int) -> None:
    path = tmp_path / "ledger.db"
    ledger = _ledger(path)
    for number in range(30):
        ledger.audit("ann", "root", "note", "x", {"number": number, "text": "y" * 500})
    ledger.close()
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(StateProblem):
        _ledger(path).audit("ann", "root", "note", "x", {})


def test_an_emptied_ledger_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = _ledger(path)
    ledger.audit("ann", "root", "note", "x", {})
    ledger.close()
    path.write_bytes(b"")
    ledger = _ledger(path)
    with pytest.raises(StateProblem) as problem:
        ledger.audit("ann", "root", "note", "x", {})
    assert problem.value.code == "F0628"
    ledger.close()
