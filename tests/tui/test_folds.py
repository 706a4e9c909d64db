"""Equal changes in the tree: one row that opens, chosen whole, and found by filter and address."""

from __future__ import annotations

import msgspec

from fleetc.ir.values import Value
from fleetc.plan.actions import Action, Call, Plan
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.tui import detail
from fleetc.tui.choice import Choice
from fleetc.tui.paint import review_row
from fleetc.tui.rows import Rows, Tick
from fleetc.tui.states import Known
from tests.tui.drive import driven, lines, typed
from tests.tui.fleet import FakeSession, action, plan_of


def port(host: str, after: int = 51821, **more: object) -> Action:
    change = FieldChange("listen_port", 51820, after, Cause.GIT, "fleet.yaml:12:7")
    each = action(f"peer/mesh/{host}", op=Op.UPDATE, **more)  # type: ignore[arg-type]
    return type(each)(**{**{n: getattr(each, n) for n in each.__struct_fields__}, "fields": (change,)})


def ports() -> Plan:
    """Many equal changes; one among them is different, and one left out."""
    made = [port(f"edge-{n:02d}") for n in range(20)]
    made[3] = port("edge-03", 51999)
    made[5] = port("edge-05", selected=False, reason="changed on both sides")
    return plan_of((action("network/mesh", {"routing_mode": "ibgp"}), *made))


def tree(plan: Plan) -> tuple[Choice, Rows]:
    choice = Choice(plan)
    return choice, Rows([choice.branch.group], choice.addresses, choice.ticked, choice.barred, choice.ops)


def folded(rows: Rows, choice: Choice) -> int:
    (row,) = (row for row in rows.outline.groups if choice.branch.fold(rows.key(row)))
    return row


def test_outliers_stand_before_the_fold_which_is_closed() -> None:
    choice, rows = tree(ports())
    names = [rows.key(row) for row in rows.visible]
    assert names[-3:-1] == ["peer/mesh/edge-03", "peer/mesh/edge-05"]
    assert rows.size(rows.visible[-1]) == 18
    text = review_row(choice, rows, rows.visible[-1], 100).plain
    assert "18 x mesh/edge-[00-02,04,06-19]" in text
    assert "listen_port 51820 -> 51821" in text


def test_a_fold_is_chosen_whole_and_says_what_is_not() -> None:
    choice, rows = tree(ports())
    row = folded(rows, choice)
    assert choice.toggle(rows.leaves(row))
    rows.mark(choice.ticked)
    assert rows.tick(row) is Tick.OFF
    assert "left out" in review_row(choice, rows, row, 100).plain
    choice.toggle(rows.leaves(row)[:1])
    rows.mark(choice.ticked)
    assert rows.tick(row) is Tick.PART
    assert "1 chosen" in review_row(choice, rows, row, 100).plain


def test_a_filter_counts_inside_a_closed_fold() -> None:
    choice, rows = tree(ports())
    rows.narrow(bytes("edge-1" in address for address in choice.addresses))
    row = folded(rows, choice)
    assert row in rows.visible
    assert not rows.is_open(row)
    assert "10 match" in review_row(choice, rows, row, 100).plain
    assert rows.seek(b"\1" * len(choice.addresses))
    assert rows.key(rows.cursor) == "peer/mesh/edge-10"


def test_equal_replacements_wear_the_mark_of_their_order_in_every_row() -> None:
    made = [port(f"edge-{n:02d}") for n in range(8)]
    for halves, mark in ((("create", "delete"), "+/-"), (("delete", "create"), "-/+")):
        calls = tuple(Call(half, "act", {}, half=half) for half in halves)
        plan = plan_of(tuple(msgspec.structs.replace(m, op=Op.REPLACE, calls=calls) for m in made))
        choice, rows = tree(plan)
        rows.fold(folded(rows, choice), True)
        shown = [review_row(choice, rows, row, 100).plain for row in rows.visible[1:]]
        assert [mark in text for text in shown] == [True] * (2 + len(made))


def test_what_changes_in_a_list_stands_at_its_place_and_what_is_set_again_says_so() -> None:
    def short(before: Value, after: Value, cause: Cause) -> str:
        change = FieldChange("f", before, after, cause, "fleet.yaml:12:7")
        made = [msgspec.structs.replace(port(f"edge-{n:02d}"), fields=(change,)) for n in range(8)]
        choice, rows = tree(plan_of(tuple(made)))
        return review_row(choice, rows, folded(rows, choice), 100).plain

    assert "f [a, -z, +b]" in short(["a", "z"], ["a", "b"], Cause.GIT)
    assert "f x (set again)" in short("x", "x", Cause.FORCED)


def test_the_detail_of_a_fold_says_what_all_have_and_where() -> None:
    choice, rows = tree(ports())
    rows.go(folded(rows, choice))
    said = [line.plain.rstrip() for line in detail.full(detail.Seen(choice, rows, Known()), 60, False)]
    assert said[0] == " Fields 1 changed in each"
    assert " ~ listen_port 51820 -> 51821" in said
    assert "   peer/mesh/edge-[00-02,04,06-19]" in said
    brief = [line.plain for line in detail.brief(detail.Seen(choice, rows, Known()), 80, 4)]
    assert "18 x peer" in brief[0]
    assert "edge-[00-02,04,06-19]" in brief[-1]


def test_the_cursor_stays_on_its_address_when_it_comes_into_a_fold() -> None:
    choice, rows = tree(plan_of((port("edge-00"), port("edge-01"))))
    rows.go(rows.outline.row_of[choice.addresses.index("peer/mesh/edge-01")])
    more, other = tree(ports())
    other.carry(rows)
    assert other.cursor == folded(other, more)
    other.fold(other.cursor, is_open=True)
    assert other.key(other.cursor) == "peer/mesh/edge-01"
    again = Rows([more.branch.group], more.addresses, more.ticked)
    again.carry(other)
    assert again.is_open(folded(again, more))


class Unspeakable(FakeSession):
    """A session whose repr would be that of a whole plan."""

    def __repr__(self) -> str:
        raise AssertionError("a large plan is written out while the screen waits")


async def test_nothing_on_the_screens_way_writes_the_plan_out() -> None:
    async with driven(Unspeakable(plan=ports())) as (app, pilot):
        await typed(pilot, "G", "space", "space", "r")
        assert app.review.choice.count == 20


async def test_a_fold_opens_toggles_and_undoes_on_the_screen() -> None:
    async with driven(FakeSession(plan=ports())) as (app, pilot):
        await typed(pilot, "G", "enter")
        assert sum("peer/mesh/edge-" in line for line in lines(app)) >= 20
        await typed(pilot, "enter", "space")
        assert app.review.choice.count == 2
        await typed(pilot, "u")
        assert app.review.choice.count == 20
