"""What an operator meets where rules judge, key by key, on a real session."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from fleetc.service import identity
from fleetc.service.session import ReviewSession
from fleetc.tui.app import FleetcApp
from tests.tui.drive import NARROW, WIDE, driven, lines, settle, text, typed, until
from tests.tui.ruled import (
    AT_NIGHT,
    FEW_NODES,
    HUBS_FIRST,
    NO_LONDON,
    TWO_PERSONS,
    approve_as,
    heard,
    session_of,
)

LONDON = "instance/edge-london-01"
SPOKE = "peer/edge-fabric/edge-tokyo-02"
CONFIRM = ("l", "o", "c", "a", "l", "space", "0", "enter")


@pytest.fixture(autouse=True)
def _dana(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "os_user", lambda: "dana")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "edge"


def go(app: FleetcApp, address: str) -> None:
    review = app.review
    review.rows.go(review.rows.outline.row_of[review.desks.addresses.index(address)])
    review.listing.settle()


def row(app: FleetcApp, address: str) -> str:
    """The line of an address in the tree, without the pane beside it."""
    return next(line for line in lines(app)[4:] if f" {address} " in line.split("│")[0])


async def press(app: FleetcApp, pilot: Pilot[int], *keys: str) -> None:
    await typed(pilot, *keys)
    await heard(app, pilot)


async def test_a_denied_row_is_not_chosen_and_says_why(folder: Path) -> None:
    session = session_of(folder, NO_LONDON)
    async with driven(session, WIDE) as (app, pilot):
        await heard(app, pilot)
        assert "[#]  +  instance/edge-london-01 !deny no-london: edge-lon" in row(app, LONDON)
        assert "needs instance/ed" in row(app, "peer/edge-fabric/edge-london-01")
        before = app.review.choice.ticked
        go(app, LONDON)
        await press(app, pilot, "space")
        assert app.review.choice.ticked == before
        said = "instance/edge-london-01 cannot be chosen: denied by no-london: edge-london-01 would be in eu-west-2"
        assert said in lines(app)[-2]
        go(app, "virtual_ip/edge-fabric/cdn-frontend")
        await press(app, pilot, "space")
        assert "cannot be chosen: needs peer/edge-fabric/edge-london-01, which is denied" in lines(app)[-2]
        await press(app, pilot, "g", "space", "space")
        assert "cannot be chosen" in lines(app)[-2]
        assert app.review.choice.ticked == before


async def test_the_pane_shows_the_rule_as_it_is_written_and_what_tripped_it(folder: Path) -> None:
    async with driven(session_of(folder, f"# first\n{NO_LONDON}"), WIDE) as (app, pilot):
        await heard(app, pilot)
        go(app, LONDON)
        await press(app, pilot)
        shown = text(app)
        for line in NO_LONDON.splitlines():
            assert f"| {line}" in shown
        assert "!deny  no-london" in shown
        assert "prod.rules:2" in shown
        assert "after.region = eu-west-2" in shown
        assert "fleet.yaml:36" in shown
        assert "help: use another region" in shown


async def test_leaving_one_out_denies_another_which_cannot_be_chosen_again(folder: Path) -> None:
    async with driven(session_of(folder, HUBS_FIRST), WIDE) as (app, pilot):
        await heard(app, pilot)
        go(app, "peer/edge-fabric/edge-tokyo-01")
        await press(app, pilot, "space")
        assert "[x]" in row(app, SPOKE)
        assert "!deny hubs-first" in row(app, SPOKE)
        assert "now denied by hubs-first: edge-tokyo-02 would have too few hubs" in lines(app)[-2]
        assert "A approve... (off)" in lines(app)[-1]
        await typed(pilot, "A")
        assert "approve is off: denied by hubs-first" in lines(app)[-2]
        go(app, SPOKE)
        await press(app, pilot, "space")
        assert "[#]" in row(app, SPOKE)
        assert "A approve...  " in lines(app)[-1]
        before = app.review.choice.ticked
        await typed(pilot, "space")
        await until(app, pilot, "refused: denied by hubs-first: edge-tokyo-02 would have too few hubs")
        assert app.review.choice.ticked == before
        go(app, "peer/edge-fabric/edge-tokyo-01")
        await press(app, pilot, "space")
        assert "!deny" not in row(app, SPOKE), "with the hub it is allowed again"
        go(app, SPOKE)
        await press(app, pilot, "space")
        assert "[x]" in row(app, SPOKE)


async def test_undo_takes_a_refused_toggle_back_and_does_no_harm(folder: Path) -> None:
    async with driven(session_of(folder, HUBS_FIRST), WIDE) as (app, pilot):
        await heard(app, pilot)
        whole = app.review.choice.ticked
        go(app, "peer/edge-fabric/edge-tokyo-01")
        await press(app, pilot, "space")
        go(app, SPOKE)
        await press(app, pilot, "space")
        without = app.review.choice.ticked
        await typed(pilot, "space")
        await until(app, pilot, "refused: denied by hubs-first")
        await press(app, pilot, "u")
        assert app.review.choice.ticked == without
        await press(app, pilot, "u", "u")
        await heard(app, pilot)
        assert app.review.choice.ticked == whole
        assert "!deny" not in text(app)


async def test_problem_keys_walk_over_what_is_denied_held_and_left_out(folder: Path) -> None:
    async with driven(session_of(folder, NO_LONDON + AT_NIGHT), WIDE) as (app, pilot):
        await heard(app, pilot)
        met = []
        for _ in range(4):
            await press(app, pilot, "e")
            met.append(app.review.rows.key(app.review.rows.cursor))
        assert met == [
            LONDON,
            "network/edge-fabric",
            "peer/edge-fabric/edge-london-01",
            "virtual_ip/edge-fabric/cdn-frontend",
        ]
        await press(app, pilot, "E", "E")
        assert "problem 2 of 4: hold by quiet: made at night" in lines(app)[-2]
        assert "held for longer than a year (window" in text(app)
        await press(app, pilot, "slash", *"verdict:hold", "enter")
        assert "1 of 13 shown" in text(app)


async def test_a_budget_is_counted_again_at_each_toggle_and_told_before_anyone_approves(folder: Path) -> None:
    async with driven(session_of(folder, FEW_NODES), WIDE) as (app, pilot):
        await heard(app, pilot)
        assert "OVER budget few-nodes: 6 of at most 5" in text(app)
        assert "!deny few-nodes  13/13" in text(app)
        await typed(pilot, "A")
        assert "approve is off: denied by few-nodes: too much at once: 6 of at most 5" in lines(app)[-2]
        go(app, LONDON)
        await press(app, pilot, "space")
        assert "budget few-nodes: 5 of at most 5" in text(app)
        assert "OVER" not in text(app)
        await typed(pilot, "A")
        assert "ok    budget few-nodes: 5 of at most 5" in text(app)
        assert "ok    changes: 0 of 1" in text(app)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
async def test_two_persons_have_to_approve(folder: Path, size: tuple[int, int]) -> None:
    session = session_of(folder, TWO_PERSONS)
    async with driven(session, size) as (app, pilot):
        await heard(app, pilot)
        assert "needs 1 of sre and 1 of net for two-look" in text(app)
        await typed(pilot, "A")
        assert "requires     1 of sre and 1 of net for two-look" in text(app)
        assert "missing      1 of sre (user:dana, user:kim)" in text(app)
        await typed(pilot, *CONFIRM)
        await until(app, pilot, "dana approved it")
        assert "still needed: 1 of net" in lines(app)[-2]
        await heard(app, pilot)
        assert "approved by 1, needs 1 of net for two-look" in text(app)
        await typed(pilot, "X")
        assert "apply is off: not approved: needs 1 of net for two-look" in lines(app)[-2]
        assert not approve_as(folder, "eve", session.plan.digest).missing
        app.review.refresh_world()
        await heard(app, pilot)
        await until(app, pilot, "  approved")
        assert "X apply (off)" not in lines(app)[-1]
        await typed(pilot, "A")
        assert "approve is off: approved already" in lines(app)[-2]


async def test_requests_are_approved_revoked_and_rejected_on_their_screen(folder: Path) -> None:
    session = session_of(folder, TWO_PERSONS)
    digest = session.plan.digest
    async with driven(session, WIDE) as (app, pilot):
        await heard(app, pilot)
        assert "3 Approvals 1" in lines(app)[1]
        await typed(pilot, "3")
        await until(app, pilot, "needs 1 of sre and 1")
        await until(app, pilot, "does         +12 !1")
        assert "[3 Approvals 1]" in lines(app)[1]
        assert "requires     1 of sre and 1 of net for two-look" in text(app)
        await typed(pilot, "V")
        assert "revoke is off: nobody has approved it" in lines(app)[-2]
        await typed(pilot, "A", *CONFIRM)
        await until(app, pilot, "still needed: 1 of net (user:eve)")
        await until(app, pilot, "has 1, needs 1 of net")
        approve_as(folder, "eve", digest)
        await until(app, pilot, "approved  " + digest[:12])
        await until(app, pilot, "approved by  dana until")
        assert "by dana, eve" in text(app)
        await typed(pilot, "V")
        assert "Take back the approval of dana" in text(app)
        await typed(pilot, *"changed", "enter", *CONFIRM)
        await until(app, pilot, "the approval of dana was taken back; needed now: 1 of sre")
        await until(app, pilot, "dana: revoked")
        await typed(pilot, "R")
        await typed(pilot, "x", "backspace", "enter", *CONFIRM)
        assert "it needs a reason" in text(app)
        await typed(pilot, "escape")
        await typed(pilot, "R", *"too early", "enter", *CONFIRM)
        await until(app, pilot, f"rejected {digest[:12]}: too early")
        await until(app, pilot, "rejected  ")
        await typed(pilot, "A")
        assert "approve is off: it is rejected" in lines(app)[-2]


async def test_a_request_is_opened_in_the_review_and_judged_again_there(folder: Path) -> None:
    first = session_of(folder, HUBS_FIRST)
    digest = first.plan.digest
    async with driven(first, WIDE) as (app, pilot):
        await heard(app, pilot)
        go(app, "node/edge-london-01")
        await press(app, pilot, "space", "3")
        await until(app, pilot, digest[:12])
        await typed(pilot, "enter")
        assert "enter again opens another plan" in lines(app)[-2]
        await typed(pilot, "enter")
        await until(app, pilot, f"the plan of request apr-{digest[:12]}")
        await heard(app, pilot)
        assert "selected 13 of 13" in text(app)
        go(app, "peer/edge-fabric/edge-tokyo-01")
        await press(app, pilot, "space")
        assert "!deny hubs-first" in row(app, SPOKE)


async def test_a_plan_whose_snapshot_is_gone_stands_as_it_is_and_takes_no_other_ticks(folder: Path) -> None:
    from fleetc.service import planning
    from fleetc.service.workspace import Workspace

    digest = session_of(folder, HUBS_FIRST).plan.digest
    workspace = Workspace.open(folder)
    plan = workspace.ledger().get_plan(digest)
    assert plan is not None
    (folder / ".fleetc" / "snapshots.db").unlink()
    made = planning.reopen(workspace, plan)
    async with driven(ReviewSession(workspace, made, planning.Ask(worktree=True)), WIDE) as (app, pilot):
        await heard(app, pilot)
        go(app, SPOKE)
        await typed(pilot, "space")
        await until(app, pilot, "other ticks of this plan cannot be judged: its snapshot")
        await typed(pilot, "A")
        assert "approve is off: the rules are being asked" in lines(app)[-2]
        await settle(pilot)
