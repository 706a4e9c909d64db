"""Laws of the mask: what is ignored is not planned, and nothing else is planned otherwise."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fleetc.ir.graph import ResourceGraph
from fleetc.ir.state import Baseline, Snapshot
from fleetc.plan.changes import Change, GraphDiff, Op
from fleetc.plan.diff import diff
from fleetc.policy.code import Circumstances
from fleetc.policy.mask import Masked, active, mask
from tests.property.plan_worlds import World, random_world
from tests.property.rule_conditions import condition, of_change
from tests.property.rule_texts import SHARED
from tests.property.rule_worlds import FACTS, chance, pick, rules_of

NOW = 1_795_842_000.0
IGNORED = (
    *(
        "network.routing_mode",
        "node.labels",
        "peer.listen_port",
        "virtual_ip.{primary_holder, failover_holders}",
    ),
    *("assignment.enabled", "firewall_rule.action", "port_mapping.target_port", "template.modules"),
    *("module.priority", "instance.region", "*.description", "node.{labels, metadata}", "virtual_ip.cidr"),
)


def _ignores(rng: random.Random) -> str:
    texts = []
    for number in range(rng.randint(1, 3)):
        target = pick(rng, IGNORED)
        kind = target.partition(".")[0]
        scope = of_change(kind, ("create", "delete"), selects=False)
        where = f" where {condition(rng, scope)}" if kind != "*" and chance(rng, 60) else ""
        expires = pick(rng, ("2027-06-01", "2027-06-01", "2026-11-27"))
        texts.append(
            f'ignore g{number} {{ for {target}{where} reason "r" granted by sre expires {expires} }}'
        )
    return SHARED + "\n".join(texts)


def _diffs(world: World, text: str) -> tuple[GraphDiff, GraphDiff, Masked]:
    """The diff without the mask, that with it, and what was masked."""
    rules = rules_of(text)
    known = Circumstances(FACTS, "acme", NOW, rules.calendars)
    made: list[Masked] = []

    def masking(
        graph: ResourceGraph, live: Snapshot, baselines: Mapping[str, Baseline]
    ) -> tuple[ResourceGraph, Mapping[str, Baseline]]:
        made.append(mask(graph, live.by_address, baselines, active(rules, rules, NOW), known))
        return made[0].graph, made[0].baselines

    live = world.model.snapshot()
    with_it, _ = diff(world.desired, live, world.baselines, mask=masking)
    return world.found, with_it, made[0]


def _by_address(found: GraphDiff) -> dict[str, Change]:
    return {change.address: change for change in found.changes}


@given(st.integers(0, 10**9), st.randoms(use_true_random=False))
def test_what_is_ignored_is_not_planned_and_the_rest_is_as_without(seed: int, rng: random.Random) -> None:
    world = random_world(seed)
    without, found, masked = _diffs(world, _ignores(rng))
    before, after = _by_address(without), _by_address(found)
    ignored: dict[str, set[str]] = {}
    for name in masked.ignored:
        own, _, field = name.rpartition(".")
        ignored.setdefault(own, set()).add(field)
    for own, fields in ignored.items():
        change = after.get(own)
        if change is not None and change.op is not Op.DELETE:
            # what a replacement forces is set again, to what is live
            assert all(each.before == each.after for each in change.fields if each.path in fields)
    forcing = [c for c in (*before.values(), *after.values()) if c.op is Op.REPLACE]
    for own in before.keys() | after.keys() if not forcing else ():
        assert _but(before.get(own), ignored.get(own, set())) == _but(after.get(own), ignored.get(own, set()))
    assert after.keys() <= before.keys()


def _but(change: Change | None, fields: set[str]) -> object:
    """What a change does beside some fields; None when that is nothing."""
    if change is None or change.op not in (Op.UPDATE, Op.MOVE):
        return change and (change.op, change.cause if not fields else None)
    rest = [each for each in change.fields if each.path not in fields]
    return (change.op, rest) if rest or change.op is Op.MOVE else None


@given(st.integers(0, 10**9), st.randoms(use_true_random=False))
def test_what_has_expired_or_is_not_accepted_masks_nothing(seed: int, rng: random.Random) -> None:
    world, text = random_world(seed), _ignores(rng)
    rules = rules_of(text)
    known = Circumstances(FACTS, "acme", NOW, rules.calendars)
    other = rules_of(text.replace('reason "r"', 'reason "another"'))
    assert active(rules, other, NOW) == ()
    late = active(rules, rules, NOW + 366 * 86400)
    assert late == ()
    live = world.model.snapshot().by_address
    nothing = mask(world.desired, live, world.baselines, late, replace(known, now=NOW + 366 * 86400))
    assert (nothing.graph, nothing.baselines, nothing.digest) == (world.desired, world.baselines, "")
