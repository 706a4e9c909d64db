"""What goes along with a delete: how far it reaches, and how it counts."""

from __future__ import annotations

from typing import Any

import pytest

from fleetc.ir.state import Baseline
from fleetc.plan.actions import Action, Plan
from fleetc.plan.build import PlanContext, build_plan
from fleetc.plan.diff import diff
from fleetc.plan.selection import SelectionIndex, reduce_plan
from tests.property.plan_model import Model
from tests.property.plan_worlds import CATALOGUE, applied, graph_of

HEAD = "version: 1\naccount: acme\ntemplates: {base: {node_platform: linux, modules: [m0]}}\n"
BEFORE = HEAD + "nodes: {a: {template: base}}\nsdwan: {networks: {mesh: {}}}\n"
AFTER = HEAD + "nodes: {}\nsdwan: {networks: {mesh: {}}}\n"
ALONG = ("instance/a", *(f"peer/w{n}/a" for n in range(7)))


def planned(cascades: tuple[str, ...] = (), **asked: Any) -> Plan:
    """The plan that deletes node a, on which somebody put an instance with seven peers."""
    model = Model("acme", CATALOGUE)
    baselines: dict[str, Baseline] = applied(graph_of(BEFORE), model, {})
    by_hand = {"node": "a", "region": "east", "instance_type": "small", "status": "running"}
    model.resources["instance/a"] = ("hand-1", by_hand)
    for number in range(7):
        name = f"w{number}"
        model.resources[f"network/{name}"] = (f"hand-n{number}", {"routing_mode": "static"})
        model.resources[f"peer/{name}/a"] = (f"hand-p{number}", {"network": name, "instance": "a"})
    graph, live = graph_of(AFTER), model.snapshot()
    found, _ = diff(graph, live, baselines)
    return build_plan(
        graph, live, found, PlanContext("t", "local", baselines=baselines, cascades=cascades, **asked)
    )


def deletion(plan: Plan) -> Action:
    (action,) = plan.actions
    assert action.id == "delete:node/a"
    return action


@pytest.mark.parametrize("named", [(), ALONG[:-1]])
def test_one_that_is_not_named_denies_it(named: tuple[str, ...]) -> None:
    action = deletion(planned(named, override="clean up"))
    assert action.blocked
    assert action.cascade == ALONG, "what goes along is listed however far it reaches"
    left = [address for address in ALONG if address not in named]
    assert all(address in action.reason for address in left[:5])
    assert ("and 3 more" in action.reason) == (len(left) == 8)
    assert "--override-cascade" in action.reason


def test_all_named_it_can_be_ticked_and_all_of_it_counts() -> None:
    plan = planned(ALONG, override="clean up")
    assert deletion(plan).selected
    assert plan.destroyed == 1 + len(ALONG)
    counts = {limit.name: limit.count for limit in plan.limits}
    assert counts["deletes peer"] == 7
    assert counts["deletes instance"] == 1
    assert counts["changes"] == plan.destroyed
    nothing = reduce_plan(plan, SelectionIndex(plan).toggle(b"\1", [0], False).ticked)
    assert nothing.destroyed == 0
    assert {limit.count for limit in nothing.limits} == {0}


def test_what_goes_along_is_part_of_the_digest() -> None:
    plan = planned(ALONG, override="clean up")
    assert plan.digest == planned(ALONG, override="clean up").digest
    assert plan.digest != planned(ALONG[:-1], override="clean up").digest
