"""What is linked to an action: by distance, each once, and it can be walked and toggled."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleetc.tui.choice import Choice
from fleetc.tui.links import linked
from fleetc.tui.rows import Group
from tests.tui.drive import NARROW, WIDE, driven, lines, text, typed
from tests.tui.fleet import FakeSession, action, plan_of

LONDON = ("down",) * 6


@st.composite
def webs(draw: st.DrawFn) -> Choice:
    """Actions that need some of the others, rings among them."""
    count = draw(st.integers(1, 12))
    made = []
    for number in range(count):
        needs = draw(st.sets(st.integers(0, count - 1), max_size=3)) - {number}
        requires = tuple(f"create:node/n{each}" for each in sorted(needs))
        made.append(action(f"node/n{number}", requires=requires, after=("create:node/n0",)))
    return Choice(plan_of(tuple(made)))


def steps(choice: Choice, start: int, *, back: bool) -> dict[int, int]:
    """How far each row is, the slow and plain way."""
    edges = choice.needed_by if back else choice.needs
    far, wave, distance = {start: 0}, [start], 0
    while wave:
        distance += 1
        wave = [end for row in wave for end in edges(row) if end not in far]
        far.update(dict.fromkeys(wave, distance))
    return far


def by_distance(group: Group, word: str) -> dict[int, int]:
    sides = [each for each in group.groups if each.key.startswith(f"links/{word}/")]
    return {leaf: int(each.key.rpartition("/")[2]) for each in sides for leaf in each.leaves}


@given(webs(), st.data())
def test_each_side_is_its_closure_by_distance(choice: Choice, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(choice.addresses) - 1))
    choice.first = 7
    group = linked(choice, row)
    assert list(group.leaves) == [7 + row]
    for word, back in (("needs", False), ("needed by", True)):
        found = {leaf - 7: far for leaf, far in by_distance(group, word).items()}
        assert {row: 0, **found} == steps(choice, row, back=back)
    listed = [leaf for each in group.groups if each.key.startswith("links/needs/") for leaf in each.leaves]
    assert len(listed) == len(set(listed))


async def test_walk_along_what_is_needed_and_come_back() -> None:
    async with driven(FakeSession(), WIDE) as (app, pilot):
        await typed(pilot, *LONDON, "d")
        assert "node/edge-london-01 and what is linked to it" in text(app)
        assert "needed by, 3 steps away  (1)" in text(app)
        assert "Filter / (none)" in text(app)
        await typed(pilot, "down", "down", "d")
        assert "linked to template/edge-cdn" in lines(app)[-2]
        await typed(pilot, "escape")
        assert "linked to node/edge-london-01" in lines(app)[-2]
        await typed(pilot, "d")
        assert app.review.links is None
        assert app.review.rows.key(app.review.rows.cursor) == "node/edge-london-01"
        await typed(pilot, "g", "d")
        assert "a group needs nothing" in lines(app)[-2]


async def test_a_toggle_among_the_links_counts_in_the_tree() -> None:
    async with driven(FakeSession(), NARROW) as (app, pilot):
        await typed(pilot, *LONDON, "d", "space")
        assert "- left out 4: node/edge-london-01" in lines(app)[-2]
        assert "[ ]  +  node/edge-london-01" in text(app)
        await typed(pilot, "u", "escape")
        assert app.review.choice.count == 12
        await typed(pilot, "space", "d", "space", "d")
        assert app.review.choice.count == 9
        assert app.review.rows.marks.count(1) == 9


async def test_a_filter_of_the_tree_waits_while_links_are_shown() -> None:
    async with driven(FakeSession(), NARROW) as (app, pilot):
        await typed(pilot, "slash", *"london", "enter", "g", "down", "down", "d", "slash", *"tokyo", "enter")
        assert "0 of 5 shown: filter tokyo; esc clears" in text(app)
        await typed(pilot, "escape", "escape")
        assert "Filter / london  3 of 12 shown" in text(app)
        assert app.review.rows.key(app.review.rows.cursor) == "node/edge-london-01"
