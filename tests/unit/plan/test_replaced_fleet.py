"""A change that replaces a whole fleet: all that is forced is in the plan, and counted."""

from __future__ import annotations

from collections import Counter

import msgspec

from fleetc.ir.state import Baseline
from fleetc.plan.actions import Plan
from fleetc.plan.build import PlanContext, build_plan
from fleetc.plan.changes import Op
from fleetc.plan.diff import diff
from fleetc.plan.order import steps
from tests.bench.converged import converged
from tests.property.plan_worlds import graph_of

COUNT = 2000
FLEET = f"""\
version: 1
account: acme
templates:
  - {{name: base, node_platform: linux}}
nodes:
  - {{hostname: "n-[0001-{COUNT}]", template: base, region: REGION, instance_type: small}}
sdwan:
  networks:
    - name: mesh
      peers: [{{host: "n-[0001-{COUNT}]"}}]
      virtual_ips: [{{name: front, primary_holder: n-0001, failover_holders: [n-0002]}}]
"""


def planned() -> Plan:
    before, after = (graph_of(FLEET.replace("REGION", region)) for region in ("east", "west"))
    live = converged(before)
    regions = msgspec.structs.replace(live.catalogue, regions=("east", "west"))
    live = msgspec.structs.replace(live, catalogue=regions)
    baselines = {r.address: Baseline(r.address, r.id, r.fields) for r in live.resources}
    found, problems = diff(after, live, baselines)
    assert not [p for p in problems if p.severity == "error"], problems
    return build_plan(after, live, found, PlanContext("test", "local", baselines=baselines))


def test_everything_that_is_forced_is_in_the_plan_and_counted() -> None:
    plan = planned()
    assert Counter((a.kind, a.op) for a in plan.actions) == {
        ("instance", Op.REPLACE): COUNT,
        ("peer", Op.REPLACE): COUNT,
        ("virtual_ip", Op.UPDATE): 1,
    }
    assert plan.destroyed == 2 * COUNT
    over = {limit.name: limit.count for limit in plan.limits if limit.over}
    assert over == {"deletes instance": COUNT, "deletes peer": COUNT, "changes": 2 * COUNT + 1}
    assert not any(action.gap for action in plan.actions)
    found = steps(plan)
    assert len(found) == 4 * COUNT + 1
    assert max(step.wave for step in found) == 5
