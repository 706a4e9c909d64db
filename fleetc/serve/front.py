"""The routes of the front: the link, the page, the socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Annotated

import msgspec
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from fleetc.serve.door import Door, Guest, Patience
from fleetc.serve.guard import Guard
from fleetc.serve.pages import assets, page
from fleetc.serve.terminal import Terminal
from fleetc.serve.viewer import Close, Viewer

__all__ = ["Front"]

_TOKEN = 256
"""More bytes than any token has."""


class _Size(msgspec.Struct, frozen=True):
    width: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    height: Annotated[int, msgspec.Meta(ge=1, le=400)]


class Front:
    """One review behind one address; `who` acts, and `entered` is called when a link was used."""

    def __init__(
        self,
        terminal: Terminal,
        door: Door,
        patience: Patience,
        *,
        authority: str,
        who: str,
        entered: Callable[[], None],
    ) -> None:
        self._terminal = terminal
        self._door = door
        self._patience = patience
        self._who = who
        self._entered = entered
        self._assets = assets()
        self._cookie = f"fleetc-{authority.rpartition(':')[2]}"
        self._authority = authority

    def app(self) -> ASGIApp:
        """The ASGI application, guarded."""
        routes = [
            Route("/", self._page, methods=["GET"]),
            Route("/enter", self._enter_page, methods=["GET"]),
            Route("/enter", self._enter, methods=["POST"]),
            Route("/static/{name}", self._static, methods=["GET"]),
            WebSocketRoute("/socket/{key}", self._socket),
        ]
        return Guard(Starlette(routes=routes), self._authority)

    # pages

    async def _page(self, request: Request) -> Response:
        if self._guest(request) is None:
            return self._html("shut.html", 401)
        return self._html("page.html")

    async def _enter_page(self, _request: Request) -> Response:
        return self._html("enter.html")

    async def _enter(self, request: Request) -> Response:
        """Exchange the token, which is the whole body, for a cookie and a key."""
        token = b""
        async for chunk in request.stream():
            token += chunk
            if len(token) > _TOKEN:
                return PlainTextResponse("413 this is no token\n", 413)
        guest = self._door.enter(token)
        if guest is None:
            return PlainTextResponse("403 this link was used, or is too old\n", 403)
        self._terminal.oust(Close.TAKEN)
        self._entered()
        answer = PlainTextResponse(guest.key)
        answer.set_cookie(
            self._cookie,
            guest.cookie,
            max_age=int(self._patience.whole),
            path="/",
            httponly=True,
            samesite="strict",
        )
        return answer

    async def _static(self, request: Request) -> Response:
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            return PlainTextResponse("404 Not Found\n", 404)
        return Response(asset.body, media_type=asset.media)

    def _html(self, name: str, status: int = 200) -> Response:
        return Response(page(name, who=self._who), status, media_type="text/html")

    def _guest(self, connection: HTTPConnection) -> Guest | None:
        return self._door.guest(connection.cookies.get(self._cookie, ""))

    # the socket

    async def _socket(self, socket: WebSocket) -> None:
        guest = self._guest(socket)
        if guest is None or not guest.has_key(socket.path_params["key"]):
            await socket.close()
            return
        await socket.accept()
        viewer = Viewer(socket.send_bytes, self._terminal.repaint, self._patience.slow)
        await self._terminal.attach(viewer, *_size_of(socket))
        why = await _first(viewer.run(), self._listen(socket, guest))
        self._terminal.detach(viewer)
        if why is not Close.GONE:
            with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
                async with asyncio.timeout(1):
                    await socket.close(why, why.name.lower())

    async def _listen(self, socket: WebSocket, guest: Guest) -> Close:
        """Take what comes from a tab until it goes, is idle for too long, or says what it cannot mean."""
        self._door.see(guest)
        while True:
            try:
                async with asyncio.timeout(self._door.rest(guest)):
                    message = await socket.receive()
            except TimeoutError:
                return Close.IDLE
            if message["type"] == "websocket.disconnect":
                return Close.GONE
            try:
                said = msgspec.json.decode(message.get("text") or "", type=list[str | _Size])
                await self._take(said, socket, guest)
            except (msgspec.DecodeError, UnicodeEncodeError, ValueError):
                return Close.WRONG

    async def _take(self, said: list[str | _Size], socket: WebSocket, guest: Guest) -> None:
        """Do what a message of the tab says; raises `ValueError` for one that says nothing known."""
        match said:
            case ["stdin", str(text)]:
                self._door.see(guest)
                await self._terminal.typed(text)
            case ["resize", _Size() as size]:
                await self._terminal.resize(size.width, size.height)
            case ["focus" | "blur" as focus]:
                await self._terminal.focus(focus == "focus")
            case ["ping", str(when)]:
                await socket.send_json(["pong", when])
            case _:
                raise ValueError


def _size_of(socket: WebSocket) -> tuple[int, int]:
    """The size that a tab says it has, else 80 by 24."""
    try:
        size = msgspec.convert(dict(socket.query_params), _Size, strict=False)
    except msgspec.ValidationError:
        return 80, 24
    return size.width, size.height


async def _first(*halves: Coroutine[None, None, Close]) -> Close:
    """Run both halves of a socket until one ends, and why it did."""
    tasks = [asyncio.create_task(half) for half in halves]
    done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    try:
        return next(iter(done)).result()
    except WebSocketDisconnect:
        return Close.GONE
