"""The apply screen while a run writes 10,000 events in 5 seconds.

    python -m tests.bench.bench_apply [--actions 5000] [--seconds 5] [--json]

The real program runs in a pseudo terminal, on a real ledger that another process writes the events
to. Stalls are the longest that the event loop kept its own heartbeat waiting, in seconds and in
processor time of its own thread (the rest is other processes of the machine); a key's time is from
its byte going in to the last byte of a paint. Then the same run is opened again from its first event.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from fleetc.events import ActionStarted, ActionSucceeded, RunEvent, RunFinished, RunStarted
from fleetc.ir.timestamps import rfc3339
from fleetc.plan.actions import Plan
from fleetc.plan.order import steps
from fleetc.ports import Run
from fleetc.service.clock import SystemClock
from fleetc.store.ledger import SqliteLedger
from fleetc.store.plan_codec import decode_plan, encode_plan
from tests.bench.bench_tui import plan_of
from tests.bench.terminal import Beats, Figure, Terminal, session_on, tell, terminal, watched

RUN = "run-bench"
GROUP = 20
"""Events that are written in one transaction."""
ACTIONS_A_NODE = 100_000 / 32_500
STEPS = 25
"""How often a key is pressed while the events come."""


class ApplyTerminal(Terminal):
    """The apply screen in a terminal."""

    module = "tests.bench.bench_apply"


def program(path: Path) -> None:
    """Show the plan of the ledger beside `path`, and write down how the loop's heart beat."""
    app, beats = watched(session_on(path))
    app.run()
    shown = app.apply.watched.state.seq
    path.with_suffix(".told").write_text(json.dumps({"beats": beats, "shown": shown}))


def begun(folder: Path, plan: Plan) -> SqliteLedger:
    """A ledger with the plan and a run of it that has not begun."""
    (folder / ".fleetc").mkdir(parents=True)
    (folder / "fleet.yaml").write_text(f"version: 1\naccount: {plan.account}\n")
    ledger = SqliteLedger(folder / ".fleetc" / "ledger.db", SystemClock())
    ledger.put_plan(plan)
    now = time.time()
    run = Run(RUN, plan.digest, plan.account, plan.environment, "running", "user:dana", rfc3339(now))
    ledger.create_run(run, plan.actions)
    return ledger


def events_of(plan: Plan) -> Iterator[RunEvent]:
    """Two events for each action, numbered, as they would come; the times are those of asking."""

    def common(number: int) -> dict[str, Any]:
        return {"run": RUN, "seq": number, "at": rfc3339(time.time(), milliseconds=True)}

    yield RunStarted(
        **common(1), plan=plan.digest, environment=plan.environment, account=plan.account, by="dana",
        approved_by=("kim",), total=len(plan.chosen), epoch=1, host="bench", pid=1,
    )  # fmt: skip
    number = 1
    seen: set[int] = set()
    for step in steps(plan):
        if step.action in seen:
            continue
        seen.add(step.action)
        action = plan.actions[step.action]
        named = {"action": action.id, "op": str(action.op), "address": action.address}
        yield ActionStarted(**common(number + 1), **named, wave=step.wave)
        yield ActionSucceeded(**common(number + 2), **named, platform_id="id", seconds=0.1)
        number += 2
    yield RunFinished(**common(number + 1), status="applied", result={"status": "applied"})


def feed(path: Path, seconds: float) -> None:
    """Write the run's events evenly over a time, as its worker would."""
    plan = decode_plan(path.read_text())
    assert plan is not None
    ledger = SqliteLedger(path.parent / "workspace" / ".fleetc" / "ledger.db", SystemClock())
    lease = ledger.take_lease(plan.account, "bench", RUN, 600.0, time.time())
    total = 2 * len(plan.chosen) + 2
    begin, written, group = time.monotonic(), 0, list[RunEvent]()
    for event in events_of(plan):
        group.append(event)
        if len(group) < GROUP and event.seq < total:
            continue
        ledger.write(lease, (), tuple(group))
        written += len(group)
        group = []
        if written % 500 < GROUP:
            ledger.update_run(RUN, heartbeat=time.time())
        time.sleep(max(0.0, begin + seconds * written / total - time.monotonic()))
    ledger.update_run(RUN, status="applied", finished_at=rfc3339(time.time()))
    print(time.monotonic() - begin)


def drive(shown: Terminal, path: Path, seconds: float) -> tuple[dict[str, Any], float, list[float], float]:
    """Watch the events come, with a key now and then; the inside's figures, how long it took, the keys."""
    shown.until(b"environment/")
    shown.settle(1.0)
    shown.press(b"2")
    shown.settle(1.0)
    command = [
        sys.executable,
        "-m",
        "tests.bench.bench_apply",
        "--feed",
        str(path),
        "--seconds",
        str(seconds),
    ]
    begin = time.monotonic()
    keys = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as feeder:
        while feeder.poll() is None:
            if len(keys) < STEPS:
                keys.append(shown.echo(b"j"))
            shown.settle(0.1)
        assert feeder.stdout is not None
        took = float(feeder.stdout.read())
    shown.settle(1.5)
    end = time.monotonic()
    return shown.leave() | {"end": end}, took, keys, begin


def opened(shown: Terminal) -> tuple[dict[str, Any], float, float]:
    """Open the run that is over; what the inside measured, and between when."""
    shown.until(b"environment/")
    shown.settle(1.0)
    begin = time.monotonic()
    shown.press(b"2")
    shown.settle(3.0)
    return shown.leave(), begin, time.monotonic()


def measured(path: Path, seconds: float) -> list[Figure]:
    """All figures of the plan at `path`."""
    with shown_in(path) as shown:
        found, took, keys, begin = drive(shown, path, seconds)
    stalls = Beats(found["beats"]).stalls(begin, found["end"])
    wall, used = (max(column) * 1e3 for column in zip(*stalls, strict=True))
    count = found["shown"]
    figures = [
        Figure(f"{count:,} events in {took:.1f} s: the longest stall", wall, wall, used, 100),
        Figure("  a key meanwhile", statistics.median(keys) * 1e3, max(keys) * 1e3, max(keys) * 1e3, 100),
    ]
    with shown_in(path) as shown:
        found, begin, end = opened(shown)
    assert found["shown"] == count, "the run that was opened again shows other events"
    stalls = Beats(found["beats"]).stalls(begin, end)
    wall, used = (max(column) * 1e3 for column in zip(*stalls, strict=True))
    figures.append(Figure("the same run opened again: the longest stall", wall, wall, used, 100))
    return figures


def shown_in(path: Path) -> Any:
    """The program in a terminal, ended at the end whatever happens."""
    return terminal(path, ApplyTerminal)


def figures_of(actions: int, seconds: float) -> list[Figure]:
    """Make a plan of about so many actions and a run of it, and measure."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "plan"
        plan = plan_of(round(actions / ACTIONS_A_NODE))
        path.write_text(encode_plan(plan))
        begun(path.parent / "workspace", plan).close()
        return measured(path, seconds)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure the apply screen under a fast run.")
    parser.add_argument("--actions", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--program", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--feed", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.program:
        program(options.program)
        return
    if options.feed:
        feed(options.feed, options.seconds)
        return
    figures = figures_of(options.actions, options.seconds)
    if options.json:
        print(msgspec.json.encode(figures).decode())
        return
    tell("", figures)


if __name__ == "__main__":
    main()
