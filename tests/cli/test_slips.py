"""Slips on the command line: exit 64, and a text that says what is wrong with which word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Fleetc


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plan", "--rev="), "--rev has no value"),
        (("plan", "--select=", "--json"), "--select has no value"),
        (("plan", "--rev", "HEAD", "--rev", "main"), "--rev is given more than once"),
        (("--state=", "plan"), "--state has no value"),
        (("--config", "a", "--config", "b", "plan"), "--config is given more than once"),
        (("-e", "one", "--all", "plan"), "-e and --all are given"),
        (("approve", "p.json", "--as="), "--as has no value"),
        (("audit", "show", "--last", "-3"), "-3 is not in the range"),
        (("platform", "set", "nosuch/x", "a=b"), "'nosuch/x' begins with no kind"),
        (("platform", "set", "peer/n/a", "port=1"), "peer has no field 'port'"),
        (("plan", "--worktre"), "--worktree"),
        (("snapshot", "sho"), "show"),
    ],
)
def test_a_slip_is_wrong_use_and_named(
    edge: Path, fleetc: Fleetc, words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(edge)
    ran = fleetc(*words)
    assert (ran.code, ran.out) == (64, "")
    assert said in ran.err


def test_flags_and_selectors_may_be_repeated(edge: Path, fleetc: Fleetc) -> None:
    ran = fleetc(
        "-C", str(edge), "plan", "--json", "--json", "--select", "kind:node", "--select", "kind:template"
    )
    assert ran.code == 0
    ticked = {action["address"].split("/")[0] for action in ran.json["actions"] if action["selected"]}
    assert ticked == {"node", "template"}


@pytest.mark.parametrize(
    ("selector", "hint"),
    [
        ("kind:nodes", "`node`"),
        ("node/edge-tokio-01", "`node/edge-tokyo-01`"),
        ("(kind:node", "explain F0801"),
        ("verdict:deny", "explain F0801"),
    ],
)
def test_a_selector_that_means_nothing_is_a_usage_error(
    edge: Path, fleetc: Fleetc, selector: str, hint: str
) -> None:
    ran = fleetc("-C", str(edge), "plan", "--json", "--select", selector)
    assert (ran.code, ran.out) == (64, "")
    assert hint in ran.err


def test_a_predicate_that_matches_nothing_is_a_note(edge: Path, fleetc: Fleetc) -> None:
    ran = fleetc("-C", str(edge), "plan", "--json", "--select", "lifecycle_class:spot")
    assert ran.code == 0
    assert "matches nothing" in ran.err
    assert not any(action["selected"] for action in ran.json["actions"])


def test_a_selector_takes_what_its_resource_needs_or_what_needs_it(edge: Path, fleetc: Fleetc) -> None:
    def left(*options: str) -> set[str]:
        ran = fleetc("-C", str(edge), "plan", "--json", *options)
        return {action["address"] for action in ran.json["actions"] if not action["selected"]}

    london = {"node/edge-london-01", "instance/edge-london-01", "peer/edge-fabric/edge-london-01"}
    assert left("--exclude", "node/edge-london-01+2") == london | {"virtual_ip/edge-fabric/cdn-frontend"}
    assert left("--select", "all", "--exclude", "field:listen_port, *london*") == {
        "peer/edge-fabric/edge-london-01",
        "virtual_ip/edge-fabric/cdn-frontend",
    }
