"""What the judge costs: `python -m tests.bench.bench_rules [CHANGES]`.

200 rules, of the shapes of the design's example, over a plan of 100,000 changes of nodes, instances and
peers in networks of 200, beside templates and networks. Prints the milliseconds of processor time to
make a judge and have its first ruling, and of single toggles; and what one pass of the plan's canonical
encoding takes, which is the least that a plan's digest costs.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator

from fleetc.ir.values import Value, canonical
from fleetc.lang.collector import collector_paused
from fleetc.lang.source import SourceFile
from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.policy.checking import check
from fleetc.policy.code import Circumstances
from fleetc.policy.judge import Facts, Judge
from fleetc.policy.ruleset import RuleSet
from fleetc.policy.selections import masks_of
from fleetc.policy.world import World

__all__ = ["measured"]

Live = dict[str, dict[str, Value]]

NOON = 1_795_604_400.0  # 2026-11-25T11:00Z, a Wednesday
SHARED = """
group sre = "team:sre"
group netops = "team:netops", "user:dana"
window office { tz "Europe/Berlin" days mon..thu from 09:00 to 16:00 }
freeze year-end { tz "UTC" from 2026-12-18 to 2027-01-04 }
budget blast-radius {
  when env.name == "prod"
  count delete, replace of node, peer
  max 100000  max 10% floor 2  max 100000 by node.region per 24h
  else require 2 of sre
}
invariant reachable {
  for n in network where env.name == "prod"
  assert count{p in n.peers | p.publicly_reachable} >= 1
  else deny "{n.name} has no hub left"
}
waiver closing of hub-7 { for peer where host == "n-000020" reason "r" granted by sre expires 2027-02-28 }
"""
SHAPES = (
    """rule hub-{i} {{
  on delete, replace peer
  where before.publicly_reachable and count{{p in network.peers | not p.publicly_reachable}} > {high}
  deny "hub {{host}} still serves {{count}} spokes"
  help "make another peer publicly reachable first"
}}""",
    """rule routing-{i} {{
  on update network.{{routing_mode}}, virtual_ip.{{primary_holder, failover_holders}}
  where env.name == "prod" and name == "net-{i}"
  require 2 of netops and 1 of sre "routing change in {{env.name}}"
}}""",
    """rule cosmetic-{i} {{
  on update *.{{description, labels}} from drift
  where env.tier != "regulated-{i}" and name matches "n-00{i}*"
  allow
}}""",
    """rule pinned-{i} {{
  on create, update template.modules
  where exists{{m in after.modules | not pinned(m) and m matches "m{i}*"}}
  deny "module {{m}} floats"
}}""",
    """rule hours-{i} {{
  on update, delete, replace *
  where env.name == "prod" and (not within window office or within window year-end) and not select "tags:none{i}"
  hold until window office "queued: outside hours"
}}""",
)


def _rules(count: int) -> RuleSet:
    texts = [
        SHAPES[number % len(SHAPES)].format(i=number // len(SHAPES), high=150 + number)
        for number in range(count)
    ]
    found = check([SourceFile("all.rules", (SHARED + "\n".join(texts)).encode())])
    assert found.rules is not None, [each.message for each in found.diagnostics]
    return found.rules


def _live(machines: int) -> Live:
    live: Live = {
        f"template/t-{n}": {"modules": ["nginx@1"], "node_platform": "p"} for n in range(machines // 50)
    }
    for number in range(machines):
        name, network = f"n-{number:06d}", f"net-{number // 200}"
        live.setdefault(f"network/{network}", {"routing_mode": "static", "tags": ["x"]})
        live[f"node/{name}"] = {"template": f"t-{number // 50}", "labels": {"site": f"s{number % 9}"}}
        live[f"instance/{name}"] = {"node": name, "region": f"r{number % 5}", "instance_type": "t"}
        live[f"peer/{network}/{name}"] = {
            "network": network,
            "instance": name,
            "publicly_reachable": number % 20 == 0,
            "listen_port": 51820,
        }
    return live


def _actions(live: Live, count: int) -> Iterator[Action]:
    """A change of each resource: nodes drifted, a tenth of the peers goes, instances move."""
    for number, (own, fields) in enumerate(live.items()):
        kind = own.partition("/")[0]
        if number == count:
            return
        if kind == "peer" and int(own[-6:]) % 10 == 0:
            yield Action(f"delete:{own}", Op.DELETE, own, kind, Cause.GIT, True, (), (), (), (), base=fields)
            continue
        name, after, cause = _CHANGED[kind]
        op = Op.REPLACE if kind == "instance" else Op.UPDATE
        change = FieldChange(name, fields.get(name), after, cause)
        wanted = {**fields, name: after}
        yield Action(
            f"{op}:{own}", op, own, kind, cause, True, (change,), (), (), (), base=fields, wanted=wanted
        )


_CHANGED: dict[str, tuple[str, Value, Cause]] = {
    "template": ("modules", ["nginx@1", "ssh"], Cause.GIT),
    "network": ("routing_mode", "ibgp", Cause.GIT),
    "node": ("labels", {"site": "z"}, Cause.DRIFT),
    "instance": ("region", "r9", Cause.GIT),
    "peer": ("listen_port", 51821, Cause.DRIFT),
}


def measured(changes: int, rules: int = 200) -> dict[str, float]:
    """Seconds of processor time: `made` and judged at first, `toggle`, and one encoding of the plan (`encoded`)."""
    ruleset, live = _rules(rules), _live(changes // 3)
    actions = tuple(_actions(live, changes))
    plan = Plan(*[""] * 10, actions=actions, summary={})
    circumstances = Circumstances({"name": "prod", "tier": "gold"}, "bench", NOON)
    managed = Counter(own.partition("/")[0] for own in live)
    gc.collect()
    begin = time.process_time()
    encoded = len(canonical(actions))
    after = time.process_time()
    ticked = bytearray(b"\1" * len(actions))
    with collector_paused():  # as it is while a plan is made
        facts = Facts(circumstances, masks_of(plan), managed)
        judge = Judge(actions, World(live, actions), ruleset, ruleset, facts)
        ruling = judge.judge(bytes(ticked))
    found = {"encoded": after - begin, "made": time.process_time() - after}
    assert encoded
    assert ruling.findings
    return found | {"toggle": _toggled(judge, ticked), "findings": len(ruling.findings)}


def _toggled(judge: Judge, ticked: bytearray) -> float:
    """The median seconds of toggling one action, of all kinds in turn."""
    times = []
    for row in range(len(ticked) // 2, len(ticked) // 2 + 30):
        ticked[row] ^= 1
        begin = time.process_time()
        judge.judge(bytes(ticked))
        times.append(time.process_time() - begin)
    return statistics.median(times)


def main(changes: int) -> None:
    """Print the figures."""
    found = measured(changes)
    encoded = found["encoded"]
    print(f"200 rules over {changes:,} changes; {found['findings']:,.0f} findings")
    for name in ("made", "toggle"):
        print(f"{name:8} {1000 * found[name]:9.1f} ms {found[name] / encoded:9.2f} x one canonical encoding")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
