"""The review of a plan of 100,000 actions, as a person at a terminal of 120x36 meets it.

    python -m tests.bench.bench_tui [--nodes 32500] [--rounds 25] [--rules] [--json]

The real program runs in a pseudo terminal. A key's time is from its byte going in to the last
byte of the paint it causes (silence of 40 ms ends a paint); stalls are the longest the event
loop kept its own heartbeat waiting; memory is over the same program with a plan of nothing.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from fleetc.ir.lower import compile_fleet
from fleetc.ir.state import Snapshot
from fleetc.lang.collector import collector_paused
from fleetc.plan.actions import Plan
from fleetc.plan.build import PlanContext, build_plan
from fleetc.plan.diff import diff
from fleetc.platforms.local.profile import local_profile
from fleetc.service.readers import FolderReader
from fleetc.store.plan_codec import decode_plan, encode_plan
from tests.bench.converged import converged
from tests.bench.fleetgen import write_fleet

if TYPE_CHECKING:
    from fleetc.policy.judge import Judge
    from fleetc.service.session import ReviewSession
    from fleetc.tui.app import FleetcApp

RULES = """
group sre = "user:dana"
rule no-london { on create instance where region == "eu-west-2" deny "{name} would be in {region}" }
rule look { on create peer where publicly_reachable require 1 of sre "{host} is reachable" }
rule many { on create node where name matches "*7" warn "{name}" }
rule hubs {
  on create peer
  where not publicly_reachable and count{p in network.peers | p.publicly_reachable} < 1
  deny "{host} has no hub"
}
invariant hub { for n in network assert count{p in n.peers | p.publicly_reachable} >= 1 else warn "{n.name}" }
budget few { count create of node, instance max 50% floor 10 max 5 by region else require 1 of sre }
"""
"""What `--rules` judges the plan by."""
QUIET = 0.04
LONGEST = 2.0
KEYS: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    ("unfold all", (b"-", b"=")),
    ("j, k", (b"j", b"j", b"k")),
    ("page down, up", (b"\x1b[6~", b"\x1b[6~", b"\x1b[5~")),
    ("home, end", (b"g", b"G")),
    ("space on a row", (b"j", b" ", b" ")),
    ("space on everything", (b"g", b" ", b" ")),
    ("close and open a group", (b"g", b"j", b"\r", b"\r")),
    ("next match", (b"n", b"n")),
    ("what to show only, a menu", (b"f", b"\x1b")),
    ("what is linked to a row", (b"g", b"j", b"j", b"d", b"\x1b")),
)
"""What is measured, each with the keys of one round; each of them paints something."""
_FILTER, _REST, _GROUP = "filter, a key", "rest", "group otherwise, all of it"
GROUPS = ((b"r", b"grouped by region"), (b"w", b"grouped by wave"), (b"k", b"grouped by kind"))
"""Keys of the menu of groups, each with the words that are shown when it is done."""
_TARGETS = {_FILTER: 100, _GROUP: 2000}
FILTER = (b"/", b"e", b"d", b"g", b"e", b"-", b"0", b"9", b"\x1b")


@dataclass(frozen=True)
class Figure:
    """One row of the table; `busy` is the p95 (or most) of the loop's own processor time in ms."""

    name: str
    median: float
    p95: float
    busy: float
    target: float
    unit: str = "ms"


Press = tuple[float, float]
"""When a key went in, and when the paint that it caused was done."""


def plan_of(nodes: int) -> Plan:
    """The creation of a generated fleet; of no nodes, a plan without an action."""
    with tempfile.TemporaryDirectory() as name:
        write_fleet(Path(name) / "fleet.yaml", nodes=max(nodes, 1))
        graph = compile_fleet(FolderReader(Path(name))).graph
    assert graph is not None
    live = converged(graph)
    if nodes:
        live = Snapshot(graph.account, local_profile(), (), live.catalogue, source="recorded")
    found, _ = diff(graph, live, {})
    plan = build_plan(graph, live, found, PlanContext("bench", "local"))
    return plan if nodes else msgspec.structs.replace(plan, actions=(), withheld=())


def memory() -> float:
    """MiB of this process that are resident now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def judge_of(plan: Plan) -> Judge:
    """A judge of the plan by `RULES`."""
    from fleetc.lang.source import SourceFile
    from fleetc.policy.checking import check
    from fleetc.policy.code import Circumstances
    from fleetc.policy.judge import Facts, Judge
    from fleetc.policy.selections import masks_of
    from fleetc.policy.world import World

    rules = check((SourceFile("bench.rules", RULES.encode()),), {}).rules
    assert rules is not None
    facts = {"name": "bench", "account": plan.account, "platform": "local"}
    around = Circumstances(facts, plan.account, 0.0, {}, {})
    return Judge(plan.actions, World({}, plan.actions), rules, rules, Facts(around, masks_of(plan)))


def settle(plan: Plan) -> tuple[Plan, Judge]:
    """The plan without what the rules deny, and its judge."""
    from fleetc.policy.rulings import settled

    judge = judge_of(plan)
    return settled(plan, judge)[0], judge


# the program, in a process of its own


def watched(session: ReviewSession) -> tuple[FleetcApp, list[tuple[float, float]]]:
    """The app on a session, and when its loop's heart beats: by the clock, and in processor time.

    It ends when nobody measures it any more.
    """
    import asyncio

    from fleetc.tui.app import FleetcApp, be_nimble
    from fleetc.tui.choice import Choice
    from fleetc.tui.desk import Desk, Desks

    beats: list[tuple[float, float]] = []
    parent = os.getppid()

    class Watched(FleetcApp):
        async def on_ready(self) -> None:
            self.heart = asyncio.create_task(self.beat())

        async def beat(self) -> None:
            while os.getppid() == parent:
                beats.append((time.monotonic(), time.thread_time()))
                await asyncio.sleep(0.002)
            self.exit()

    with collector_paused():
        app = Watched(Desks([Desk(session, Choice(session.plan))]))
    be_nimble()
    return app, beats


def session_on(path: Path) -> ReviewSession:
    """A session on the stored plan at `path`, in the workspace beside it."""
    from fleetc.service.planning import Ask, Made
    from fleetc.service.session import ReviewSession
    from fleetc.service.workspace import Workspace

    plan = decode_plan(path.read_text())
    assert plan is not None
    made = Made(plan, (), lambda: None)  # type: ignore[arg-type, return-value]
    return ReviewSession(Workspace.open(path.parent / "workspace"), made, Ask())


def program(path: Path) -> None:
    """Load the plan, run the review on it, and write down what only the inside knows."""
    from fleetc.service.planning import Ask, Made
    from fleetc.service.session import ReviewSession
    from fleetc.service.workspace import Workspace

    plan = decode_plan(path.read_text())
    assert plan is not None
    folder = path.parent / "workspace"
    folder.mkdir(exist_ok=True)
    (folder / "fleet.yaml").write_text("version: 1\naccount: bench\n")
    made = Made(plan, (), lambda: None)  # type: ignore[arg-type, return-value]
    if path.with_suffix(".rules").exists():
        plan, judge = settle(plan)
        made = replace(made, plan=plan, judge=judge)
    session = ReviewSession(Workspace.open(folder), made, Ask())
    loaded, before = time.monotonic(), memory()
    start = time.thread_time()
    app, beats = watched(session)
    app.run()
    document = {
        "loaded": loaded, "plan": before, "memory": memory(), "beats": beats, "first": beats[0][1] - start
    }  # fmt: skip
    path.with_suffix(".told").write_text(json.dumps(document))


# the terminal


class Terminal:
    """A pseudo terminal with the program in it, which is a module that takes `--program PATH`."""

    module = "tests.bench.bench_tui"

    def __init__(self, path: Path) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.told = path.with_suffix(".told")
        command = [sys.executable, "-m", self.module, "--program", str(path)]
        environment = {**os.environ, "TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none"}
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)

    def read(self, seconds: float) -> bytes:
        """What comes within a time; empty when nothing does."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        try:
            return os.read(self.master, 1 << 16) if ready else b""
        except OSError:  # the program has ended
            return b""

    def until(self, words: bytes) -> float:
        """The time at which the output has `words`."""
        seen = b""
        while words not in seen:
            data = self.read(60.0)
            if not data:
                raise AssertionError(f"{words!r} never came: {seen[-2000:]!r}")
            seen = seen[-200:] + data
        return time.monotonic()

    def settle(self, seconds: float) -> None:
        """Read for a time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)

    def press(self, key: bytes) -> Press:
        """Send a key; one that paints nothing takes the whole wait."""
        start = time.monotonic()
        os.write(self.master, key)
        last, wait = start + LONGEST, LONGEST
        while self.read(wait):
            last, wait = time.monotonic(), QUIET
        return start, last

    def echo(self, key: bytes) -> float:
        """Send a key while the screen changes anyhow; seconds until the next output comes."""
        start = time.monotonic()
        os.write(self.master, key)
        self.read(LONGEST)
        return time.monotonic() - start

    def leave(self) -> dict[str, Any]:
        """Quit; what the inside measured."""
        os.write(self.master, b"\x11")
        while self.process.poll() is None:
            self.read(0.05)
        return dict(json.loads(self.told.read_bytes()))


@contextmanager
def terminal(path: Path, sort: type[Terminal] = Terminal) -> Iterator[Terminal]:
    """The program in a terminal of a sort, ended at the end whatever happens."""
    shown = sort(path)
    try:
        yield shown
    finally:
        if shown.process.poll() is None:
            os.killpg(shown.process.pid, signal.SIGKILL)
        shown.process.wait()
        os.close(shown.master)


# figures


class Beats:
    """The heartbeats of the loop: when, and how much processor time its thread had used."""

    def __init__(self, beats: Sequence[Sequence[float]]) -> None:
        self.times = [at for at, _ in beats]
        self.used = [used for _, used in beats]

    def busy(self, begin: float, end: float) -> float:
        """Processor time between two moments."""
        last = len(self.times) - 1
        places = (bisect_left(self.times, at) for at in (begin, end))
        first, second = (self.used[min(place, last)] for place in places)
        return second - first

    def stalls(self, begin: float, end: float) -> list[tuple[float, float]]:
        """What lay between two beats, in seconds and processor time, of all beats in a stretch."""
        rows = range(bisect_left(self.times, begin), bisect_left(self.times, end) - 1)
        return [(self.times[n + 1] - self.times[n], self.used[n + 1] - self.used[n]) for n in rows]


def high(values: Sequence[float]) -> float:
    """The 95th percentile in ms."""
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))] * 1e3


def of_keys(name: str, presses: Sequence[Press], beats: Beats, target: float) -> list[Figure]:
    """The figures of some keys, and of the stalls while they were pressed."""
    walls = [end - begin for begin, end in presses]
    busy = [beats.busy(begin, end) for begin, end in presses]
    keys = Figure(name, statistics.median(walls) * 1e3, high(walls), high(busy), target)
    stalls = beats.stalls(presses[0][0], presses[-1][1]) or [(0.0, 0.0)]
    wall, used = (max(column) * 1e3 for column in zip(*stalls, strict=True))
    return [keys, Figure("  the longest stall meanwhile", wall, wall, used, 100)]


def _grouped(shown: Terminal, key: bytes, words: bytes) -> Press:
    """Group the tree otherwise; from the key of the menu to the new tree."""
    shown.settle(0.3)  # an escape before it is one of its own
    shown.press(b"s")
    shown.settle(0.3)
    begin = time.monotonic()
    os.write(shown.master, key)
    end = shown.until(words)
    shown.settle(0.3)
    return begin, end


def drive(shown: Terminal, rounds: int) -> tuple[dict[str, list[Press]], dict[str, Any]]:
    """Press all keys; when, and what the inside measured."""
    presses = {"start": [(0.0, shown.until(b"environment/bench"))]}
    shown.settle(5.0)
    for name, keys in KEYS:
        presses[name] = [shown.press(key) for _ in range(rounds) for key in keys]
    presses[_FILTER] = [shown.press(key) for _ in range(max(1, rounds // 4)) for key in FILTER]
    presses[_GROUP] = [_grouped(shown, *each) for _ in range(max(1, rounds // 8)) for each in GROUPS]
    for key in (b"g", b"j"):
        shown.press(key)
    begin = time.monotonic()
    shown.press(b" ")
    shown.settle(6.0)
    presses[_REST] = [(begin, time.monotonic())]
    return presses, shown.leave()


def measured(path: Path, empty: Path, rounds: int) -> list[Figure]:
    """All figures of the plan at `path`; `empty` is the plan of nothing."""
    with terminal(empty) as shown:
        shown.until(b"bench")
        shown.settle(2.0)
        nothing = shown.leave()
    with terminal(path) as shown:
        presses, found = drive(shown, rounds)
    beats = Beats(found["beats"])
    ((_, painted),) = presses.pop("start")
    first, used = (painted - found["loaded"]) * 1e3, found["first"] * 1e3
    figures = [Figure("first rows after the plan is loaded", first, first, used, 1000)]
    rest = presses.pop(_REST)
    for name, each in presses.items():
        figures += of_keys(name, each, beats, _TARGETS.get(name, 50))
    _, still = of_keys("", rest, beats, 0)
    figures.append(replace(still, name="the longest stall of a toggle and its 6 s of rest"))
    for name, key in (("the plan alone", "plan"), ("all of it", "memory")):
        over = found[key] - nothing[key]
        figures.append(Figure(f"memory over an empty app: {name}", over, over, 0, 150, "MiB"))
    return figures


def tell(title: str, figures: Sequence[Figure]) -> None:
    """Print some figures as a table; one over its target says so."""
    print(f"{title:<50}{'median':>9}{'p95':>9}{'busy':>9}{'target':>9}")
    for each in figures:
        mark = "" if each.p95 <= each.target else "  over"
        numbers = "".join(f"{number:>9.1f}" for number in (each.median, each.p95, each.busy))
        print(f"{each.name:<50}{numbers}{each.target:>9.0f} {each.unit}{mark}")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure the review of a large plan.")
    parser.add_argument("--nodes", type=int, default=32_500)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--rules", action="store_true", help="have the plan judged by some rules")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--program", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.program:
        program(options.program)
        return
    with tempfile.TemporaryDirectory() as name:
        plan, empty = Path(name) / "plan", Path(name) / "empty"
        made = plan_of(options.nodes)
        plan.write_text(encode_plan(made))
        empty.write_text(encode_plan(plan_of(0)))
        count = len(made.actions)
        del made
        if options.rules:
            plan.with_suffix(".rules").touch()
        figures = measured(plan, empty, options.rounds)
    if options.json:
        print(msgspec.json.encode({"actions": count, "figures": figures}).decode())
        return
    tell(f"{count} actions", figures)


if __name__ == "__main__":
    main()
