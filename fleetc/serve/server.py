"""The loopback port, signals and the console: one review from the first link to its exit code."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from fleetc.errors import FleetcError
from fleetc.ports import Clock
from fleetc.serve.door import Door, Patience
from fleetc.serve.front import Front
from fleetc.serve.terminal import Terminal

__all__ = ["LOOPBACK", "Served", "attend", "bound", "serve"]

LOOPBACK = "127.0.0.1"
DEFAULT = Patience()
_CONNECTIONS = 32
_REQUEST_SECONDS = 30.0
_CLOSING_SECONDS = 5.0
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Served:
    """A review to serve: its command, what is added to its environment, and who acts in it.

    `port` 0 takes a free one. `told` is called with each new link, and with "" when one was used.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    who: str
    port: int
    told: Callable[[str], None]
    patience: Patience = DEFAULT


class _Hasty(H11Protocol):
    """HTTP whose connections are short: whoever sends or takes slowly is cut off."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.loop.call_later(_REQUEST_SECONDS, self._too_long)

    def _too_long(self) -> None:
        if self.transport.get_protocol() is self:
            self.transport.abort()


class _Socket(WebSocketsSansIOProtocol):
    """A socket that is closed also for who takes nothing any more."""

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        self.loop.call_later(_CLOSING_SECONDS, self.transport.abort)


class _Server(uvicorn.Server):
    """Uvicorn, but signals are ours."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def serve(served: Served, clock: Clock) -> int:
    """Serve a review until somebody leaves it or the command is stopped; the review's exit code.

    Raises `FleetcError` when the port cannot be had.
    """

    async def until_stopped(listening: socket.socket) -> int:
        stop = asyncio.Event()
        with _signals(stop):
            return await attend(served, clock, listening, stop)

    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    with bound(served.port) as listening:
        return asyncio.run(until_stopped(listening))


@contextmanager
def bound(port: int) -> Iterator[socket.socket]:
    """A socket on a loopback port; raises `FleetcError` when it cannot be had."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((LOOPBACK, port))
        except (OSError, OverflowError) as error:
            raise FleetcError(
                f"port {port} of {LOOPBACK} cannot be had: {getattr(error, 'strerror', None) or error}",
                state="nothing was started",
                next_step="leave --port out to take a free one",
            ) from None
        yield listening


async def attend(served: Served, clock: Clock, listening: socket.socket, stop: asyncio.Event) -> int:
    """Serve a review on a bound socket until it ends, or is to stop; its exit code."""
    port = listening.getsockname()[1]
    authority = LOOPBACK if port == 80 else f"{LOOPBACK}:{port}"
    terminal, door = Terminal(served.command, served.environment), Door(clock, served.patience)
    front = Front(
        terminal,
        door,
        served.patience,
        authority=authority,
        who=served.who,
        entered=lambda: served.told(""),
    )
    if not await terminal.start():
        return await terminal.ended()
    server = _Server(_config(front))

    def new_link() -> None:
        served.told(f"http://{authority}/enter#{door.link()}")

    drawing, serving = asyncio.create_task(terminal.run()), asyncio.create_task(server.serve([listening]))
    stopped = asyncio.create_task(stop.wait())
    with _enter_pressed(new_link):
        new_link()
        await asyncio.wait((drawing, serving, stopped), return_when=asyncio.FIRST_COMPLETED)
    code = await drawing if drawing.done() else await terminal.leave()
    stopped.cancel()
    server.should_exit = True
    await serving
    return code


def _config(front: Front) -> uvicorn.Config:
    return uvicorn.Config(
        front.app(),
        http=_Hasty,
        ws=_Socket,
        ws_max_size=1 << 16,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=2,
        h11_max_incomplete_event_size=1 << 14,
    )


@contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in _STOPS:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in _STOPS:
            loop.remove_signal_handler(number)


def _typed(terminal: int) -> bytes:
    """What was typed; nothing when nobody can type any more."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def _is_behind(terminal: int) -> bool:
    """Whether what is typed is for another job of the terminal; one that has no jobs is ours."""
    try:
        return os.tcgetpgrp(terminal) != os.getpgrp()
    except OSError:
        return False


@contextmanager
def _enter_pressed(then: Callable[[], None]) -> Iterator[None]:
    """Call `then` for each line typed at our terminal, if there is one."""
    if sys.stdin is None or not sys.stdin.isatty():
        yield
        return
    loop, stdin = asyncio.get_running_loop(), sys.stdin.fileno()

    def ready() -> None:
        if _is_behind(stdin):
            loop.remove_reader(stdin)
            loop.call_later(1.0, _read_on)
        elif _typed(stdin):
            then()
        else:
            loop.remove_reader(stdin)

    def _read_on() -> None:
        loop.add_reader(stdin, ready)

    _read_on()
    try:
        yield
    finally:
        loop.remove_reader(stdin)
