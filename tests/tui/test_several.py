"""Several environments in one review: one tree, and an approval and a run each."""

from __future__ import annotations

import os

import pytest

from fleetc.errors import ExitCode
from fleetc.ports import Run
from fleetc.tui.desk import Unplanned
from tests.tui.drive import NARROW, WIDE, desks, driven, lines, text, typed, until
from tests.tui.fleet import FakeSession, edge_events, edge_plan, plan_of
from tests.tui.test_golden import GOLDEN, painted

BROKEN = Unplanned(
    "staging", "1 error: no plan was made", ("fleet.yaml:23:15: F0201 no template named `edge-cdm`",)
)
TO_LONDON = ("down",) * 6


def words(environment: str) -> tuple[str, ...]:
    """The keys that confirm a plan which destroys nothing."""
    keys = {" ": "space", "-": "minus"}
    return tuple(keys.get(character, character) for character in f"{environment} 0")


async def test_each_environment_is_approved_and_applied_by_itself() -> None:
    eu, us = FakeSession.of("prod-eu"), FakeSession.of("prod-us", fail="instance/edge-tokyo-02")
    async with driven(eu, NARROW, us) as (app, pilot):
        assert " PROD-EU " in lines(app)[0]
        await typed(pilot, "A", *words("prod-eu"), "enter")
        assert (eu.calls, us.calls) == (["approve prod-eu 0"], [])
        await typed(pilot, "right_square_bracket")
        assert " PROD-US " in lines(app)[0]
        assert lines(app)[4].startswith(">v [x] environment/prod-us")
        await until(app, pilot, "not approved")
        await typed(pilot, "X")
        assert "apply is off: not approved" in lines(app)[-2]
        await typed(pilot, "A", *words("prod-eu"), "enter")
        assert "not `<environment> <number destroyed>` of this plan" in text(app)
        await typed(pilot, "escape", "A", *words("prod-us"), "enter")
        assert us.calls == ["approve prod-us 0"]
        await typed(pilot, "X", *words("prod-us"), "enter")
        await until(app, pilot, "PARTIAL")
        assert "prod-eu [prod-us partial]" in lines(app)[1]
        await typed(pilot, "left_square_bracket")
        assert " PROD-EU " in lines(app)[0]
        assert "No run yet" in text(app)
        await typed(pilot, "1", "X", *words("prod-eu"), "enter")
        await until(app, pilot, "APPLIED")
        assert eu.calls == ["approve prod-eu 0", "apply"]
        assert us.calls == ["approve prod-us 0", "apply"]
        assert "[prod-eu applied] prod-us partial" in lines(app)[1]
        await typed(pilot, "ctrl+q")
    assert app.return_value == ExitCode.PARTIAL


async def test_a_run_that_ended_before_says_nothing_of_the_plan_at_hand() -> None:
    eu, us = FakeSession.of("prod-eu"), FakeSession.of("prod-us")
    us.stored = edge_events(us.plan)
    us.record = Run("r-0192", "", "acme", "prod-us", "applied", "dana", "", heartbeat=us.moment)
    async with driven(eu, NARROW, us) as (app, pilot):
        await typed(pilot, "right_square_bracket", "2")
        await until(app, pilot, "APPLIED")
        assert "prod-eu [prod-us] ] next" in lines(app)[1]


async def test_a_toggle_stays_in_its_environment() -> None:
    async with driven(FakeSession.of("prod-eu"), WIDE, FakeSession.of("prod-us")) as (app, pilot):
        await typed(pilot, "right_square_bracket", *TO_LONDON, "space")
        assert "selected 8 of 12" in text(app)
        assert [desk.choice.count for desk in app.desks.all] == [12, 8]
        assert "node/edge-london-01" in lines(app)[2]
        await typed(pilot, "slash", *"london", "enter")
        assert "6 of 24 shown" in text(app)
        await typed(pilot, "a")
        assert [desk.choice.count for desk in app.desks.all] == [12, 11]
        await typed(pilot, "a")
        assert [desk.choice.count for desk in app.desks.all] == [8, 8]
        assert "prod-eu: - left out 4" in lines(app)[-2]
        await typed(pilot, "u", "u", "u", "escape")
        assert [desk.choice.count for desk in app.desks.all] == [12, 12]
        await typed(pilot, "U")
        assert [desk.choice.count for desk in app.desks.all] == [12, 8]


async def test_planning_again_is_of_one_environment_and_keeps_the_cursor_in_it() -> None:
    eu, us = FakeSession.of("prod-eu"), FakeSession.of("prod-us")
    us.next_plan = plan_of(us.plan.actions[:8], environment="prod-us")
    eu.next_plan = plan_of(eu.plan.actions[:10], environment="prod-eu")
    async with driven(eu, NARROW, us) as (app, pilot):
        await typed(pilot, "right_square_bracket", *TO_LONDON, "r")
        assert (eu.calls, us.calls) == ([], ["replan"])
        assert " PROD-US " in lines(app)[0]
        assert "Changes 8" in text(app)
        assert app.desks.branch(app.review.rows.cursor) is app.desks.all[1]
        key = app.review.rows.key(app.review.rows.cursor)
        await typed(pilot, "left_square_bracket", "r", "right_square_bracket", *TO_LONDON)
        assert (eu.calls, len(app.desks.addresses)) == (["replan"], 18)
        assert app.review.rows.key(app.review.rows.cursor) == key
        await typed(pilot, "space")
        assert [desk.choice.count for desk in app.desks.all] == [10, 6]


async def test_an_environment_without_a_plan_is_a_branch_that_can_do_nothing() -> None:
    session = FakeSession.of("prod-eu")
    async with driven(session, NARROW, BROKEN) as (app, pilot):
        await typed(pilot, "G")
        assert " STAGING " in lines(app)[0]
        assert "NO PLAN" in lines(app)[0]
        assert "environment/staging  NO PLAN: 1 error" in text(app)
        assert "F0201 no template named" in text(app)
        for key in ("A", "X"):
            await typed(pilot, key)
            assert "is off: staging has no plan" in lines(app)[-2]
        await typed(pilot, "r", "space", "enter", "o")
        assert session.calls == []
        await typed(pilot, "right_square_bracket")
        assert " PROD-EU " in lines(app)[0]


def test_rows_and_leaves_of_many_environments_belong_to_their_own() -> None:
    found = desks(FakeSession.of("a"), BROKEN, FakeSession(plan=plan_of(())), FakeSession.of("b"))
    rows = found.rows()
    for row in range(len(rows.outline)):
        branch, leaf = found.branch(row), rows.outline.leaf[row]
        if leaf >= 0:
            assert not isinstance(branch, Unplanned)
            assert (
                branch.choice.addresses[leaf - branch.choice.first] == found.addresses[leaf] == rows.key(row)
            )
    assert [found.branch(row) for row in rows.outline.groups if rows.outline.parent[row] < 0] == [
        *found.branches
    ]
    assert [found.after(desk, 1) for desk in found.all] == [*found.all[1:], found.all[0]]
    assert len(found.addresses) == 2 * len(edge_plan().actions)


PICTURES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("several", ()),
    ("several-second", ("right_square_bracket", *TO_LONDON, "space")),
    ("several-unplanned", ("G",)),
)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
async def test_pictures(size: tuple[int, int]) -> None:
    shown: dict[str, str] = {}
    async with driven(FakeSession.of("prod-eu"), size, FakeSession.of("prod-us"), BROKEN) as (app, pilot):
        for name, keys in PICTURES:
            await typed(pilot, *keys)
            await until(app, pilot, "NO PLAN" if name.endswith("unplanned") else "not approved")
            for _ in range(100):
                if app.review.known.waves:
                    break
                await pilot.pause(0.05)
            await typed(pilot)
            file = f"{name}-{size[0]}x{size[1]}.txt"
            shown[file] = await painted(app, pilot, GOLDEN / file)
    for name, picture in shown.items():
        if os.environ.get("FLEETC_UPDATE_GOLDEN"):
            (GOLDEN / name).write_text(picture, encoding="utf-8")
        assert picture == (GOLDEN / name).read_text(encoding="utf-8"), name
