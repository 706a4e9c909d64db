"""Which requests are looked at."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from fleetc.serve.guard import headers_for, refusal

HERE = "127.0.0.1:8765"
OWN = ("origin", f"http://{HERE}")
PAGE = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]


def _asked(
    method: str, *headers: tuple[str, str], host: str | None = HERE, query: bytes = b""
) -> HTTPStatus | None:
    named = [*([("host", host)] if host is not None else []), *headers]
    raw = [(name.encode(), value.encode()) for name, value in named]
    kind = "websocket" if method == "SOCKET" else "http"
    return refusal({"type": kind, "method": method, "headers": raw, "query_string": query}, HERE)


@pytest.mark.parametrize(
    "host",
    [None, "", "localhost:8765", "127.0.0.1", "127.0.0.1:8766", "127.0.0.1:8765.", "127.0.0.1:87650", "evil.test",
     "evil.test:8765", "127.0.0.1:8765,evil.test", "user@127.0.0.1:8765", "[::1]:8765", "127.1:8765", "2130706433:8765"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "SOCKET"])
def test_another_host_is_refused(method: str, host: str | None) -> None:
    assert _asked(method, OWN, host=host) is HTTPStatus.MISDIRECTED_REQUEST


def test_two_hosts_are_refused() -> None:
    assert _asked("GET", ("host", HERE)) is HTTPStatus.MISDIRECTED_REQUEST


@pytest.mark.parametrize(
    "origin",
    ["null", "", "https://127.0.0.1:8765", "http://127.0.0.1", "http://127.0.0.1:8766", "http://localhost:8765",
     "http://127.0.0.1:8765/", "http://127.0.0.1:8765.evil.test", "HTTP://127.0.0.1:8765", "http://evil.test"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "SOCKET"])
def test_another_origin_is_refused(method: str, origin: str) -> None:
    assert _asked(method, ("origin", origin)) is HTTPStatus.FORBIDDEN
    assert _asked(method, OWN, ("origin", origin)) is HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("method", ["POST", "SOCKET"])
def test_what_acts_needs_an_origin(method: str) -> None:
    assert _asked(method) is HTTPStatus.FORBIDDEN
    assert _asked(method, OWN) is None


def test_pages_need_none() -> None:
    assert _asked("GET") is None
    assert _asked("GET", OWN) is None


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "get"])
def test_other_methods_are_refused(method: str) -> None:
    assert _asked(method, OWN) is HTTPStatus.METHOD_NOT_ALLOWED


def test_only_the_socket_takes_a_query() -> None:
    assert _asked("GET", query=b"ping=http://evil.test/") is HTTPStatus.NOT_FOUND
    assert _asked("SOCKET", OWN, query=b"width=80&height=24") is None


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_pages_of_others_may_link_here_and_nothing_else(site: str) -> None:
    asks = [("sec-fetch-site", site), *PAGE[1:]]
    assert _asked("GET", *asks) is None
    assert _asked("GET", *asks[:2], ("sec-fetch-dest", "iframe")) is HTTPStatus.FORBIDDEN
    assert _asked("GET", asks[0], ("sec-fetch-mode", "no-cors")) is HTTPStatus.FORBIDDEN
    assert _asked("GET", asks[0]) is HTTPStatus.FORBIDDEN


def test_the_policy_lets_only_our_own_scripts_run() -> None:
    headers = {name.decode(): value.decode() for name, value in headers_for(HERE)}
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == f"'self' ws://{HERE}"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
