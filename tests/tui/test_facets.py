"""The filter menu: terms that select what they count, and how they go together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetc.plan.changes import Op
from fleetc.plan.selectors import filter_mask
from fleetc.plan.verdicts import Finding, Verdict
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk
from fleetc.tui.facets import facets, merged, terms
from tests.tui.drive import NARROW, at_once, driven, lines, text, typed
from tests.tui.fleet import FakeSession, action, edge_actions, plan_of


def mixed() -> FakeSession:
    gone = action("network/old", op=Op.DELETE, reason="goes")
    odd = action("node/odd", op=Op.UPDATE, selected=False, reason="by hand")
    finding = Finding(rule="no-old", place="a.rules:1:1", verdict=Verdict.DENY, subject="delete:network/old")
    return FakeSession(plan=plan_of((*edge_actions(), gone, odd), findings=(finding,)))


def test_each_entry_shows_as_many_as_it_says() -> None:
    session = mixed()
    desk = Desk(session, Choice(session.plan))
    for each in facets([(desk.choice, ())]):
        if each.term.startswith("verdict:"):
            continue
        found = filter_mask(each.term, desk.universe)
        assert not found.trouble
        assert found.mask is not None
        assert found.mask.count(1) == each.rows, each.term


def test_sets_follow_the_ticks() -> None:
    session = mixed()
    desk = Desk(session, Choice(session.plan))
    desk.choice.toggle([0])
    found = filter_mask("@out", desk.universe)
    assert found.mask == desk.choice.left_out()
    assert filter_mask("@chosen, kind:template", desk.universe).mask == bytes(len(session.plan.actions))


KNOWN = facets([(Choice(mixed().plan), ())])
TERM = st.sampled_from([each.term for each in KNOWN])


@given(st.lists(TERM, max_size=8))
def test_of_one_sort_there_is_one_term_and_twice_is_none(picked: list[str]) -> None:
    expression = ""
    for term in picked:
        before = expression
        expression = merged(before, term, KNOWN)
        found = terms(expression, KNOWN)
        assert found is not None
        sorts = [each if each.startswith("@") else each.partition(":")[0] for each in found]
        assert len(set(sorts)) == len(sorts)
        assert (term in found) == (term not in (terms(before, KNOWN) or []))


@pytest.mark.parametrize("written", ["london", "kind:nod*", "+node/a", "not kind:node"])
def test_a_filter_that_somebody_wrote_is_replaced(written: str) -> None:
    assert terms(written, KNOWN) is None
    assert merged(written, "kind:node", KNOWN) == "kind:node"


async def test_narrow_to_deletes_then_to_a_kind_and_back() -> None:
    async with driven(mixed(), NARROW) as (app, pilot):
        await typed(pilot, "f")
        assert "Show only" in text(app)
        assert "problems" in text(app)
        await typed(pilot, "d")
        assert "Filter / change:delete  1 of 14 shown" in text(app)
        await typed(pilot, "f", "2")
        assert "0 of 14 shown: filter change:delete, kind:node; esc clears" in text(app)
        await typed(pilot, "f", "d")
        assert "Filter / kind:node  4 of 14 shown" in text(app)
        await typed(pilot, "f", "p")
        assert "Filter / kind:node, @problem  1 of 14 shown" in text(app)
        assert "node/odd" in text(app)
        await typed(pilot, "f", "a")
        assert "Filter / (none)" in text(app)


async def test_plain_text_finds_words_in_any_case_and_letters_in_order() -> None:
    async with driven(FakeSession(), NARROW) as (app, pilot):
        await typed(pilot, "slash", *"LONDON")
        assert "3 of 12 shown" in lines(app)[-2]
        await typed(pilot, *" peer", "enter")
        assert "1 of 12 shown" in lines(app)[-3]
        await typed(pilot, "slash", *("ctrl+a", "ctrl+k"), *"kind:no")
        assert "not yet a selector: no kind named `no`" in lines(app)[-2]
        await typed(pilot, "slash", *("ctrl+a", "ctrl+k"), *"etk02", "enter")
        assert "3 of 12 shown" in text(app)
        assert "node/edge-tokyo-02" in text(app)
        await typed(pilot, "slash", *("ctrl+a", "ctrl+k"), *"zz top", "enter")
        assert "0 of 12 shown: filter zz top; esc clears" in lines(app)[-3]


async def test_what_is_typed_after_the_slash_at_once_goes_into_the_filter() -> None:
    async with driven(FakeSession(), NARROW) as (app, pilot):
        await at_once(app, pilot, "slash", *"edge-london", "enter")
        assert app.review.expression == "edge-london"
        assert app.review.links is None
        await at_once(app, pilot, "slash", *"ab/c", "escape")
        assert app.review.expression == ""
