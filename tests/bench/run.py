"""Print fleetc's figures as ratios measured in one run: `python -m tests.bench.run [--only ROW]`.

Each figure is the median of several fresh processes; the two sides of a ratio take turns, so that
a machine that gets slower gets slower for both. `--json` prints the same as JSON.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.fleetgen import write_fleet
from tests.bench.measure import FLEETC, Figure, committed, timed, turns, whole
from tests.bench.peers import Peers


@dataclass(frozen=True)
class Bench:
    """Where the rows work, and how much they do."""

    folder: Path
    runs: int
    nodes: int

    def fleet(self, nodes: int) -> Path:
        """A fleet file of that many nodes."""
        path = self.folder / f"fleet-{nodes}.yaml"
        if not path.exists():
            write_fleet(path, nodes=nodes, seed=1)
        return path

    def repository(self, name: str, nodes: int) -> tuple[Path, list[str]]:
        """A repository with such a fleet whose state is stored, and the command that plans it."""
        from tests.bench.converged import store_converged

        work = self.folder / name
        work.mkdir()
        write_fleet(work / "fleet.yaml", nodes=nodes, seed=1)
        committed(work)
        return work, [*FLEETC, "-C", str(work), "plan", "--against", store_converged(work)]


def start_up(bench: Bench) -> list[Figure]:
    """`--version`, `--help` and `rules check` over a bare interpreter; `check` of the edge fleet."""
    bare = [sys.executable, "-c", "pass"]
    runs = bench.runs * 3
    rules = bench.folder / "small.rules"
    rules.write_text(_SMALL)
    version, help_, ruled, nothing = whole(
        [*FLEETC, "--version"], [*FLEETC, "--help"], [*FLEETC, "rules", "check", str(rules)], bare, runs=runs
    )
    starter = Path(__file__).parents[2] / "fleetc" / "service" / "starter.yaml"
    (check,) = whole([*FLEETC, "check", str(starter)], runs=runs)
    return [
        Figure("--version over python -c pass", version / nothing, "x", 6, 4),
        Figure("--help over python -c pass", help_ / nothing, "x", 6, 4),
        Figure("check of the edge fleet, whole process", check * 1000, "ms", 250, 150),
        Figure("rules check of a small file, less python -c pass", (ruled - nothing) * 1000, "ms", 250, 150),
    ]


_SMALL = """\
rule no-live-hub-delete "A hub is drained before it is removed" {
  on delete, replace peer
  where before.publicly_reachable and count{p in network.peers | not p.publicly_reachable} > 0
  deny "hub {host} still serves {count} spokes"
}
"""


def cold_compile(bench: Bench) -> list[Figure]:
    """Cold compile of 10,000 and 100,000 nodes over libyaml's bare parse of the same bytes."""
    large, small = (str(bench.fleet(nodes)) for nodes in (100_000, 10_000))
    one = turns({"compile": (large,), "raw": (large,)}, bench.runs)
    few = turns({"compile": (small,)}, bench.runs)
    safe = turns({"safe": (large,)}, max(1, bench.runs // 3))
    seconds = one["compile"]["seconds"]
    return [
        Figure("cold compile of 100,000 nodes over raw_parse()", seconds / one["raw"]["seconds"], "x", 14, 8),
        Figure("the same over yaml.load(CSafeLoader)", seconds / safe["safe"]["seconds"], "x", 0.25, 0.10),
        Figure("peak memory of it", one["compile"]["peak"], "MiB", 700, 350),
        Figure("growth from 10,000 to 100,000 nodes", seconds / few["compile"]["seconds"], "x", 13, 10.5),
    ]


def replan(bench: Bench) -> list[Figure]:
    """A plan again: when nothing moved, and when 10 nodes of the file (or 11, in turns) did; over a cold one.

    They differ from the commit planned first, which had nothing to do. Cold means that nothing is remembered of earlier plans. Whole processes.
    """
    work, plan = bench.repository("replan", bench.nodes)
    state = work / ".fleetc"

    def forget() -> None:
        shutil.rmtree(state / "memos", ignore_errors=True)
        for file in state.glob("ledger.db*"):
            file.unlink()

    def change() -> None:
        timed(plan, 1)
        nonlocal seed
        seed += 1
        write_fleet(work / "fleet.yaml", nodes=bench.nodes, seed=1, mutate=10 + seed % 2)
        committed(work)

    seed = 0
    cold = timed(plan, bench.runs, before=forget)
    again = timed(plan, bench.runs * 3)
    changed = timed(plan, max(1, bench.runs // 2), before=change)
    size = f"({bench.nodes:,} nodes)"
    return [
        Figure(f"plan, nothing changed, over cold {size}", again / cold, "x", 0.05, 0.06 / cold),
        Figure("the same, whole process", again * 1000, "ms", 50 * cold, 60),
        Figure(f"plan, 10 nodes changed, over cold {size}", changed / cold, "x", 1 / 4, 1 / 8),
    ]


def octodns(bench: Bench) -> list[Figure]:
    """A whole plan of 10,000 nodes against octoDNS planning 10,000 records, 10 of them changed."""
    work, plan = bench.repository("octodns", 10_000)
    write_fleet(work / "fleet.yaml", nodes=10_000, seed=1, mutate=10)
    committed(work)
    peer = Peers(bench.folder).octodns(10_000, 10)

    def forget() -> None:
        shutil.rmtree(work / ".fleetc" / "memos", ignore_errors=True)

    ours, theirs = [], []
    for _ in range(bench.runs):
        ours.append(timed(plan, 1, before=forget))
        theirs.append(timed(peer, 1))
    ratio = sorted(ours)[len(ours) // 2] / sorted(theirs)[len(theirs) // 2]
    return [Figure("plan of 10,000 nodes over octoDNS, 10,000 records", ratio, "x", 1 / 4, 1 / 15)]


def snapshots(bench: Bench) -> list[Figure]:
    """Storing 250,000 resources, over the bare rows; and again with 1,000 changes."""
    fleet = str(bench.fleet(100_000))
    found = turns({"snapshots": (fleet, "250000", "1000")}, bench.runs)["snapshots"]
    return [
        Figure(
            "first snapshot of 250,000 over bare executemany", found["first"] / found["bare"], "x", 2.0, 1.3
        ),
        Figure(
            "next snapshot with 1,000 changes over the first", found["next"] / found["first"], "x", 0.2, 0.08
        ),
    ]


def differences(bench: Bench) -> list[Figure]:
    """The diff of two states of 250,000 resources with 1,000 changes, over dictdiffer."""
    fleet = bench.fleet(100_000)
    arguments = (str(fleet), "250000", "1000")
    turns({"dictdiffer": arguments}, 1)
    command = Peers(bench.folder).dictdiffer(fleet.with_name("before.json"), fleet.with_name("after.json"))
    theirs = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    ours = turns({"differences": arguments}, bench.runs)["differences"]["seconds"]
    return [
        Figure(
            "diff of 250,000 with 1,000 changes over dictdiffer",
            ours / theirs["seconds"],
            "x",
            1 / 10,
            1 / 30,
        )
    ]


def scheduling(bench: Bench) -> list[Figure]:
    """What the executor costs an action at concurrency 64."""
    bare = turns({"scheduling": ("5000", "bare")}, bench.runs)["scheduling"]["microseconds"]
    durable = turns({"scheduling": ("5000", "journal")}, bench.runs)["scheduling"]["microseconds"]
    return [
        Figure("scheduling an action, no journal", bare, "us", 15, 4),
        Figure("the same with intent and done rows at FULL", durable, "us", 100, 30),
    ]


def rules(bench: Bench) -> list[Figure]:
    """The judge of 200 rules over 100,000 changes: made and asked first, and at one toggle."""
    found = turns({"rules": ("100000",)}, bench.runs)["rules"]
    made, encoded = found["made"], found["encoded"]
    return [
        Figure("200 rules over 100,000 changes", made * 1000, "ms", 4000, 2000),
        Figure("the same over one canonical encoding of them", made / encoded, "x", 40, 20),
        Figure("one toggle of it", found["toggle"] * 1000, "ms", 200, 100),
    ]


def apply_screen(bench: Bench) -> list[Figure]:
    """The apply screen while a run writes 10,000 events in 5 s, and that run opened again."""
    command = [sys.executable, "-m", "tests.bench.bench_apply", "--json"]
    runs = [
        json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(bench.runs)
    ]
    events, key, again = (
        {name: sorted(run[row][name] for run in runs)[len(runs) // 2] for name in ("p95", "busy")}
        for row in range(3)
    )
    return [
        Figure("apply screen, 10,000 events in 5 s: longest stall", events["p95"], "ms", 100, 60),
        Figure("the same in the loop's own processor time", events["busy"], "ms", 60, 35),
        Figure("a key meanwhile, the slowest", key["p95"], "ms", 100, 50),
        Figure("the run opened again: longest stall", again["p95"], "ms", 150, 100),
    ]


ROWS: dict[str, Callable[[Bench], list[Figure]]] = {
    "start-up": start_up,
    "compile": cold_compile,
    "replan": replan,
    "octodns": octodns,
    "snapshots": snapshots,
    "diff": differences,
    "scheduling": scheduling,
    "rules": rules,
    "apply-screen": apply_screen,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=ROWS, default=list(ROWS), help="rows to measure")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--nodes", type=int, default=100_000, help="size of the fleet planned again")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), options.runs, options.nodes)
        for row in options.only:
            found = ROWS[row](bench)
            figures += found
            if not options.json:
                show(found)
    if options.json:
        print(json.dumps([asdict(figure) | {"verdict": figure.verdict} for figure in figures], indent=2))


def show(figures: list[Figure]) -> None:
    """Print rows of the table."""
    for figure in figures:
        print(
            f"{figure.name:<58} {figure.value:>9.3f} {figure.unit:<4}"
            f" first {figure.first:<7.3g} goal {figure.goal:<7.3g} {figure.verdict}",
            flush=True,
        )


if __name__ == "__main__":
    main()
