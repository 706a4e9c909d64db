"""The front on its loopback port: what it answers, whom it lets in, and when it ends."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from fleetc.serve import server
from fleetc.serve.door import Patience
from fleetc.serve.guard import headers_for
from tests.serve.front import Web, heard, web

pytestmark = pytest.mark.loopback

ASSETS = ("enter.js", "font-italic.ttf", "font.ttf", "page.css", "page.js", "terminal.css", "terminal.js")


async def _closed(socket: ClientConnection) -> int:
    """The code that a socket was closed with, whatever came before."""

    async def to_the_end() -> None:
        while True:
            await asyncio.wait_for(socket.recv(), 20)

    with pytest.raises(ConnectionClosed) as closed:
        await to_the_end()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


# pages


async def test_every_answer_has_the_headers() -> None:
    async with web() as front:
        wanted = {name.decode(): value.decode() for name, value in headers_for(front.authority)}
        answers = [
            await front.ask("/"),
            await front.ask("/enter"),
            await front.ask("/static/page.js"),
            await front.ask("/nothing"),
            await front.ask("/", host="evil.test"),
            await front.ask("/", method="DELETE"),
            await front.enter("wrong"),
            await front.enter(),
        ]
    assert [answer.status for answer in answers] == [401, 200, 200, 404, 421, 405, 403, 200]
    for answer in answers:
        assert wanted.items() <= answer.headers.items()
        assert "server" not in answer.headers


async def test_no_page_names_another_host() -> None:
    async with web() as front:
        await front.come_in()
        pages = [await front.ask(path, [f"Cookie: {front.cookie}"]) for path in ("/", "/enter", "/none")]
        texts = [page.body for page in pages]
        texts += [(await front.ask(f"/static/{name}")).body for name in ASSETS if not name.endswith(".ttf")]
    for text in texts:
        used = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        assert set(re.findall(r"\w+://[^\s`]+", used)) <= {
            "ws://${location.host}/socket/${encodeURIComponent(key)}"
        }
        assert "@import" not in text
        assert not re.search(r"""(?:src|href)=["']?//""", text)
    assert "dana &lt;o&#x27;hara&gt;" in texts[0]


BESIDE = (
    "/static/",
    "/static/page.html",
    "/static/../page.html",
    "/static/..%2f..%2fdoor.py",
    "/static/%2e%2e/%2e%2e/door.py",
    "/static/..%5c..%5cdoor.py",
    "/static//etc/passwd",
    "/static/%2fetc%2fpasswd",
    "/static/page.css%00.js",
    "//etc/passwd",
    "/../../etc/passwd",
    "/download/x",
    "/ws",
    "http://evil.test/",
    "/?ping=http://evil.test/",
    "/enter?token=x",
)


async def test_there_is_nothing_beside_the_pages() -> None:
    async with web() as front:
        await front.come_in()
        answers = {path: await front.ask(path, [f"Cookie: {front.cookie}"]) for path in BESIDE}
    assert {path: answer.status for path, answer in answers.items()} == dict.fromkeys(BESIDE, 404)
    assert all(len(answer.body) < 40 for answer in answers.values())


async def test_what_is_no_request_gets_no_page() -> None:
    async with web() as front:
        host = f"Host: {front.authority}\r\n"
        for bad in (
            f"GET / HTTP/1.1\r\n{host}{host}\r\n",
            f"GET /\x01 HTTP/1.1\r\n{host}\r\n",
            f"GET / HTTP/1.1\r\n{host}X: a\x00b\r\n\r\n",
            f"GET / HTTP/1.1\r\n{host}X Y: b\r\n\r\n",
            f"GET / HTTP/1.1\r\n{host}Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
        ):
            answer = await front.raw(bad.encode("latin-1"))
            assert answer.startswith(b"HTTP/1.1 400 "), bad
        split = await front.ask("/static/x%0d%0aSet-Cookie:%20a=b")
        assert split.status == 404
        assert "set-cookie" not in split.headers


# coming in


async def test_the_link_is_exchanged_once_for_a_cookie_that_only_we_get() -> None:
    async with web() as front:
        token = front.token
        assert token not in (await front.ask("/enter")).body
        answer = await front.enter()
        name, *flags = answer.headers["set-cookie"].split("; ")
        assert name.startswith(f"fleetc-{front.port}=")
        assert set(flags) == {"HttpOnly", "Max-Age=28800", "Path=/", "SameSite=strict"}
        assert token not in answer.body + answer.headers["set-cookie"]
        again = await front.enter(token)
        assert (again.status, "set-cookie" in again.headers) == (403, False)
        assert (await front.ask("/", [f"Cookie: {name}"])).status == 200
        assert front.links[1:] == [""]


@pytest.mark.parametrize("token", ["", "wrong", "0" * 64, b"\xff\xfe", b"x" * 255])
async def test_a_wrong_token_lets_nobody_in(token: str | bytes) -> None:
    async with web() as front:
        answer = await front.enter(token)
        assert answer.status == 403
        assert "set-cookie" not in answer.headers
        assert (await front.enter()).status == 200  # the link still works


async def test_a_token_is_never_long() -> None:
    async with web() as front:
        assert (await front.enter(b"x" * 10_000)).status == 413


@pytest.mark.parametrize("origin", ["http://evil.test", "null", "http://127.0.0.1:1"])
async def test_another_page_cannot_use_the_link(origin: str) -> None:
    async with web() as front:
        assert (await front.enter(origin=origin)).status == 403
        assert (await front.ask("/enter", method="POST", body=front.token.encode())).status == 403
        assert (await front.enter()).status == 200


async def test_looking_at_the_link_does_not_use_it() -> None:
    async with web() as front:
        assert (await front.ask("/enter", method="HEAD")).status == 405
        assert (await front.ask("/enter", ["Sec-Purpose: prefetch"])).status == 200
        assert (await front.enter()).status == 200


async def test_the_review_is_shown_to_its_cookie_only() -> None:
    async with web() as front:
        await front.come_in()
        name, _, value = front.cookie.partition("=")
        for cookies in ([], [f"Cookie: {name}="], [f"Cookie: {name}={value}0"], [f"Cookie: x={value}"]):
            assert (await front.ask("/", cookies)).status == 401
        assert (await front.ask("/", [f"Cookie: a=b; {front.cookie}"])).status == 200


# the socket


async def _refused(front: Web, **how: str) -> int:
    with pytest.raises(InvalidStatus) as refused:
        async with front.socket(**how):
            pass
    return refused.value.response.status_code


async def test_the_socket_needs_cookie_key_and_origin() -> None:
    async with web() as front:
        await front.come_in()
        assert await _refused(front, cookie="") == 403
        assert await _refused(front, cookie=f"{front.cookie}0") == 403
        assert await _refused(front, key="none") == 403
        assert await _refused(front, key=front.cookie.partition("=")[2]) == 403
        assert await _refused(front, origin="") == 403
        assert await _refused(front, origin="http://evil.test") == 403
        assert await _refused(front, origin="null") == 403
        assert await _refused(front, origin=f"http://localhost:{front.port}") == 403
        async with front.socket() as socket:
            assert await heard(socket, "painted") == "attach 100 30 painted "


async def test_keys_and_sizes_go_in_and_paint_comes_out() -> None:
    async with web() as front:
        await front.come_in()
        async with front.socket() as socket:
            await socket.send('["stdin", "ä\\u001b[A"]')
            await heard(socket, "typed ä\x1b[A")
            await socket.send('["resize", {"width": 80, "height": 24}]')
            await heard(socket, "resize 80 24")
            for focus in ("focus", "blur"):
                await socket.send(f'["{focus}"]')
                await heard(socket, focus)
            await socket.send('["ping", "12"]')
            assert await socket.recv() == '["pong","12"]'


JUNK = (
    *("", "x", "{}", "[]", "[1]", '["stdin"]', '["stdin", 1]', '["quit"]', '["leave"]', '["focus", "x"]'),
    *('["stdin", {"width": 1, "height": 1}]', '["stdin", "\\ud800"]', "[" * 5000, b"\x00\xff"),
    *(
        '["resize", {"width": 0, "height": 24}]',
        '["resize", {"width": 80}]',
        '["resize", {"width": 1e9, "height": 1}]',
    ),
)


async def test_a_tab_that_says_nothing_known_is_closed() -> None:
    async with web() as front:
        await front.come_in()
        for junk in JUNK:
            async with front.socket() as socket:
                await socket.send(junk)
                assert await _closed(socket) == 4004, junk
        async with front.socket() as socket:
            await heard(socket, "painted")


async def test_a_message_has_a_largest_size() -> None:
    async with web() as front:
        await front.come_in()
        async with front.socket() as socket:
            await socket.send(f'["stdin", "{"a" * 70_000}"]')
            assert await _closed(socket) == 1009


# one tab of one browser


async def test_a_closed_tab_loses_nothing() -> None:
    async with web() as front:
        await front.come_in()
        async with front.socket() as socket:
            await socket.send('["stdin", "abc"]')
            await heard(socket, "typed abc")
        async with front.socket() as socket:
            assert await heard(socket, "painted") == "attach 100 30 painted abc"
        assert front.served is not None
        assert not front.served.done()


async def test_the_newest_tab_wins() -> None:
    async with web() as front:
        await front.come_in()
        async with front.socket() as first:
            await heard(first, "painted")
            async with front.socket() as second:
                assert await _closed(first) == 4001
                await heard(second, "painted")


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The other end of a terminal that is our stdin."""
    typing, terminal = os.openpty()
    with os.fdopen(terminal, "r") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield typing
    os.close(typing)


async def test_enter_prints_another_link_which_ends_the_browser_before(keyboard: int) -> None:
    async with web() as front:
        await front.come_in()
        before = front.cookie
        async with front.socket() as socket:
            await heard(socket, "painted")
            os.write(keyboard, b"\n")
            while len(front.links) < 3:
                await asyncio.sleep(0.01)
            assert (await front.ask("/", [f"Cookie: {before}"])).status == 200  # not before it is used
            await front.come_in()
            assert await _closed(socket) == 4001
        assert (await front.ask("/", [f"Cookie: {before}"])).status == 401
        async with front.socket() as socket:
            await heard(socket, "painted")
        os.write(keyboard, b"\x04")  # end of input: nobody can ask for a link, and the review goes on
        assert (await front.ask("/", [f"Cookie: {front.cookie}"])).status == 200


async def test_an_idle_tab_is_closed_and_its_browser_is_out() -> None:
    async with web(Patience(idle=0.3)) as front:
        await front.come_in()
        async with front.socket() as socket:
            await socket.send('["focus"]')
            assert await _closed(socket) == 4002
        assert (await front.ask("/", [f"Cookie: {front.cookie}"])).status == 401
        assert await _refused(front) == 403


# who is slow


async def test_a_slow_tab_holds_nothing_up_and_is_painted_anew(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    async with web(None, str(mark)) as front:
        await front.come_in()
        async with front.socket() as socket:
            socket.transport.pause_reading()
            for keys in ("x", "flood", "y"):
                await socket.send(f'["stdin", "{keys}"]')
            while not mark.exists():  # the flood was drawn, and nobody took it
                await asyncio.sleep(0.01)
            socket.transport.resume_reading()
            assert (await heard(socket, "repaint painted xy")).endswith("repaint painted xy")


async def test_a_connection_that_asks_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_REQUEST_SECONDS", 0.2)
    async with web() as front:
        assert await front.raw(b"") == b""
        assert await front.raw(b"GET / HTTP/1.1\r\nHost: ") == b""
        head = f"POST /enter HTTP/1.1\r\nHost: {front.authority}\r\nOrigin: {front.origin}\r\nContent-Length: 64\r\n\r\n"
        assert await front.raw(head.encode() + b"x") == b""
        await front.come_in()
        async with front.socket() as socket:  # a socket stays
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(_closed(socket), 0.4)
            await socket.send('["stdin", "z"]')
            await heard(socket, "typed z")


async def test_there_are_never_many_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_CONNECTIONS", 4)
    async with web() as front:
        held = [await asyncio.open_connection("127.0.0.1", front.port) for _ in range(4)]
        assert (await front.ask("/enter")).status == 503
        for _, writer in held:
            writer.close()
        while (await front.ask("/enter")).status != 200:
            await asyncio.sleep(0.01)


# the end


async def test_when_the_review_ends_the_tab_is_told_and_the_front_ends() -> None:
    async with web() as front:
        await front.come_in()
        async with front.socket() as socket:
            await socket.send('["stdin", "end"]')
            assert await _closed(socket) == 4000
        assert front.served is not None
        assert await asyncio.wait_for(front.served, 20) == 5


async def test_when_the_front_is_stopped_the_review_leaves() -> None:
    async with web() as front:
        await front.come_in()
        async with front.socket() as socket:
            front.stop.set()
            assert await _closed(socket) == 4000
        assert front.served is not None
        assert await asyncio.wait_for(front.served, 20) == 7


async def test_a_review_that_does_not_begin_gives_its_exit_code() -> None:
    async with web(None, "refuse") as front:
        assert front.served is not None
        assert await front.served == 9
        assert front.links == []
