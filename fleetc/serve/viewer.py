"""What one tab is sent: whole frames of the terminal, never more than it takes.

The review never waits for a tab. What a slow one has not taken when there is too much of it is
dropped, and everything is painted anew once it takes something again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import IntEnum

__all__ = ["Close", "Viewer"]

_HELD = 1 << 20
"""Bytes that are kept for a tab: some twenty full screens."""


class Close(IntEnum):
    """Why a socket was closed, as the page is told."""

    LEFT = 4000
    TAKEN = 4001
    IDLE = 4002
    SLOW = 4003
    WRONG = 4004
    GONE = 1000


class Viewer:
    """The sending half of a socket. `send` waits while the tab takes nothing; `repaint` asks for it all."""

    def __init__(
        self, send: Callable[[bytes], Awaitable[None]], repaint: Callable[[], None], slow: float
    ) -> None:
        self._send = send
        self._repaint = repaint
        self._slow = slow
        self._frames: list[bytes] = []
        self._held = 0
        self._lost = False
        self._some = asyncio.Event()
        self._why: Close | None = None

    def feed(self, frame: bytes) -> None:
        """Take a frame to be sent."""
        self._frames.append(frame)
        self._held += len(frame)
        if self._held > _HELD:
            self._frames.clear()
            self._held, self._lost = 0, True
        self._some.set()

    def end(self, why: Close) -> None:
        """Send no more."""
        self._why = self._why or why
        self._some.set()

    async def run(self) -> Close:
        """Send what there is until the end; why it came."""
        while self._why is None:
            await self._some.wait()
            self._some.clear()
            frames, self._frames, self._held = self._frames, [], 0
            try:
                if frames:
                    async with asyncio.timeout(self._slow):
                        await self._send(b"".join(frames))
            except TimeoutError:
                return Close.SLOW
            if self._lost and not self._frames:
                self._lost = False
                self._repaint()
        return self._why
