"""Rules from file to apply: who judges, what is held, what time changes, what is left alone."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fleetc.service.clock import SystemClock
from tests.cli.conftest import Fleetc, Ran

MONDAY = datetime(2031, 6, 2, 12, tzinfo=UTC).timestamp()
HOUR = 3600.0
DENY_TOKYO = 'rule no-tokyo-change { on update, delete, replace node where name matches "edge-tokyo-*" deny "{name} stays" }\n'
WORK = 'window work { tz "UTC" days mon from 09:00 to 17:00 }\n'
HELD = 'rule hours { on create, update peer where not within window work hold until window work "queued" }\n'
PEER = "peer/edge-fabric/edge-tokyo-02"

At = Callable[[float], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Sets the time of day; it goes on from there. It never goes back in one test."""
    origin = time.time()
    offset = [0.0]
    monkeypatch.setattr(SystemClock, "now", lambda _self: time.time() + offset[0])

    def set_to(moment: float) -> None:
        offset[0] = moment - origin

    return set_to


def commit(folder: Path, **files: str | None) -> None:
    for name, text in files.items():
        path = folder / f"{name}.rules" if name != "fleet" else folder / "fleet.yaml"
        if text is None:
            path.unlink()
        else:
            path.write_text(text)
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    subprocess.run(["git", *who, "commit", "-q", "-m", "change"], cwd=folder, check=True)


def relabelled(folder: Path) -> str:
    text = (folder / "fleet.yaml").read_text()
    return text.replace(
        "  - hostname: edge-tokyo-01\n", "  - hostname: edge-tokyo-01\n    labels: {site: nrt}\n"
    )


def ticked(ran: Ran) -> dict[str, bool]:
    return {action["address"]: action["selected"] for action in ran.json["actions"]}


def applied_now(fleetc: Fleetc, *here: str) -> Ran:
    assert fleetc(*here, "plan", "-o", "p.json").code == 0
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 0
    return fleetc(*here, "apply", "p.json", "--foreground", "--json")


def test_a_denied_change_is_left_out_and_says_why(applied: Path, fleetc: Fleetc) -> None:
    commit(applied, fleet=relabelled(applied), prod=DENY_TOKYO)
    here = ("-C", str(applied))
    plan = fleetc(*here, "plan", "-o", "p.json", "--json")
    assert ticked(plan) == {"policy/rules": True, "node/edge-tokyo-01": False}
    (finding,) = plan.json["findings"]
    assert (finding["rule"], finding["place"]) == ("no-tokyo-change", "prod.rules:1:6")
    assert finding["message"] == "edge-tokyo-01 stays"
    forced = fleetc(*here, "plan", "--only", "node/edge-tokyo-01")
    assert "[#]" in forced.out
    assert "Nothing is ticked" in forced.out


def test_tightening_bites_at_once_and_loosening_only_when_it_is_accepted(
    applied: Path, fleetc: Fleetc
) -> None:
    here = ("-C", str(applied))
    commit(applied, prod=DENY_TOKYO)
    assert applied_now(fleetc, *here).code == 0
    commit(applied, fleet=relabelled(applied), prod=None)
    plan = fleetc(*here, "plan", "-o", "p.json", "--json")
    assert ticked(plan) == {"policy/rules": True, "node/edge-tokyo-01": False}
    assert plan.json["findings"][0]["accepted"] is True
    assert (plan.json["rules"], bool(plan.json["accepted"])) == ("", True)
    assert applied_now(fleetc, *here).code == 0
    freed = fleetc(*here, "plan", "--select", "all", "--json")
    assert ticked(freed) == {"node/edge-tokyo-01": True}
    assert freed.json["findings"] == []


def test_rules_that_do_not_compile_stop_apply_and_the_accepted_ones_judge(
    applied: Path, fleetc: Fleetc
) -> None:
    here = ("-C", str(applied))
    commit(applied, prod=DENY_TOKYO)
    assert applied_now(fleetc, *here).code == 0
    commit(applied, fleet=relabelled(applied), prod="rule broken { on upgrade node deny }\n")
    plan = fleetc(*here, "plan", "-o", "p.json", "--json")
    assert plan.code == 0
    assert "F0830" in plan.err
    assert plan.json["study"] == "1 error in its rules"
    assert ticked(plan) == {"node/edge-tokyo-01": False}
    refused = fleetc(*here, "approve", "p.json", "--as", "dana")
    assert (refused.code, refused.err.startswith("error[F07")) == (3, True)


def test_an_allow_lifts_the_approval_once_both_rule_sets_say_so(applied: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(applied))
    allow = "rule labels-are-free { on update node.labels allow }\n"
    commit(applied, fleet=relabelled(applied), prod=allow)
    first = fleetc(*here, "plan", "-o", "p.json", "--json")
    assert (first.json["allowed_by"], first.json["requires_approval"]) == ([], True)
    assert fleetc(*here, "apply", "p.json", "--foreground").code == 3
    assert applied_now(fleetc, *here).code == 0
    text = (applied / "fleet.yaml").read_text().replace("site: nrt", "site: hnd")
    commit(applied, fleet=text)
    second = fleetc(*here, "plan", "-o", "p.json", "--json")
    assert second.json["allowed_by"] == ["labels-are-free"]
    ran = fleetc(*here, "apply", "p.json", "--foreground", "--json")
    assert ran.code == 0
    assert ran.lines[0]["approved_by"] == ["rule:labels-are-free"]


def test_a_hold_queues_what_it_holds_and_a_resume_goes_on_when_the_window_is_open(
    edge: Path, fleetc: Fleetc, at: At
) -> None:
    at(MONDAY - 24 * HOUR)
    here = ("-C", str(edge))
    commit(edge, prod=WORK + HELD)
    first = applied_now(fleetc, *here)
    assert first.code == 75
    paused = next(line for line in first.lines if line.get("event") == "RunPaused")
    assert paused["reason"] == "held by hours: queued, until 2031-06-02T09:00:00Z"
    unfinished = {row["address"] for row in first.lines[-1]["unfinished_actions"]}
    assert unfinished == {
        "peer/edge-fabric/edge-tokyo-01",
        PEER,
        "peer/edge-fabric/edge-london-01",
        "virtual_ip/edge-fabric/cdn-frontend",
    }
    run = first.lines[-1].get("run") or paused["run"]
    assert fleetc(*here, "apply", "--resume", run, "--foreground").code == 75
    at(MONDAY - 2.5 * HOUR)
    assert fleetc(*here, "apply", "--resume", run, "--foreground").code == 0
    assert fleetc(*here, "plan", "--detailed-exitcode").code == 0


def test_a_held_plan_keeps_its_approval_until_its_window_has_opened(
    edge: Path, fleetc: Fleetc, at: At
) -> None:
    at(MONDAY - 48 * HOUR)
    here = ("-C", str(edge))
    commit(edge, prod=WORK + HELD)
    assert fleetc(*here, "plan", "-o", "p.json").code == 0
    approved = fleetc(*here, "approve", "p.json", "--as", "dana", "--json").json
    assert "2031-06-02T10:00:00Z" in str(approved)


def test_a_budget_counts_what_earlier_plans_did(applied: Path, fleetc: Fleetc, at: At) -> None:
    here = ("-C", str(applied))
    at(MONDAY)
    budget = 'budget slow { count update of node max 1 by region per 24h else deny "too fast" }\n'
    commit(applied, fleet=relabelled(applied), prod=budget)
    assert applied_now(fleetc, *here).code == 0
    text = (applied / "fleet.yaml").read_text().replace("site: nrt", "site: hnd")
    commit(applied, fleet=text)
    over = fleetc(*here, "plan", "-o", "p.json", "--json")
    (finding,) = over.json["findings"]
    assert finding["message"] == "too fast: region ap-tokyo-1: 2 of at most 1 in 1d (1 before, 1 now)"
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 3
    at(MONDAY + 25 * HOUR)
    later = fleetc(*here, "plan", "-o", "p.json", "--json")
    assert later.json["findings"] == []
    assert later.json["budgets"][0]["text"] == "region ap-tokyo-1: 1 of at most 1 in 1d (0 before, 1 now)"


IGNORE = (
    'group sre = "user:dana"\n'
    'ignore by-hand { for peer.listen_port where host == "edge-tokyo-02" '
    'reason "measured" granted by sre expires 2031-06-03 }\n'
)


def test_what_is_ignored_is_left_as_it_is_live_until_it_expires(
    applied: Path, fleetc: Fleetc, at: At
) -> None:
    here = ("-C", str(applied))
    at(MONDAY)
    commit(applied, prod=IGNORE)
    drifted = ("platform", "set", PEER, "listen_port=51999")
    assert fleetc(*here, *drifted).code == 0
    before = fleetc(*here, "plan", "-o", "p.json", "--without", PEER, "--json")
    assert ticked(before) == {"policy/rules": True, PEER: False}
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 0
    assert fleetc(*here, "apply", "p.json", "--foreground").code == 0
    masked = fleetc(*here, "plan", "--json", "--detailed-exitcode")
    assert (masked.code, masked.json["actions"]) == (0, [])
    assert masked.json["ignored"] == {f"{PEER}.listen_port": "by-hand"}
    at(MONDAY + 48 * HOUR)
    ended = fleetc(*here, "plan", "--json")
    assert PEER in ticked(ended)


def test_a_window_that_is_widened_has_nothing_ignored_until_that_is_accepted(
    applied: Path, fleetc: Fleetc, at: At
) -> None:
    here = ("-C", str(applied))
    at(MONDAY)
    ignore = IGNORE.replace('where host == "edge-tokyo-02"', "where within window work")
    closed = WORK.replace("09:00 to 17:00", "20:00 to 21:00")
    commit(applied, prod=closed + ignore)
    assert applied_now(fleetc, *here).code == 0
    assert fleetc(*here, "platform", "set", PEER, "listen_port=51999").code == 0
    commit(applied, prod=WORK + ignore)
    plan = fleetc(*here, "plan", "-o", "p.json", "--only", "policy/rules", "--json")
    assert (plan.json["ignored"], ticked(plan)) == ({}, {"policy/rules": True, PEER: False})
    assert [each["rule"] for each in plan.json["requirements"]] == ["ignore by-hand"]
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 0
    assert fleetc(*here, "apply", "p.json", "--foreground").code == 0
    assert fleetc(*here, "plan", "--json").json["ignored"] == {f"{PEER}.listen_port": "by-hand"}


def test_a_change_of_rules_needs_somebody_who_is_not_its_author(applied: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(applied))
    operator = '[identities]\n"ann@example.com" = "user:ann"\n'
    (applied / ".fleetc" / "operator.toml").write_text(operator)
    commit(applied, prod=DENY_TOKYO)
    assert fleetc(*here, "plan", "-o", "p.json").code == 0
    own = fleetc(*here, "approve", "p.json", "--as", "ann")
    assert (own.code, "F0709" in own.err) == (3, True)
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 0


def test_what_may_vanish_is_made_again_only_when_a_rule_says_so(applied: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(applied))
    text = (applied / "fleet.yaml").read_text()
    first, mark, rest = text.partition("  - hostname: edge-tokyo-02\n")
    spot = first + mark + rest.replace("lifecycle_class: persistent", "lifecycle_class: spot", 1)
    commit(applied, fleet=spot, prod="rule again { on create instance from drift allow }\n")
    assert applied_now(fleetc, *here).code == 0
    assert fleetc(*here, "platform", "delete", "instance/edge-tokyo-02").code == 0
    allowed = fleetc(*here, "plan", "--json")
    assert ticked(allowed)["instance/edge-tokyo-02"] is True
    commit(applied, prod=None)
    plain = fleetc(*here, "plan", "-o", "p.json", "--exclude", "instance/edge-tokyo-02", "--json")
    assert ticked(plain)["policy/rules"] is True
    assert ticked(plain)["instance/edge-tokyo-02"] is False


def test_a_plan_made_before_other_rules_were_applied_is_refused(applied: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(applied))
    commit(applied, fleet=relabelled(applied))
    assert fleetc(*here, "plan", "-o", "old.json").code == 0
    assert fleetc(*here, "approve", "old.json", "--as", "dana").code == 0
    commit(applied, prod=DENY_TOKYO)
    assert applied_now(fleetc, *here).code == 0
    for words in (("approve", "old.json", "--as", "kim"), ("apply", "old.json", "--foreground")):
        refused = fleetc(*here, *words)
        assert (refused.code, "F0852" in refused.err) == (3, True)


def test_a_held_run_does_not_go_on_under_rules_that_did_not_judge_it(
    edge: Path, fleetc: Fleetc, at: At
) -> None:
    here = ("-C", str(edge))
    at(MONDAY - 24 * HOUR)
    commit(edge, prod=WORK + HELD)
    paused = applied_now(fleetc, *here)
    assert paused.code == 75
    commit(edge, prod=WORK + HELD + DENY_TOKYO)
    assert fleetc(*here, "plan", "-o", "p.json", "--only", "policy/rules").code == 0
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 0
    assert fleetc(*here, "apply", "p.json", "--foreground").code == 0
    at(MONDAY)
    run = next(line["run"] for line in paused.lines if "run" in line)
    again = fleetc(*here, "apply", "--resume", run, "--foreground", "--json")
    assert again.code == 75
    assert "other rules were applied" in again.out
