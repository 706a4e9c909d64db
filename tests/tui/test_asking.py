"""Looking things up from the review: editor, copies, why, history, files, going there, what was done."""

from __future__ import annotations

import msgspec
import pytest

from fleetc.errors import UsageProblem
from fleetc.git import Blame
from fleetc.ir.difference import FieldDifference, ResourceDifference
from fleetc.lang.diagnostics import OriginStep
from fleetc.plan.actions import Plan
from fleetc.plan.changes import Cause
from fleetc.policy.reasons import Chain, FieldWay, Step
from fleetc.ports import SnapshotRow
from fleetc.service.history import Step as Seen
from fleetc.service.lookups import Done, Past
from fleetc.service.pointing import Editable, Told, Written
from fleetc.tui.screens.dialogs import Confirm
from fleetc.tui.screens.menu import Menu
from fleetc.tui.screens.reading import Reading
from tests.tui.drive import NARROW, WIDE, driven, lines, text, typed
from tests.tui.fleet import T0, FakeSession, edge_actions, edge_plan, plan_of

LONDON = ("down",) * 6
NODE = "node/edge-london-01"


def told() -> Told:
    way = FieldWay("template", Cause.GIT, None, None, "edge-cdn", "fleet.yaml:36:5", verified=False)
    steps = (Step("cause", "the fleet file declares it"), Step("withheld", "by kim", keeps=True))
    came = (OriginStep("defaults", "the default of nodes for template"),)
    by = Blame("a1b2c3d" + "0" * 33, "kim@example.org", "2026-10-01T10:00:00Z", "Add London")
    written = Written("template", "fleet.yaml:36:5", "    template: edge-cdn", came, by)
    return Told((Chain(NODE, "ticked", "create", (way,), steps),), (written,))


def past() -> Past:
    row = SnapshotRow(12, "acme", "2026-10-18T09:00:00Z", "live", "before r-0191", 12, True, "")
    change = ResourceDifference("changed", NODE, (FieldDifference("template", "old", "edge-cdn"),))
    return Past((Seen(row, change),), (("2026-10-18T10:00:00Z", "r-0191", "update", "user:kim"),))


async def test_why_says_the_chain_the_line_and_who_wrote_it() -> None:
    async with driven(FakeSession(whys={NODE: told()}), WIDE) as (app, pilot):
        await typed(pilot, *LONDON, "w")
        shown = text(app)
        for words in (
            f"Why {NODE}",
            "template: git; verified never, live (unset), wanted edge-cdn",
            "by kim",
            "| template: edge-cdn",
            "defaults: the default of nodes for template",
            "a1b2c3d 2026-10-01 kim@example.org: Add London",
        ):
            assert words in shown
        await typed(pilot, "y")
        assert "| template: edge-cdn" in app.clipboard
        await typed(pilot, "w")
        assert not isinstance(app.screen, Reading)
        await typed(pilot, "g", "w")
        assert "a group has no reason of its own" in lines(app)[-2]


async def test_history_tells_runs_and_snapshots() -> None:
    async with driven(FakeSession(pasts={NODE: past()}), NARROW) as (app, pilot):
        await typed(pilot, *LONDON, "h")
        assert "2026-10-18 10:00:00  update   r-0191  kim" in text(app)
        assert "changed  snap-12" in text(app)
        assert "template  old -> edge-cdn" in text(app)
        await typed(pilot, "h")
        assert not isinstance(app.screen, Reading)


async def test_what_cannot_be_told_is_said_in_its_place() -> None:
    session = FakeSession(problem=UsageProblem("the ledger is gone", next_step="restore it"))
    async with driven(session, NARROW) as (app, pilot):
        await typed(pilot, *LONDON, "w")
        assert "! the ledger is gone  restore it" in text(app)
        await typed(pilot, "escape")
        assert "[1 Plan]" in lines(app)[1]


async def test_a_line_is_asked_for_when_there_are_several_and_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Editable] = []
    monkeypatch.setattr(
        "fleetc.tui.screens.asking.run_editor",
        lambda _screen, name, path, line: opened.append(Editable(name, line, path)) or 0,
    )
    files = {
        "fleet.yaml:36:5": Editable("fleet.yaml", 36, "/srv/fleet.yaml"),
        "fleet.yaml:37:5": Editable("fleet.yaml", 37, data=b"a: 1\n", note="a read-only copy as of 4be2d10"),
    }
    async with driven(FakeSession(files=files), WIDE) as (app, pilot):
        await typed(pilot, *LONDON, "o")
        assert isinstance(app.screen, Menu)
        await typed(pilot, "1")
        assert opened[-1] == Editable("fleet.yaml", 36, "/srv/fleet.yaml")
        assert "fleet.yaml:36" in lines(app)[-2]
        await typed(pilot, "o", "2")
        assert opened[-1].path.endswith("/fleet.yaml")
        with open(opened[-1].path, "rb") as stream:  # noqa: PTH123
            assert stream.read() == b"a: 1\n"
        assert "a read-only copy as of 4be2d10" in lines(app)[-2]
    with pytest.raises(FileNotFoundError):
        open(opened[-1].path)  # noqa: PTH123, SIM115


async def test_without_a_terminal_no_editor_opens() -> None:
    session = FakeSession(files={"fleet.yaml:36:5": Editable("fleet.yaml", 36, "/srv/fleet.yaml")})
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, *LONDON, "o", "1")
        assert "fleet.yaml:36: no editor can be opened here" in lines(app)[-2]


async def test_the_copy_menu() -> None:
    async with driven(FakeSession(), WIDE) as (app, pilot):
        await typed(pilot, *LONDON, "y", "a")
        assert app.clipboard == NODE
        assert f"copied: {NODE}" in lines(app)[-2]
        await typed(pilot, "y", "d")
        assert app.clipboard.splitlines()[1] == "+ template: edge-cdn  # fleet.yaml:36"
        assert "copied: field diff" in lines(app)[-2]
        await typed(pilot, "y", "p")
        assert app.clipboard == edge_plan().digest
        await typed(pilot, "y", "c")
        assert app.clipboard == "fleetc plan -o p.json"
        await typed(pilot, "y", "y")
        assert not isinstance(app.screen, Menu)


async def test_save_asks_for_a_name_and_drops_early_keys() -> None:
    session = FakeSession()
    async with driven(session, NARROW) as (app, pilot):
        await typed(pilot, *LONDON, "space", "S")
        assert "8 of 12 chosen, environment edge" in text(app)
        await typed(pilot, "enter")
        assert session.calls == ["save plan-7f3a9c21.json 8"]
        assert "saved: /somewhere/plan-7f3a9c21.json" in lines(app)[-2]
        await typed(pilot, "S", "escape")
        assert session.calls == ["save plan-7f3a9c21.json 8"]


async def test_go_to_an_address_an_id_and_what_is_like_it() -> None:
    async with driven(FakeSession(), WIDE) as (app, pilot):
        await typed(pilot, "minus", "colon", *NODE)
        assert "enter goes there" in text(app)
        await typed(pilot, "enter")
        assert app.review.rows.key(app.review.rows.cursor) == NODE
        await typed(pilot, "colon", *"create:instance/edge-tokyo-02", "enter")
        assert app.review.rows.key(app.review.rows.cursor) == "instance/edge-tokyo-02"
        await typed(pilot, "2", "colon", *"fabric/cdn", "enter")
        assert "[1 Plan]" in lines(app)[1]
        assert app.review.rows.key(app.review.rows.cursor) == "virtual_ip/edge-fabric/cdn-frontend"
        await typed(pilot, "colon", *"london")
        assert "like it: node/edge-london-01" in text(app)
        await typed(pilot, "enter")
        assert "Filter / london  3 of 12 shown" in text(app)
        await typed(pilot, "escape", "colon", *"~", "enter")
        assert "nothing has the address or id ~" in lines(app)[-2]
        await typed(pilot, "colon", "enter", "escape")
        assert "[1 Plan]" in lines(app)[1]


async def test_a_row_that_the_filter_hides_is_gone_to_all_the_same() -> None:
    async with driven(FakeSession(), NARROW) as (app, pilot):
        await typed(pilot, "slash", *"tokyo", "enter", "colon", *NODE, "enter")
        assert app.review.rows.key(app.review.rows.cursor) == NODE
        assert "Filter / (none)" in text(app)


async def test_what_was_done_is_shown_as_commands_on_every_screen() -> None:
    session = FakeSession()
    async with driven(session, NARROW) as (app, pilot):
        await typed(pilot, "at")
        assert "Nothing yet" in text(app)
        await typed(pilot, "at")
        session.did.append(Done(T0, "fleetc -e edge approve 7f3a9c21d04e"))
        await typed(pilot, "3", "at")
        assert "12:00:00  fleetc -e edge approve 7f3a9c21d04e" in text(app)


def without(plan: Plan, address: str) -> Plan:
    return msgspec.structs.replace(plan, actions=tuple(a for a in plan.actions if a.address != address))


async def test_planning_again_asks_before_it_drops_a_selection() -> None:
    session = FakeSession(next_plan=without(edge_plan(), "virtual_ip/edge-fabric/cdn-frontend"))
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, *LONDON, "space", "r")
        assert isinstance(app.screen, Confirm)
        assert "1 that you chose or left out yourself would be lost" in text(app)
        assert "virtual_ip/edge-fabric/cdn-frontend, left out" in text(app)
        await typed(pilot, "enter")
        assert app.review.choice.count == 8
        assert len(app.review.choice.addresses) == 12
        assert session.plan is app.review.choice.plan
        await typed(pilot, "r", "left", "enter")
        assert len(app.review.choice.addresses) == 11
        assert app.review.choice.count == 8
        assert app.review.rows.key(app.review.rows.cursor) == NODE


async def test_planning_again_goes_on_when_nothing_is_dropped() -> None:
    session = FakeSession(next_plan=plan_of(tuple(reversed(edge_actions()))))
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, *LONDON, "space", "r")
        assert "planned again: 12 changes, 0 new, 8 chosen" in lines(app)[-2]
        assert app.review.rows.key(app.review.rows.cursor) == NODE
