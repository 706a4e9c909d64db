"""The audit log: a chain that shows every change, and a head outside that shows a cut tail."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleetc.errors import StateProblem
from fleetc.ports import Run
from fleetc.service.clock import SystemClock
from fleetc.store.ledger import SqliteLedger

RUN = Run("r1", "d" * 64, "acc", "prod", "starting", "ann", "2026-01-01T00:00:00Z")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    opened = SqliteLedger(path, SystemClock())
    yield opened
    opened.close()


def _fill(ledger: SqliteLedger, count: int = 5) -> list[str]:
    return [ledger.audit("ann", "root", "approve", "d" * 64, {"n": n, "t": "é"}).hash for n in range(count)]


def test_the_audit_log_is_a_chain(ledger: SqliteLedger) -> None:
    hashes = _fill(ledger)
    rows = list(ledger.audit_rows())
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5]
    assert [row.previous for row in rows] == ["0" * 64, *hashes[:-1]]
    assert rows[3].detail == {"n": 3, "t": "é"}
    assert ledger.verify_audit() is None


def _tamper(path: Path, *statements: str) -> None:
    """What somebody with the file in hand can do: past the triggers, and leaving no trace of that."""
    connection = sqlite3.connect(path, isolation_level=None)
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    for _, sql in triggers:
        connection.execute(sql)
    connection.close()


@pytest.mark.parametrize(
    ("statements", "seq"),
    [
        (("UPDATE audit SET actor = 'eve' WHERE seq = 3",), 3),
        (("UPDATE audit SET detail = '{}' WHERE seq = 1",), 1),
        (("UPDATE audit SET at = '2020' WHERE seq = 5",), 5),
        (("DELETE FROM audit WHERE seq = 2",), 3),
        (("DELETE FROM audit WHERE seq = 1",), 2),
        (("DELETE FROM audit WHERE seq > 3",), 4),
        (("DELETE FROM audit",), 1),
        (
            (
                "UPDATE audit SET seq = 99 WHERE seq = 2",
                "UPDATE audit SET seq = 2 WHERE seq = 3",
                "UPDATE audit SET seq = 3 WHERE seq = 99",
            ),
            2,
        ),
    ],
)
def test_verify_names_the_first_row_that_does_not_fit(
    path: Path, statements: tuple[str, ...], seq: int
) -> None:
    ledger = SqliteLedger(path, SystemClock())
    _fill(ledger)
    ledger.close()
    _tamper(path, *statements)
    ledger = SqliteLedger(path, SystemClock())
    found = ledger.verify_audit()
    assert found is not None
    assert found.seq == seq
    ledger.close()


def test_an_older_copy_is_found_and_not_written_to(path: Path) -> None:
    ledger = SqliteLedger(path, SystemClock())
    _fill(ledger, 2)
    copy = path.read_bytes()
    _fill(ledger, 1)
    ledger.close()
    path.write_bytes(copy)
    ledger = SqliteLedger(path, SystemClock())
    with pytest.raises(StateProblem) as problem:
        ledger.audit("ann", "root", "approve", "x", {})
    assert problem.value.code == "F0628"
    with pytest.raises(StateProblem):
        ledger.create_run(RUN, ())
    found = ledger.verify_audit()
    assert found is not None
    assert (found.seq, found.kind) == (3, "missing")
    ledger.close()


@pytest.mark.parametrize("content", [None, b"", b"junk", b'{"seq":"x","hash":1}'])
def test_a_head_that_is_gone_or_junk_is_said(path: Path, content: bytes | None) -> None:
    ledger = SqliteLedger(path, SystemClock())
    _fill(ledger, 2)
    head = path.with_name("ledger.db.head")
    head.unlink()
    if content is not None:
        head.write_bytes(content)
    with pytest.raises(StateProblem) as problem:
        ledger.verify_audit()
    assert problem.value.code == "F0628"
    ledger.close()


def test_a_clock_that_went_back_is_refused(tmp_path: Path) -> None:
    class Clock(SystemClock):
        seconds = 1_800_000_000.0

        def now(self) -> float:
            return self.seconds

    clock = Clock()
    ledger = SqliteLedger(tmp_path / "ledger.db", clock)
    ledger.audit("ann", "root", "note", "x", {})
    clock.seconds -= 200.0  # another machine's clock may be behind by some minutes
    ledger.audit("ann", "root", "note", "x", {})
    clock.seconds -= 900.0
    with pytest.raises(StateProblem, match="later than this machine's clock") as problem:
        ledger.audit("ann", "root", "note", "x", {})
    assert problem.value.code == "F0686"
    assert len(list(ledger.audit_rows())) == 2
    clock.seconds += 900.0
    ledger.audit("ann", "root", "note", "x", {})
    assert ledger.verify_audit() is None
    ledger.close()
