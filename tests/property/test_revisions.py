"""What a revision asks against another is what a plan asks where the other was really applied."""

from __future__ import annotations

import json
import random

from hypothesis import given
from hypothesis import strategies as st

from fleetc.ir.graph import ResourceGraph
from fleetc.ir.state import Catalogue
from fleetc.plan.changes import GraphDiff
from fleetc.plan.diff import diff
from fleetc.plan.revisions import state_left_by
from fleetc.platforms.local.profile import local_profile
from tests.property.plan_model import Model
from tests.property.plan_worlds import ACCOUNT, CATALOGUE, applied, graph_of, mutated, plan_for, random_fleet

seeds = st.integers(0, 10**9)


def _asks(before: ResourceGraph, after: ResourceGraph) -> GraphDiff:
    live, baselines = state_left_by(before, local_profile(), Catalogue(), "before")
    return diff(after, live, baselines)[0]


def _shape(found: GraphDiff) -> dict[str, tuple[str, list[str]]]:
    return {c.address: (c.op.value, sorted(f.path for f in c.fields)) for c in found.changes}


@given(seeds)
def test_a_revision_asks_nothing_against_itself(seed: int) -> None:
    graph = graph_of(json.dumps(random_fleet(random.Random(seed))))
    found = _asks(graph, graph)
    assert (found.changes, found.adopt, found.forget, found.converged) == ((), (), (), ())
    assert (found.unmanaged, found.status, found.failed_over) == ((), {}, ())


@given(seeds)
def test_it_asks_what_a_plan_asks_of_the_applied_state(seed: int) -> None:
    rng = random.Random(seed)
    fleet = random_fleet(rng)
    before, after = (graph_of(json.dumps(shape)) for shape in (fleet, mutated(rng, fleet)))
    model = Model(ACCOUNT, CATALOGUE)
    baselines = applied(before, model, {})
    real, _ = plan_for(after, model, baselines)
    assert _shape(_asks(before, after)) == _shape(real)
