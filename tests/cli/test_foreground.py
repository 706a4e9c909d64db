"""`apply --foreground`: the worker itself, whose events come while it works."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Fleetc

ROOT = Path(__file__).parents[2]


def _foreground(edge: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "fleetc", "-C", str(edge), "apply", *options, "--foreground", "--json"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )


def test_events_come_while_the_worker_works(edge: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(edge))
    for step in (("plan", "-o", "p.json"), ("approve", "p.json")):
        assert fleetc(*here, *step).code == 0
    with _foreground(edge, str(edge / "p.json")) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert process.poll() is None, "the first event comes before the end"
        os.kill(process.pid, signal.SIGTERM)
        rest = [json.loads(line) for line in process.stdout]
    assert (process.returncode, rest[-1]["status"]) == (75, "paused")
    with _foreground(edge, "--resume", first["run"]) as resumed:
        out, _ = resumed.communicate()
    lines = [json.loads(line) for line in out.splitlines()]
    assert (resumed.returncode, lines[-1]["status"]) == (0, "applied")
    assert {line.get("run", first["run"]) for line in lines} == {first["run"]}


def test_a_run_that_cannot_begin_says_so_and_ends(edge: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(edge))
    for step in (("plan", "-o", "p.json"), ("approve", "p.json"), ("apply", "p.json", "--foreground")):
        assert fleetc(*here, *step).code == 0
    again = fleetc(*here, "apply", "p.json", "--foreground")
    assert again.code == 3
    assert "no valid approval" in again.err


def test_a_run_whose_worker_was_killed_is_broken_off(edge: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(edge))
    for step in (("plan", "-o", "p.json"), ("approve", "p.json")):
        assert fleetc(*here, *step).code == 0
    with _foreground(edge, str(edge / "p.json")) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
    [run] = fleetc(*here, "runs", "--json").json["runs"]
    assert (run["status"], run["broken_off"]) == ("running", True)
    assert "broken off" in fleetc(*here, "runs").out
    assert fleetc(*here, "apply", "--resume", run["id"]).code == 0
    assert fleetc(*here, "runs", "--json").json["runs"][0]["broken_off"] is False
