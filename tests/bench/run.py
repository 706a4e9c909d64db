"""Print fleetc's figures as ratios measured in one run: `python -m tests.bench.run`.

Each figure is the median of several fresh processes; the two sides of a ratio take turns, so that
a machine that gets slower gets slower for both. `--json` prints the same as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.fleetgen import write_fleet

FLEETC = [sys.executable, "-m", "fleetc"]


@dataclass(frozen=True)
class Figure:
    """One row: what was measured, the figure, and the one to reach."""

    name: str
    value: float
    unit: str
    target: float

    @property
    def met(self) -> bool:
        return self.value <= self.target


def whole(*commands: Sequence[str], runs: int, cwd: Path | None = None) -> list[float]:
    """Median seconds of whole processes, the commands taking turns; one warm-up each."""
    times: list[list[float]] = [[] for _ in commands]
    for turn in range(runs + 1):
        for command, measured in zip(commands, times, strict=True):
            begin = time.perf_counter()
            subprocess.run(command, cwd=cwd, check=False, capture_output=True, env=environment())
            if turn:
                measured.append(time.perf_counter() - begin)
    return [statistics.median(measured) for measured in times]


_INSIDE = """
import json, resource, sys, time
from pathlib import Path
path = Path(sys.argv[2])
def raw():
    from yaml.cyaml import CParser
    text = path.read_text()
    begin = time.process_time()
    CParser(text).raw_parse()
    return time.process_time() - begin
def safe():
    import yaml
    text = path.read_text()
    begin = time.process_time()
    loaded = yaml.load(text, yaml.CSafeLoader)
    return time.process_time() - begin
def compile():
    from fleetc.ir.lower import compile_fleet
    from fleetc.service.sources import folder_reader
    reader = folder_reader(path.parent)
    begin = time.process_time()
    compiled = compile_fleet(reader, path.name)
    seconds = time.process_time() - begin
    assert compiled.graph is not None
    return seconds
seconds = {"raw": raw, "safe": safe, "compile": compile}[sys.argv[1]]()
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def inside(what: str, fleet: Path) -> tuple[float, float]:
    """CPU seconds of one step and peak MiB of its process, in a fresh one."""
    command = [sys.executable, "-c", _INSIDE, what, str(fleet)]
    seconds, peak = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return seconds, peak


def turns(fleet: Path, whats: Sequence[str], runs: int) -> dict[str, tuple[float, float]]:
    """Median seconds and peak of each step, taking turns."""
    found: dict[str, list[tuple[float, float]]] = {what: [] for what in whats}
    for _ in range(runs):
        for what in whats:
            found[what].append(inside(what, fleet))
    return {
        what: (statistics.median(s for s, _ in rows), max(p for _, p in rows)) for what, rows in found.items()
    }


def start_up(runs: int) -> list[Figure]:
    """`--version` and `--help` over a bare interpreter; `check` of the edge fleet."""
    bare = [sys.executable, "-c", "pass"]
    version, help_, nothing = whole([*FLEETC, "--version"], [*FLEETC, "--help"], bare, runs=runs)
    starter = Path(__file__).parents[2] / "fleetc" / "service" / "starter.yaml"
    (check,) = whole([*FLEETC, "check", str(starter)], runs=runs)
    return [
        Figure("--version over python -c pass", version / nothing, "x", 6),
        Figure("--help over python -c pass", help_ / nothing, "x", 6),
        Figure("check of the edge fleet, whole process", check * 1000, "ms", 250),
    ]


def cold_compile(folder: Path, runs: int, safe_runs: int) -> list[Figure]:
    """Cold compile of 10,000 and 100,000 nodes over libyaml's bare parse of the same bytes."""
    seconds = {}
    figures = []
    for nodes in (10_000, 100_000):
        fleet = folder / f"fleet-{nodes}.yaml"
        write_fleet(fleet, nodes=nodes, seed=1)
        found = turns(fleet, ("compile", "raw"), runs)
        seconds[nodes] = found["compile"][0]
        ratio = found["compile"][0] / found["raw"][0]
        figures.append(Figure(f"cold compile of {nodes} nodes over raw_parse()", ratio, "x", 14))
    safe, _ = turns(fleet, ("safe",), safe_runs)["safe"]
    return [
        *figures,
        Figure("the same over yaml.load(CSafeLoader)", seconds[100_000] / safe, "x", 0.25),
        Figure("peak memory of it", found["compile"][1], "MiB", 700),
        Figure("growth from 10,000 to 100,000 nodes", seconds[100_000] / seconds[10_000], "x", 13),
    ]


def nothing_changed(folder: Path, runs: int, nodes: int) -> list[Figure]:
    """A plan when neither the commit nor the state moved, over a cold one, whole processes.

    Cold means that nothing is remembered of earlier plans.
    """
    from tests.bench.converged import store_converged

    work = folder / "unchanged"
    work.mkdir()
    write_fleet(work / "fleet.yaml", nodes=nodes, seed=1)
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "fleet"]):
        subprocess.run([*git, *arguments], cwd=work, check=True)
    plan = [*FLEETC, "-C", str(work), "plan", "--against", store_converged(work)]
    state = work / ".fleetc"

    def forget() -> None:
        shutil.rmtree(state / "memos", ignore_errors=True)
        for file in state.glob("ledger.db*"):
            file.unlink()

    first = timed(plan, runs, before=forget)
    again = timed(plan, runs * 3, before=lambda: None)
    return [Figure(f"plan, nothing changed, over cold ({nodes} nodes)", again / first, "x", 0.05)]


def timed(command: Sequence[str], runs: int, before: Callable[[], None]) -> float:
    """Median seconds of a whole process, with something done before each run."""
    found = []
    for _ in range(runs):
        before()
        begin = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=environment())
        found.append(time.perf_counter() - begin)
    return statistics.median(found)


def environment() -> dict[str, str]:
    """The environment of a measured process: byte code is kept, as it is for an installed package."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--nodes", type=int, default=100_000, help="size of the unchanged plan")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = [
            *start_up(options.runs * 3),
            *cold_compile(folder, options.runs, max(1, options.runs // 3)),
            *nothing_changed(folder, options.runs, options.nodes),
        ]
    if options.json:
        print(json.dumps([asdict(figure) | {"met": figure.met} for figure in figures], indent=2))
        return
    for figure in figures:
        word = "met" if figure.met else "MISSED"
        print(f"{figure.name:<58} {figure.value:>9.3f} {figure.unit:<4} at most {figure.target:<6} {word}")


if __name__ == "__main__":
    main()
