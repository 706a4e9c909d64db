"""Laws of what is chosen: undo gives back every byte, and a selection is carried over by address."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleetc.plan.actions import Plan
from fleetc.tui.choice import Choice
from fleetc.tui.paint import review_row
from fleetc.tui.rows import Rows
from tests.tui.fleet import action, plan_of


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Up to twelve actions out of fifteen addresses, in any order, some blocked or left out."""
    numbers = draw(st.lists(st.integers(0, 14), unique=True, min_size=1, max_size=12))
    made = []
    for number in numbers:
        needs = sorted(draw(st.sets(st.sampled_from(numbers), max_size=2)) - {number})
        blocked = draw(st.booleans()) and draw(st.booleans())
        made.append(
            action(
                f"node/n{number}",
                requires=tuple(f"create:node/n{each}" for each in needs),
                selected=not blocked and draw(st.booleans()),
                blocked=blocked,
            )
        )
    choice = Choice(plan_of(tuple(made)))
    ticked = choice.index.rows.closed(choice.ticked)
    kept = tuple(
        type(each)(**{**{n: getattr(each, n) for n in each.__struct_fields__}, "selected": bool(on)})
        for each, on in zip(made, ticked, strict=True)
    )
    return plan_of(kept)


def toggles(choice: Choice, data: st.DataObject) -> list[bytes]:
    """Some toggles; the ticks before each that moved something."""
    seen = []
    rows = st.lists(st.integers(0, len(choice.addresses) - 1), min_size=1, max_size=3)
    for _ in range(data.draw(st.integers(0, 5))):
        before = choice.ticked
        if choice.toggle(data.draw(rows), data.draw(st.sampled_from([True, False, None]))):
            seen.append(before)
    return seen


def closed(choice: Choice) -> bool:
    return choice.index.rows.closed(choice.ticked) == choice.ticked


@given(plans(), st.data())
def test_undo_gives_back_every_byte_and_redo_does_it_again(plan: Plan, data: st.DataObject) -> None:
    choice = Choice(plan)
    seen = toggles(choice, data)
    last = choice.ticked
    assert closed(choice)
    for before in reversed(seen):
        assert choice.undo()
        assert choice.ticked == before
    assert not choice.undo()
    for _ in seen:
        assert choice.redo()
    assert choice.ticked == last
    assert not choice.redo()


@given(plans(), plans(), st.data())
def test_a_selection_is_carried_over_by_address_or_told_as_lost(
    first: Plan, second: Plan, data: st.DataObject
) -> None:
    old, new = Choice(first), Choice(second)
    toggles(old, data)
    lost = new.carry(old)
    assert closed(new)
    here = dict(zip(new.addresses, new.ticked, strict=True))
    for address, tick, was in zip(old.addresses, old.ticked, old.index.ticked, strict=True):
        told = any(text.startswith(f"{address}, ") for text in lost)
        assert told == (tick != was and here.get(address) != tick)
    gone = [a for a, tick in zip(old.addresses, old.ticked, strict=True) if tick and a not in here]
    assert ("fell away" in new.said) == bool(gone)


@given(plans(), st.data())
def test_the_same_plan_again_drops_nothing(plan: Plan, data: st.DataObject) -> None:
    old, new = Choice(plan), Choice(plan)
    toggles(old, data)
    assert new.carry(old) == []
    assert new.ticked == old.ticked


def test_what_is_there_for_another_one_says_so() -> None:
    needed = action("node/a", selected=False, reason="changed by hand")
    choice = Choice(plan_of((needed, action("instance/a", requires=("create:node/a",), selected=False))))
    rows = Rows([choice.branch.group], choice.addresses, choice.ticked)
    assert choice.forced_by(0) == ""
    choice.toggle([1])
    rows.mark(choice.ticked)
    assert choice.forced_by(0) == "instance/a"
    assert "needed by instance/a" in review_row(choice, rows, rows.outline.row_of[0], 80).plain
    assert choice.forced_by(1) == ""
    choice.toggle([1])
    assert choice.forced_by(0) == ""
