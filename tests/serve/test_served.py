"""The review's own process, as the front drives it: attached to anew, left, and let go of."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from fleetc.cli.main import run
from fleetc.serve.terminal import Terminal
from fleetc.serve.viewer import Close, Viewer
from fleetc.tui.terminal import SERVED

ROOT = Path(__file__).parents[2]
LAST = b"cdn-frontend"


class _Screen:
    """Bytes that a tab was sent."""

    def __init__(self, terminal: Terminal) -> None:
        self.seen = b""
        self.viewer = Viewer(self._take, terminal.repaint, 5)
        self.running = asyncio.create_task(self.viewer.run())

    async def _take(self, data: bytes) -> None:
        self.seen += data

    async def shows(self, words: bytes) -> None:
        async with asyncio.timeout(60):
            while words not in self.seen:
                await asyncio.sleep(0.02)


@pytest.fixture
def edge(tmp_path: Path) -> Path:
    assert run(["-C", str(tmp_path), "init", "edge"]) == 0
    return tmp_path / "edge"


@asynccontextmanager
async def started(edge: Path, *options: str) -> AsyncIterator[tuple[Terminal, asyncio.Task[int]]]:
    command = [sys.executable, "-P", "-m", "fleetc", "-C", str(edge), "review", *options]
    terminal = Terminal(command, {**SERVED, "PYTHONPATH": str(ROOT)})
    assert await terminal.start()
    drawing = asyncio.create_task(terminal.run())
    yield terminal, drawing
    assert await asyncio.wait_for(drawing, 60) == 0


async def test_a_tab_that_comes_back_sees_it_as_it_was_left(edge: Path) -> None:
    async with started(edge) as (terminal, _):
        first = _Screen(terminal)
        await terminal.attach(first.viewer, 120, 36)
        await first.shows(LAST)
        await terminal.focus(True)
        await terminal.typed("G ")
        await first.shows(b"left out")
        second = _Screen(terminal)
        await terminal.attach(second.viewer, 120, 36)
        assert await first.running is Close.TAKEN
        await second.shows(LAST)
        await second.shows(b"left out")
        for mode in (b"\x1b[?1049h", b"\x1b[?25l", b"\x1b[?1003h", b"\x1b[?2004h"):
            assert mode in second.seen
        second.seen = b""
        terminal.repaint()
        await second.shows(b"left out")
        assert await terminal.leave() == 0
        assert await second.running is Close.LEFT


async def test_it_ends_when_the_front_is_gone(edge: Path) -> None:
    async with started(edge) as (terminal, drawing):
        assert terminal._process is not None
        assert terminal._process.stdin is not None
        terminal._process.stdin.close()
        assert await asyncio.wait_for(drawing, 60) == 0


async def test_it_ends_also_when_nobody_reads_what_it_draws(edge: Path) -> None:
    command = [sys.executable, "-P", "-m", "fleetc", "-C", str(edge), "review"]
    environment = {**os.environ, **SERVED, "PYTHONPATH": str(ROOT)}
    reading, writing = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=writing,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    os.close(writing)
    assert os.read(reading, 13) == b"__GANGLION__\n"
    os.close(reading)
    assert process.stdin is not None
    process.stdin.close()
    _, said = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, said) == (0, b"")
