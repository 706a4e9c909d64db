"""Waivers and ignores are granted by a member of the granting group, as the accepted rules have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Fleetc, Ran
from tests.cli.test_approval import operator
from tests.cli.test_rules_apply import DENY_TOKYO, commit, relabelled

PEOPLE = '[identities]\n"ann@example.com" = "user:ann"\n[teams]\nsre = ["user:dana", "user:ann"]\n'
GROUP = 'group sre = "team:sre"\n'
OPEN = 'group sre = "team:sre", "user:kim"\n'
WAIVER = (
    "waiver chg-1 of no-tokyo-change {{ for node "
    'reason "{reason}" granted by {group} expires {expires} }}{comment}\n'
)
NEEDED = "1 of sre (team:sre) for waiver chg-1"


def waiver(
    *, reason: str = "moved", group: str = "sre", expires: str = "2999-01-31", comment: str = ""
) -> str:
    return WAIVER.format(reason=reason, group=group, expires=expires, comment=comment)


def ask(folder: Path, fleetc: Fleetc, rules: str) -> Ran:
    """Commit rules and plan them."""
    commit(folder, prod=rules)
    return fleetc("-C", str(folder), "plan", "-o", "p.json", "--json")


def agree(folder: Path, fleetc: Fleetc, name: str) -> list[str]:
    """Approve as somebody; who is missing then."""
    found: list[str] = fleetc("-C", str(folder), "approve", "p.json", "--as", name, "--json").json["missing"]
    return found


def take(folder: Path, fleetc: Fleetc) -> Ran:
    return fleetc("-C", str(folder), "apply", "p.json", "--foreground")


def label_london(folder: Path) -> None:
    text = (folder / "fleet.yaml").read_text()
    host = "- hostname: edge-london-01\n"
    commit(folder, fleet=text.replace(host, f"{host}    labels: {{a: b}}\n"))


@pytest.fixture
def governed(applied: Path, fleetc: Fleetc) -> Path:
    """A fleet with a rule and a group, accepted."""
    operator(applied, PEOPLE)
    assert ask(applied, fleetc, GROUP + DENY_TOKYO).json["requirements"] == []
    assert agree(applied, fleetc, "max") == []
    assert take(applied, fleetc).code == 0
    return applied


def test_who_is_not_of_the_granting_group_leaves_a_waiver_waiting(governed: Path, fleetc: Fleetc) -> None:
    plan = ask(governed, fleetc, GROUP + DENY_TOKYO + waiver()).json
    (need,) = plan["requirements"]
    assert (need["rule"], need["text"]) == ("waiver chg-1", "sre grants it until 2999-01-31: moved")
    (finding,) = plan["findings"]
    assert (finding["place"], finding["subject"]) == ("prod.rules:3:8", "accept:policy/rules")
    assert agree(governed, fleetc, "max") == [NEEDED]
    refused = take(governed, fleetc)
    assert (refused.code, "F0702" in refused.err, NEEDED in refused.err) == (3, True, True)
    assert NEEDED in fleetc("-C", str(governed), "approvals").out
    assert agree(governed, fleetc, "dana") == []
    assert take(governed, fleetc).code == 0
    here = ("-C", str(governed))
    commit(governed, fleet=relabelled(governed))
    freed = fleetc(*here, "plan", "--json").json
    assert {action["address"]: action["selected"] for action in freed["actions"]} == {
        "node/edge-tokyo-01": True
    }
    assert freed["requirements"] == []


def test_it_is_told_where_one_looks(governed: Path, fleetc: Fleetc) -> None:
    ask(governed, fleetc, GROUP + DENY_TOKYO + waiver())
    here = ("-C", str(governed))
    assert "Needs 1 of sre for waiver chg-1." in fleetc(*here, "plan").out
    assert (
        "require by waiver chg-1 (prod.rules:3:8): sre grants it" in fleetc(*here, "why", "policy/rules").out
    )
    said = " ".join(fleetc(*here, "rules", "explain", "chg-1").out.split())
    assert "1 of sre as the rules applied last have it, and no author" in said


def test_what_is_applied_word_for_word_is_not_granted_again(governed: Path, fleetc: Fleetc) -> None:
    ask(governed, fleetc, GROUP + DENY_TOKYO + waiver())
    assert agree(governed, fleetc, "dana") == []
    assert take(governed, fleetc).code == 0
    moved = waiver(comment="  # closed next year") + GROUP + "\n\n" + DENY_TOKYO + 'group net = "user:lee"\n'
    assert ask(governed, fleetc, moved).json["requirements"] == []
    assert agree(governed, fleetc, "max") == []
    assert take(governed, fleetc).code == 0
    assert ask(governed, fleetc, GROUP + DENY_TOKYO).json["requirements"] == []


@pytest.mark.parametrize(
    "changed",
    [
        waiver(expires="2999-02-01"),
        waiver(expires="2999-01-30"),
        waiver(reason="other"),
        waiver().replace("for node ", 'for node where name == "edge-tokyo-01" '),
        waiver().replace("chg-1", "chg-2"),
    ],
    ids=["later", "earlier", "reason", "scope", "name"],
)
def test_a_changed_waiver_is_granted_anew(governed: Path, fleetc: Fleetc, changed: str) -> None:
    ask(governed, fleetc, GROUP + DENY_TOKYO + waiver())
    assert agree(governed, fleetc, "dana") == []
    assert take(governed, fleetc).code == 0
    ask(governed, fleetc, GROUP + DENY_TOKYO + changed)
    (missing,) = agree(governed, fleetc, "max")
    assert missing.startswith("1 of sre (team:sre) for waiver chg-")
    assert agree(governed, fleetc, "dana") == []


def test_a_group_that_is_redefined_in_the_same_commit_does_not_help(governed: Path, fleetc: Fleetc) -> None:
    ask(governed, fleetc, OPEN + DENY_TOKYO + waiver())
    assert agree(governed, fleetc, "kim") == [NEEDED]
    assert agree(governed, fleetc, "dana") == []
    assert take(governed, fleetc).code == 0
    assert ask(governed, fleetc, OPEN + DENY_TOKYO + waiver(reason="other")).code == 0
    assert agree(governed, fleetc, "kim") == []


def test_a_group_that_is_new_grants_as_it_is_written(governed: Path, fleetc: Fleetc) -> None:
    ask(governed, fleetc, GROUP + 'group new = "user:kim"\n' + DENY_TOKYO + waiver(group="new"))
    assert agree(governed, fleetc, "dana") == ["1 of new (user:kim) for waiver chg-1"]
    assert agree(governed, fleetc, "kim") == []


def test_the_first_rules_of_all_are_granted_by_the_group_they_write(applied: Path, fleetc: Fleetc) -> None:
    operator(applied, PEOPLE)
    ask(applied, fleetc, GROUP + DENY_TOKYO + waiver())
    assert agree(applied, fleetc, "max") == [NEEDED]
    assert agree(applied, fleetc, "dana") == []
    assert take(applied, fleetc).code == 0


def test_an_author_does_not_grant_an_own_waiver(governed: Path, fleetc: Fleetc) -> None:
    ask(governed, fleetc, GROUP + DENY_TOKYO + waiver())
    here = ("-C", str(governed))
    own = fleetc(*here, "approve", "p.json", "--as", "ann")
    assert (own.code, "F0709" in own.err) == (3, True)
    assert agree(governed, fleetc, "max") == [NEEDED]
    operator(governed, '[environments.local]\nfour_eyes = "off"\n' + PEOPLE)
    assert agree(governed, fleetc, "ann") == []


def test_an_author_who_fills_a_place_of_a_rule_still_does_not_grant(governed: Path, fleetc: Fleetc) -> None:
    asking = "rule two { on update node require 1 of sre }\n"
    ask(governed, fleetc, GROUP + DENY_TOKYO + asking)
    assert agree(governed, fleetc, "max") == []
    assert take(governed, fleetc).code == 0
    label_london(governed)
    ask(governed, fleetc, GROUP + DENY_TOKYO + asking + waiver())
    assert agree(governed, fleetc, "max") == [NEEDED, "1 of sre (team:sre) for two"]
    assert agree(governed, fleetc, "ann") == [NEEDED]
    assert agree(governed, fleetc, "dana") == []


def test_rules_that_are_not_ticked_grant_nothing(governed: Path, fleetc: Fleetc) -> None:
    label_london(governed)
    commit(governed, prod=GROUP + DENY_TOKYO + waiver())
    plan = fleetc("-C", str(governed), "plan", "-o", "p.json", "--without", "policy/rules", "--json").json
    assert plan["requirements"] == []


def test_an_ignore_is_granted_too_and_each_by_its_own_group(governed: Path, fleetc: Fleetc) -> None:
    ignore = (
        'group net = "user:lee"\nignore by-hand { for peer.listen_port '
        'reason "measured" granted by net expires 2999-01-31 }\n'
    )
    ask(governed, fleetc, GROUP + DENY_TOKYO + waiver() + ignore)
    lee = "1 of net (user:lee) for ignore by-hand"
    assert agree(governed, fleetc, "max") == [NEEDED, lee]
    assert agree(governed, fleetc, "dana") == [lee]
    assert agree(governed, fleetc, "lee") == []
    assert take(governed, fleetc).code == 0
