"""Schema steps: copied first, whole or not at all, by one of several; and released files of old."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fleetc.errors import StateProblem
from fleetc.platforms.local.config import LocalConfig
from fleetc.platforms.local.platform import LocalPlatform
from fleetc.service.clock import SystemClock
from fleetc.sqlfile import copy_file
from fleetc.store.database import Database, Schema
from fleetc.store.ledger import SqliteLedger
from fleetc.store.ledger_schema import LEDGER
from fleetc.store.snapshots import SNAPSHOTS, SqliteSnapshotStore

A, B, C = "CREATE TABLE a (x);\n", "CREATE TABLE b (y);\n", "CREATE TABLE c (z);\n"
V1 = Schema("thing", 77, (A,))
V2 = Schema("thing", 77, (A, "CREATE TABLE b (y);\nINSERT INTO b SELECT x + 1 FROM a;\n"))
V3 = Schema("thing", 77, (*V2.steps, C))

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of version 1 with one row."""
    path = tmp_path / "thing.db"
    old = Database(path, V1)
    with old.writing() as connection:
        connection.execute("INSERT INTO a VALUES (1)")
    old.close()
    return path


def _rows(path: Path, table: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall()


def _dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [*connection.iterdump(), str(connection.execute("PRAGMA user_version").fetchone())]


def test_an_older_file_is_copied_and_then_migrated(path: Path) -> None:
    before = _dump(path)
    new = Database(path, V3)
    with new.reading() as connection:
        assert connection.execute("SELECT x, y FROM a, b, (SELECT count(*) FROM c)").fetchall() == [(1, 2)]
        assert connection.execute("PRAGMA user_version").fetchone() == (3,)
    new.close()
    kept = path.with_name("thing.db.v1.bak")
    assert _dump(kept) == before
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert sorted(item.name for item in path.parent.iterdir()) == ["thing.db", "thing.db.v1.bak"]


def test_a_migrated_file_and_a_new_one_are_the_same(path: Path, tmp_path: Path) -> None:
    Database(path, V2).close()
    Database(path, V3).close()
    Database(tmp_path / "new.db", V3).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM a")
        connection.execute("DELETE FROM b")
        connection.commit()
    assert _dump(path) == _dump(tmp_path / "new.db")


def test_the_program_of_before_refuses_a_migrated_file(path: Path) -> None:
    Database(path, V2).close()
    with pytest.raises(StateProblem, match="schema version 2") as problem:
        Database(path, V1)
    assert problem.value.code == "F0624"
    assert "schema version 2" in problem.value.next_step


def test_a_copy_of_before_is_never_written_over(path: Path) -> None:
    old = path.read_bytes()
    kept = path.with_name("thing.db.v1.bak")
    kept.write_bytes(b"precious")
    Database(path, V2).close()
    assert kept.read_bytes() == b"precious"
    second = path.with_name("thing.db.v1-2.bak")
    assert _rows(second, "a, a AS b, a AS c") == [(1, 1, 1)]
    path.write_bytes(old)
    Database(path, V2).close()  # put back and migrated again: an equal copy is there already
    assert sorted(item.name for item in path.parent.glob("*.bak")) == [kept.name, second.name][::-1]


def test_a_migration_that_fails_leaves_the_old_file(path: Path) -> None:
    before = _dump(path)
    with pytest.raises(sqlite3.OperationalError):
        Database(path, Schema("thing", 77, (A, B, "CREATE TABLE a (z);\n")))
    assert _dump(path) == before
    Database(path, V1).close()


def test_a_table_in_the_way_of_a_migration_is_refused_first(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE b (mine)")
    with pytest.raises(StateProblem) as problem:
        Database(path, V2)
    assert problem.value.code == "F0626"
    assert not list(path.parent.glob("*.bak"))


def test_no_copy_no_migration(path: Path) -> None:
    before = path.read_bytes()
    (path.parent / f".thing.db.{os.getpid()}.tmp").mkdir()  # what cannot be written, even by root
    with pytest.raises(StateProblem) as problem:
        Database(path, V2)
    assert (problem.value.code, path.read_bytes()) == ("F0627", before)


_CHILD = """
import os, signal, sys
from pathlib import Path
from fleetc import sqlfile
from fleetc.store import database
path, steps, when = Path(sys.argv[1]), tuple(sys.argv[2].split("|")), sys.argv[3]
def killed_after(function):
    def call(*arguments):
        function(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)
    return call
if when == "copy":
    sqlfile._keep = killed_after(sqlfile._keep)
if when == "steps":
    database.migrate = killed_after(database.migrate)
print("ready", flush=True)
sys.stdin.readline()
database.Database(path, database.Schema("thing", 77, steps)).close()
print("done")
"""
# enough to be written to the file before the commit, so that only its journal can take it back
LARGE = """CREATE TABLE b (y);
INSERT INTO b WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
  SELECT hex(zeroblob(600)) FROM n;
"""


def _child(path: Path, when: str) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(path), f"{A}|{LARGE}", when],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


@pytest.mark.parametrize("when", ["copy", "steps"])
def test_killed_in_mid_migration_the_old_file_stands(path: Path, when: str) -> None:
    before, bytes_before = _dump(path), path.read_bytes()
    child = _child(path, when)
    child.communicate("go\n", timeout=60)
    assert child.returncode == -signal.SIGKILL
    if when == "steps":
        assert path.read_bytes() != bytes_before
    Database(path, V1).close()
    assert _dump(path) == before
    assert _dump(path.with_name("thing.db.v1.bak")) == before
    Database(path, Schema("thing", 77, (A, LARGE))).close()
    assert len(_rows(path, "b, a, a AS c")) == 4000
    assert len(list(path.parent.glob("*.bak"))) == 1


def test_of_several_processes_one_migrates_and_all_go_on(path: Path) -> None:
    children = [_child(path, "never") for _ in range(3)]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        out, error = child.communicate(timeout=60)
        assert (out, error) == ("done\n", "")
    assert len(_rows(path, "b, a, a AS c")) == 4000
    assert [item.name for item in path.parent.glob("*.bak")] == ["thing.db.v1.bak"]


def test_a_copy_is_of_one_moment_while_others_write(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO a VALUES (2)")
        copy_file(path, tmp_path / "copy.db")
        writer.execute("COMMIT")
    assert _rows(tmp_path / "copy.db", "a, a AS b, a AS c") == [(1, 1, 1)]
    with pytest.raises(FileExistsError):
        copy_file(path, tmp_path / "copy.db")


def _load(folder: Path, name: str) -> Path:
    """A file of the state folder as the fleetc of an older schema left it."""
    path = folder / f"{name}.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FIXTURES / "state-v1" / f"{name}.sql").read_text())
    return path


def _contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, read past fleetc."""
    with closing(sqlite3.connect(path)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in names}


@pytest.mark.parametrize(
    ("name", "opened"),
    [
        ("ledger", lambda path: SqliteLedger(path, SystemClock())),
        ("snapshots", SqliteSnapshotStore),
        ("platform", lambda path: LocalPlatform(path, "edge-demo", SystemClock(), LocalConfig())),
    ],
)
def test_a_released_file_keeps_every_row(tmp_path: Path, name: str, opened: Callable[[Path], Any]) -> None:
    path = _load(tmp_path, name)
    before = _contents(path)
    assert sum(map(len, before.values())) > 20
    opened(path).close()
    after = _contents(path)
    widths = {table: len(rows[0]) for table, rows in before.items() if rows}
    kept = {table: [row[: widths.get(table)] for row in after[table]] for table in before}
    assert kept == before
    new = {table: rows for table, rows in after.items() if rows and table not in before}
    assert new.keys() <= {"applied_environment"}


def test_a_released_ledger_is_understood(tmp_path: Path) -> None:
    path = _load(tmp_path, "ledger")
    path.with_name("ledger.db.head").write_bytes((FIXTURES / "state-v1" / "ledger.head").read_bytes())
    ledger = SqliteLedger(path, SystemClock())
    assert path.with_name("ledger.db.v1.bak").is_file() == (LEDGER.version > 1)
    plans = [ledger.get_plan(digest) for digest in ledger.find_plans("")]
    assert {plan.request_id for plan in plans if plan} >= {request.id for request in ledger.requests()}
    assert {request.status for request in ledger.requests()} == {"used", "rejected"}
    assert ledger.applied_environment("edge-demo") == ledger.runs("edge-demo")[0].environment
    approvals = [approval for plan in plans if plan for approval in ledger.approvals(plan.digest)]
    assert sorted(approval.approver for approval in approvals) == ["user:dana", "user:eve"]
    runs = ledger.runs("edge-demo")
    assert [run.status for run in runs] == ["applied", "applied"]
    states = [{call.state for call in ledger.calls(run.id)} for run in runs]
    assert all({"verified"} <= found <= {"verified", "planned"} for found in states)
    assert all(len(list(ledger.events(run.id))) >= 4 for run in runs)
    assert ledger.baselines("edge-demo")["node/edge-tokyo-01"].id
    assert set(ledger.withheld("edge-demo")) == {
        "instance/edge-london-01",
        "node/edge-tokyo-01",
        "peer/edge-fabric/edge-london-01",
        "virtual_ip/edge-fabric/cdn-frontend",
    }
    assert ledger.verify_audit() is None
    assert ledger.audit("user:ann", "ann", "note", "x", {}).seq == len(list(ledger.audit_rows()))
    assert ledger.verify_audit() is None
    ledger.close()


def test_released_snapshots_read_back_exactly(tmp_path: Path) -> None:
    path = _load(tmp_path, "snapshots")
    store = SqliteSnapshotStore(path)
    assert path.with_name("snapshots.db.v1.bak").is_file() == (SNAPSHOTS.version > 1)
    rows = store.list("edge-demo")
    assert [row.label for row in rows if row.label] == ["without a peer", "after a hand edit"]
    found = [store.get("edge-demo", row.serial) for row in rows]
    assert [snapshot.digest for snapshot in found] == [row.digest for row in rows]
    assert found[0].by_address["node/edge-tokyo-01"].fields["labels"] == {"rack": "7"}
    assert "peer/edge-fabric/edge-tokyo-02" not in found[0].by_address
    assert "peer/edge-fabric/edge-tokyo-02" in found[1].by_address
    store.close()
