"""Sites made once, copied for each test, and a server that forks real workers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from fleetc.plan.actions import Plan
from tests.faults import fleets, worker_entry
from tests.faults.sites import Site, copied

ENTRY = Path(worker_entry.__file__)


class Workers:
    """Runs one worker process at a time and says how it ended."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, str(ENTRY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, folder: Path, **job: object) -> int:
        """The exit code, negative for a signal."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps({"folder": str(folder), **job}) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())

    def close(self) -> None:
        self._server.communicate()


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    server = Workers()
    yield server
    server.close()


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    """A folder for sites, in memory where there is such a place: a killed process loses nothing there."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory, prefix="fleetc-") as folder:
        yield Path(folder)


@dataclass(frozen=True)
class Prepared:
    """A closed site whose ledger holds `plan`, approved, with `run-1` not yet started."""

    folder: Path
    plan: Plan
    fleet: str

    def copy(self, target: Path) -> Path:
        return copied(self.folder, target)


@pytest.fixture(scope="session")
def way(tmp_path_factory: pytest.TempPathFactory, workers: Workers) -> Prepared:
    """From BEFORE to AFTER: a plan with every verb and every kind."""
    folder = tmp_path_factory.mktemp("way")
    site = Site(folder)
    first = site.plan(fleets.BEFORE)
    site.approve(first)
    site.begin(first, "run-0")
    site.close()
    assert workers(folder, run="run-0") == 0, (folder / "worker.log").read_text()
    return _prepared(folder, fleets.AFTER)


@pytest.fixture(scope="session")
def simple(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A small fleet on an empty platform."""
    return _prepared(tmp_path_factory.mktemp("simple"), fleets.SIMPLE)


def _prepared(folder: Path, fleet: str) -> Prepared:
    site = Site(folder)
    plan = site.plan(fleet)
    site.approve(plan)
    site.begin(plan)
    site.close()
    return Prepared(folder, plan, fleet)


@pytest.fixture
def opened() -> Iterator[Callable[..., Site]]:
    """Opens sites, and closes them after the test."""
    found: list[Site] = []

    def opening(folder: Path, **options: object) -> Site:
        site = Site(folder, **options)  # type: ignore[arg-type]
        found.append(site)
        return site

    yield opening
    for site in found:
        site.close()
