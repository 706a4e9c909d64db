"""What an operator does, key by key (design 4.5.4)."""

from __future__ import annotations

import threading

import msgspec
import pytest
from textual.command import CommandList, CommandPalette

from fleetc.errors import ExitCode, StateProblem, UsageProblem
from fleetc.ports import Lease, Run
from fleetc.tui.bindings import keys_of
from fleetc.tui.look import THEME_NAMES
from fleetc.tui.screens.dialogs import Typed
from fleetc.tui.terminal import require_terminal
from tests.tui.drive import NARROW, WORDS, at_once, driven, lines, segments, settle, text, typed, until
from tests.tui.fleet import FakeSession, edge_events, edge_plan, plan_of

TO_LONDON = ("down",) * 6


async def test_leave_london_out_and_take_it_back() -> None:
    async with driven(FakeSession(), NARROW) as (app, pilot):
        assert "selected 12 of 12" in text(app)
        await typed(pilot, *TO_LONDON, "space")
        assert "selected 8 of 12" in text(app)
        assert "- left out 4: node/edge-london-01" in lines(app)[-2]
        assert "[-] environment/edge" in text(app)
        await typed(pilot, "u")
        assert "selected 12 of 12" in text(app)
        await typed(pilot, "U")
        assert "selected 8 of 12" in text(app)


async def test_approve_apply_and_watch_a_failure() -> None:
    session = FakeSession(fail="instance/edge-tokyo-02")
    async with driven(session) as (app, pilot):
        assert "X apply... (off)" in lines(app)[-1]
        await typed(pilot, "X")
        assert "apply is off: not approved" in lines(app)[-2]
        await typed(pilot, "A", "tab", *WORDS, "enter")
        assert session.calls == ["approve edge 0"]
        assert "dana approved it" in lines(app)[-2]
        assert "X apply...  " in lines(app)[-1]
        session.heard = 8
        await typed(pilot, "X", *WORDS, "enter")
        await until(app, pilot, "Status: RUNNING")
        assert "[2 Apply]" in lines(app)[1]
        session.heard = 99
        await until(app, pilot, "Status: PARTIAL")
        assert "FAILED  instance/edge-tokyo-02  F0607 rate limited, gave up" in text(app)
        assert "9/12" in text(app)
        await typed(pilot, "f")
        assert "ok       node" not in text(app)
        await typed(pilot, "q")
        assert "[1 Plan]" in lines(app)[1]
        assert session.calls == ["approve edge 0", "apply"]
        await typed(pilot, "ctrl+q")
    assert app.return_value == ExitCode.PARTIAL


@pytest.mark.parametrize("keys", [("enter",) * 30, ("tab", *"edge", "space", "0", "enter")])
async def test_keys_held_or_typed_ahead_approve_nothing(keys: tuple[str, ...]) -> None:
    session = FakeSession()
    async with driven(session) as (app, pilot):
        await at_once(app, pilot, "A", *keys)
        assert isinstance(app.screen, Typed)
        await typed(pilot, "tab", "enter", "enter")
        assert isinstance(app.screen, Typed)
        await typed(pilot, *"edge", "space", "7", "enter")
        assert "not `<environment> <number destroyed>`" in text(app)
        await typed(pilot, "escape")
        assert "[1 Plan]" in lines(app)[1]
    assert session.calls == []


async def test_enter_on_the_focus_of_a_dialog_cancels_it() -> None:
    session = FakeSession()
    async with driven(session) as (app, pilot):
        await typed(pilot, "A")
        assert app.focused is not None
        assert app.focused.id == "cancel"
        await typed(pilot, "enter")
        assert not isinstance(app.screen, Typed)
    assert session.calls == []


async def test_filter_as_you_type() -> None:
    async with driven(FakeSession(), NARROW) as (app, pilot):
        await typed(pilot, *TO_LONDON, "slash", *"london")
        await typed(pilot, "enter")
        assert "Filter / london  3 of 12 shown" in text(app)
        assert "node/edge-tokyo-01" not in text(app)
        await typed(pilot, "slash", *"zzz", "enter")
        assert "0 of 12 shown: filter zzz; esc clears" in text(app)
        await typed(pilot, "escape")
        assert "Filter / (none)" in text(app)
        assert "  >    [x]  +  node/edge-london-01" in text(app)
        await typed(pilot, "slash", *"kind:peer", "enter", "a")
        assert "3 of 12 shown" in text(app)
        assert "selected 8 of 12" in text(app)


async def test_a_filter_is_typed_with_the_tree_in_sight() -> None:
    async with driven(FakeSession(), NARROW) as (app, pilot):
        await typed(pilot, *TO_LONDON, "enter")
        assert "Changes 12" not in text(app), "the detail has the whole screen"
        await typed(pilot, "slash", *"kind:peer")
        assert "peer/edge-fabric/edge-london-01" in text(app)
        assert "Changes 12" in text(app)


async def test_a_filter_is_a_selector() -> None:
    async with driven(FakeSession(), NARROW) as (app, pilot):
        await typed(pilot, "slash", *"+peer/edge-fabric/edge-london-01", "enter")
        assert "5 of 12 shown" in text(app)
        await typed(pilot, "slash", *" (kind:")
        assert "node/edge-london-01" in text(app)
        await typed(pilot, *"nodes)", "enter")
        assert "no kind named `nodes`" in text(app)
        await typed(pilot, "escape", "slash", *"kind:node,", "enter")
        assert "the end of the selector" in text(app)


async def test_range_problems_and_copy() -> None:
    session = FakeSession()
    async with driven(session) as (app, pilot):
        await typed(pilot, *("down",) * 4, "v", "down", "down", "space")
        assert "selected 2 of 12" in text(app)
        await typed(pilot, "g", "e", "y", "c")
        assert app.clipboard == "fleetc plan -o p.json"


async def test_too_small_says_so_and_keeps_the_state() -> None:
    async with driven(FakeSession(), NARROW) as (app, pilot):
        await typed(pilot, *TO_LONDON, "space")
        await pilot.resize_terminal(50, 12)
        await settle(pilot)
        assert text(app).strip() == "needs 60x15"
        await pilot.resize_terminal(*NARROW)
        await settle(pilot)
        assert "selected 8 of 12" in text(app)
        assert "  >    [ ]  +  node/edge-london-01" in text(app)


async def test_an_operational_failure_is_one_line() -> None:
    session = FakeSession()
    async with driven(session) as (app, pilot):
        session.problem = StateProblem("the ledger is locked", code="F0901", next_step="try again")
        await typed(pilot, "r")
        assert "! F0901 the ledger is locked  try again" in lines(app)[-2]
        session.problem = None
        session.next_plan = plan_of(session.plan.actions[:8])
        await typed(pilot, "r")
        assert "fell away 4" in lines(app)[-2]
        assert "Changes 8" in text(app)


async def test_enter_follows_the_run_that_holds_the_lock() -> None:
    plan = edge_plan()
    record = Run("run-9", plan.digest, "edge", "acme", "running", "user:dana", "2026-10-19T12:00:00Z")
    session = FakeSession(
        plan=plan, stored=edge_events(plan)[:9], lease=Lease("acme", "dana on ops-1", "run run-9", 1, 0.0)
    )
    async with driven(session, NARROW) as (app, pilot):
        session.record = record
        await typed(pilot, "enter")
        assert app.screen is app.review  # folded: nothing was said of a lock yet
        await typed(pilot, "enter", "X")
        assert lines(app)[-2].rstrip().endswith("enter follows the run")
        await typed(pilot, "enter")
        assert app.screen is app.apply
        await until(app, pilot, "RUN run-9")
        await typed(pilot, "1", "enter")
        assert app.screen is app.review


async def test_no_changes_is_good_news() -> None:
    session = FakeSession(plan=plan_of(()))
    async with driven(session) as (app, pilot):
        assert "No changes: desired equals observed at 12:00:00" in text(app)
        await typed(pilot, "space", "enter", "a", "e", "right", "left", "o", "y", "escape", "A")
        assert "approve is off: nothing is chosen" in lines(app)[-2]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"read_only": "offline"}, "READ-ONLY (offline)"),
        ({"age": 1900.0}, "STALE 31m"),
        ({"age": 400.0, "max_age": 300.0}, "STALE 6m"),
        ({"plan": edge_plan(unknown=("node/x",))}, "PARTIAL"),
    ],
)
@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_row_one_says_what_is_odd(values: dict[str, object], said: str, size: tuple[int, int]) -> None:
    async with driven(FakeSession(**values), size) as (app, pilot):  # type: ignore[arg-type]
        first = lines(app)[0]
        for word in (said, "EDGE", "plan 7f3a9c21d04e", "dana"):
            assert word in first
        await typed(pilot, "A")
        assert "approve is off" in lines(app)[-2]


async def test_attach_to_a_run_whose_worker_is_silent() -> None:
    plan = edge_plan()
    record = Run("r-7", "", "acme", "edge", "running", "kim", "", heartbeat=0.0)
    session = FakeSession(stored=edge_events(plan)[:9], record=record)
    session.record = msgspec.structs.replace(record, heartbeat=session.moment - 30)
    async with driven(session) as (app, pilot):
        await typed(pilot, "2")
        await until(app, pilot, "DISCONNECTED")
        assert "no heartbeat for 30 s" in text(app)
        assert "RUNNING" not in text(app)
        await typed(pilot, "p")
        assert "pause is off" in lines(app)[-2]
        await typed(pilot, "P", "tab", *WORDS, "enter")
        assert session.calls == ["resume"]


async def test_a_run_without_calls_is_watched_to_its_end() -> None:
    plan = plan_of(())
    session = FakeSession(plan=plan, stored=edge_events(plan), record=Run("r", "", "", "", "applied", "", ""))
    async with driven(session) as (app, pilot):
        await typed(pilot, "2")
        await until(app, pilot, "Status: APPLIED")
        await typed(pilot, "space", "e", "f", "f", "G", "escape")
        assert "[1 Plan]" in lines(app)[1]


async def test_scrolling_up_stops_following() -> None:
    session = FakeSession(stored=edge_events(edge_plan()), record=Run("r", "", "", "", "applied", "", ""))
    async with driven(session, NARROW) as (app, pilot):
        await typed(pilot, "2")
        await until(app, pilot, "end    applied")
        assert "follow ON" in text(app)
        await typed(pilot, "tab", "k")
        assert "follow off" in text(app)
        await typed(pilot, "t")
        assert "follow ON" in text(app)


async def test_a_page_key_before_the_palette_is_laid_out_ends_nothing() -> None:
    async with driven(FakeSession()) as (app, pilot):
        await typed(pilot, "ctrl+p")
        found = app.screen.query_one(CommandList)
        assert found.option_count > 10
        found.display = False
        await pilot.pause()
        found._clear_caches()
        await typed(pilot, "pageup", "pagedown")
        assert isinstance(app.screen, CommandPalette)
        found.display = True
        await typed(pilot, "escape")
        assert app.screen is app.review


async def test_help_palette_zoom_and_leaving() -> None:
    async with driven(FakeSession(), NARROW) as (app, pilot):
        await typed(pilot, "question_mark")
        assert "Choose or leave out" in text(app)
        await typed(pilot, "escape")
        offered = {command.title: command.help for command in app.get_system_commands(app.screen)}
        assert {key.help for key in keys_of("plan") if key.id != "plan.apply"} <= set(offered.values())
        assert offered["Apply... (X)  OFF"] == "Off: not approved"
        assert {f"Theme: {name}" for name in THEME_NAMES} <= set(offered)
        await typed(pilot, "ctrl+p")
        assert isinstance(app.screen, CommandPalette)
        await typed(pilot, "escape", *TO_LONDON, "space", "enter")
        assert "Needed by (1)" in text(app)
        await typed(pilot, "escape", "q")
        assert "q again leaves it" in lines(app)[-2]
        await typed(pilot, "q")
    assert app.return_value == ExitCode.OK


async def test_the_session_is_called_on_one_thread_that_is_not_the_loops() -> None:
    session = FakeSession()
    async with driven(session) as (_, pilot):
        await typed(pilot, "space", "y", "r", "A", "tab", *WORDS, "enter")
    assert len(session.threads) == 1
    assert threading.get_ident() not in session.threads


async def test_without_colour_there_is_none() -> None:
    async with driven(FakeSession(), no_color=True) as (app, pilot):
        await typed(pilot, *TO_LONDON, "space")
        styles = [segment.style for line in segments(app) for segment in line if segment.style]
        colors = {color.name for style in styles for color in (style.color, style.bgcolor) if color}
        assert colors <= {"default"}
        assert any(style.reverse for style in styles)
        assert any(style.bold for style in styles)


def test_without_a_terminal_the_headless_commands_are_named() -> None:
    with pytest.raises(UsageProblem) as caught:
        require_terminal()
    assert "fleetc plan" in caught.value.next_step
