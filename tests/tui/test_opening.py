"""What a review shows before there is a plan, and when there is none (design 4.3)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from threading import Event

import pytest
from textual.pilot import Pilot

from fleetc.errors import ExitCode, FleetcError, InputProblem, NotSent, StateProblem
from fleetc.lang.diagnostics import Diagnostic, Label, Severity
from fleetc.lang.source import SourceFile, SourceSet, Span
from fleetc.ports import Lease
from fleetc.service.pointing import Editable
from fleetc.service.several import Outcome
from fleetc.tui import waiting
from fleetc.tui.app import FleetcApp
from fleetc.tui.bindings import keys_of
from fleetc.tui.screens import opening as opening_screen
from tests.tui.drive import NARROW, WIDE, lines, settle, text, typed, until
from tests.tui.fleet import FakeSession, edge_plan, plan_of
from tests.tui.test_golden import GOLDEN, painted

FLEET = b"nodes:\n  - name: edge-01\n    template: edge-cdm\n"


def mistake(code: str = "F0201", line: int = 3) -> Diagnostic:
    span = Span("fleet.yaml", line, 15, line, 23)
    label = Label(span, "not defined")
    return Diagnostic(code, Severity.ERROR, "no template named `edge-cdm`", label, help="use `edge-cdn`")


def uncompiled(*mistakes: Diagnostic) -> InputProblem:
    sources = SourceSet((SourceFile("fleet.yaml", FLEET),), "fleet.yaml")
    return InputProblem("no plan was made", diagnostics=mistakes or (mistake(),), sources=sources)


@dataclass
class FakeOpener:
    """An opener of values; it waits for `go` after it has told what it does."""

    answers: list[FakeSession | FleetcError]
    doing: Sequence[str] = ("reading the fleet file",)
    go: Event = field(default_factory=Event)
    kept: FakeSession | FleetcError | None = None
    tries: int = 0
    environments: tuple[str, ...] = ("edge",)
    opened: list[str] = field(default_factory=list)

    def open(self, told: Callable[[str], None]) -> tuple[Outcome[FakeSession], ...]:
        answer = self.answers[min(self.tries, len(self.answers) - 1)]
        self.tries += 1
        try:
            for doing in self.doing:
                told(doing)
            self.go.wait(20)
            told(self.doing[-1])
        except FleetcError as problem:
            answer = problem
        return (became(answer),)

    def last(self) -> tuple[Outcome[FakeSession], ...]:
        assert self.kept is not None
        return (became(self.kept),)

    def editable(self, environment: str, origin: str) -> Editable:
        self.opened.append(f"{environment} {origin}")
        return Editable("fleet.yaml", 3, "/nowhere/fleet.yaml")


def became(answer: FakeSession | FleetcError) -> Outcome[FakeSession]:
    problem = answer if isinstance(answer, FleetcError) else None
    return Outcome("edge", None if problem else answer, problem)  # type: ignore[arg-type]


STATES: dict[str, Callable[[], FakeSession | FleetcError]] = {
    "opening": FakeSession,
    "mistakes": lambda: uncompiled(mistake(), mistake("F0202", 2)),
    "failed": lambda: StateProblem(
        "no snapshot is stored", code="F0620", next_step="fleetc snapshot take makes one"
    ),
    "empty": lambda: FakeSession(plan=plan_of(())),
    "moved": lambda: FakeSession(later="91c0f3e"),
    "stale": lambda: FakeSession(age=1900.0),
    "locked": lambda: FakeSession(lease=Lease("acme", "dana on ops-1", "run r-0192", 1, 0.0)),
    "read-only": lambda: FakeSession(read_only="offline"),
    "partial": lambda: FakeSession(plan=edge_plan(unknown=("node/x", "node/y"))),
}
WORDS_OF = {
    "opening": "observing 412 of ≈600 (page 9) ...", "mistakes": "2 problems", "failed": "F0620",
    "empty": "(612 resources, full snapshot)", "moved": "this plan is for", "stale": "STALE", "locked": "LOCKED", "read-only": "READ-ONLY", "partial": "PARTIAL",
}  # fmt: skip


@asynccontextmanager
async def opening(
    opener: FakeOpener, size: tuple[int, int] = WIDE, *, ready: bool = True
) -> AsyncIterator[tuple[FleetcApp, Pilot[int]]]:
    if ready:
        opener.go.set()
    app = FleetcApp(opener)
    try:
        async with app.run_test(size=size) as pilot:
            if ready:
                await settle(pilot)
            else:
                await pilot.pause(0.05)
            yield app, pilot
    finally:
        opener.go.set()


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_first_picture_comes_before_the_plan(size: tuple[int, int]) -> None:
    opener = FakeOpener([FakeSession()], doing=("observing 412 of ≈600 (page 9)",))
    async with opening(opener, size, ready=False) as (app, pilot):
        await until(app, pilot, "observing 412 of ≈600 (page 9) ...")
        assert "EDGE   LOADING" in lines(app)[0]
        assert "esc cancels" in text(app)
        await pilot.press("2", "space", "A", "tab", "z", "z", "question_mark")
        await until(app, pilot, "Observe and plan again.")
        opener.go.set()
        await until(app, pilot, "selected 12 of 12")
        assert app.screen is app.review
        assert app.screen_stack[-2:] != [app.review, app.review]
        assert "[1 Plan]" in lines(app)[1]


async def test_the_time_is_shown_after_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening_screen, "TICK", 0.02)
    opener = FakeOpener([FakeSession()])
    async with opening(opener, ready=False) as (app, pilot):
        await until(app, pilot, "reading the fleet file ...")
        assert isinstance(app.screen, opening_screen.Opening)
        assert app.screen.waiting is not None
        app.screen.waiting.began -= 600
        await until(app, pilot, "reading the fleet file ...  6")


async def test_esc_cancels_and_r_tries_again() -> None:
    opener = FakeOpener([FakeSession()])
    async with opening(opener, ready=False) as (app, pilot):
        await until(app, pilot, "reading the fleet file ...")
        await pilot.press("escape")
        await until(app, pilot, "cancelling ...")
        opener.go.set()
        await until(app, pilot, "1 problem: there is no plan")
        assert "cancelled" in text(app)
        await typed(pilot, "r")
        await until(app, pilot, "selected 12 of 12")
        assert opener.tries == 2


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_mistakes_stand_in_the_place_of_the_tree(size: tuple[int, int]) -> None:
    opener = FakeOpener([uncompiled(mistake(), mistake("F0202", 2)), FakeSession()])
    async with opening(opener, size) as (app, pilot):
        await until(app, pilot, "2 problems: there is no plan")
        assert "F0201  fleet.yaml:3  no template named `edge-cdm`" in text(app)
        assert "    template: edge-cdm" in text(app)
        assert "^^^^^^^^ not defined" in text(app)
        if size == WIDE:
            assert "help: use `edge-cdn`" in text(app)
        await typed(pilot, "j", "y")
        assert "error[F0202]" in app.clipboard
        await typed(pilot, "o")
        assert opener.opened == ["edge fleet.yaml:2:15"]
        await typed(pilot, "enter")
        assert "2 problems" not in text(app), "the detail has the whole screen"
        await typed(pilot, "escape", "r")
        await until(app, pilot, "selected 12 of 12")


async def test_the_last_good_plan_stays_in_reach_and_is_marked_old() -> None:
    opener = FakeOpener([uncompiled()], kept=FakeSession())
    async with opening(opener) as (app, pilot):
        await until(app, pilot, "F0201")
        await typed(pilot, "p")
        await until(app, pilot, "selected 12 of 12")
        await until(app, pilot, "OLD PLAN")


async def test_without_an_earlier_plan_it_says_so() -> None:
    opener = FakeOpener([uncompiled()], kept=StateProblem("the ledger holds no earlier plan of edge"))
    async with opening(opener) as (app, pilot):
        await typed(pilot, "p")
        await until(app, pilot, "no earlier plan of edge")


async def test_mistakes_found_while_planning_again_leave_the_plan_in_reach() -> None:
    class Broken(FakeSession):
        def draft(self) -> object:  # type: ignore[override]
            raise uncompiled()

    opener = FakeOpener([Broken()])
    async with opening(opener) as (app, pilot):
        await until(app, pilot, "selected 12 of 12")
        await typed(pilot, "space", "r")
        await until(app, pilot, "F0201  fleet.yaml:3")
        await typed(pilot, "q")
        await until(app, pilot, "OLD PLAN")
        assert "selected 0 of 12" in text(app), "the selection is kept"
        assert "this is the last good plan" in lines(app)[-2]
        await typed(pilot, "r")
        await until(app, pilot, "F0201  fleet.yaml:3")
        await typed(pilot, "escape")
        await until(app, pilot, "selected 0 of 12")


async def test_planning_again_says_how_far_it_is_and_esc_cancels_it() -> None:
    go = Event()

    class Slow(FakeSession):
        def draft(self) -> object:  # type: ignore[override]
            self.told("observing 412 of ≈600 (page 9)")
            go.wait(20)
            self.told("comparing, and asking the rules")
            return super().draft()

    try:
        async with opening(FakeOpener([Slow()])) as (app, pilot):
            await until(app, pilot, "selected 12 of 12")
            await pilot.press("r")
            await until(app, pilot, "observing 412 of ≈600 (page 9) ...")
            assert lines(app)[-2].endswith("esc cancels ")
            await pilot.press("down", "space")
            await until(app, pilot, "selected 1 of 12")
            assert "left out 11" in lines(app)[-2], "what was done is not talked over"
            await pilot.press("escape")
            await until(app, pilot, "cancelling ...")
            go.set()
            await until(app, pilot, "! cancelled")
            assert "selected 1 of 12" in text(app)
            await typed(pilot, "r")
            await until(app, pilot, "planned again")
    finally:
        go.set()


async def test_what_cannot_be_heard_is_asked_again_and_then_forgotten() -> None:
    session = FakeSession()
    async with opening(FakeOpener([session])) as (app, pilot):
        await until(app, pilot, "not approved")
        session.problem = StateProblem("the ledger is locked", code="F0901")
        app.review.refresh_world()
        await until(app, pilot, "! F0901 the ledger is locked")
        assert "asked again every 2 s" in lines(app)[-2]
        session.problem = None
        app.review.refresh_world()
        await until(app, pilot, "heard again")


async def test_mistakes_are_not_put_before_something_else() -> None:
    go = Event()

    class Broken(FakeSession):
        def draft(self) -> object:  # type: ignore[override]
            go.wait(20)
            raise uncompiled()

    try:
        async with opening(FakeOpener([Broken()])) as (app, pilot):
            await until(app, pilot, "selected 12 of 12")
            await pilot.press("r", "question_mark")
            await until(app, pilot, "Choose or leave out")
            go.set()
            await settle(pilot)
            assert "Choose or leave out" in text(app)
            await typed(pilot, "escape")
            assert "no plan was made" in lines(app)[-2]
            await typed(pilot, "r")
            await until(app, pilot, "F0201  fleet.yaml:3")
    finally:
        go.set()


async def test_a_platform_that_does_not_answer_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening_screen, "TICK", 0.02)
    problem = NotSent(
        "connection refused", code="F0601", state="nothing was sent", next_step="check the network"
    )
    opener = FakeOpener([problem, FakeSession()])
    async with opening(opener) as (app, pilot):
        await until(app, pilot, "F0601  connection refused")
        assert "next try in" in text(app)
        assert "next: check the network" in text(app)
        assert isinstance(app.screen, opening_screen.Opening)
        app.screen.retry_at -= 8.0
        await until(app, pilot, "selected 12 of 12")
        assert opener.tries == 2


async def test_esc_ends_the_waiting_for_another_try() -> None:
    opener = FakeOpener([NotSent("connection refused", code="F0601")])
    async with opening(opener) as (app, pilot):
        await until(app, pilot, "next try in")
        await typed(pilot, "escape")
        assert "next try" not in text(app)


async def test_never_observed_says_what_to_do() -> None:
    problem = StateProblem("no snapshot is stored", code="F0620", next_step="fleetc snapshot take makes one")
    async with opening(FakeOpener([problem])) as (app, pilot):
        await until(app, pilot, "F0620  no snapshot is stored")
        assert "next: fleetc snapshot take makes one" in text(app)


async def test_leaving_while_it_loads_and_too_small() -> None:
    opener = FakeOpener([FakeSession()])
    async with opening(opener, ready=False) as (app, pilot):
        await pilot.resize_terminal(50, 12)
        await until(app, pilot, "needs 60x15")
        await pilot.resize_terminal(*NARROW)
        await until(app, pilot, "LOADING")
        await pilot.press("q")
        await pilot.pause(0.05)
    assert app.return_value == ExitCode.OK


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
@pytest.mark.parametrize(
    "state", ["opening", "mistakes", "failed", "empty", "moved", "stale", "locked", "read-only", "partial"]
)
async def test_pictures(state: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    if state == "opening":
        monkeypatch.setattr(waiting, "seconds", lambda: 100.0)
    file = GOLDEN / f"state-{state}-{size[0]}x{size[1]}.txt"
    async with opening(
        FakeOpener([STATES[state]()], ("observing 412 of ≈600 (page 9)",)), size, ready=state != "opening"
    ) as (app, pilot):
        await until(app, pilot, WORDS_OF[state])
        picture = await painted(app, pilot, file)
    if os.environ.get("FLEETC_UPDATE_GOLDEN"):
        file.write_text(picture, encoding="utf-8")
    assert picture == file.read_text(encoding="utf-8")


LEAVING = ("all.leave", "all.quit", "all.suspend")


@pytest.mark.parametrize("state", ["waiting", "mistaken", "mistaken again"])
async def test_no_key_does_harm_where_there_is_no_plan(state: str) -> None:
    class Broken(FakeSession):
        def draft(self) -> object:  # type: ignore[override]
            raise uncompiled()

    opener = FakeOpener([Broken() if state == "mistaken again" else uncompiled()], kept=StateProblem("none"))
    async with opening(opener, NARROW, ready=state != "waiting") as (app, pilot):
        scope = "opening"
        if state == "mistaken again":
            await until(app, pilot, "selected 12 of 12")
            await typed(pilot, "r")
            scope = "mistakes"
        await until(app, pilot, "reading the fleet file" if state == "waiting" else "F0201")
        start = app.screen
        for key in keys_of(scope):
            if key.id in LEAVING or key.name == "old_plan":
                continue
            for name in key.keys:
                await pilot.press(name)
                if app.screen is not start:
                    await pilot.press("escape")
                    await settle(pilot) if state != "waiting" else await pilot.pause()
                if app.screen is not start:
                    assert state == "mistaken again", key.id
                    app.switch_screen(start)
                    await pilot.pause()
        assert app.is_running
        assert app._exception is None


async def test_hostile_mistakes_are_only_text() -> None:
    evil = "[@click=app.quit]x[/] \x1b[2J\u202e"
    problem = StateProblem(evil, code=evil, state=evil, next_step=evil)
    async with opening(FakeOpener([problem])) as (app, pilot):
        await until(app, pilot, "[@click=app.quit]x[/]")
        assert "\x1b" not in text(app)
        assert "\u202e" not in text(app)
        await pilot.click(offset=(12, 5))
        assert app.is_running


async def test_the_plan_says_when_its_branch_has_moved() -> None:
    session = FakeSession()
    async with opening(FakeOpener([session])) as (app, pilot):
        await until(app, pilot, "selected 12 of 12")
        session.later = "91c0f3e"
        app.review.refresh_world()
        await until(app, pilot, "MOVED to 91c0f3e")
        assert "main moved to 91c0f3e; this plan is for 4be2d10" in lines(app)[-2]
        session.later, session.next_plan = "", edge_plan(commit="91c0f3e" + "0" * 33)
        await typed(pilot, "r")
        await until(app, pilot, "main@91c0f3e")
        assert "MOVED" not in text(app)
