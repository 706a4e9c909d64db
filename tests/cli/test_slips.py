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


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("snapshot", "query"), "there is no SQL"),
        (("snapshot", "query", "select"), "incomplete input (line 1, column 7"),
        (("snapshot", "query", "DROP TABLE resource"), "line 1"),
        (("snapshot", "query", "select 1", "--snapshot", "x"), "'x' is no stored snapshot"),
        (("snapshot", "prune"), "nothing says what to keep"),
        (("snapshot", "prune", "--keep-last", "-1"), "-1"),
        (("snapshot", "prune", "--keep-last", "many"), "'many'"),
        (("snapshot", "prune", "--keep-days", "9" * 400), "1<=x<=1000000"),
        (("snapshot", "diff"), "SNAPSHOT"),
        (("snapshot", "diff", "nowhere"), "no snapshot and no file 'nowhere'"),
        (("snapshot", "diff", "1", "2", "3"), "(3)"),
        (("snapshot", "diff", "latest", "--at", "yesterday"), "'yesterday' is not a time"),
        (("snapshot", "diff", "latest", "--at", "9999-99-99T00:00:00Z"), "is not a time"),
        (("snapshot", "show", "snap-99999999999999999999"), "snap-9999"),
        (("state", "chek"), "check"),
        (("state", "check", "more"), "more"),
        (("state", "backup", "-o", "no/such/b.tar.gz"), "its folder is not there"),
        (("state", "restore"), "FILE"),
        (("graph", "--format", "pdf"), "'pdf' is not one of"),
        (("graph", "--select", "("), "explain F0801"),
        (("graph", "--select="), "--select has no value"),
        (("show",), "SELECTOR"),
        (("show", "node/edge-tokio-01"), "`node/edge-tokyo-01`"),
        (("show", "node/\x1b[31m"), "node/<U+001B>[31m"),
        (("impact", "nosuch/x"), "no resource `nosuch/x`"),
        (("why-path", "node/edge-tokyo-01"), "'B'"),
        (("why-path", "node/edge-tokyo-01", "nosuch/x"), "no resource `nosuch/x`"),
        (("compare", "a"), "'B'"),
        (("compare", "a", "b"), "no environment `a`"),
        (("plan", "--rev", "HEAD..HEAD..HEAD"), "not a range"),
        (("plan", "--rev", "HEAD..HEAD", "--worktree"), "--worktree"),
        (("plan", "--blame", "--worktree"), "no authors"),
        (("plan", "--against", "nowhere.jsonl"), "no snapshot and no file"),
        (("plan", "--override-cascade", "node/a"), "--override REASON"),
        (("-e", "x-*", "plan"), "no environment `x-*`"),
        (("-e", "[", "plan"), "no environment `[`"),
        (("-e=", "plan"), "=`"),
        (("-e", "local", "--all", "plan"), "one of them chooses"),
        (("--all", "compare", "a", "b"), "neither -e nor --all"),
        (("explain", "\x1b[31m"), "no diagnostic has the code"),
    ],
)
def test_rubbish_is_wrong_use_and_said_in_a_line(
    edge: Path, fleetc: Fleetc, words: tuple[str, ...], said: str
) -> None:
    if words[0] == "snapshot":
        assert fleetc("-C", str(edge), "snapshot", "take").code == 0
    ran = fleetc("-C", str(edge), *words)
    assert (ran.code, ran.out) == (64, ""), ran.err
    assert said in ran.err
    assert "\x1b" not in ran.err
    assert len(ran.err) < 1000
    assert not (edge / ".fleetc" / "ledger.db").exists()


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
        ("verdict:required", "`require`"),
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
