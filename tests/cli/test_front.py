"""The front may die; the worker goes on, or pauses when it is asked to."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fleetc.service.clock import SystemClock
from fleetc.store.ledger import SqliteLedger
from tests.cli.conftest import Fleetc

SLOW = '[environments.local]\nfour_eyes = "off"\n[environments.local.local]\nlatency = 0.05\n'


@pytest.fixture
def approved(edge: Path, fleetc: Fleetc) -> Path:
    """The edge fleet with an approved plan, on a platform that takes its time."""
    (edge / ".fleetc" / "operator.toml").write_text(SLOW)
    assert fleetc("-C", str(edge), "plan", "-o", "p.json").code == 0
    assert fleetc("-C", str(edge), "approve", "p.json", "--as", "dana").code == 0
    return edge


@pytest.fixture
def ledger(approved: Path) -> Iterator[SqliteLedger]:
    opened = SqliteLedger(approved / ".fleetc" / "ledger.db", SystemClock())
    yield opened
    opened.close()


def command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "fleetc", "-C", str(folder), *arguments]


def until(condition: Callable[[], object], what: str) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail(f"never: {what}")


def started(ledger: SqliteLedger) -> bool:
    runs = ledger.runs()
    return bool(runs) and any(True for _ in ledger.events(runs[0].id))


def ends(ledger: SqliteLedger, status: str) -> None:
    until(lambda: ledger.runs()[0].status == status, f"the run is {status}")


def test_killing_the_fronts_process_group_leaves_the_run_to_its_end(
    approved: Path, ledger: SqliteLedger, fleetc: Fleetc
) -> None:
    front = subprocess.Popen(
        command(approved, "apply", "p.json"), start_new_session=True, stdout=subprocess.DEVNULL
    )
    until(lambda: started(ledger), "the run starts")
    os.killpg(front.pid, signal.SIGKILL)
    front.wait()
    ends(ledger, "applied")
    assert fleetc("-C", str(approved), "plan", "--detailed-exitcode").code == 0


def test_closing_the_terminal_leaves_the_run_to_its_end(
    approved: Path, ledger: SqliteLedger, fleetc: Fleetc
) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, command(approved, "apply", "p.json"))
    until(lambda: started(ledger), "the run starts")
    os.close(terminal)
    os.waitpid(pid, 0)
    ends(ledger, "applied")
    assert fleetc("-C", str(approved), "plan", "--detailed-exitcode").code == 0


def test_the_first_interrupt_pauses_and_resume_finishes(
    approved: Path, ledger: SqliteLedger, fleetc: Fleetc
) -> None:
    front = subprocess.Popen(
        command(approved, "apply", "p.json", "--json"), stdout=subprocess.PIPE, text=True
    )
    until(lambda: started(ledger), "the run starts")
    front.send_signal(signal.SIGINT)
    out, _ = front.communicate(timeout=60)
    assert front.returncode == 75
    result = json.loads(out.splitlines()[-1])
    assert (result["format"], result["status"]) == ("fleetc.result/1", "paused")
    named = [action["id"] for key in ("applied_actions", "unfinished_actions") for action in result[key]]
    assert len(named) == len(set(named)) == 12
    run = ledger.runs()[0]
    assert run.status == "paused"
    resumed = fleetc("-C", str(approved), "apply", "--resume", run.id, "--json")
    assert (resumed.code, resumed.lines[-1]["status"]) == (0, "applied")

    before = fleetc("-C", str(approved), "platform", "log", "--json").out
    assert fleetc("-C", str(approved), "apply", "--resume", run.id).code == 0
    assert fleetc("-C", str(approved), "platform", "log", "--json").out == before


def test_a_second_watcher_sees_the_same_events(approved: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(approved))
    run = fleetc(*here, "apply", "p.json", "--detach").out.strip()
    watched = fleetc(*here, "watch", run, "--json")
    assert (watched.code, watched.lines[-1]["status"]) == (0, "applied")
    numbers = [line["seq"] for line in watched.lines if "seq" in line]
    assert numbers == list(range(1, len(numbers) + 1))
    assert fleetc(*here, "watch", run, "--json").out == watched.out


def test_an_account_held_by_another_run_is_refused_and_the_approval_stays(
    approved: Path, ledger: SqliteLedger, fleetc: Fleetc
) -> None:
    lease = ledger.take_lease("edge-demo", "elsewhere:1", "run run-0", 600.0, SystemClock().now())
    ran = fleetc("-C", str(approved), "apply", "p.json")
    assert (ran.code, "held by elsewhere:1 for run run-0" in ran.err) == (3, True)
    assert "nothing was sent" in ran.err
    ledger.release_lease(lease)
    assert fleetc("-C", str(approved), "apply", "p.json").code == 0


@pytest.mark.parametrize("arguments", [(), ("review",)])
def test_fleetc_alone_opens_the_review_in_a_terminal(edge: Path, arguments: tuple[str, ...]) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(sys.executable, command(edge, *arguments))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    shown = b""
    for _ in range(400):
        if b"environment/local" in shown:
            break
        if select.select([terminal], [], [], 0.1)[0]:
            shown += os.read(terminal, 65536)
    assert b"environment/local" in shown
    os.write(terminal, b"q")
    for _ in range(400):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            break
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                os.read(terminal, 65536)
            except OSError:  # the other side is closed
                time.sleep(0.05)
    os.close(terminal)
    assert (ended, os.waitstatus_to_exitcode(status)) == (pid, 0)
