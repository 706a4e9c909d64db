"""A front on a free loopback port, before a program that is no review; and requests byte by byte."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

from fleetc.serve.door import Patience
from fleetc.serve.server import Served, attend, bound
from fleetc.service.clock import SystemClock

PROGRAM = [sys.executable, "-S", str(Path(__file__).with_name("program.py"))]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str


@dataclass
class Web:
    """A running front: its address, the links it printed, and its exit code once it has one."""

    port: int
    links: list[str] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    served: asyncio.Task[int] | None = None
    cookie: str = ""
    key: str = ""

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def origin(self) -> str:
        return f"http://{self.authority}"

    @property
    def token(self) -> str:
        return [link for link in self.links if link][-1].partition("#")[2]

    async def raw(self, data: bytes) -> bytes:
        """Send bytes as they are, and read until the other side closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        answer = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        return answer

    async def ask(
        self,
        path: str,
        headers: Iterable[str] = (),
        *,
        method: str = "GET",
        body: bytes = b"",
        host: str | None = None,
    ) -> Answer:
        """Make one request; `host` "" leaves the Host out."""
        own = f"Host: {self.authority if host is None else host}" if host != "" else ""
        length = [f"Content-Length: {len(body)}"] if body else []
        lines = [f"{method} {path} HTTP/1.1", own, "Connection: close", *length, *headers]
        head = "".join(f"{line}\r\n" for line in lines if line)
        answer = (await self.raw(head.encode("latin-1") + b"\r\n" + body)).decode()
        first, _, rest = answer.partition("\r\n")
        fields, _, text = rest.partition("\r\n\r\n")
        pairs = (line.partition(": ") for line in fields.split("\r\n"))
        return Answer(int(first.split()[1]), {name.lower(): value for name, _, value in pairs}, text)

    async def enter(self, token: str | bytes | None = None, origin: str | None = None) -> Answer:
        """Exchange a token (the one of the last link)."""
        body = token if isinstance(token, bytes) else (self.token if token is None else token).encode()
        headers = [f"Origin: {self.origin if origin is None else origin}"]
        return await self.ask("/enter", headers, method="POST", body=body)

    async def come_in(self) -> None:
        """Let the test in as the browser."""
        answer = await self.enter()
        assert answer.status == 200, answer
        self.cookie, self.key = answer.headers["set-cookie"].partition(";")[0], answer.body

    @asynccontextmanager
    async def socket(
        self, *, key: str | None = None, cookie: str | None = None, origin: str | None = None, **headers: str
    ) -> AsyncIterator[ClientConnection]:
        """A socket as the page opens it, 100 by 30."""
        address = f"ws://{self.authority}/socket/{self.key if key is None else key}?width=100&height=30"
        cookies = self.cookie if cookie is None else cookie
        own = {"Cookie": cookies} if cookies else {}
        where = self.origin if origin is None else origin or None
        opened = connect(
            address, additional_headers=own | headers, origin=where, max_size=None, compression=None
        )
        async with opened as socket:
            yield socket


@asynccontextmanager
async def web(patience: Patience | None = None, *arguments: str) -> AsyncIterator[Web]:
    """Serve the program, and end it however the test ends."""
    with bound(0) as listening:
        front = Web(listening.getsockname()[1])
        served = Served(
            [*PROGRAM, *arguments], {}, "dana <o'hara>", 0, front.links.append, patience or Patience()
        )
        front.served = asyncio.create_task(attend(served, SystemClock(), listening, front.stop))
        try:
            while not front.links and not front.served.done():
                await asyncio.sleep(0.01)
            yield front
        finally:
            front.stop.set()
            await front.served


async def heard(socket: ClientConnection, words: str) -> str:
    """Receive until some words come."""
    while words not in (text := bytes(await asyncio.wait_for(socket.recv(), 20)).decode()):
        pass
    return text
