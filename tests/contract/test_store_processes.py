"""The ledger among processes and threads: races with one winner, and SIGKILL in mid-write."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fleetc.errors import Refused
from fleetc.plan.actions import Plan
from fleetc.ports import Approval
from fleetc.service.clock import SystemClock
from fleetc.store.ledger import SqliteLedger
from fleetc.store.snapshots import SqliteSnapshotStore

DIGEST = "d" * 64

_HEAD = """
import sys
from pathlib import Path
from fleetc.errors import Refused
from fleetc.service.clock import SystemClock
from fleetc.store.ledger import SqliteLedger

path, who = Path(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
"""
_LEASE = """
ledger = SqliteLedger(path, SystemClock())
try:
    print(ledger.take_lease("acc", who, "apply", 60.0, 0.0).epoch)
except Refused as refused:
    print(refused.message)
"""
_APPROVALS = """
ledger = SqliteLedger(path, SystemClock())
print(len(ledger.consume_approvals("d" * 64, who, 50.0)))
"""
_AUDIT = """
ledger = SqliteLedger(path, SystemClock())
for number in range(15):
    ledger.audit(who, "root", "note", who, {"number": number})
print("done")
"""
_FOR_EVER = """
from fleetc.events import RunPaused
ledger = SqliteLedger(path, SystemClock())
lease = ledger.lease("acc")
row, = ledger.calls("r1")
number = 0
while True:
    number += 1
    event = RunPaused(run="r1", seq=number, at="", reason="x" * 3000, next_step="")
    ledger.write(lease, (type(row)(**{**{n: getattr(row, n) for n in row.__struct_fields__},
                                      "state": "intent", "attempt": number}),), (event,))
    ledger.audit(who, "root", "note", who, {"number": number, "text": "y" * 3000})
    print(number, flush=True)
"""


def _start(script: str, path: Path, who: str) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", _HEAD + script, str(path), who],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def _race(script: str, path: Path, count: int = 4) -> list[str]:
    """Start together, and give what each one printed."""
    children = [_start(script, path, f"p{number}") for number in range(count)]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    said = []
    for child in children:
        out, error = child.communicate(timeout=60)
        assert child.returncode == 0, error
        said.append(out.strip())
    return said


def _open(path: Path) -> SqliteLedger:
    return SqliteLedger(path, SystemClock())


def _plan() -> Plan:
    return Plan("acc", "prod", "local", "p", "c", "t", "d", "snap-1", "s", "", (), {}, digest=DIGEST)


def test_a_lease_has_one_winner_also_on_a_file_not_made_yet(tmp_path: Path) -> None:
    said = _race(_LEASE, tmp_path / "ledger.db")
    assert said.count("1") == 1
    winner = f"p{said.index('1')}"
    assert [f"held by {winner} for apply" in line for line in said].count(True) == 3


def test_approvals_are_used_by_one_of_several_processes(tmp_path: Path) -> None:
    ledger = _open(tmp_path / "ledger.db")
    ledger.put_plan(_plan())
    for name in ("dana", "eve"):
        ledger.add_approval(Approval(0, DIGEST, "acc", "c", name, {}, 10.0, 100.0))
    said = _race(_APPROVALS, tmp_path / "ledger.db")
    assert sorted(said) == ["0", "0", "0", "2"]
    used = {approval.used_by for approval in ledger.approvals(DIGEST)}
    assert used == {f"p{said.index('2')}"}
    ledger.close()


def test_audit_rows_of_several_processes_are_one_chain(tmp_path: Path) -> None:
    assert _race(_AUDIT, tmp_path / "ledger.db") == ["done"] * 4
    ledger = _open(tmp_path / "ledger.db")
    assert len(list(ledger.audit_rows())) == 60
    assert ledger.verify_audit() is None
    ledger.close()


def test_threads_share_one_ledger(tmp_path: Path) -> None:
    ledger = _open(tmp_path / "ledger.db")
    won: list[int] = []

    def work(number: int) -> None:
        for _ in range(5):
            ledger.audit(f"t{number}", "root", "note", "x", {})
        try:
            won.append(ledger.take_lease("acc", f"t{number}", "apply", 60.0, 0.0).epoch)
        except Refused:
            return

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [1]
    assert [row.seq for row in ledger.audit_rows()] == list(range(1, 41))
    assert ledger.verify_audit() is None
    ledger.close()


@pytest.mark.parametrize("writes", [1, 2, 5, 9])
def test_sigkill_in_mid_write_leaves_a_valid_ledger(tmp_path: Path, writes: int) -> None:
    path = tmp_path / "ledger.db"
    ledger = _open(path)
    _with_a_run(ledger)
    ledger.close()
    child = _start(_FOR_EVER, path, "victim")
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write("go\n")
    child.stdin.flush()
    said = [int(child.stdout.readline()) for _ in range(writes)]
    child.send_signal(signal.SIGKILL)
    child.communicate()
    ledger = _open(path)
    assert ledger.verify_audit() is None
    events = [event.seq for event in ledger.events("r1")]
    (row,) = ledger.calls("r1")
    assert events == list(range(1, len(events) + 1))
    assert (row.state, row.attempt) == ("intent", len(events))
    assert len(events) >= said[-1]
    assert len(events) - len(list(ledger.audit_rows())) in (0, 1)
    ledger.audit("ann", "root", "note", "x", {})
    assert ledger.verify_audit() is None
    ledger.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def _with_a_run(ledger: SqliteLedger) -> None:
    from fleetc.plan.actions import Action, Call
    from fleetc.plan.changes import Cause, Op
    from fleetc.ports import Run

    call = Call("create_node", "create", {"name": "x"})
    action = Action("create:node/x", Op.CREATE, "node/x", "node", Cause.GIT, True, (), (call,), (), ())
    ledger.put_plan(_plan())
    ledger.create_run(Run("r1", DIGEST, "acc", "prod", "running", "ann", ""), (action,))
    ledger.take_lease("acc", "victim", "apply", 1e9, 0.0)


def test_a_journal_left_by_a_crash_is_rolled_back(tmp_path: Path) -> None:
    path = tmp_path / "snapshots.db"
    SqliteSnapshotStore(path).close()
    script = (
        "import os, signal, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA cache_size = 1')\n"
        "c.execute('BEGIN IMMEDIATE')\n"
        "c.executemany('INSERT INTO account (name) VALUES (?)', ((str(n) * 500,) for n in range(500)))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    before = path.read_bytes()
    killed = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.with_name("snapshots.db-journal").exists()
    assert path.read_bytes() != before
    store = SqliteSnapshotStore(path)
    assert store.list() == ()
    store.close()
    assert path.read_bytes() == before
