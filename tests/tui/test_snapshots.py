"""The snapshots screen: marks, trees, steps, and the past that only looks."""

from __future__ import annotations

import msgspec
import pytest

from fleetc.plan.actions import Plan
from fleetc.ports import Run
from tests.tui.drive import NARROW, WIDE, driven, lines, segments, text, typed, until
from tests.tui.fleet import FakeSession, edge_plan, plan_of
from tests.tui.travel import live, shelf, snapshot

OLD = snapshot(1, "2026-10-17T18:00:02Z", *(live(f"node/h{n}", labels={}) for n in range(4)))
MID = snapshot(
    2, "2026-10-18T09:12:44Z", *(live(f"node/h{n}", labels={"rack": "7"}) for n in range(3)), complete=False
)
NEW = snapshot(
    3, "2026-10-19T12:00:00Z", *(live(f"node/h{n}", labels={"rack": "7"}) for n in range(4)),
    live("network/fabric", tags=["edge"]),
)  # fmt: skip
RUN = Run("run-1a2b", "", "acme", "edge", "applied", "dana", "2026-10-18T01:00:00Z")


def kept(environment: str = "edge") -> FakeSession:
    session = FakeSession(plan=edge_plan(environment=environment), environment=environment)
    session.shelved = shelf(NEW, MID, OLD, why=("looked", "looked", "before run-1a2b"), runs=(RUN,))
    session.taken = {each.name: each for each in (OLD, MID, NEW)}
    session.against = lambda _: msgspec.structs.replace(
        past_plan(environment), snapshot_taken_at=OLD.taken_at
    )
    return session


def past_plan(environment: str) -> Plan:
    actions = edge_plan().actions[:3]
    return plan_of(actions, environment=environment, digest="ab" * 32, study="looking at the past")


async def test_the_list_says_when_how_whole_how_much_and_why() -> None:
    async with driven(kept(), WIDE) as (app, pilot):
        await typed(pilot, "5")
        await until(app, pilot, "snap-3")
        shown = text(app)
        assert "Snapshots 3  store 50 MB" in shown
        assert "2026-10-19 12:00:00  full        5 res  newest  looked" in shown
        assert "2026-10-18 09:12:44  PART        3 res  looked" in shown
        assert "2026-10-17 18:00:02  full        4 res  before run-1a2b" in shown
        assert lines(app)[-3].startswith(" [|")
        assert "run-1a2b" in lines(app)[-3]
        assert " Snapshots " in lines(app)[0]


async def test_a_diff_of_two_marks_is_a_tree_that_can_be_walked() -> None:
    session = kept()
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, "5", "G", "a")
        assert "A is snap-1" in lines(app)[-2]
        await typed(pilot, "g", "down", "b", "d")
        await until(app, pilot, "5 differ")
        assert session.calls == ["diff snap-1 snap-3"]
        shown = text(app)
        assert "A 10-17 18:00 -> B 10-19 12:00 +1 ~4 -0" in shown
        assert "v + network  (1)" in shown
        assert "v ~ node  (4)" in shown
        await typed(pilot, "tab", "down", "enter")
        assert "tags: [edge]" in text(app)
        await typed(pilot, "escape", "slash", *"h2", "enter")
        assert "1 of 5 shown" in text(app)
        await typed(pilot, "n", "enter")
        assert "A  {}" in text(app)
        assert "B  {rack: 7}" in text(app)
        await typed(pilot, "escape", "escape")
        assert "shown" not in text(app)
        await typed(pilot, "escape")
        assert "taken at" in text(app)


async def test_an_incomplete_side_is_said() -> None:
    async with driven(kept(), WIDE) as (app, pilot):
        await typed(pilot, "5", "down", "d")
        await until(app, pilot, "snap-2 did not see all")
        assert "+0 ~3 -1 PART" in lines(app)[2]


async def test_without_two_there_is_nothing_to_compare() -> None:
    session = kept()
    session.shelved = shelf(NEW)
    async with driven(session, NARROW) as (app, pilot):
        await typed(pilot, "5", "d")
        assert "d compares two snapshots" in lines(app)[-2]
        await typed(pilot, "comma", "comma")
        assert "snap-3 is the oldest one" in lines(app)[-2]
    assert session.calls == []


async def test_no_snapshot_is_said_and_every_key_answers() -> None:
    session = FakeSession()
    async with driven(session, NARROW) as (app, pilot):
        await typed(pilot, "5")
        await until(app, pilot, "no snapshot yet")
        for key in ("a", "b", "d", "p", "comma", "full_stop", "S", "y", "enter", "slash", "enter", "escape"):
            await typed(pilot, key)
        assert app.is_running
    assert session.calls == []


async def test_steps_move_b_and_what_is_shown_with_it() -> None:
    session = kept()
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, "5", "comma", "comma", "d")
        await until(app, pilot, "snap-1 -> snap-2")
        assert "TIME TRAVEL  looking at 2026-10-18 09:12:44, not live" in lines(app)[0]
        await typed(pilot, "full_stop")
        await until(app, pilot, "snap-2 -> snap-3")
        assert session.calls[-1] == "diff snap-2 snap-3"
        await typed(pilot, "full_stop")
        assert "snap-3 is the newest one" in lines(app)[-2]
        await typed(pilot, "escape", "enter")
        await until(app, pilot, "snap-3 holds 5")
        await typed(pilot, "comma")
        await until(app, pilot, "snap-2 holds 3")


async def test_the_past_is_looked_at_only_and_live_comes_back_as_it_was() -> None:
    session = kept()
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, "down", "down", "space")
        ticked, count = app.review.choice.ticked, app.review.choice.count
        assert count < 12
        await typed(pilot, "5", "G", "b", "p")
        await until(app, pilot, "[1 Plan]")
        assert "TIME TRAVEL  looking at 2026-10-17 18:00:02, not live" in lines(app)[0]
        assert all(segment.style and segment.style.reverse for segment in segments(app)[0])
        assert "Changes 3" in text(app)
        for key, verb in (("A", "approve"), ("X", "apply")):
            await typed(pilot, key)
            assert f"{verb} is off: looking at the past" in lines(app)[-2]
        await typed(pilot, "r")
        assert "looking at the past: 5, then esc, goes back to live" in lines(app)[-2]
        await typed(pilot, "4")
        await until(app, pilot, "Looking at the past")
        await typed(pilot, "P")
        assert "put back is off: looking at the past" in lines(app)[-2]
        await typed(pilot, "1", "q")
        assert "q again leaves it" in lines(app)[-2]
        await typed(pilot, "5", "escape")
        await until(app, pilot, "this is live")
        await typed(pilot, "1")
        assert "TIME TRAVEL" not in text(app)
        assert (app.review.choice.ticked, app.review.choice.count) == (ticked, count)
        await typed(pilot, "escape")
    assert session.calls == ["back snap-1", "live"]
    assert session.approvals == {}


async def test_one_environment_travels_and_the_other_one_is_live() -> None:
    eu, us = kept("prod-eu"), kept("prod-us")
    async with driven(eu, NARROW, us) as (app, pilot):
        await typed(pilot, "5")
        await until(app, pilot, "environment/prod-us")
        await typed(pilot, "down", "b", "p")
        await until(app, pilot, "[1 Plan]")
        assert "PROD-EU  TIME TRAVEL" in lines(app)[0]
        await typed(pilot, "right_square_bracket")
        assert "TIME TRAVEL" not in lines(app)[0]
        assert " PROD-US " in lines(app)[0]
    assert (eu.calls, us.calls) == (["back snap-2"], [])


async def test_saving_asks_for_a_name_and_copying_gives_the_command() -> None:
    session = kept()
    async with driven(session, NARROW) as (app, pilot):
        await typed(pilot, "5", "S")
        assert "snap-3.jsonl" in text(app)
        await typed(pilot, "escape")
        assert session.calls == []
        await typed(pilot, "S", "enter")
        await until(app, pilot, "saved: /somewhere/snap-3.jsonl")
        await typed(pilot, "y")
        assert "copied: fleetc -e edge snapshot show snap-3" in lines(app)[-2]
    assert session.calls == ["save snap-3 snap-3.jsonl"]


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_hundred_thousand_differences_are_walked_and_filtered(size: tuple[int, int]) -> None:
    many = [live(f"node/h{number}") for number in range(100_000)]
    before, after = snapshot(1, "2026-10-17T18:00:02Z"), snapshot(2, "2026-10-18T18:00:02Z", *many)
    session = FakeSession(shelved=shelf(after, before), taken={"snap-1": before, "snap-2": after})
    async with driven(session, size) as (app, pilot):
        await typed(pilot, "5", "d")
        await until(app, pilot, "100,000 differ")
        app.snapshots.growth.focus()
        await typed(pilot, "down", "pagedown", "G")
        assert "node/h99999" in text(app)
        await typed(pilot, "left", "enter")
        assert "> + node  (100,000)" in text(app)
        await typed(pilot, "slash", *"h9999", "enter")
        assert "11 of 100,000 shown" in text(app)
