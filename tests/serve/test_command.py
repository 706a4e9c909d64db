"""`review --web` on the command line: what it refuses, and what it hands on."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from fleetc.cli import serving
from fleetc.cli.main import main, run
from fleetc.cli.review_cmd import review
from fleetc.serve import server
from fleetc.serve.server import Served


def _refused(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = run(["review", *arguments])
    return int(code), capfd.readouterr().err


def test_a_port_is_of_the_browser(capfd: pytest.CaptureFixture[str]) -> None:
    code, said = _refused(capfd, "--port", "8765")
    assert (code, "--port is of --web" in said) == (64, True)


def test_one_way_of_showing_it(capfd: pytest.CaptureFixture[str]) -> None:
    code, said = _refused(capfd, "--web", "--plain")
    assert (code, "one of them chooses" in said) == (64, True)


@pytest.mark.parametrize("port", ["0", "65536", "x", "127.0.0.1:80"])
def test_a_port_is_a_port(capfd: pytest.CaptureFixture[str], port: str) -> None:
    assert _refused(capfd, "--web", "--port", port)[0] == 64


def test_without_the_packages_it_says_how_to_get_them(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "find_spec", lambda name: None if name == "uvicorn" else name)
    code, said = _refused(capfd, "--web")
    assert code == 1
    assert "not installed: uvicorn" in said
    assert "pip install 'fleetc[web]'" in said


@pytest.mark.loopback
def test_a_port_that_is_taken_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, said = _refused(capfd, "--web", "--port", str(taken.getsockname()[1]))
    assert code == 1
    assert "cannot be had" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("p.json", "q.json"),
        ("--", "-x.json"),
        ("-e", "prod", "-e", "dev-*", "--all"),
        (
            "--rev",
            "main",
            "--worktree",
            "--against=snap-12",
            "--override",
            "it's me",
            "--override-expires",
            "3d",
        ),
        ("--override-cascade", "node/a", "--override-cascade", "node/b", "--read-only"),
        ("--theme", "light", "--ascii", "--full-motion"),
        ("--box", "--state", "/s p", "--config", "c.toml", "-C", "w w"),
    ],
)
def test_the_same_command_line_draws_for_the_front(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    given: list[Served] = []
    monkeypatch.setattr(server, "serve", lambda served, _clock: given.append(served) or 3)
    assert run(["review", "--web", "--port", "8765", *words]) == 3
    command = list(given[0].command)
    assert command[1:5] == ["-P", "-m", "fleetc", "review"]
    assert _meant(command[5:]) == _meant(list(words))
    assert given[0].port == 8765
    assert given[0].environment["TEXTUAL_DRIVER"] == "fleetc.tui.served:ServedDriver"


def _meant(words: list[str]) -> dict[str, Any]:
    with (
        main.make_context("fleetc", ["review"]) as outer,
        review.make_context("review", words, outer) as inner,
    ):
        return inner.params


def test_nothing_but_the_loopback_address_is_listened_on() -> None:
    assert server.LOOPBACK == "127.0.0.1"
    text = Path(server.__file__).read_text(encoding="utf-8")
    assert "0.0.0.0" not in text
    assert text.count(".bind(") == 1
