"""The requests of several environments in one list, and what can be decided of one."""

from __future__ import annotations

import msgspec
import pytest

from fleetc.plan.actions import Limit
from fleetc.plan.verdicts import Verdict
from fleetc.service.approving import Waiting
from fleetc.tui.items import Items
from fleetc.tui.request_paint import words
from fleetc.tui.requests import Asked, digest_of
from tests.tui.drive import WIDE, desks, driven, lines, text, typed, until
from tests.tui.fleet import T0, FakeSession
from tests.tui.judged import finding, requested, requests


def of(environment: str) -> FakeSession:
    """An environment with three requests; digests begin with its name."""
    session = FakeSession.of(environment)
    session.asked = tuple(
        Waiting(
            msgspec.structs.replace(each.request, digest=f"{environment}-{each.request.digest}"),
            each.approvals,
            each.counts,
            each.missing,
        )
        for each in requests(environment)
    )
    session.told = {each.request.digest: requested(each) for each in session.asked}
    return session


def asked(number: int = 0, status: str = "") -> Asked:
    item = requests()[number]
    request = msgspec.structs.replace(item.request, status=status or item.request.status)
    return Asked(desks(FakeSession()).all[0], Waiting(request, item.approvals, item.counts, item.missing))


def test_requests_stand_by_environment_and_the_cursor_stays_on_its_own() -> None:
    first, second = of("prod-eu"), of("prod-us")
    both = desks(first, second)
    asks = Items(both, digest_of, words)
    assert asks.at_cursor() is None
    for desk, session in zip(both.all, (first, second), strict=True):
        asks.take(desk, session.asked)
    asks.rows.go(asks.rows.outline.row_of[4])
    at = asks.at_cursor()
    assert at is not None
    assert (at.desk.environment, digest_of(at.item)) == ("prod-us", second.asked[1].request.digest)
    asks.take(both.all[0], ())
    assert asks.at_cursor() == at
    assert asks.desk_at_cursor() is both.all[1]
    assert asks.desk_of(asks.top(both.all[0])) is both.all[0]


@pytest.mark.parametrize(
    ("verb", "each", "more", "reason"),
    [
        ("approve", asked(), {}, ""),
        ("approve", asked(status="approved"), {}, "approved already"),
        ("approve", asked(status="expired"), {}, ""),
        ("approve", asked(1), {}, "it is used"),
        ("approve", asked(), {"findings": (finding("no", Verdict.DENY),)}, "denied by no: said by no"),
        ("approve", asked(), {"limits": (Limit("c", 9, 9, 3, True, "c: 9"),)}, "over a limit (c: 9)"),
        ("reject", asked(), {}, ""),
        ("reject", asked(2), {}, "it is rejected"),
        ("revoke", asked(), {}, ""),
        ("revoke", asked(1), {}, "nobody has approved it"),
    ],
)
def test_why_a_decision_is_off(verb: str, each: Asked, more: dict[str, object], reason: str) -> None:
    told = msgspec.structs.replace(requested(each.item), **more)
    found = each.off(verb, told, T0)
    assert found.startswith(reason) if reason else not found


def test_ones_own_approval_is_taken_back_before_anothers() -> None:
    item = requests()[0]
    other = item.approvals[0]
    own = msgspec.structs.replace(other, approver="user:dana")
    desk = desks(FakeSession()).all[0]
    assert Asked(desk, Waiting(item.request, (own, other), {})).revocable(T0) == "user:dana"
    assert Asked(desk, Waiting(item.request, (other,), {})).revocable(T0) == "user:kim"
    assert Asked(desk, Waiting(item.request, (other,), {})).revocable(T0 + 9999) == ""


async def test_a_decision_goes_to_the_session_of_the_environment_under_the_cursor() -> None:
    first, second = of("prod-eu"), of("prod-us")
    async with driven(first, WIDE, second) as (app, pilot):
        await until(app, pilot, "3 Approvals 1")
        await typed(pilot, "3")
        await until(app, pilot, "RISK")
        assert "PROD-EU" in lines(app)[0]
        await typed(pilot, "right_square_bracket", "j")
        await until(app, pilot, "PROD-US")
        await until(app, pilot, "RISK")
        assert "Waiting for approval 2  of 6" in text(app)
        await typed(pilot, "A", *"prod-eu", "space", "1", "enter")
        assert "not `<environment> <number destroyed>` of this plan" in text(app)
        await typed(pilot, *("backspace",) * 9, *"prod-us", "space", "1", "enter")
        await until(app, pilot, "dana approved it")
        assert "still needed: 1 of net" in text(app)
        await typed(pilot, "V", *"wrong one", "enter", *"prod-us", "space", "1", "enter")
        await until(app, pilot, "the approval of kim was taken back; needed now: 1 approval")
        await typed(pilot, "R", *"no", "enter", *"prod-us", "space", "1", "enter")
        await until(app, pilot, "rejected prod-us-7f3a")
        digest = second.asked[0].request.digest
        assert second.calls == [
            f"approve {digest} prod-us 1",
            f"revoke {digest} user:kim wrong one",
            f"reject {digest} no",
        ]
        assert first.calls == []
        await typed(pilot, "y")
        assert app.clipboard == f"fleetc approve {digest[:12]}"
        await typed(pilot, "escape")
        assert "[1 Plan]" in lines(app)[1]


async def test_keys_held_or_typed_ahead_decide_nothing() -> None:
    session = of("edge")
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, "3")
        await until(app, pilot, "RISK")
        for key in ("A", "R", "V"):
            await typed(pilot, key, *("enter",) * 10)
            if "[3 Approvals" not in text(app):
                await typed(pilot, "escape", "3")
            await until(app, pilot, "[3 Approvals")
        assert [call for call in session.calls if not call.startswith("open")] == []


async def test_nothing_is_decided_while_the_past_is_looked_at() -> None:
    session = of("prod-eu")
    session.past, session.read_only = "2026-10-17T18:00:02Z", "looking at the past"
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, "3")
        await until(app, pilot, "waiting")
        for key, verb in (("A", "approve"), ("R", "reject"), ("V", "revoke")):
            await typed(pilot, key)
            assert f"{verb} is off: looking at the past" in lines(app)[-2]
    assert session.calls == []
