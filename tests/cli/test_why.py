"""`why`, `why-not` and `rules backtest`: how a plan came to be, and what other rules would have said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Fleetc
from tests.cli.ruled import LOW, PEER, committed


@pytest.fixture(autouse=True)
def _width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


# why, why-not


def test_why_and_why_not(applied: Path, fleetc: Fleetc) -> None:
    committed(applied, fleet=LOW)
    here = ["-C", str(applied)]
    found = fleetc(*here, "why", PEER)
    assert found.code == 0
    lines = found.out.splitlines()
    assert lines[0].startswith(f"{PEER}  update, denied, in plan ")
    assert lines[1] == "  listen_port: git; verified 51820, live 51820, wanted 50000 (fleet.yaml:48:24)"
    against = fleetc(*here, "why-not", PEER)
    assert "left out  denied by low-ports: edge-tokyo-02 listens on 50000" in against.out
    assert "cause" not in against.out
    document = fleetc(*here, "why", PEER, "--json").json
    (chain,) = document["chains"]
    assert (chain["standing"], chain["fields"][0]["desired"]) == ("denied", 50000)
    assert "Nothing keeps it out." in fleetc(*here, "why-not", "policy/rules").out
    assert "as declared" in fleetc(*here, "why", "node/edge-tokyo-01").out


def test_why_of_a_stored_plan_and_of_a_choice(applied: Path, fleetc: Fleetc) -> None:
    here = ["-C", str(applied)]
    assert fleetc(*here, "platform", "set", PEER, "listen_port=51999").code == 0
    assert fleetc(*here, "plan", "-o", "p.json").code == 0
    stored = fleetc(*here, "why", PEER, "--plan", "p.json")
    assert "it was changed on the platform since it was verified last" in stored.out
    chosen = fleetc(*here, "why", PEER, "--select", "kind:peer")
    assert "ticked  by --select 'kind:peer'" in chosen.out
    without = fleetc(*here, "why-not", PEER, "--exclude", "kind:peer")
    assert "left out  by --exclude 'kind:peer'" in without.out
    both = fleetc(*here, "why", PEER, "--plan", "p.json", "--select", "kind:peer")
    assert both.code == 64


def test_why_of_nothing(applied: Path, fleetc: Fleetc) -> None:
    found = fleetc("-C", str(applied), "why", "peer/edge-fabric/edge-tokyo-2")
    assert found.code == 64
    assert "error[F0802]" in found.err
    assert f"a similar one is there: {PEER}" in found.err


@pytest.mark.parametrize("word", ["why", "why-not"])
@pytest.mark.parametrize("address", ["", "  "])
def test_an_empty_address_is_a_slip(word: str, address: str, applied: Path, fleetc: Fleetc) -> None:
    here = ["-C", str(applied)]
    found = fleetc(*here, word, address)
    assert (found.code, found.out) == (64, "")
    assert "the address is empty" in found.err


def test_a_long_message_is_cut_with_a_count_and_whole_in_json(applied: Path, fleetc: Fleetc) -> None:
    here = ["-C", str(applied)]
    long = "x" * 5_000
    committed(applied, fleet=LOW, rules=f'rule no {{ on update peer deny "{long}" help "{long}" }}\n')
    assert fleetc(*here, "plan", "-o", "p.json").out.count("... (4400 more characters)") == 1
    assert "more characters)" in fleetc(*here, "why", PEER).out
    (finding,) = fleetc(*here, "plan", "--json").json["findings"]
    assert (finding["message"], finding["help"]) == (long, long)


def test_json_shows_no_character_that_a_terminal_obeys(applied: Path, fleetc: Fleetc) -> None:
    here = ["-C", str(applied)]
    assert fleetc(*here, "plan", "-o", "p.json", "--worktree", "--override", "a\u202eb\x9b").code == 0
    found = fleetc(*here, "plan", "--worktree", "--override", "a\u202eb\x9b\u00e9", "--json")
    assert found.json["override"] == "a\u202eb\x9b\u00e9"
    assert '"a\\u202eb\\u009b\u00e9"' in found.out


# rules backtest


def test_past_plans_are_judged_by_a_new_rule(applied: Path, fleetc: Fleetc) -> None:
    here = ["-C", str(applied)]
    (applied / "new.rules").write_text(
        'rule no-anycast { on create virtual_ip deny "no {name}" trial until 2999-01-01 }\n'
        'rule told { on create node where name matches "*-01" warn "{name}" }\n'
    )
    found = fleetc(*here, "rules", "backtest", "new.rules")
    assert found.code == 0
    assert (
        "  + deny by no-anycast on create:virtual_ip/edge-fabric/cdn-frontend: no cdn-frontend\n" in found.out
    )
    assert found.out.count("+ warn by told") == 2
    assert found.out.endswith(
        "1 past plan judged: 1 would have got other verdicts, 1 of them a new denial.\n"
    )
    (past,) = fleetc(*here, "rules", "backtest", "new.rules", "--json").json["plans"]
    assert (past["status"], past["skipped"], len(past["differences"])) == ("applied", "", 3)
    assert not [
        line for line in fleetc(*here, "approvals", "--json").json["requests"] if line["status"] == "waiting"
    ]


def test_a_plan_whose_snapshot_was_pruned_is_skipped(applied: Path, fleetc: Fleetc) -> None:
    here = ["-C", str(applied)]
    (applied / "new.rules").write_text('rule r { on create virtual_ip deny "no" }\n')
    (applied / ".fleetc" / "snapshots.db").unlink()
    (past,) = fleetc(*here, "rules", "backtest", "new.rules", "--json").json["plans"]
    assert past["skipped"] == "its snapshot snap-1 was pruned"
    assert "skipped: its snapshot snap-1 was pruned" in fleetc(*here, "rules", "backtest", "new.rules").out


def test_without_a_past_there_is_nothing_to_judge(edge: Path, fleetc: Fleetc) -> None:
    (edge / "new.rules").write_text('rule r { on create virtual_ip deny "no" }\n')
    found = fleetc("-C", str(edge), "rules", "backtest", "new.rules", "--last", "5")
    assert (found.code, found.out) == (0, "No plan was approved or applied here yet.\n")
    assert fleetc("-C", str(edge), "rules", "backtest", "new.rules", "--last", "0").code == 64
    assert json.loads(fleetc("-C", str(edge), "rules", "backtest", "new.rules", "--json").out)["plans"] == []
