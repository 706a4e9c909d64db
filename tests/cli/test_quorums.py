"""Approvals by rule on the command line: quorums, revoking, emergencies, denials, overrides that end."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fleetc.ir.timestamps import rfc3339
from fleetc.plan.verdicts import Finding, Quorum, Requirement, Verdict
from fleetc.service.identity import os_user
from fleetc.service.workspace import Workspace
from tests.cli.conftest import Fleetc, Ran
from tests.cli.test_approval import KNOWN, deleting, operator, without_london

TEAMS = (
    '[environments.local]\nfour_eyes = "off"\n[teams]\nops = ["user:kim", "lee@example.com"]\n'
    '[identities]\n"lee@example.com" = "user:lee"\n"l.lee" = "user:lee"\n'
)
TWO_OF_OPS = Requirement((Quorum(2, "ops", ("team:ops", "user:dana")),), "routing-needs-two")
PORT = "peer/edge-fabric/edge-tokyo-02"


def judged(folder: Path, **changes: Any) -> None:
    """Have rules say something of the newest plan: what they say is no part of its digest."""
    workspace = Workspace.open(folder)
    ledger = workspace.ledger()
    digest = ledger.requests()[0].digest
    plan = ledger.get_plan(digest)
    assert plan is not None
    ledger.put_plan(msgspec.structs.replace(plan, **changes))
    ledger.close()  # type: ignore[attr-defined]


def request(folder: Path, fleetc: Fleetc) -> dict[str, Any]:
    found: dict[str, Any] = fleetc("-C", str(folder), "approvals", "--json").json["requests"][0]
    return found


@pytest.fixture
def waiting(edge: Path, fleetc: Fleetc) -> tuple[str, ...]:
    """A plan that rules want two of `ops` for; the common arguments."""
    operator(edge, TEAMS)
    here = ("-C", str(edge))
    assert fleetc(*here, "plan", "-o", "p.json").code == 0
    judged(edge, requirements=(TWO_OF_OPS,))
    return here


def approve(fleetc: Fleetc, here: tuple[str, ...], name: str, *words: str) -> Ran:
    return fleetc(*here, "approve", "p.json", "--as", name, *words)


def test_a_quorum_is_filled_one_by_one(waiting: tuple[str, ...], edge: Path, fleetc: Fleetc) -> None:
    first = approve(fleetc, waiting, "kim")
    assert first.code == 0
    assert "recorded the approval of" in first.out
    assert "still needed: 1 more of ops (team:ops, user:dana) for routing-needs-two" in first.out
    assert "next:" not in first.out
    refused = fleetc(*waiting, "apply", "p.json")
    assert (refused.code, "F0702" in refused.err) == (3, True)
    assert "it needs 1 more of ops (team:ops, user:dana) for routing-needs-two" in refused.err
    assert request(edge, fleetc)["status"] == "waiting"
    assert "1 more of ops" in fleetc(*waiting, "approvals").out
    second = approve(fleetc, waiting, "lee", "--json").json
    assert (second["status"], second["missing"], second["already"]) == ("approved", [], False)
    assert request(edge, fleetc)["status"] == "approved"
    assert fleetc(*waiting, "apply", "p.json", "--foreground").code == 0


def test_one_person_counts_once_under_every_name(
    waiting: tuple[str, ...], edge: Path, fleetc: Fleetc
) -> None:
    assert approve(fleetc, waiting, "lee").code == 0
    for name in ("LEE", "user:lee", "l.lee", "lee@example.com", "L.Lee"):
        again = approve(fleetc, waiting, name, "--json").json
        assert (again["already"], again["status"], again["approver"]) == (True, "waiting", "user:lee")
    assert len(request(edge, fleetc)["approvals"]) == 1
    assert "lee has approved" in approve(fleetc, waiting, "lee").out
    assert fleetc(*waiting, "apply", "p.json").code == 3


def test_who_is_in_no_group_is_recorded_and_fills_no_place(waiting: tuple[str, ...], fleetc: Fleetc) -> None:
    assert approve(fleetc, waiting, "max", "--json").json["missing"] == [
        "2 of ops (team:ops, user:dana) for routing-needs-two"
    ]


def test_the_team_counts_as_it_is_when_the_run_begins(
    waiting: tuple[str, ...], edge: Path, fleetc: Fleetc
) -> None:
    approve(fleetc, waiting, "kim")
    approve(fleetc, waiting, "lee")
    operator(edge, TEAMS.replace('"user:kim", ', ""))
    assert fleetc(*waiting, "apply", "p.json").code == 3
    assert request(edge, fleetc)["status"] == "waiting"
    operator(edge, TEAMS)
    assert request(edge, fleetc)["status"] == "approved"
    assert fleetc(*waiting, "apply", "p.json", "--foreground").code == 0


def test_an_approval_is_revoked_between_approve_and_apply(
    waiting: tuple[str, ...], edge: Path, fleetc: Fleetc
) -> None:
    approve(fleetc, waiting, "kim")
    approve(fleetc, waiting, "lee")
    revoked = fleetc(*waiting, "revoke", "p.json", "--as", "l.lee", "--reason", "too early", "--json")
    assert revoked.json["missing"] == ["1 more of ops (team:ops, user:dana) for routing-needs-two"]
    assert fleetc(*waiting, "apply", "p.json").code == 3
    found = request(edge, fleetc)
    assert (found["status"], found["approvers"]) == ("waiting", ["user:kim"])
    none = fleetc(*waiting, "revoke", "p.json", "--as", "lee")
    assert (none.code, "F0733" in none.err) == (3, True)
    assert fleetc(*waiting, "revoke", "p.json", "--as", "dana", "--of", "KIM").code == 0
    rows = fleetc(*waiting, "audit", "show", "--json").json["rows"][-2:]
    assert [(row["actor"], row["kind"], row["detail"]["of"]) for row in rows] == [
        ("user:lee", "revoke", "user:lee"),
        ("user:dana", "revoke", "user:kim"),
    ]
    assert rows[0]["detail"]["reason"] == "too early"


def test_a_used_approval_is_not_taken_back(edge: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(edge))
    fleetc(*here, "plan", "-o", "p.json")
    approve(fleetc, here, "kim")
    assert fleetc(*here, "apply", "p.json", "--foreground").code == 0
    refused = fleetc(*here, "revoke", "p.json", "--as", "kim")
    assert (refused.code, "has used it" in refused.err) == (3, True)


def test_a_rejection_voids_what_was_approved(waiting: tuple[str, ...], edge: Path, fleetc: Fleetc) -> None:
    approve(fleetc, waiting, "kim")
    approve(fleetc, waiting, "lee")
    assert fleetc(*waiting, "reject", "p.json", "--as", "dana", "--reason", "not today").code == 0
    assert "F0707" in fleetc(*waiting, "apply", "p.json").err
    assert {each["revoked"] for each in request(edge, fleetc)["approvals"]} == {True}


def test_no_rule_lets_go_what_was_rejected(edge: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(edge))
    fleetc(*here, "plan", "-o", "p.json")
    judged(edge, allowed_by=("heals",))
    assert fleetc(*here, "reject", "p.json", "--as", "dana", "--reason", "not today").code == 0
    refused = fleetc(*here, "apply", "p.json")
    assert (refused.code, "F0707" in refused.err) == (3, True)


def test_broken_glass_goes_alone_and_is_loud(waiting: tuple[str, ...], edge: Path, fleetc: Fleetc) -> None:
    broken = approve(fleetc, waiting, "max", "--break-glass", "all is \x1b down")
    assert broken.code == 0
    assert "BREAK-GLASS by user:max" in broken.err
    (given,) = request(edge, fleetc)["approvals"]
    assert (given["kind"], given["comment"]) == ("break-glass", "all is \x1b down")
    assert "!! user:max BREAK-GLASS" in fleetc(*waiting, "approvals").out
    with sqlite3.connect(edge / ".fleetc" / "ledger.db") as ledger:
        ((seconds,),) = ledger.execute("SELECT expires_at - at FROM approval").fetchall()
    assert seconds == 900
    ran = fleetc(*waiting, "apply", "p.json", "--foreground")
    assert ran.code == 0
    assert "!! BREAK-GLASS by user:max: all is <U+001B> down" in ran.out
    assert "!! BREAK-GLASS" in fleetc(*waiting, "audit", "show").out
    rows = fleetc(*waiting, "audit", "show", "--json").json["rows"]
    assert [row["kind"] for row in rows] == ["break-glass", "run-start", "run-end"]
    assert rows[1]["detail"]["break_glass"] == ["user:max: all is \x1b down"]


def test_broken_glass_takes_the_right_to_override(
    waiting: tuple[str, ...], edge: Path, fleetc: Fleetc
) -> None:
    rights = '[access.edge-demo]\n"user:max" = ["approver"]\n"user:kim" = ["gitops.override"]\n'
    operator(edge, TEAMS + rights)
    refused = approve(fleetc, waiting, "max", "--break-glass", "all is down")
    assert (refused.code, "F0732" in refused.err) == (3, True)
    assert approve(fleetc, waiting, "kim").code == 3
    assert approve(fleetc, waiting, "kim", "--break-glass", "all is down").code == 0


def test_broken_glass_lifts_neither_four_eyes_nor_a_denial(applied: Path, fleetc: Fleetc) -> None:
    operator(applied, KNOWN)
    here = deleting(applied, fleetc)
    judged(applied, requirements=(TWO_OF_OPS,))
    words = ("approve", "d.json", "--confirm", "local 3", "--break-glass", "all is down", "--as")
    own = fleetc(*here, *words, "dana")
    assert (own.code, "F0709" in own.err) == (3, True)
    denied = Finding(
        "no-live-hub-delete", Verdict.DENY, "prod.rules:8:1", message="serves 9", help="drain it"
    )
    judged(applied, findings=(denied,))
    refused = fleetc(*here, *words, "kim")
    assert (refused.code, "F0730" in refused.err) == (3, True)
    judged(applied, findings=())
    assert fleetc(*here, *words, "kim").code == 0


def test_the_reason_of_an_emergency_is_not_empty(waiting: tuple[str, ...], fleetc: Fleetc) -> None:
    assert approve(fleetc, waiting, "max", "--break-glass", "  ").code == 64


def test_a_denied_plan_is_neither_approved_nor_applied(edge: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(edge))
    fleetc(*here, "plan", "-o", "p.json")
    assert approve(fleetc, here, "kim").code == 0
    subject = "create:node/edge-london-01"
    denied = Finding("r", Verdict.DENY, "prod.rules:8:1", subject, "it floats", "pin it")
    judged(edge, findings=(denied,))
    for refused in (approve(fleetc, here, "lee"), fleetc(*here, "apply", "p.json")):
        assert refused.code == 3
        for words in ("F0730", "rule r", "prod.rules:8:1", subject, "it floats", "next: pin it"):
            assert words in refused.err
    for harmless in ({"waiver": "chg-1"}, {"trial": "2099-01-01"}, {"subject": "create:node/other"}):
        judged(edge, findings=(msgspec.structs.replace(denied, **harmless),))
        assert approve(fleetc, here, "kim").code == 0


@pytest.mark.parametrize(("opens", "hours"), [(-5, 1), (2, 3), (24 * 30, 24 * 7 + 1), (None, 24 * 7 + 1)])
def test_the_approval_of_a_held_plan_begins_when_its_window_opens(
    edge: Path, fleetc: Fleetc, opens: float | None, hours: float
) -> None:
    here = ("-C", str(edge))
    fleetc(*here, "plan", "-o", "p.json")
    now = Workspace.open(edge).clock.now()
    until = None if opens is None else now + opens * 3600
    judged(edge, findings=(Finding("in-hours", Verdict.HOLD, "p.rules:1:1", until=until),))
    assert approve(fleetc, here, "kim").code == 0
    with sqlite3.connect(edge / ".fleetc" / "ledger.db") as ledger:
        ((end,),) = ledger.execute("SELECT expires_at FROM approval").fetchall()
    assert end - now == pytest.approx(hours * 3600, abs=60)


def test_a_rule_that_allows_approves_when_it_is_applied(edge: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(edge))
    fleetc(*here, "plan", "-o", "p.json")
    judged(edge, allowed_by=("cosmetic-drift-heals-itself",))
    assert request(edge, fleetc)["missing"] == []
    ran = fleetc(*here, "apply", "p.json", "--foreground", "--json")
    assert (ran.code, ran.lines[0]["approved_by"]) == (0, ["rule:cosmetic-drift-heals-itself"])
    rows = fleetc(*here, "audit", "show", "--json").json["rows"]
    assert [row["kind"] for row in rows] == ["approve", "run-start", "run-end"]
    assert rows[0]["actor"] == "rule:cosmetic-drift-heals-itself"
    (given,) = request(edge, fleetc)["approvals"]
    assert (given["kind"], bool(given["used_by"])) == ("rule", True)


def test_an_author_fills_a_place_where_somebody_else_looks_too(applied: Path, fleetc: Fleetc) -> None:
    operator(applied, KNOWN + '[teams]\nops = ["user:kim"]\n')
    here = deleting(applied, fleetc)
    words = ("approve", "d.json", "--confirm", "local 3", "--as")
    assert fleetc(*here, *words, "dana").code == 3
    judged(applied, requirements=(TWO_OF_OPS,))
    first = fleetc(*here, *words, "dana")
    assert first.code == 0
    assert "still needed: 1 of somebody who is not an author" in first.out
    assert fleetc(*here, *words, "kim", "--json").json["status"] == "approved"


def test_an_override_ends(edge: Path, fleetc: Fleetc, monkeypatch: pytest.MonkeyPatch) -> None:
    here = ("-C", str(edge))
    usual = fleetc(*here, "plan", "-o", "p.json", "--override", "site closes", "--json").json
    now = Workspace.open(edge).clock.now()
    assert rfc3339(now + 7000) < usual["override_until"] < rfc3339(now + 7300)
    assert approve(fleetc, here, "kim").code == 0
    monkeypatch.setattr("fleetc.service.clock.SystemClock.now", lambda _: now + 7201.0)
    late = fleetc(*here, "apply", "p.json")
    assert (late.code, "F0731" in late.err) == (3, True)
    assert "plan again with --override" in late.err
    refused = fleetc(*here, "plan", "import", "p.json")
    assert (refused.code, "F0731" in refused.err) == (3, True)


def test_how_long_an_override_holds_is_in_the_digest(edge: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(edge))
    words = ("plan", "-o", "p.json", "--json", "--override", "site closes", "--override-expires")
    end = rfc3339(Workspace.open(edge).clock.now() + 86_400.0)
    first, again = (fleetc(*here, *words, end).json for _ in range(2))
    assert (first["override_until"], first["digest"]) == (end, again["digest"])
    other = fleetc(*here, *words, "3d").json
    assert other["digest"] != first["digest"]
    assert fleetc(*here, "plan", "import", "p.json", "--json").json["digest"] == other["digest"]
    for wrong in ("0m", "31d", "soon", "2020-01-01T00:00:00Z", "5"):
        assert fleetc(*here, *words, wrong).code == 64
    assert fleetc(*here, "plan", "--override-expires", "3d").code == 64


def test_what_was_approved_before_is_told(edge: Path, fleetc: Fleetc) -> None:
    here = ("-C", str(edge))
    fleetc(*here, "plan", "-o", "p.json")
    first = approve(fleetc, here, "kim", "--json").json
    assert first["approved_before"] == {}
    assert approve(fleetc, here, "lee", "--json").json["approved_before"] == {}
    (edge / "fleet.yaml").write_text((edge / "fleet.yaml").read_text().replace("eu-west-2", "us-east-1"))
    changed = fleetc(*here, "plan", "-o", "p.json", "--worktree", "--json").json
    again = approve(fleetc, here, "dana", "--json").json
    before = again["approved_before"]
    assert before.keys() == {a["id"] for a in changed["actions"]} - {"create:instance/edge-london-01"}
    assert set(map(tuple, before.values())) == {("user:lee", "user:kim")}
    assert "changes were approved before, exactly the same: " in approve(fleetc, here, "dana").out
    with sqlite3.connect(edge / ".fleetc" / "ledger.db") as ledger:
        ledger.execute("UPDATE approval SET revoked = 1 WHERE approver = 'user:lee'")
        ledger.execute("UPDATE approval SET expires_at = 1 WHERE approver = 'user:kim'")
    later = approve(fleetc, here, "dana", "--json").json["approved_before"]
    assert set(map(tuple, later.values())) == {("user:kim",)}


def test_author_and_who_rebased_are_refused_under_every_name_when_four_eyes_are_strict(
    applied: Path, fleetc: Fleetc
) -> None:
    aliases = '"d.k" = "dana"\n"kk" = "Kim@Example.com"\n"lee@example.com" = "user:lee"\n'
    operator(applied, f'[environments.local]\nfour_eyes = "strict"\n{KNOWN}{aliases}')
    (applied / "fleet.yaml").write_text(without_london(applied))
    rebased = ["git", "-c", "user.name=Kim", "-c", "user.email=kim@example.com", "commit", "-q", "-a"]
    message = "x\n\nCo-authored-by: Lee <LEE@example.com>\n"
    command = [*rebased, "-m", message, "--author", "Dana <dana@example.com>"]
    subprocess.run(command, cwd=applied, check=True)
    here = ("-C", str(applied))
    fleetc(*here, "plan", "-o", "d.json")
    words = ("approve", "d.json", "--confirm", "local 3", "--as")
    for name in (
        "dana",
        "DANA",
        "d.k",
        "dana@example.com",
        "kim",
        "KK",
        "kim@example.com",
        "lee",
        "user:Lee",
    ):
        refused = fleetc(*here, *words, name)
        assert (refused.code, "F0709" in refused.err) == (3, True), name
    assert request(applied, fleetc)["approvals"] == []
    assert fleetc(*here, *words, "max").code == 0


def test_who_plans_files_as_they_lie_does_not_approve_own_deletes(applied: Path, fleetc: Fleetc) -> None:
    operator(applied, KNOWN)
    (applied / "fleet.yaml").write_text(without_london(applied))
    here = ("-C", str(applied))
    fleetc(*here, "plan", "-o", "d.json", "--worktree")
    words = ("approve", "d.json", "--confirm", "local 3", "--as")
    refused = fleetc(*here, *words, os_user())
    assert (refused.code, "F0709" in refused.err) == (3, True)
    assert fleetc(*here, *words, "kim").code == 0
