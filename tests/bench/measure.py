"""How the bench measures: whole processes, steps in fresh processes, and figures with two targets."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FLEETC", "Figure", "committed", "environment", "timed", "turns", "whole"]

FLEETC = (sys.executable, "-m", "fleetc")


@dataclass(frozen=True)
class Figure:
    """One row: what was measured, the figure, what to reach first, and the goal."""

    name: str
    value: float
    unit: str
    first: float
    goal: float

    @property
    def verdict(self) -> str:
        """`goal`, `first` or `MISSED`."""
        return "goal" if self.value <= self.goal else "first" if self.value <= self.first else "MISSED"


def environment() -> dict[str, str]:
    """The environment of a measured process: byte code is kept, as it is for an installed package."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def timed(command: Sequence[str], runs: int, before: Callable[[], None] = lambda: None) -> float:
    """Median seconds of a whole process, with something done before each run."""
    found = []
    for _ in range(runs):
        before()
        begin = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=environment())
        found.append(time.perf_counter() - begin)
    return statistics.median(found)


def whole(*commands: Sequence[str], runs: int) -> list[float]:
    """Median seconds of whole processes, the commands taking turns; one warm-up each."""
    times: list[list[float]] = [[] for _ in commands]
    for turn in range(runs + 1):
        for command, measured in zip(commands, times, strict=True):
            seconds = timed(command, 1)
            if turn:
                measured.append(seconds)
    return [statistics.median(measured) for measured in times]


def turns(steps: Mapping[str, Sequence[str]], runs: int) -> dict[str, dict[str, float]]:
    """The medians of what each step of `tests.bench.steps` prints, each in fresh processes, taking turns.

    A step is named by its key and called with its arguments; it prints a mapping of numbers.
    """
    found: dict[str, list[dict[str, float]]] = {name: [] for name in steps}
    for _ in range(runs):
        for name, arguments in steps.items():
            command = [sys.executable, "-m", "tests.bench.steps", name, *arguments]
            done = subprocess.run(command, check=True, capture_output=True, env=environment())
            found[name].append(json.loads(done.stdout))
    return {
        name: {key: statistics.median(row[key] for row in rows) for key in rows[0]}
        for name, rows in found.items()
    }


def committed(folder: Path) -> None:
    """Commit everything in a folder, which becomes a repository."""
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    if not (folder / ".git").exists():
        subprocess.run([*git, "init", "-q"], cwd=folder, check=True)
    for arguments in (["add", "fleet.yaml"], ["commit", "-q", "-m", "fleet"]):
        subprocess.run([*git, *arguments], cwd=folder, check=True)
