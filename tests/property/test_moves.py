"""Laws of renames and of protection, over random fleets."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from fleetc.ir.state import Baseline
from fleetc.plan.changes import Op
from fleetc.plan.guards import released
from tests.property.plan_model import Model
from tests.property.plan_worlds import (
    ACCOUNT,
    CATALOGUE,
    Shape,
    applied,
    everything,
    graph_of,
    mutated,
    plan_for,
    random_fleet,
    run_plan,
)

seeds = st.integers(0, 10**9)


def renamed(rng: random.Random, old: Shape) -> tuple[Shape, dict[str, str]]:
    """The fleet with other names for some of its parts, and the renames by address."""
    new = json.loads(json.dumps(old))
    pairs: dict[str, str] = {}
    names = {
        kind: {name: f"{name}x" for name in items if rng.random() < 0.4}
        for kind, items in (
            ("module", new["modules"]),
            ("template", new["templates"]),
            ("node", new["nodes"]),
            ("network", new["sdwan"]["networks"]),
        )
    }
    for kind, found in names.items():
        pairs |= {f"{kind}/{name}": f"{kind}/{after}" for name, after in found.items()}
    for network, body in new["sdwan"]["networks"].items():
        now = names["network"].get(network, network)
        for kind in ("virtual_ip", "firewall_rule", "port_mapping"):
            section = body.get(f"{kind}s", {})
            found = {name: f"{name}x" for name in section if rng.random() < 0.4}
            body[f"{kind}s"] = _keys(section, found)
            pairs |= {f"{kind}/{network}/{name}": f"{kind}/{now}/{after}" for name, after in found.items()}
            if kind == "virtual_ip":
                _aim(body, "target_virtual_ip", found)
    _in_place(new, names)
    new["moved"] = [{"from": before, "to": after} for before, after in pairs.items()]
    return new, pairs


def _in_place(fleet: Shape, names: dict[str, dict[str, str]]) -> None:
    modules, templates, nodes = names["module"], names["template"], names["node"]
    fleet["modules"] = _keys(fleet["modules"], modules)
    for body in (*fleet["templates"].values(), *fleet["nodes"].values()):
        if "modules" in body:
            body["modules"] = [modules.get(item, item) for item in body["modules"]]
    for body in fleet["templates"].values():
        if "extends" in body:
            body["extends"] = templates.get(body["extends"], body["extends"])
    fleet["templates"] = _keys(fleet["templates"], templates)
    for body in fleet["nodes"].values():
        body["template"] = templates.get(body["template"], body["template"])
    fleet["nodes"] = _keys(fleet["nodes"], nodes)
    for body in fleet["sdwan"]["networks"].values():
        body["peers"] = _keys(body["peers"], nodes)
        for vip in body.get("virtual_ips", {}).values():
            vip["primary_holder"] = nodes.get(vip["primary_holder"], vip["primary_holder"])
            vip["failover_holders"] = [nodes.get(host, host) for host in vip["failover_holders"]]
        for rule in body.get("firewall_rules", {}).values():
            for side in ("source", "destination"):
                word, mark, host = rule[side].partition(":")
                rule[side] = f"{word}{mark}{nodes.get(host, host)}" if word == "peer" else rule[side]
        _aim(body, "hub", nodes)
        _aim(body, "target_peer", nodes)
    fleet["sdwan"]["networks"] = _keys(fleet["sdwan"]["networks"], names["network"])


def _aim(network: Shape, key: str, names: dict[str, str]) -> None:
    for mapping in network.get("port_mappings", {}).values():
        if key in mapping:
            mapping[key] = names.get(mapping[key], mapping[key])


def _keys(items: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(name, name): body for name, body in items.items()}


def world(fleet: Shape) -> tuple[Model, dict[str, Baseline]]:
    model = Model(ACCOUNT, CATALOGUE)
    return model, applied(graph_of(json.dumps(fleet)), model, {})


@given(seeds)
def test_only_names_change(seed: int) -> None:
    rng = random.Random(seed)
    before = random_fleet(rng)
    model, baselines = world(before)
    ids = sorted(key for key, _ in model.resources.values())
    after, pairs = renamed(rng, before)
    desired = graph_of(json.dumps(after))
    found, plan = plan_for(desired, model, baselines)
    assert {action.op for action in plan.actions} <= {Op.MOVE}
    assert sorted(action.address for action in plan.actions) == sorted(pairs.values())
    assert (found.adopt, found.forget, found.unmanaged) == ((), (), ())
    baselines = applied(desired, model, baselines, rng)
    assert sorted(key for key, _ in model.resources.values()) == ids
    found, plan = plan_for(desired, model, baselines)
    assert (plan.actions, found.adopt, found.forget) == ((), (), ())
    without = graph_of(json.dumps({**after, "moved": []}))
    assert not plan_for(without, model, baselines)[1].actions


@given(seeds)
@example(122)  # a mapping that names a renamed virtual IP no more, and has to let go before it is replaced
@example(231)
def test_a_rename_with_other_changes_ends_and_makes_nothing_of_what_it_renames(seed: int) -> None:
    rng = random.Random(seed)
    before = random_fleet(rng)
    model, baselines = world(before)
    after, _ = renamed(rng, mutated(rng, before))
    desired = graph_of(json.dumps({**after, "moved": _known(after["moved"], model)}))
    moved = {entry["from"]: entry["to"] for entry in _known(after["moved"], model)}
    _, plan = plan_for(desired, model, baselines)
    for action in plan.actions:
        assert action.op not in (Op.CREATE, Op.DELETE) or action.address not in {*moved, *moved.values()}
    if not any(action.blocked for action in plan.actions):
        baselines = applied(desired, model, baselines, rng)
        _, left = plan_for(desired, model, baselines)
        assert [action.id for action in left.actions] == []


def _known(entries: list[dict[str, str]], model: Model) -> list[dict[str, str]]:
    """The renames of what is there; the others are new under their new names."""
    return [entry for entry in entries if entry["from"] in model.resources]


@given(seeds)
def test_a_baseline_that_stayed_behind_is_found_again(seed: int) -> None:
    """As after a run that was killed between a rename and its end, and never resumed."""
    rng = random.Random(seed)
    before = random_fleet(rng)
    model, baselines = world(before)
    after, _ = renamed(rng, before)
    desired = graph_of(json.dumps(after))
    _, plan = plan_for(desired, model, baselines)
    run_plan(model, everything(plan), baselines, rng)
    found, plan = plan_for(desired, model, baselines)
    assert not plan.actions
    remembered = applied(desired, model, baselines)
    assert set(remembered) == set(model.resources)
    found, plan = plan_for(desired, model, remembered)
    assert (plan.actions, found.adopt, found.forget) == ((), (), ())


def protecting(rng: random.Random, fleet: Shape) -> Shape:
    """The fleet with some of its parts protected."""
    new = json.loads(json.dumps(fleet))
    networks = new["sdwan"]["networks"].values()
    parts = [*new["templates"].values(), *new["nodes"].values(), *networks]
    parts += [vip for body in networks for vip in body.get("virtual_ips", {}).values()]
    for part in parts:
        if rng.random() < 0.3:
            part["protect"] = rng.random() < 0.9
    return new


@given(seeds)
def test_nothing_that_is_protected_ends(seed: int) -> None:
    rng = random.Random(seed)
    before = protecting(rng, random_fleet(rng))
    model, baselines = world(before)
    held = graph_of(json.dumps(before)).protected
    desired = graph_of(json.dumps(protecting(rng, mutated(rng, before))))
    guarded = {
        where: model.resources[where][0] for where in {*held, *desired.protected} & set(model.resources)
    }
    _, plan = plan_for(desired, model, baselines, held)
    ticked = everything(plan)
    lifted = {action.address for action in ticked.chosen if action.op is Op.UNPROTECT}
    assert lifted == (held.keys() & desired.resources.keys()) - desired.protected.keys()
    run_plan(model, ticked, baselines, rng)
    assert {where: model.resources[where][0] for where in guarded} == guarded


@given(seeds)
def test_what_is_forgotten_stays(seed: int) -> None:
    rng = random.Random(seed)
    before = random_fleet(rng)
    model, baselines = world(before)
    after = mutated(rng, before)
    gone = [f"node/{name}" for name in before["nodes"] if name not in after["nodes"]]
    gone += [
        f"network/{name}" for name in before["sdwan"]["networks"] if name not in after["sdwan"]["networks"]
    ]
    desired = graph_of(json.dumps({**after, "forget": gone}))
    stays = released(desired, baselines)
    ids = {where: model.resources[where][0] for where in stays}
    found, plan = plan_for(desired, model, baselines)
    assert stays == set(found.released)
    run_plan(model, everything(plan), baselines, rng)
    assert {where: model.resources[where][0] for where in stays} == ids
