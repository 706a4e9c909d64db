"""The review's process and the packets that it speaks over its pipes.

A packet is a letter, the length of what follows (4 bytes, the highest first), and that: `D` is what a
terminal reads or writes, `M` a JSON object about it. The process says so on a line of its own before
the first packet.
"""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec

from fleetc.errors import ExitCode
from fleetc.serve.viewer import Close, Viewer

__all__ = ["GREETING", "Terminal"]

GREETING = b"__GANGLION__\n"
_DRAWS = {"TEXTUAL_COLOR_SYSTEM": "truecolor", "COLUMNS": "80", "ROWS": "24"}
_PATIENCE = 10.0
"""Seconds that the process has for leaving when it is asked to."""


class Terminal:
    """A process that draws on one terminal, whether anybody looks or not."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = tuple(command)
        self._environment = environment
        self._process: Process | None = None
        self._viewer: Viewer | None = None

    async def start(self) -> bool:
        """Start it, and wait until it draws; False when it ended before, and said why on stderr."""
        environment = {**os.environ, **_DRAWS, **self._environment}
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, env=environment, start_new_session=True
        )
        while line := await self._out.readline():
            if line == GREETING:
                return True
        return False

    async def run(self) -> int:
        """Hand on what it draws until it ends; its exit code."""
        with suppress(asyncio.IncompleteReadError):
            while True:
                head = await self._out.readexactly(5)
                payload = await self._out.readexactly(int.from_bytes(head[1:], "big"))
                if head[:1] == b"D" and self._viewer is not None:
                    self._viewer.feed(payload)
        return await self.ended()

    async def ended(self) -> int:
        """Wait for its end; its exit code, 1 for a signal. Whoever looks is told."""
        assert self._process is not None
        code = await self._process.wait()
        self.oust(Close.LEFT)
        return code if code >= 0 else int(ExitCode.ERROR)

    async def leave(self) -> int:
        """Have it leave, by force if it does not; its exit code."""
        assert self._process is not None
        await self._tell({"type": "leave"})
        try:
            return await asyncio.wait_for(self.ended(), _PATIENCE)
        except TimeoutError:
            self._process.kill()
            return await self.ended()

    # who looks

    async def attach(self, viewer: Viewer, width: int, height: int) -> None:
        """Let a viewer look; whoever did before is told that its place is taken."""
        self.oust(Close.TAKEN)
        self._viewer = viewer
        await self._tell({"type": "attach", "width": width, "height": height})

    def oust(self, why: Close) -> None:
        """Let nobody look any more."""
        if self._viewer is not None:
            self._viewer.end(why)
            self._viewer = None

    def detach(self, viewer: Viewer) -> None:
        """Forget a viewer that does not look any more."""
        if self._viewer is viewer:
            self._viewer = None

    def repaint(self) -> None:
        """Have everything drawn anew, in the same size."""
        self._write(b"M", msgspec.json.encode({"type": "repaint"}))

    # what comes from a tab

    async def typed(self, text: str) -> None:
        """Hand on keys, mouse and pastes, as a terminal sends them."""
        self._write(b"D", text.encode())
        await self._drain()

    async def resize(self, width: int, height: int) -> None:
        """Give the terminal another size."""
        await self._tell({"type": "resize", "width": width, "height": height})

    async def focus(self, on: bool) -> None:
        """Say whether the tab's terminal has the focus."""
        await self._tell({"type": "focus" if on else "blur"})

    async def _tell(self, about: dict[str, str | int]) -> None:
        self._write(b"M", msgspec.json.encode(about))
        await self._drain()

    def _write(self, letter: bytes, payload: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(letter + len(payload).to_bytes(4, "big") + payload)

    async def _drain(self) -> None:
        """Wait until the process has taken what it was sent; that it has ended is told elsewhere."""
        assert self._process is not None
        assert self._process.stdin is not None
        with suppress(ConnectionError):
            await self._process.stdin.drain()

    @property
    def _out(self) -> asyncio.StreamReader:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout
