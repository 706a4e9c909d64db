"""The review in a real browser: the distribution's Chromium, headless, on a loopback port."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fleetc.cli.main import run
from tests.serve.chromium import Browser, Tab, chromium, found

pytestmark = [pytest.mark.loopback, pytest.mark.timeout(300)]

WHY = "no Chromium here: install the distribution's package `chromium`"
OPENED = "new Promise((done) => {{ const s = new WebSocket({address!r}); s.onopen = () => done('open'); s.onerror = () => done('refused'); }})"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    if found() is None:
        assert "CI" not in os.environ, WHY
        pytest.skip(WHY)
    with chromium(tmp_path) as started:
        yield started


@pytest.fixture
def edge(tmp_path: Path) -> Path:
    """The workspace that `init` makes."""
    assert run(["-C", str(tmp_path), "init", "edge"]) == 0
    return tmp_path / "edge"


@contextmanager
def served(edge: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`review --web`, and the link that it prints."""
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "fleetc", "-C", str(edge), "review", "--web", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root)},
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.terminate()


def own(link: str) -> str:
    return link.partition("/enter")[0]


def opens(tab: Tab, address: str) -> str:
    """Whether a socket to an address opens from the page of a tab."""
    return str(tab.value(OPENED.format(address=address)))


@contextmanager
def another_site() -> Iterator[str]:
    """A page of nothing on another port of the same host, which gets the same cookies."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"another site")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as site:
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{site.server_port}"
        site.shutdown()
        thread.join()


def confirmed(tab: Tab, key: str, title: str, *, typed: str) -> None:
    """Open a dialog, and type what it asks for; it drops keys until it knows that it can be seen."""
    tab.type(key)
    tab.shows(title)
    while not tab.comes(f" {typed[0]} ", 0):
        tab.type(typed[0])
        tab.comes(f" {typed[0]} ", 10)
    tab.type(*typed[1:])
    tab.shows(f" {typed} ")
    tab.type("Enter")


def test_a_plan_is_walked_approved_and_applied(edge: Path, browser: Browser, tmp_path: Path) -> None:
    with served(edge) as (process, link):
        tab = browser.tab()
        tab.go(link)
        tab.shows("selected 12 of 12")
        assert tab.value("location.href") == f"{own(link)}/"
        assert tab.value("document.cookie") == ""
        tab.type("G", " ")
        tab.shows("selected 11 of 12")
        picture = tab.picture(tmp_path / "review.png")
        assert picture.startswith(b"\x89PNG")
        assert len(picture) > 20_000  # a page of text, not of one colour
        confirmed(tab, "A", "Approve this plan", typed="local 0")
        tab.shows("approved it")
        confirmed(tab, "X", "Apply this plan", typed="local 0")
        tab.shows("Run run-")
        tab.close()
        tab = browser.tab()
        tab.go(f"{own(link)}/")
        tab.shows("11/11")
        assert "applied" in tab.shows("applied")
        tab.type("q", "q", "q")
        tab.says("The review has ended")
        assert process.wait(60) == 0
        assert {each.split("/")[2] for each in tab.asked} == {own(link).removeprefix("http://")}
        assert [text for text in tab.logged if "ontent Security Policy" in text] == []


def test_closing_the_tab_loses_nothing(edge: Path, browser: Browser) -> None:
    with served(edge) as (process, link):
        first = browser.tab()
        first.go(link)
        first.shows("selected 12 of 12")
        first.type("G", " ")
        before = first.shows("selected 11 of 12")
        first.close()
        second = browser.tab()
        second.go(f"{own(link)}/")
        after = second.shows("selected 11 of 12")
        assert before.splitlines()[4:20] == after.splitlines()[4:20]
        third = browser.tab()
        third.go(f"{own(link)}/")
        third.shows("selected 11 of 12")
        second.says("shown in another tab")
        second.value("document.querySelector('#again').click()")
        second.shows("selected 11 of 12")
        third.says("Nothing of it was lost")
        third.go(link)
        third.says("This link was used")
        second.type("u")
        second.shows("selected 12 of 12")
        assert process.poll() is None


def test_a_page_of_another_origin_gets_no_socket(edge: Path, browser: Browser) -> None:
    with served(edge) as (_, link), another_site() as elsewhere:
        tab = browser.tab()
        tab.go(link)
        tab.shows("selected 12 of 12")
        address = f"ws://{own(link).removeprefix('http://')}/socket/{tab.value('localStorage.getItem(`fleetc-key`)')}"
        other = browser.tab()
        other.go(elsewhere)
        other.says("another site")
        assert opens(other, address) == "refused"  # with the cookie and the key: only the origin is another
        answer = f"fetch({own(link)!r}, {{ credentials: 'include' }}).then(() => 'read', () => 'refused')"
        assert other.value(answer) == "refused"
        other.value(f"document.body.innerHTML = '<iframe src={own(link)}></iframe>'")
        other.go(own(link).replace("127.0.0.1", "localhost"))
        other.says("421")
        assert opens(other, address) == "refused"
        tab.type("G")
        tab.shows("cdn-frontend")
        assert opens(tab, address) == "open"


def test_read_only_is_read_only_in_the_browser_too(edge: Path, browser: Browser) -> None:
    with served(edge, "--read-only") as (_, link):
        tab = browser.tab()
        tab.go(link)
        assert "READ-ONLY" in tab.shows("selected 12 of 12")
        tab.type("A")
        tab.shows("approve is off")
