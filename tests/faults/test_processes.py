"""Workers as processes: signals, two at once, many calls at once, the front's end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fleetc.events import RunPaused
from tests.faults import fleets
from tests.faults.conftest import ENTRY, Prepared, Workers
from tests.faults.invariants import check_always, check_end, counts, effects
from tests.faults.sites import Site
from tests.faults.test_trouble import planned

Opened = Callable[..., Site]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts workers as processes of their own; none outlives the test."""
    found: list[subprocess.Popen[str]] = []

    def starting(folder: Path, **job: object) -> subprocess.Popen[str]:
        command = [sys.executable, str(ENTRY), "--once", json.dumps({"folder": str(folder), **job})]
        found.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
        return found[-1]

    yield starting
    for process in found:
        process.kill()
        process.communicate()


def wait_for(condition: Callable[[], object]) -> None:
    """Until it holds; the test's own time limit ends a wait for ever."""
    while not condition():
        time.sleep(0.005)


def test_sigterm_pauses_and_resume_finishes(
    way: Prepared, workers: Workers, start: Start, scratch: Path, opened: Opened
) -> None:
    folder = way.copy(scratch / "site")
    site = opened(folder)
    process = start(folder, config={"latency": 0.05}, concurrency=2)
    wait_for(lambda: effects(site))
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 75
    check_always(site, way.plan)
    *_, last = site.ledger().events("run-1")
    assert isinstance(last, RunPaused)
    in_flight = [row for row in site.ledger().calls("run-1") if row.state in {"intent", "sent", "unknown"}]
    assert not in_flight
    assert len(effects(site)) < sum(len(action.calls) for action in way.plan.chosen)
    assert workers(folder) == 0
    check_end(site, way.plan, way.fleet)
    before = counts(site)
    assert workers(folder) == 0
    assert counts(site) == before


def test_a_pause_request_in_the_ledger_pauses(
    way: Prepared, workers: Workers, start: Start, scratch: Path, opened: Opened
) -> None:
    folder = way.copy(scratch / "site")
    site = opened(folder)
    process = start(folder, config={"latency": 0.1}, concurrency=1)
    wait_for(lambda: effects(site))
    site.ledger().update_run("run-1", pause_requested=True)
    assert process.wait() == 75
    assert workers(folder) == 0
    check_end(site, way.plan, way.fleet)


def test_a_second_sigterm_ends_at_once(
    way: Prepared, workers: Workers, start: Start, scratch: Path, opened: Opened
) -> None:
    folder = way.copy(scratch / "site")
    site = opened(folder)
    process = start(folder, config={"latency": 20.0})
    wait_for(lambda: any(row.state == "sent" for row in site.ledger().calls("run-1")))
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 130
    assert workers(folder) == 0
    check_end(site, way.plan, way.fleet)


def test_killed_with_many_calls_in_flight(
    workers: Workers, start: Start, scratch: Path, opened: Opened
) -> None:
    fleet = fleets.networks(16)
    site = opened(scratch)
    plan = planned(site, fleet)
    process = start(scratch, config={"latency": 20.0}, concurrency=8)
    wait_for(lambda: sum(row.state == "sent" for row in site.ledger().calls("run-1")) == 8)
    process.kill()
    process.wait()
    assert workers(scratch) == 0
    check_end(site, plan, fleet)


def test_two_workers_of_one_account(simple: Prepared, start: Start, scratch: Path, opened: Opened) -> None:
    folder = simple.copy(scratch / "site")
    site = opened(folder)
    first = start(folder, config={"latency": 0.5}, concurrency=1)
    wait_for(lambda: site.ledger().lease("acme"))
    second = start(folder)
    assert second.wait() == 3
    assert second.stderr is not None
    assert f":{first.pid} for run run-1" in second.stderr.read()
    assert first.wait() == 0
    check_end(site, simple.plan, simple.fleet)


def test_a_worker_that_lost_its_lease_sends_nothing(
    simple: Prepared, workers: Workers, start: Start, scratch: Path, opened: Opened
) -> None:
    """Stopped in mid-run; another one takes over and finishes; the first one wakes up."""
    folder = simple.copy(scratch / "site")
    site = opened(folder)
    process = start(folder, config={"latency": 0.3}, concurrency=1)
    wait_for(lambda: effects(site))
    process.send_signal(signal.SIGSTOP)
    lease = site.ledger().lease("acme")
    assert lease is not None
    site.ledger().renew_lease(lease, -1.0, site.clock.now())  # its time has run out
    assert workers(folder) == 0
    check_end(site, simple.plan, simple.fleet)
    before = counts(site)
    process.send_signal(signal.SIGCONT)
    assert process.wait() == 3
    assert counts(site) == before


def test_calls_overlap(start: Start, scratch: Path, opened: Opened) -> None:
    site = opened(scratch)
    plan = planned(site, fleets.networks(16))
    assert start(scratch, config={"latency": 0.1}, concurrency=8).wait() == 0
    rows = effects(site)
    assert len(rows) == len(plan.chosen) == 16
    assert max(sum(o.started <= row.started < o.ended for o in rows) for row in rows) == 8


def test_the_front_dies_and_the_run_goes_on(simple: Prepared, scratch: Path, opened: Opened) -> None:
    """`spawn` from a process whose whole group is killed."""
    folder = simple.copy(scratch / "site")
    code = (
        "import sys, time; from pathlib import Path; from types import SimpleNamespace\n"
        "from fleetc.service import worker\n"
        "from fleetc.service.identity import Person\n"
        "folder = Path(sys.argv[2])\n"
        "place = SimpleNamespace(root=folder, state_dir=folder, arguments=lambda: ['-C', str(folder)])\n"
        "worker.subprocess.Popen = (lambda popen: lambda command, **rest: popen(\n"
        "    [sys.executable, sys.argv[1], '--once', sys.argv[3]], **rest))(worker.subprocess.Popen)\n"
        "print(worker.spawn(place, 'run-1', Person('user:dana', 'dana')), flush=True)\n"
        "time.sleep(60)\n"
    )
    job = json.dumps({"folder": str(folder), "config": {"latency": 0.05}})
    front = subprocess.Popen(
        [sys.executable, "-c", code, str(ENTRY), str(folder), job],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=ENTRY.parents[2],
    )
    assert front.stdout is not None
    pid = int(front.stdout.readline())
    assert os.getsid(pid) == pid
    os.killpg(front.pid, signal.SIGKILL)
    front.communicate()
    site = opened(folder)
    wait_for(lambda: site.ledger().get_run("run-1").status == "applied")  # type: ignore[union-attr]
    check_end(site, simple.plan, simple.fleet)
