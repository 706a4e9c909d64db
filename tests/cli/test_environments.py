"""What `fleetc.toml` cannot loosen: an account stays in the environment it was applied as until others agree."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fleetc.cli.main import run
from fleetc.service.identity import os_user
from tests.cli.conftest import Fleetc, Ran, copy
from tests.cli.test_approval import without_london

RULES = (
    'rule stays { on delete * where env.name == "prod" deny "{address} is of {env.name}" }\n'
    'rule gold { on delete * where env.tier == "gold" deny "gold stays" }\n'
    'rule labels { on update node.labels where env.name != "prod" allow }\n'
)
OPERATOR = (
    '[environments.prod]\ntier = "gold"\nfour_eyes = "strict"\nexpiry = "10m"\n'
    '[environments.lab]\ntier = "bronze"\nfour_eyes = "off"\n'
    '[identities]\n"ann@example.com" = "user:ann"\n'
)
PROD, LAB = "[environments.prod]\n", "[environments.lab]\n"
GONE = "node/edge-london-01"


def commit(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / {"toml": "fleetc.toml", "fleet": "fleet.yaml", "rules": "prod.rules"}[name]).write_text(
            text
        )
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    subprocess.run(["git", *who, "commit", "-q", "-m", "change"], cwd=folder, check=True)


@pytest.fixture(scope="session")
def prod_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that was applied as `prod`, with its rules; for copies only."""
    folder = tmp_path_factory.mktemp("environments")
    assert run(["-C", str(folder), "init", "edge"]) == 0
    edge = folder / "edge"
    (edge / ".fleetc" / "operator.toml").write_text(OPERATOR)
    commit(edge, toml=PROD, rules=RULES)
    here = ["-C", str(edge)]
    approve, apply = ["approve", "p.json", "--as", "dana"], ["apply", "p.json", "--foreground"]
    for words in (["plan", "-o", "p.json"], approve, apply):
        assert run([*here, *words]) == 0
    return edge


@pytest.fixture
def prod(prod_once: Path, tmp_path: Path) -> Path:
    return copy(prod_once, tmp_path / "edge")


def action(ran: Ran, address: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in ran.json["actions"] if each["address"] == address)
    return found


def changed(ran: Ran) -> dict[str, tuple[Any, Any]]:
    return {each["path"]: (each["before"], each["after"]) for each in action(ran, "policy/rules")["fields"]}


def test_a_renamed_environment_stays_what_it_was_until_somebody_else_agrees(
    prod: Path, fleetc: Fleetc
) -> None:
    here = ("-C", str(prod))
    commit(prod, toml=LAB, fleet=without_london(prod))
    plan = fleetc(*here, "plan", "-o", "p.json", "--json")
    assert (plan.json["environment"], plan.json["applied_as"]) == ("lab", "prod")
    assert action(plan, GONE)["selected"] is False
    said = {(each["rule"], each["accepted"]) for each in plan.json["findings"] if each["verdict"] == "deny"}
    assert said == {("stays", True), ("gold", True)}
    assert changed(plan) == {"env.name": ("prod", "lab"), "env.tier": ("gold", "bronze")}
    text = fleetc(*here, "plan").out
    assert "policy/rules" in text
    assert "env.name" in text
    assert "applied as another environment" in fleetc(*here, "plan", "--full").out + text
    forced = fleetc(*here, "plan", "--select", "all", "-o", "forced.json", "--json")
    assert action(forced, GONE)["selected"] is False
    own = fleetc(*here, "approve", "p.json", "--as", "ann")
    assert (own.code, "F0709" in own.err) == (3, True)
    assert fleetc(*here, "apply", "p.json", "--foreground").code == 3
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 0
    assert fleetc(*here, "apply", "p.json", "--foreground").code == 0
    after = fleetc(*here, "plan", "--select", "all", "--json")
    assert (after.json["applied_as"], after.json["findings"]) == ("", [])
    assert action(after, GONE)["selected"] is True


def test_the_looser_allow_of_another_name_lets_nothing_go(prod: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(prod))
    text = (prod / "fleet.yaml").read_text()
    labelled = text.replace(
        "  - hostname: edge-tokyo-01\n", "  - hostname: edge-tokyo-01\n    labels: {site: nrt}\n"
    )
    commit(prod, toml=LAB, fleet=labelled)
    words = ("plan", "-o", "p.json", "--without", "policy/rules", "--json")
    plan = fleetc(*here, *words)
    assert (plan.json["allowed_by"], plan.json["requires_approval"]) == ([], True)
    assert fleetc(*here, "apply", "p.json", "--foreground").code == 3


def test_without_rules_the_stricter_settings_of_both_names_hold(
    edge: Path, fleetc: Fleetc, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = ("-C", str(edge))
    (edge / ".fleetc" / "operator.toml").write_text(OPERATOR)
    commit(edge, toml=PROD)
    assert fleetc(*here, "plan", "-o", "p.json").code == 0
    assert fleetc(*here, "approve", "p.json", "--as", "ann").code == 0
    assert fleetc(*here, "apply", "p.json", "--foreground").code == 0
    commit(edge, toml=LAB, fleet=without_london(edge))
    plan = fleetc(*here, "plan", "-o", "p.json", "--without", "policy/rules", "--json")
    assert action(plan, GONE)["selected"] is True
    confirm = ("--confirm", f"lab {sum(each['op'] == 'delete' for each in plan.json['actions'])}")
    own = fleetc(*here, "approve", "p.json", "--as", "ann", *confirm)
    assert (own.code, "F0709" in own.err) == (3, True)
    assert fleetc(*here, "approve", "p.json", "--as", "dana", *confirm).code == 0


def test_two_names_that_swap_their_accounts_judge_as_before(
    prod: Path, tmp_path: Path, fleetc: Fleetc
) -> None:
    both = tmp_path / "both"
    shutil.copytree(prod, both / "one")
    shutil.move(both / "one" / ".fleetc", both / ".fleetc")
    shutil.rmtree(both / "one" / ".git")
    (both / "one" / "fleetc.toml").unlink()
    shutil.copytree(both / "one", both / "two")
    fleet = both / "two" / "fleet.yaml"
    fleet.write_text(fleet.read_text().replace("account: edge-demo", "account: edge-two"))
    subprocess.run(["git", "init", "-q"], cwd=both, check=True)
    straight = '[environments.prod]\npath = "one"\n[environments.lab]\npath = "two"\n'
    commit(both, toml=straight)
    here = ("-C", str(both))
    lab = (*here, "-e", "lab")
    assert fleetc(*lab, "plan", "-o", "p.json").code == 0
    assert fleetc(*lab, "approve", "p.json", "--as", "dana").code == 0
    assert fleetc(*lab, "apply", "p.json", "--foreground").code == 0
    (both / "one" / "fleet.yaml").write_text(without_london(both / "one"))
    commit(both, toml='[environments.prod]\npath = "two"\n[environments.lab]\npath = "one"\n')
    swapped = fleetc(*lab, "plan", "--select", "all", "--json")
    assert (swapped.json["account"], swapped.json["applied_as"]) == ("edge-demo", "prod")
    assert action(swapped, GONE)["selected"] is False
    assert changed(swapped)["env.tier"] == ("gold", "bronze")


def test_who_plans_with_another_fleetc_toml_than_the_commit_has_is_an_author(
    prod: Path, fleetc: Fleetc
) -> None:
    here = ("-C", str(prod))
    same = fleetc(*here, "plan", "--json")
    assert same.json["actions"] == []
    (prod / "fleetc.toml").write_text(LAB)
    plan = fleetc(*here, "plan", "-o", "p.json", "--json")
    assert f"user:{os_user()}" in plan.json["authors"]
    assert "note: not as in this commit: fleetc.toml; who plans with it counts as an author" in plan.err
    assert changed(plan)["env.name"] == ("prod", "lab")
    assert fleetc(*here, "approve", "p.json", "--as", os_user()).code == 3
    (prod / "fleetc.toml").unlink()
    gone = fleetc(*here, "plan", "-o", "p.json", "--json")
    assert (gone.json["environment"], gone.json["applied_as"]) == ("local", "prod")
    assert f"user:{os_user()}" in gone.json["authors"]


def test_who_committed_fleetc_toml_alone_is_an_author(prod: Path, fleetc: Fleetc) -> None:
    commit(prod, toml=LAB)
    plan = fleetc("-C", str(prod), "plan", "--json")
    assert plan.json["authors"] == ["ann@example.com"]


def test_a_fact_that_is_not_set_gives_the_strictest_verdict_and_says_how_to_set_it(
    prod: Path, fleetc: Fleetc
) -> None:
    here = ("-C", str(prod))
    operator = prod / ".fleetc" / "operator.toml"
    operator.write_text(OPERATOR.replace('tier = "gold"\n', ""))
    commit(prod, fleet=without_london(prod))
    plan = fleetc(*here, "plan", "--json")
    (finding,) = [
        each
        for each in plan.json["findings"]
        if (each["rule"], each["subject"]) == ("gold", f"delete:{GONE}")
    ]
    assert finding["verdict"] == "deny"
    assert finding["unknown"] == ["env.tier (not set)"]
    assert finding["help"] == "set `tier` in [environments.prod] of the operator's file"
    assert "env.tier (not set)" in fleetc(*here, "plan").out


def test_an_account_that_the_operator_binds_is_of_no_other_environment(prod: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(prod))
    waiting = fleetc(*here, "plan", "-o", "p.json", "--json")
    assert waiting.code == 0
    operator = prod / ".fleetc" / "operator.toml"
    operator.write_text(OPERATOR.replace('tier = "gold"', 'tier = "gold"\naccount = "edge-demo"'))
    assert fleetc(*here, "plan").code == 0
    for toml in (
        LAB,
        '[environments.lab]\naccount = "edge-demo"\n',
        '[environments.prod]\naccount = "other"\n',
    ):
        commit(prod, toml=toml)
        refused = fleetc(*here, "plan")
        assert refused.code == 1
        assert "F1076" in refused.err
        assert "operator's file" in refused.err


def test_a_plan_made_as_another_environment_than_was_applied_since_is_refused(
    prod: Path, fleetc: Fleetc
) -> None:
    here = ("-C", str(prod))
    text = (prod / "fleet.yaml").read_text()
    commit(prod, fleet=text.replace("routing_mode: ibgp", "routing_mode: static"))
    assert fleetc(*here, "plan", "-o", "old.json").code == 0
    assert fleetc(*here, "approve", "old.json", "--as", "dana").code == 0
    commit(prod, toml=LAB)
    assert fleetc(*here, "plan", "-o", "p.json", "--only", "policy/rules").code == 0
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 0
    assert fleetc(*here, "apply", "p.json", "--foreground").code == 0
    (prod / "fleetc.toml").write_text(PROD)
    refused = fleetc(*here, "apply", "old.json", "--foreground")
    assert (refused.code, "F0852" in refused.err) == (3, True)


def test_the_check_of_rules_names_the_environments_that_do_not_set_a_fact(prod: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(prod), "rules", "check")
    assert "F0854" not in fleetc(*here).out
    (prod / ".fleetc" / "operator.toml").write_text(OPERATOR.replace('tier = "bronze"\n', ""))
    said = fleetc(*here)
    assert said.code == 0
    assert said.out.count("note[F0854]") == 1
    assert "`env.tier` is not set in [environments.lab]" in said.out + said.err
    (prod / "prod.rules").write_text('rule a { on delete node where env.tier == none deny "{env.tier}" }\n')
    assert "F0854" not in fleetc(*here).out


def test_an_ignore_of_another_name_leaves_nothing_alone_until_it_is_accepted(
    prod: Path, fleetc: Fleetc
) -> None:
    here, peer = ("-C", str(prod)), "peer/edge-fabric/edge-tokyo-02"
    ignore = (
        'group sre = "user:dana"\nignore by-hand { for peer.listen_port where env.name == "lab" '
        'reason "measured" granted by sre expires 2099-01-01 }\n'
    )
    commit(prod, rules=RULES + ignore)
    assert fleetc(*here, "plan", "-o", "p.json").code == 0
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 0
    assert fleetc(*here, "apply", "p.json", "--foreground").code == 0
    assert fleetc(*here, "platform", "set", peer, "listen_port=51999").code == 0
    commit(prod, toml=LAB)
    plan = fleetc(*here, "plan", "-o", "p.json", "--json")
    assert action(plan, peer)["selected"] is True
    assert plan.json["ignored"] == {}
    assert fleetc(*here, "plan", "-o", "p.json", "--only", "policy/rules").code == 0
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 0
    assert fleetc(*here, "apply", "p.json", "--foreground").code == 0
    accepted = fleetc(*here, "plan", "--json")
    assert accepted.json["ignored"] == {f"{peer}.listen_port": "by-hand"}
