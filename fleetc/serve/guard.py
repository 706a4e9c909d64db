"""What every request has to be before anything looks at it, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Guard", "headers_for", "refusal"]

_METHODS = frozenset({"GET", "POST"})
_ALIEN = frozenset({"cross-site", "same-site"})
Headers = Sequence[tuple[bytes, bytes]]


def headers_for(authority: str) -> list[tuple[bytes, bytes]]:
    """The security headers of each answer.

    Scripts come from our own files only. Styles may be made in the page: the terminal writes rules for
    its font and its colours into elements that it makes itself.
    """
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "font-src": "'self'",
        "connect-src": f"'self' ws://{authority}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
    }
    off = ("camera", "clipboard-read", "display-capture", "geolocation", "microphone", "payment", "usb")
    values = {
        "cache-control": "no-store",
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "cross-origin-embedder-policy": "require-corp",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": ", ".join(f"{name}=()" for name in off),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
    return [(name.encode(), value.encode()) for name, value in values.items()]


def refusal(scope: Scope, authority: str) -> HTTPStatus | None:
    """Why a request is not looked at; None when it may be.

    `authority` is the one Host, and `http://` before it the one Origin, compared as a whole: another
    name that leads to this address (DNS rebinding), and a page of another origin, are both refused.
    A socket and a POST need an Origin; a browser always sends one with them. No page takes a query: the
    terminal's script would read one.
    """
    headers: Headers = scope["headers"]
    hosts, origins = _values(headers, b"host"), _values(headers, b"origin")
    socket = scope["type"] == "websocket"
    if hosts != [authority.encode()]:
        return HTTPStatus.MISDIRECTED_REQUEST
    if not socket and scope["method"] not in _METHODS:
        return HTTPStatus.METHOD_NOT_ALLOWED
    if not socket and scope["query_string"]:
        return HTTPStatus.NOT_FOUND
    own = [f"http://{authority}".encode()]
    needed = socket or scope["method"] == "POST"
    if origins != own and (needed or origins):
        return HTTPStatus.FORBIDDEN
    return None if socket or not _alien(headers) else HTTPStatus.FORBIDDEN


def _alien(headers: Headers) -> bool:
    """Whether a browser says that a page of another origin asks, and not by going to ours."""
    sites = {value.decode("latin-1") for value in _values(headers, b"sec-fetch-site")}
    goes = _values(headers, b"sec-fetch-mode") == [b"navigate"]
    return bool(sites & _ALIEN) and not (goes and _values(headers, b"sec-fetch-dest") == [b"document"])


def _values(headers: Headers, name: bytes) -> list[bytes]:
    return [value for key, value in headers if key == name]


class Guard:
    """An ASGI application before another one."""

    def __init__(self, app: ASGIApp, authority: str) -> None:
        self._app = app
        self._authority = authority
        self._headers = headers_for(authority)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or hand it on."""
        status = refusal(scope, self._authority)
        if scope["type"] == "websocket":
            if status is None:
                await self._app(scope, receive, send)
            else:
                await send({"type": "websocket.close"})
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        if status is None:
            await self._app(scope, receive, with_headers)
            return
        body = f"{status.value} {status.phrase}\n".encode()
        head = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
        await with_headers({"type": "http.response.start", "status": status.value, "headers": head})
        await with_headers({"type": "http.response.body", "body": body})
