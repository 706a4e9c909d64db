"""The program in a pseudo terminal, how its loop's heart beats, and the table of what was measured."""

from __future__ import annotations

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
import termios
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleetc.lang.collector import collector_paused
from fleetc.store.plan_codec import decode_plan

if TYPE_CHECKING:
    from fleetc.service.session import ReviewSession
    from fleetc.tui.app import FleetcApp

QUIET = 0.04
LONGEST = 2.0


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


def tell(title: str, figures: Sequence[Figure]) -> None:
    """Print some figures as a table; one over its target says so."""
    print(f"{title:<50}{'median':>9}{'p95':>9}{'busy':>9}{'target':>9}")
    for each in figures:
        mark = "" if each.p95 <= each.target else "  over"
        numbers = "".join(f"{number:>9.1f}" for number in (each.median, each.p95, each.busy))
        print(f"{each.name:<50}{numbers}{each.target:>9.0f} {each.unit}{mark}")
