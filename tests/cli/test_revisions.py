"""Revisions against each other, and who wrote a line, through the real command line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Fleetc

PORT = "        - host: edge-tokyo-02\n"


@pytest.fixture
def two(applied: Path) -> Path:
    """The edge fleet, applied, and a commit that changes a port and takes London's label on."""
    file = applied / "fleet.yaml"
    text = file.read_text()
    assert PORT in text
    file.write_text(text.replace(PORT, f"{PORT}          listen_port: 51999\n"))
    who = ("-c", "user.name=Kim", "-c", "user.email=kim@example.com")
    subprocess.run(["git", *who, "commit", "-qam", "Another port\n\n\x1b[31mred"], cwd=applied, check=True)
    return applied


def test_a_range_shows_both_questions(two: Path, fleetc: Fleetc) -> None:
    peer = "peer/edge-fabric/edge-tokyo-01"
    assert fleetc("-C", str(two), "platform", "set", peer, "listen_port=4000").code == 0
    both = fleetc("-C", str(two), "plan", "--rev", "HEAD~1..HEAD", "--json").json
    assert both["format"] == "fleetc.range/1"
    asked = {action["address"]: action["op"] for action in both["asks"]["actions"]}
    assert asked == {"peer/edge-fabric/edge-tokyo-02": "update"}
    live = {action["address"]: action["cause"] for action in both["plan"]["actions"]}
    assert live == {"peer/edge-fabric/edge-tokyo-02": "git", peer: "drift"}
    assert "HEAD~1" in both["asks"]["study"]
    assert both["asks"]["approval_request_id"] is None
    assert both["plan"]["approval_request_id"] == f"apr-{both['plan']['digest'][:12]}"


def test_the_same_changes_are_shown_once(two: Path, fleetc: Fleetc) -> None:
    for form in ("text", "markdown"):
        shown = fleetc("-C", str(two), "plan", "--rev", "HEAD~1..", "--format", form)
        assert shown.code == 0
        assert shown.out.count("edge-fabric/edge-tokyo-02") <= (1 if form == "text" else 2)
        assert "the same changes, and nothing else" in shown.out


def test_a_range_that_asks_nothing_says_so(two: Path, fleetc: Fleetc) -> None:
    shown = fleetc("-C", str(two), "plan", "--rev", "HEAD..HEAD", "--detailed-exitcode")
    assert shown.code == 2, "live still lacks what HEAD asks"
    assert "both ask for the same" in shown.out


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--rev", "HEAD~1...HEAD"), 64),
        (("--rev", "HEAD~1..HEAD", "--worktree"), 64),
        (("--rev", "nowhere..HEAD"), 1),
        (("--rev", "HEAD..--x"), 1),
        (("--worktree", "--blame"), 64),
    ],
)
def test_what_is_no_range_is_refused(two: Path, fleetc: Fleetc, options: tuple[str, ...], code: int) -> None:
    assert fleetc("-C", str(two), "plan", *options).code == code


def test_blame_names_the_commit_of_each_line(two: Path, fleetc: Fleetc) -> None:
    plan = fleetc("-C", str(two), "plan", "--blame", "--json").json
    [field] = plan["actions"][0]["fields"]
    said = plan["blame"][field["origin"].rpartition(":")[0]]
    assert (said["author"], said["summary"], said["exact"]) == ("kim@example.com", "Another port", True)
    shown = fleetc("-C", str(two), "plan", "--blame")
    assert "kim@example.com" in shown.out
    assert "\x1b" not in shown.out


def test_blame_leaves_the_digest_alone(two: Path, fleetc: Fleetc) -> None:
    digests = {fleetc("-C", str(two), "plan", *more, "--json").json["digest"] for more in ((), ("--blame",))}
    assert len(digests) == 1


def test_a_protection_that_is_lifted_is_asked_for(edge: Path, fleetc: Fleetc) -> None:
    file = edge / "fleet.yaml"
    text = file.read_text()
    for content in (
        text.replace("  - hostname: edge-tokyo-02\n", "  - hostname: edge-tokyo-02\n    protect: true\n"),
        text,
    ):
        file.write_text(content)
        subprocess.run(["git", "commit", "-qam", "protect, or not"], cwd=edge, check=True)
    both = fleetc("-C", str(edge), "plan", "--rev", "HEAD~1..HEAD", "--json").json
    assert {action["op"] for action in both["asks"]["actions"]} == {"unprotect"}
