"""Runs of which a part fails, waits or is abandoned: what rules promise of what is left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fleetc.errors import PlatformProblem, Rejected
from fleetc.ir.state import LiveResource
from fleetc.platforms.local import LocalPlatform
from fleetc.ports import CallReply
from tests.cli.conftest import Fleetc, Ran
from tests.cli.test_rules_apply import (
    DENY_TOKYO,
    HELD,
    HOUR,
    MONDAY,
    WORK,
    At,
    applied_now,
    at,
    commit,
)

__all__ = ["at"]

ONE, TWO = "peer/edge-fabric/edge-tokyo-01", "peer/edge-fabric/edge-tokyo-02"
PUBLIC = "count{p in n.peers | p.publicly_reachable}"
TWO_PUBLIC = (
    f'invariant two {{ for n in network assert {PUBLIC} >= 2 else deny "only {{{PUBLIC}}} public" }}\n'
)
EXACTLY = f'invariant exact {{ for n in network assert {PUBLIC} == 2 else deny "not two" }}\n'
Fail = Callable[..., None]


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Has the calls of the runs that are about an address end in a failure."""
    calls = LocalPlatform.call

    def failing(address: str, problem: Exception | None) -> None:
        def call(self: LocalPlatform, name: str, arguments: dict[str, Any], *, tag: str) -> CallReply:
            if problem is not None and f":{address}/" in tag:
                raise problem
            return calls(self, name, arguments, tag=tag)

        monkeypatch.setattr(LocalPlatform, "call", call)

    return failing


def swapped(folder: Path) -> str:
    """The fleet with the second peer of Tokyo public, and no more the first."""
    text = (folder / "fleet.yaml").read_text()
    first = "        - host: edge-tokyo-01\n          publicly_reachable: true\n"
    second = "        - host: edge-tokyo-02\n"
    assert first in text
    return text.replace(first, first.replace("true", "false")).replace(
        second, f"{second}          publicly_reachable: true\n"
    )


def public(fleetc: Fleetc, folder: Path) -> set[str]:
    rows = fleetc("-C", str(folder), "platform", "show", "--json").json["resources"]
    return {
        row["address"].rpartition("/")[2] for row in rows if row["fields"].get("publicly_reachable") is True
    }


def failed(ran: Ran) -> dict[str, str]:
    return {each["address"]: each["message"] for each in ran.lines[-1]["failed_actions"]}


def begin(folder: Path, fleetc: Fleetc, rules: str) -> tuple[str, str]:
    """The rules accepted, and a change of both peers committed."""
    here = ("-C", str(folder))
    commit(folder, prod=rules)
    assert applied_now(fleetc, *here).code == 0
    commit(folder, fleet=swapped(folder))
    return here


def test_what_is_allowed_only_with_another_change_does_not_start_when_that_failed(
    applied: Path, fleetc: Fleetc, fail: Fail
) -> None:
    here = begin(applied, fleetc, TWO_PUBLIC)
    fail(TWO, Rejected("no"))
    ran = applied_now(fleetc, *here)
    assert ran.code == 4
    assert failed(ran)[ONE].startswith("denied by two: only 1 public (without what did not come about")
    assert public(fleetc, applied) == {"edge-tokyo-01", "edge-london-01"}


def test_what_another_change_makes_room_for_comes_after_it(applied: Path, fleetc: Fleetc) -> None:
    here = begin(applied, fleetc, TWO_PUBLIC)
    ran = applied_now(fleetc, *here)
    assert ran.code == 0
    began = [line["address"] for line in ran.lines if line.get("event") == "ActionStarted"]
    assert began == [TWO, ONE]
    assert public(fleetc, applied) == {"edge-tokyo-02", "edge-london-01"}


def test_two_that_have_to_swap_go_one_after_the_other(applied: Path, fleetc: Fleetc) -> None:
    here = begin(applied, fleetc, EXACTLY)
    assert applied_now(fleetc, *here).code == 0
    assert public(fleetc, applied) == {"edge-tokyo-02", "edge-london-01"}


def test_an_effect_that_nobody_knows_counts_as_both_and_budgets_count_it(
    applied: Path, fleetc: Fleetc, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget = 'budget slow { count update of peer max 9 per 24h else deny "fast" }\n'
    here = begin(applied, fleetc, TWO_PUBLIC + budget)
    get = LocalPlatform.get

    def unread(self: LocalPlatform, kind: str, platform_id: str) -> LiveResource | None:
        found = get(self, kind, platform_id)
        if found is not None and found.address == TWO and found.fields["publicly_reachable"]:
            raise PlatformProblem("it cannot be read back")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(LocalPlatform, "get", unread)
        ran = applied_now(fleetc, *here)
    assert ran.code == 4
    states = {each["address"]: each["state"] for each in ran.lines[-1]["failed_actions"]}
    assert states == {ONE: "not done", TWO: "unknown"}
    assert "denied by two" in failed(ran)[ONE]
    assert public(fleetc, applied) == {"edge-tokyo-01", "edge-tokyo-02", "edge-london-01"}
    later = fleetc(*here, "plan", "--json").json
    assert "(1 before, 1 now)" in later["budgets"][0]["text"]


def test_what_leans_on_a_change_that_is_held_waits_as_long(applied: Path, fleetc: Fleetc, at: At) -> None:
    at(MONDAY - 24 * HOUR)
    held = HELD.replace("where not", 'where host == "edge-tokyo-02" and not')
    here = begin(applied, fleetc, TWO_PUBLIC + WORK + held)
    ran = applied_now(fleetc, *here)
    assert ran.code == 75
    assert {each["address"] for each in ran.lines[-1]["unfinished_actions"]} == {ONE, TWO}
    assert public(fleetc, applied) == {"edge-tokyo-01", "edge-london-01"}
    at(MONDAY - 2.5 * HOUR)
    run = next(line["run"] for line in ran.lines if "run" in line)
    assert fleetc(*here, "apply", "--resume", run, "--foreground").code == 0
    assert public(fleetc, applied) == {"edge-tokyo-02", "edge-london-01"}


def test_a_later_worker_knows_what_failed_before_it(
    applied: Path, fleetc: Fleetc, at: At, fail: Fail
) -> None:
    at(MONDAY - 24 * HOUR)
    held = HELD.replace("where not", 'where host == "edge-tokyo-01" and not')
    here = begin(applied, fleetc, TWO_PUBLIC + WORK + held)
    fail(TWO, Rejected("no"))
    ran = applied_now(fleetc, *here)
    assert ran.code == 75
    fail(TWO, None)
    at(MONDAY - 2.5 * HOUR)
    run = next(line["run"] for line in ran.lines if "run" in line)
    again = fleetc(*here, "apply", "--resume", run, "--foreground", "--json")
    assert again.code == 4
    assert "denied by two" in failed(again)[ONE]
    assert public(fleetc, applied) == {"edge-tokyo-01", "edge-london-01"}


# what cannot go on


def stuck(edge: Path, fleetc: Fleetc, at: At) -> str:
    """A run that waits, and that rules which were applied meanwhile have not judged."""
    here = ("-C", str(edge))
    at(MONDAY - 24 * HOUR)
    commit(edge, prod=WORK + HELD)
    paused = applied_now(fleetc, *here)
    assert paused.code == 75
    commit(edge, prod=WORK + HELD + DENY_TOKYO)
    assert fleetc(*here, "plan", "-o", "p.json", "--only", "policy/rules").code == 0
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 0
    assert fleetc(*here, "apply", "p.json", "--foreground").code == 0
    return str(next(line["run"] for line in paused.lines if "run" in line))


def test_a_run_that_cannot_go_on_says_so_and_is_abandoned(edge: Path, fleetc: Fleetc, at: At) -> None:
    here = ("-C", str(edge))
    run = stuck(edge, fleetc, at)
    again = fleetc(*here, "apply", "--resume", run, "--foreground")
    assert again.code == 75
    assert f"Next: fleetc apply --abandon {run} --reason TEXT, and then plan again" in again.out
    assert fleetc(*here, "apply", "--abandon", run).code == 64
    ended = fleetc(*here, "apply", "--abandon", run, "--reason", "other rules", "--as", "dana", "--json")
    assert ended.code == 0
    assert (ended.json["status"], ended.json["abandoned"]) == ("partial", "other rules")
    assert {each["reason"] for each in ended.json["skipped_actions"]} == {
        "the run was abandoned: other rules"
    }
    rows = fleetc(*here, "audit", "show", "--json").json["rows"]
    (row,) = [row for row in rows if row["kind"] == "run-abandon"]
    assert (row["subject"], row["actor"], row["detail"]["reason"]) == (run, "user:dana", "other rules")
    assert fleetc(*here, "state", "check").code == 0


def test_an_abandoned_run_never_runs_again_and_a_new_plan_goes_on(edge: Path, fleetc: Fleetc, at: At) -> None:
    here = ("-C", str(edge))
    run = stuck(edge, fleetc, at)
    assert fleetc(*here, "apply", "--abandon", run, "--reason", "other rules").code == 0
    sent = fleetc(*here, "platform", "log", "--json").json["rows"]
    assert fleetc(*here, "apply", "--resume", run, "--foreground").code == 4
    twice = fleetc(*here, "apply", "--abandon", run, "--reason", "again")
    assert (twice.code, "has ended already" in twice.err) == (3, True)
    assert fleetc(*here, "platform", "log", "--json").json["rows"] == sent
    at(MONDAY - 2.5 * HOUR)
    assert fleetc(*here, "plan", "-o", "p.json", "--select", "all").code == 0
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 0
    assert fleetc(*here, "apply", "p.json", "--foreground").code == 0
    assert fleetc(*here, "plan", "--detailed-exitcode").code == 0


def test_an_override_that_has_ended_lets_no_later_worker_begin_anything(
    edge: Path, fleetc: Fleetc, at: At
) -> None:
    here = ("-C", str(edge))
    at(MONDAY - 12 * HOUR)
    commit(edge, prod=WORK + HELD)
    assert fleetc(*here, "plan", "-o", "p.json", "--override", "now", "--override-expires", "1h").code == 0
    assert fleetc(*here, "approve", "p.json", "--as", "dana").code == 0
    first = fleetc(*here, "apply", "p.json", "--foreground", "--json")
    assert first.code == 75
    at(MONDAY - 2.5 * HOUR)
    run = next(line["run"] for line in first.lines if "run" in line)
    late = fleetc(*here, "apply", "--resume", run, "--foreground", "--json")
    assert late.code == 75
    paused = next(line for line in late.lines if line.get("event") == "RunPaused")
    assert paused["reason"].startswith("the override of this plan (now) ended at")
    assert "--abandon" in paused["next_step"]
