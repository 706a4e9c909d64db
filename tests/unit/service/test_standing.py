"""How a selection stands: what rules say of it, who has to approve, and what is stored of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetc.errors import Refused
from fleetc.plan.selection import SelectionIndex
from fleetc.plan.verdicts import Verdict
from fleetc.service import approving, identity, planning
from fleetc.service.identity import Person
from fleetc.service.session import ReviewSession
from fleetc.service.starting import init
from fleetc.service.workspace import Workspace

RULES = """\
group sre = "user:dana"
group net = "user:eve"
rule look { on create peer require 1 of sre and 1 of net "{host}" }
rule hubs-first {
  on create peer
  where not publicly_reachable and count{p in network.peers | p.publicly_reachable} < 2
  deny "{host} would have too few hubs"
}
"""
HUB, SPOKE = "peer/edge-fabric/edge-tokyo-01", "peer/edge-fabric/edge-tokyo-02"


@pytest.fixture(autouse=True)
def _dana(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "os_user", lambda: "dana")


@pytest.fixture
def session(tmp_path: Path) -> ReviewSession:
    workspace = init(tmp_path / "edge")
    (tmp_path / "edge" / "prod.rules").write_text(RULES)
    ask = planning.Ask(worktree=True)
    return ReviewSession(workspace, planning.make_plan(workspace, ask), ask)


def own(session: ReviewSession) -> bytes:
    return bytes(action.selected for action in session.plan.actions)


def without(session: ReviewSession, address: str) -> bytes:
    rows = [row for row, action in enumerate(session.plan.actions) if action.address == address]
    return SelectionIndex(session.plan).toggle(own(session), rows, False).ticked


def test_other_ticks_are_judged_and_toggling_back_restores_the_standing(session: ReviewSession) -> None:
    first = session.standing(own(session))
    assert first.denied == ()
    assert [need.rule for need in first.requirements] == ["look"]
    second = session.standing(without(session, HUB))
    assert [(each.rule, each.subject) for each in second.denied] == [("hubs-first", f"create:{SPOKE}")]
    assert second.digest != first.digest
    assert session.standing(own(session)) == first


def test_what_is_denied_is_refused_whatever_the_ui_thinks(session: ReviewSession) -> None:
    with pytest.raises(Refused) as caught:
        session.approve(without(session, HUB), "local 0", "")
    assert caught.value.code == "F0730"


def test_who_approved_and_who_is_missing_is_told_anew_each_time(
    session: ReviewSession, tmp_path: Path
) -> None:
    ticked = own(session)
    assert session.standing(ticked).missing == ("1 of sre (user:dana) and 1 of net (user:eve) for look",)
    given = session.approve(ticked, "local 0", "")
    assert given.missing == ("1 of net (user:eve) for look",)
    stands = session.standing(ticked)
    assert (stands.status, stands.approved, stands.missing) == ("waiting", False, given.missing)
    assert [each.approver for each in stands.approvals] == ["user:dana"]
    other = Workspace.open(tmp_path / "edge")
    plan = approving.find_plan(other, stands.digest, tmp_path)
    approving.approve(other, plan, Person("user:eve", "eve"), typed="local 0")
    stands = session.standing(ticked)
    assert (stands.status, stands.approved, stands.missing) == ("approved", True, ())
    assert session.standing(without(session, HUB)).status == ""


def test_a_selection_is_stored_with_the_verdicts_of_itself(session: ReviewSession, tmp_path: Path) -> None:
    ticked = without(session, SPOKE)
    session.approve(ticked, "local 0", "")
    plan = Workspace.open(tmp_path / "edge").ledger().get_plan(session.standing(ticked).digest)
    assert plan is not None
    subjects = {each.subject for each in plan.findings if each.verdict is Verdict.REQUIRE}
    assert subjects == {f"create:{HUB}", "create:peer/edge-fabric/edge-london-01"}


def test_a_stored_plan_is_judged_again_for_other_ticks(session: ReviewSession, tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "edge")
    plan = workspace.ledger().get_plan(session.plan.digest)
    assert plan is not None
    again = ReviewSession(workspace, planning.reopen(workspace, plan), planning.Ask(worktree=True))
    ticked = without(session, HUB)
    assert again.standing(ticked).denied == session.standing(ticked).denied
    assert again.rule_texts() == session.rule_texts()
    assert "deny" in again.rule_texts()[False, again.standing(ticked).denied[0].place]


def test_requests_are_those_of_the_environment_with_who_is_missing(session: ReviewSession) -> None:
    (item,) = session.requests()
    assert item.request.digest == session.plan.digest
    assert item.missing == ("1 of sre (user:dana) and 1 of net (user:eve) for look",)
    before = session.requests_mark()
    session.approve_request(item.request.digest, "local 0")
    assert session.requests_mark() != before
    told = session.requested(item.request.digest)
    assert (told.chosen, told.actions, told.destroyed) == (13, 13, 0)
    assert told.verdicts == {"require": 3}
    left = session.revoke_request(item.request.digest, "", "")
    assert left.missing == item.missing
    session.reject_request(item.request.digest, "not now")
    assert [each.request.status for each in session.requests()] == ["rejected"]


def test_a_change_of_rules_alone_needs_an_approval(session: ReviewSession) -> None:
    index = SelectionIndex(session.plan)
    rows = [row for row, action in enumerate(session.plan.actions) if not action.op.in_ledger]
    stands = session.standing(index.toggle(own(session), rows, False).ticked)
    assert stands.requires_approval
    assert stands.missing == ("1 approval",)
