"""The drift screen: what it tells, and that putting back only ever makes a plan."""

from __future__ import annotations

import msgspec
import pytest

from fleetc.errors import StateProblem
from fleetc.plan.drift import Drift, DriftState, drifts
from fleetc.ports import Run
from fleetc.service.drifting import Drifted, DriftReport
from fleetc.service.lookups import Past
from fleetc.tui.app import FleetcApp
from fleetc.tui.choice import Choice
from fleetc.tui.drift import put_back
from tests.tui.drive import NARROW, WIDE, at_once, driven, lines, text, typed, until
from tests.tui.fleet import FakeSession, edge_plan, plan_of
from tests.tui.travel import SEEN, drifted_plan, live

NODE, PEER, VIP = (
    "node/edge-tokyo-01",
    "peer/edge-fabric/edge-london-01",
    "virtual_ip/edge-fabric/cdn-frontend",
)


def drifted(environment: str = "edge", **more: object) -> FakeSession:
    """One field changed, one resource missing, one unmanaged."""
    plan = drifted_plan(
        edge_plan(unmanaged=("node/scratch-9",), environment=environment),
        {NODE: {"lifecycle_class": ("ephemeral", "persistent")}},
        PEER,
    )
    session = FakeSession(plan=plan, environment=environment, **more)  # type: ignore[arg-type]
    session.seen_first = {NODE: SEEN}
    session.stood = {"node/scratch-9": live("node/scratch-9", template="edge-cdn", password="hunter2")}
    return session


def pane(app: FleetcApp) -> str:
    """What the right pane shows, without blanks."""
    return "".join("".join(line.partition("│")[2] for line in lines(app)).split())


async def test_it_tells_three_values_their_place_and_since_when() -> None:
    async with driven(drifted(), WIDE) as (app, pilot):
        await typed(pilot, "4")
        await until(app, pilot, "lifecycle_class")
        shown = text(app)
        assert "Drift 3 of 612 resources  changed 1  missing 1  unmanaged 1" in shown
        assert "4 Drift 3]" in lines(app)[1]
        for words in (
            "desired   persistent   fleet.yaml:24", "applied   (unset)", "observed  ephemeral", SEEN.at[:10],
            "first seen 2026-10-16 11:02:00 (3d ago) on snap-9", "not yet at 2026-10-16 10:57:00",
            "(off: no repository is reconciled yet)",
        ):  # fmt: skip
            assert words.replace(" ", "") in pane(app), words


async def test_what_nobody_knows_is_said_to_be_unknown() -> None:
    async with driven(drifted(), NARROW) as (app, pilot):
        await typed(pilot, "4", "down")
        await until(app, pilot, "first seen: not known")
        assert "observed (not there)" in text(app)
        assert "   ?" in next(line for line in lines(app) if PEER in line)


async def test_an_unmanaged_one_shows_what_is_there_but_no_secret() -> None:
    async with driven(drifted(), WIDE) as (app, pilot):
        await typed(pilot, "4", "G")
        await until(app, pilot, "template: edge-cdn")
        assert "hunter2" not in text(app)
        await typed(pilot, "P")
        assert "put back is off: the fleet file does not say what it should be" in lines(app)[-2]


async def test_putting_back_makes_a_plan_of_it_alone_and_nothing_else() -> None:
    session = drifted()
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, "4", "P")
        assert "Put back what drifted" in text(app)
        await typed(pilot, "enter")
        assert session.calls == []
        assert app.screen is app.drift
        await typed(pilot, "P", "tab", "enter")
        await until(app, pilot, "[1 Plan]")
        assert app.review.choice.count == 1
        assert app.review.choice.ticked[app.review.choice.row_at[NODE]]
        assert f"+ chosen 1: {NODE}" in lines(app)[-2]
    assert set(session.calls) <= {"draft", "take", "replan"}
    assert session.approvals == {}


async def test_marked_ones_are_put_back_together() -> None:
    async with driven(drifted(), NARROW) as (app, pilot):
        await typed(pilot, "4", "space", "space", "space")
        assert "3 marked" in lines(app)[-2]
        await typed(pilot, "P")
        assert "puts back    2:" in text(app)
        assert "not possible 1 of what is marked" in text(app)
        await typed(pilot, "tab", "enter")
        await until(app, pilot, "[1 Plan]")
        assert app.review.choice.count == 2


async def test_held_keys_make_no_plan() -> None:
    session = drifted()
    async with driven(session, NARROW) as (app, pilot):
        await typed(pilot, "4")
        await at_once(app, pilot, "P", *("tab", "enter") * 15)
        assert session.calls == []


async def test_what_has_not_drifted_any_more_is_said() -> None:
    session = drifted()
    session.next_plan = plan_of((), environment="edge")
    async with driven(session, NARROW) as (app, pilot):
        await typed(pilot, "4", "P", "tab", "enter")
        await until(app, pilot, "nothing of it has drifted any more")
        assert len(app.review.choice.addresses) == 2


@pytest.mark.parametrize("key", ["M", "I"])
async def test_taking_over_and_accepting_are_off_with_the_reason(key: str) -> None:
    async with driven(drifted(), NARROW) as (app, pilot):
        await typed(pilot, "4", key)
        assert "is off: no repository is reconciled yet" in lines(app)[-2]


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (DriftReport("main", "", "snap-1", "2026-10-19T12:00:00Z", resources=612),
         "No drift: 612 resources are as applied at 12:00:00"),
        (DriftReport("main", "", "", "", verified=False), "Nothing was applied from here yet"),
        (DriftReport("main", "", "snap-1", "2026-10-19T12:00:00Z", complete=False, unknown=4,
                     problems=("2 of 14 pages failed",)), "PARTIAL: not everything could be read at 12:00:00"),
        (DriftReport("main", "", "snap-1", "2026-10-19T12:00:00Z", later_run="run-7"),
         "run-7 has changed the account since this look"),
        (DriftReport("main", "", "snap-1", "", failed_over=(VIP,)), "failed over: no drift"),
        (DriftReport("main", "", "", "", study="it is against the recorded state x"), "the plan is for study"),
    ],
)  # fmt: skip
async def test_states(report: DriftReport, words: str) -> None:
    session = FakeSession(plan=plan_of(()), told_of=lambda _: report)
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, "4")
        await until(app, pilot, "no drift" if report.complete else "PARTIAL")
        assert words.replace(" ", "") in pane(app)
        assert ("OLD: run-7 ran since" in lines(app)[0]) == bool(report.later_run)
        assert ("PARTIAL" in lines(app)[0]) == (not report.complete)


async def test_it_is_read_again_when_a_run_has_ended() -> None:
    session = drifted()
    async with driven(session, NARROW) as (app, pilot):
        await typed(pilot, "4")
        session.record = Run("run-7", "", "acme", "edge", "applied", "dana", "")
        session.told_of = lambda _: DriftReport("main", "", "snap-1", "2026-10-19T12:00:00Z", resources=3)
        app.drift._look()
        await until(app, pilot, "no drift")


async def test_a_failure_is_one_line_and_the_screen_lives() -> None:
    session = drifted()
    async with driven(session, NARROW) as (app, pilot):
        session.problem = StateProblem("the disk is full", code="F0621")
        await typed(pilot, "4")
        await until(app, pilot, "! F0621 the disk is full")
        session.problem = None
        await typed(pilot, "1", "4")
        await until(app, pilot, NODE)


async def test_h_tells_the_history_of_the_resource() -> None:
    session = drifted()
    session.pasts[NODE] = Past((), (("2026-10-01T10:00:00Z", "run-1a2b", "create", "user:dana"),))
    async with driven(session, NARROW) as (app, pilot):
        await typed(pilot, "4", "h")
        await until(app, pilot, "run-1a2b")
        await typed(pilot, "h", "up", "h")
        assert "an environment has no history" in lines(app)[-2]


async def test_copying_gives_the_command_or_the_address() -> None:
    async with driven(drifted(), NARROW) as (app, pilot):
        await typed(pilot, "4", "y")
        assert f"copied: fleetc -e edge plan --only {NODE}" in lines(app)[-2]
        await typed(pilot, "G", "y")
        assert lines(app)[-2].strip() == "copied: node/scratch-9"


async def test_environments_stay_apart() -> None:
    eu, us = drifted("prod-eu"), drifted("prod-us")
    async with driven(eu, NARROW, us) as (app, pilot):
        await typed(pilot, "4")
        await until(app, pilot, "environment/prod-us")
        await typed(pilot, "space", "right_square_bracket", "down", "P")
        assert "environment  prod-us" in text(app)
        assert f"puts back    1: {NODE}" in text(app)
        await typed(pilot, "tab", "enter")
        await until(app, pilot, "[1 Plan]")
        assert (eu.calls, bool(us.calls)) == ([], True)
        assert [desk.choice.count for desk in app.desks.all] == [2, 1]


async def test_the_list_is_filtered_as_one_types() -> None:
    async with driven(drifted(), NARROW) as (app, pilot):
        await typed(pilot, "4", "slash", *"missing", "enter")
        assert "1 of 3 shown" in text(app)
        await typed(pilot, "n", "P")
        assert "puts back    1: peer" in text(app)


def test_what_is_put_back_brings_along_what_it_needs() -> None:
    plan = drifted_plan(
        edge_plan(), {}, "instance/edge-tokyo-01", "node/edge-tokyo-01", "peer/edge-fabric/edge-london-01"
    )
    choice = Choice(plan)
    said = put_back(choice, ["instance/edge-tokyo-01", "node/gone"])
    assert [a for a, on in zip(choice.addresses, choice.ticked, strict=True) if on] == [
        "node/edge-tokyo-01",
        "instance/edge-tokyo-01",
    ]
    assert "pulled in 1: node/edge-tokyo-01" in said
    assert "no longer drifted: node/gone" in said
    before = choice.ticked
    assert (put_back(choice, ["node/gone"]), choice.ticked) == ("", before)


async def test_a_hundred_thousand_rows_are_painted_at_once() -> None:
    found = tuple(Drifted(Drift(f"node/h{number}", DriftState.UNMANAGED)) for number in range(100_000))
    session = FakeSession(told_of=lambda _: DriftReport("main", "", "snap-1", "", found, 100_000))
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, "4")
        await until(app, pilot, "node/h1 ")
        await typed(pilot, "G")
        assert "node/h99999" in text(app)


def test_the_number_on_the_tab_is_that_of_the_report() -> None:
    plan = drifted().plan
    assert len(drifts(plan, {})) == 3
    assert len(drifts(msgspec.structs.replace(plan, unmanaged=()), {})) == 2
