"""Laws of diff, plan, selection, steps and digest over random worlds."""

from __future__ import annotations

from collections import Counter

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetc.plan.changes import Cause, Op
from fleetc.plan.digest import plan_digest
from fleetc.plan.documents import load_plan, plan_bytes
from fleetc.plan.order import steps
from fleetc.plan.selection import SelectionIndex, group_state, reduce_plan
from tests.property.plan_worlds import applied, plan_for, random_world

seeds = st.integers(0, 10**9)
some = settings(max_examples=60, deadline=None)


def test_the_generator_makes_every_case_often_enough() -> None:
    mix: Counter[str] = Counter()
    worlds = [random_world(seed) for seed in range(150)]
    for world in worlds:
        actions = world.plan.actions
        mix["delete"] += any(a.op is Op.DELETE for a in actions)
        mix["replace"] += any(a.op is Op.REPLACE for a in actions)
        mix["drift"] += any(a.cause is Cause.DRIFT for a in actions)
        mix["conflict"] += any(a.cause is Cause.CONFLICT for a in actions)
        mix["forced"] += any(f.cause is Cause.FORCED for a in actions for f in a.fields)
        networks = [a for a in world.desired.resources if a.startswith("network/")]
        mix["two networks"] += len(networks) >= 2
    shares = {name: count / len(worlds) for name, count in mix.items()}
    print(shares)
    assert all(shares[name] >= 0.15 for name in ("delete", "replace", "drift", "conflict")), shares
    assert shares["forced"] >= 0.1, shares
    assert shares["two networks"] == 1, shares


@some
@given(seeds)
def test_applying_a_plan_leaves_nothing_to_do(seed: int) -> None:
    world = random_world(seed)
    blocked = {action.address for action in world.plan.actions if action.blocked}
    baselines = applied(world.desired, world.model, world.baselines)
    found, plan = plan_for(world.desired, world.model, baselines)
    if not blocked:
        assert [action.id for action in plan.actions] == []
        assert found.adopt == ()
        assert found.forget == ()
        assert found.converged == ()
        again = applied(world.desired, world.model, baselines)
        assert again == baselines
