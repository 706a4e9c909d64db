"""What a selection comes to is the same, worked out piece by piece or from the whole plan."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleetc.plan.selection import Outcomes, reduce_plan
from tests.property.plan_worlds import random_world


@given(st.integers(0, 10**9), st.data())
def test_an_outcome_is_that_of_the_reduced_plan(seed: int, data: st.DataObject) -> None:
    plan = random_world(seed).plan
    size = len(plan.actions)
    outcomes = Outcomes(plan)
    own = bytes(action.selected for action in plan.actions)
    for ticked in (
        own,
        *data.draw(
            st.lists(st.lists(st.integers(0, 1), min_size=size, max_size=size).map(bytes), max_size=4)
        ),
    ):
        reduced = reduce_plan(plan, ticked)
        assert outcomes.of(ticked) == (reduced.digest, reduced.limits, reduced.requires_approval)
