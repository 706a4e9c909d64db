"""Grouping the tree otherwise: no row is lost, and what was chosen and looked at stays (design 4.5.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetc.plan.actions import Plan
from fleetc.plan.changes import Op
from fleetc.plan.groups import LEAST, classes, fold
from fleetc.tui.branch import Branch, By, Stem
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desks
from fleetc.tui.rows import Group
from tests.tui.drive import WIDE, desks, driven, lines, text, typed
from tests.tui.fleet import FakeSession, action, edge_plan, plan_of

KINDS = ("node", "instance", "network", "peer")


@st.composite
def plans(draw: st.DrawFn) -> tuple[Plan, list[str]]:
    """Actions of some kinds, many of them equal, each with a title."""
    count = draw(st.integers(1, 30))
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=count, max_size=count))
    values = draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    titles = draw(st.lists(st.sampled_from(["", "a", "b", "10", "9"]), min_size=count, max_size=count))
    made = [
        action(f"{k}/n{n}", {"v": v}, op=Op.UPDATE)
        for n, (k, v) in enumerate(zip(kinds, values, strict=True))
    ]
    return plan_of(tuple(made)), titles


def leaves(group: Group) -> list[int]:
    return [*group.leaves, *(leaf for below in group.groups for leaf in leaves(below))]


@given(plans(), st.sampled_from(list(By)), st.integers(0, 50))
def test_each_action_stands_in_the_tree_once(made: tuple[Plan, list[str]], by: By, first: int) -> None:
    plan, titles = made
    branch = Branch(Stem(plan), first, by, titles if by not in (By.KIND, By.ENVIRONMENT) else None)
    assert sorted(leaves(branch.group)) == list(range(first, first + len(plan.actions)))


@given(plans())
def test_a_group_holds_what_has_its_title_and_the_empty_one_comes_last(made: tuple[Plan, list[str]]) -> None:
    plan, titles = made
    branch = Branch(Stem(plan), 0, By.WAVE, titles)
    found = {group.title: {titles[leaf] for leaf in leaves(group)} for group in branch.group.groups}
    assert found == {f"wave {title or '(none)'}": {title} for title in set(titles)}
    order = [group.title.removeprefix("wave ") for group in branch.group.groups]
    assert order == [each for each in ("9", "10", "a", "b", "(none)") if each in order]


@given(plans(), st.sampled_from([By.REGION, By.KIND]))
def test_outliers_stand_before_folds_in_every_group(made: tuple[Plan, list[str]], by: By) -> None:
    plan, titles = made
    branch = Branch(Stem(plan), 0, by, titles if by is By.REGION else None)
    for group in branch.group.groups:
        sizes = [len(below.leaves) for below in group.groups]
        assert sizes == sorted(sizes)
        assert all(size >= LEAST for size in sizes)
        assert list(group.leaves) == sorted(group.leaves)
        assert all(below.closed and branch.fold(below.key) for below in group.groups)


@given(plans())
def test_known_classes_fold_as_keys_do(made: tuple[Plan, list[str]]) -> None:
    plan, _ = made
    assert fold(plan.actions, None, classes(plan.actions)) == fold(plan.actions)


def regrouped(found: Desks, by: By) -> None:
    before = found.take(found.lay_out(found.by))
    before.go(before.outline.row_of[5])
    after = found.take(found.lay_out(by))
    after.carry(before)
    after.go(after._wanted)
    assert after.key(after.cursor) == before.key(before.cursor)
    assert [after.chosen(row) for row in after.outline.groups][:1] == [before.chosen(0)]


@pytest.mark.parametrize("by", list(By))
def test_ticks_and_the_cursor_survive_by_address(by: By) -> None:
    found = desks(FakeSession(), FakeSession.of("other"))
    found.all[0].choice.toggle([2])
    regrouped(found, by)
    assert found.by is by
    assert found.undo() is False


def test_a_tree_of_an_older_plan_does_not_fit() -> None:
    found = desks(FakeSession())
    layout = found.lay_out(By.REGION)
    assert found.fits(layout)
    found.all[0].take(Choice(edge_plan()))
    assert not found.fits(layout)


async def test_group_by_region_keeps_the_cursor_and_undo() -> None:
    async with driven(FakeSession(), WIDE) as (app, pilot):
        await typed(pilot, *("down",) * 6, "space", "s")
        assert "Group the changes by" in text(app)
        await typed(pilot, "r")
        assert "grouped by region" in lines(app)[-2]
        assert "region ap-tokyo-1  (7)" in text(app)
        assert "region (none)  (2)" in text(app)
        assert "by region" in lines(app)[-3]
        assert app.review.rows.key(app.review.rows.cursor) == "node/edge-london-01"
        assert app.review.choice.count == 8
        await typed(pilot, "u")
        assert app.review.choice.count == 12
        await typed(pilot, "s", "w")
        assert "wave 1" in text(app)
        await typed(pilot, "s", "escape", "s", "s", "s", "k")
        assert "template  (1)" in text(app)


async def test_planning_again_keeps_the_groups() -> None:
    session = FakeSession(next_plan=plan_of(edge_plan().actions[:9]))
    async with driven(session, WIDE) as (app, pilot):
        await typed(pilot, "s", "t", "r")
        assert "template edge-cdn  (8)" in text(app)
        assert app.desks.by is By.TEMPLATE
