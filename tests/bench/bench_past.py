"""The drift and snapshots screens with 100,000 rows, as a person at a terminal of 120x36 meets them.

    python -m tests.bench.bench_past [--rows 100000] [--rounds 10] [--json]

A real store holds two snapshots that differ in every resource, and the plan finds all of them
unmanaged. What is measured, and how, is as in `bench_tui` and `terminal`.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from fleetc.ir.state import Catalogue, LiveResource, Observation
from fleetc.ir.timestamps import rfc3339
from fleetc.plan.actions import Plan
from fleetc.platforms.local.profile import local_profile
from fleetc.store.plan_codec import encode_plan
from fleetc.store.snapshots import SqliteSnapshotStore
from tests.bench.bench_tui import plan_of
from tests.bench.terminal import Beats, Figure, Press, Terminal, of_keys, session_on, tell, terminal, watched

KEYS: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    ("j, k", (b"j", b"j", b"k")),
    ("page down, up", (b"\x1b[6~", b"\x1b[6~", b"\x1b[5~")),
    ("home, end", (b"g", b"G")),
    ("close and open a group", (b"g", b"\r", b"\r")),
    ("filter, a key", (b"/", b"h", b"0", b"9", b"\x1b")),
)


class PastTerminal(Terminal):
    """The program in a terminal."""

    module = "tests.bench.bench_past"


def program(path: Path) -> None:
    """Show the plan at `path` and the store beside it, and write down how the loop's heart beat."""
    app, beats = watched(session_on(path))
    app.run()
    path.with_suffix(".told").write_text(json.dumps({"beats": beats}))


def stored(folder: Path, rows: int) -> Plan:
    """A store of two snapshots with as many resources, each of them another one; the plan of nothing else."""
    (folder / ".fleetc").mkdir(parents=True)
    (folder / "fleet.yaml").write_text("version: 1\naccount: bench\n")
    store = SqliteSnapshotStore(folder / ".fleetc" / "snapshots.db")
    for second, rack in enumerate(("6", "7")):
        seen = tuple(
            LiveResource(f"node/h{n:06d}", "node", f"n-{n}", {"labels": {"rack": rack}}) for n in range(rows)
        )
        store.put(
            Observation("bench", local_profile(), seen, Catalogue()),
            taken_at=rfc3339(time.time() + second),
            source="live",
        )
    store.close()
    return msgspec.structs.replace(
        plan_of(0),
        account="bench",
        snapshot="snap-2",
        snapshot_taken_at=rfc3339(time.time()),
        unmanaged=tuple(f"node/h{n:06d}" for n in range(rows)),
    )


def shows(shown: Terminal, key: bytes, words: bytes) -> Press:
    """Press a key, and wait for some words."""
    begin = time.monotonic()
    os.write(shown.master, key)
    return begin, shown.until(words)


def drive(shown: Terminal, rounds: int) -> tuple[dict[str, list[Press]], dict[str, Any]]:
    """Press all keys on both screens; when, and what the inside measured."""
    shown.until(b"environment/")
    shown.settle(2.0)
    presses: dict[str, list[Press]] = {}
    for screen in ("drift", "diff"):
        if screen == "drift":
            presses["drift: shown"] = [shows(shown, b"4", b"node/h000020")]
        else:
            presses["snapshots: shown"] = [shows(shown, b"5", b"snap-1")]
            presses["diff: made"] = [shows(shown, b"d", b"differ")]
            shown.press(b"\t")
        shown.settle(4.0)
        for name, keys in KEYS:
            presses[f"{screen}: {name}"] = [shown.press(key) for _ in range(rounds) for key in keys]
    return presses, shown.leave()


_TARGETS = dict.fromkeys(("drift: shown", "snapshots: shown", "diff: made"), 10_000.0) | dict.fromkeys(
    ("drift: filter, a key", "diff: filter, a key"), 100.0
)


def measured(path: Path, rounds: int) -> list[Figure]:
    """All figures of the plan and the store at `path`."""
    with terminal(path, PastTerminal) as shown:
        presses, found = drive(shown, rounds)
    beats = Beats(found["beats"])
    return [
        figure
        for name, each in presses.items()
        for figure in of_keys(name, each, beats, _TARGETS.get(name, 50))
    ]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure the drift and snapshots screens.")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--program", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.program:
        program(options.program)
        return
    with tempfile.TemporaryDirectory() as name:
        plan = Path(name) / "plan"
        plan.write_text(encode_plan(stored(Path(name) / "workspace", options.rows)))
        figures = measured(plan, options.rounds)
    if options.json:
        print(msgspec.json.encode({"rows": options.rows, "figures": figures}).decode())
        return
    tell(f"{options.rows} rows", figures)


if __name__ == "__main__":
    main()
