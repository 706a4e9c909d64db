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
        (("-e", "one", "-e", "two", "plan"), "--environment is given more than once"),
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
