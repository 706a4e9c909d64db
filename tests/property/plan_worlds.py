"""Random worlds for plan properties: a fleet that was applied, hand edits, and the fleet after it."""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from fleetc.ir.graph import ResourceGraph
from fleetc.ir.lower import compile_fleet
from fleetc.ir.state import Baseline, Catalogue
from fleetc.plan.actions import Plan
from fleetc.plan.build import PlanContext, build_plan
from fleetc.plan.changes import GraphDiff
from fleetc.plan.diff import diff
from fleetc.plan.selection import SelectionIndex, reduce_plan
from tests.property.plan_model import Model, baseline, run_plan

ACCOUNT = "acme"
CATALOGUE = Catalogue(
    modules={f"m{n}": {"1.0": "live", "2.0": "blessed"} for n in range(4)},
    node_platforms=("linux", "bsd"),
    regions=("east", "west"),
    instance_types=("small", "large"),
)
Shape = dict[str, Any]


class Files:
    """One fleet file in memory."""

    def __init__(self, text: str) -> None:
        self._data = text.encode()

    def paths(self) -> tuple[str, ...]:
        return ("fleet.yaml",)

    def read(self, path: str) -> bytes:
        return self._data

    def kind(self, path: str) -> str:
        return "file" if path == "fleet.yaml" else "missing"


def graph_of(text: str) -> ResourceGraph:
    compiled = compile_fleet(Files(text))
    assert compiled.graph is not None, [d.message for d in compiled.diagnostics]
    return compiled.graph


def random_fleet(rng: random.Random) -> Shape:
    """A fleet with templates to depth 3, two networks, peers and virtual IPs."""
    own = {f"own{n}": {"variety": rng.choice(["config", "instance"]), "priority": n} for n in range(2)}
    modules = {name: body for name, body in own.items() if rng.random() < 0.7}
    templates = _templates(rng, list(modules))
    nodes = {f"n{n}": _node(rng, list(templates), list(modules)) for n in range(6) if rng.random() < 0.8}
    hosts = [name for name, body in nodes.items() if "region" in body]
    networks = {f"w{n}": _network(rng, hosts, n) for n in range(3) if n < 2 or rng.random() < 0.3}
    return {
        "version": 1,
        "account": ACCOUNT,
        "modules": modules,
        "templates": templates,
        "nodes": nodes,
        "sdwan": {"networks": networks},
    }


def _templates(rng: random.Random, own: list[str]) -> Shape:
    templates: Shape = {}
    for n in range(4):
        body: Shape = {"modules": _modules(rng, own, least=int(n == 0))}
        if n == 0:
            body["node_platform"] = rng.choice(["linux", "bsd"])
        else:
            body["extends"] = f"t{n - 1}" if rng.random() < 0.8 else "t0"
        if rng.random() < 0.3:
            body["metadata"] = {"tier": rng.randint(1, 3), "deep": {"on": rng.random() < 0.5}}
        templates[f"t{n}"] = body
    return templates


def _modules(rng: random.Random, own: list[str], least: int) -> list[str]:
    names = rng.sample([*CATALOGUE.modules, *own], k=rng.randint(least, 3))
    return [f"{name}@1.0" if name[0] == "m" and rng.random() < 0.4 else name for name in names]


def _node(rng: random.Random, templates: list[str], own: list[str]) -> Shape:
    body: Shape = {"template": rng.choice(templates)}
    if rng.random() < 0.4:
        body["modules"] = _modules(rng, own, least=1)
    if rng.random() < 0.9:
        body |= {"region": rng.choice(["east", "west"]), "instance_type": rng.choice(["small", "large"])}
    if rng.random() < 0.4:
        body["labels"] = {"rack": str(rng.randint(1, 3))}
    return body


def _network(rng: random.Random, hosts: list[str], number: int) -> Shape:
    peers = {host: _peer(rng, f"10.{number + 1}{host[1:]}") for host in hosts if rng.random() < 0.8}
    body: Shape = {"routing_mode": rng.choice(["static", "ibgp"]), "peers": peers}
    if rng.random() < 0.4:
        body["tags"] = rng.sample(["a", "b", "c"], k=2)
    virtual_ips: Shape = {}
    for n in range(2):
        if len(peers) >= 2 and rng.random() < 0.7:
            holders = rng.sample(list(peers), k=rng.randint(1, min(3, len(peers))))
            vip: Shape = {"primary_holder": holders[0], "failover_holders": holders[1:]}
            if rng.random() < 0.5:
                vip["cidr"] = f"fd00:{number + 1}::{n + 1}{rng.randint(1, 2)}/128"
            virtual_ips[f"v{n}"] = vip
    mappings = {f"p{n}": _mapping(rng, list(peers), list(virtual_ips)) for n in range(2) if peers}
    mappings = {name: mapping for name, mapping in mappings.items() if rng.random() < 0.5}
    rules = {f"r{n}": _rule(rng, list(peers)) for n in range(2) if rng.random() < 0.5}
    return body | {"virtual_ips": virtual_ips, "port_mappings": mappings, "firewall_rules": rules}


def _rule(rng: random.Random, peers: list[str]) -> Shape:
    selectors = ["all", "tag:edge", "10.0.0.0/8", *(f"peer:{host}" for host in peers)]
    body: Shape = {"source": rng.choice(selectors), "destination": rng.choice(selectors)}
    if rng.random() < 0.5:
        body |= {"protocol": rng.choice(["tcp", "udp"]), "ports": rng.choice([22, "80-90"])}
    return body | {"priority": rng.randint(0, 3)}


def _mapping(rng: random.Random, peers: list[str], virtual_ips: list[str]) -> Shape:
    body: Shape = {"hub": rng.choice(peers), "listen_port": rng.randint(1, 65535)}
    if virtual_ips and rng.random() < 0.5:
        body["target_virtual_ip"] = rng.choice(virtual_ips)
    else:
        body["target_peer"] = rng.choice(peers)
    if rng.random() < 0.3:
        body["target_port"] = rng.randint(1, 3)
    return body


def _peer(rng: random.Random, prefix: str) -> Shape:
    body: Shape = {"publicly_reachable": rng.random() < 0.4}
    if rng.random() < 0.3:
        body["listen_port"] = rng.randint(50000, 50003)
    if rng.random() < 0.2:
        body["lan_subnets"] = [f"{prefix}.{rng.randint(1, 3)}.0/24"]
    return body


def mutated(rng: random.Random, old: Shape) -> Shape:
    """The fleet after some edits: parts of another fleet in place of its own."""
    other = random_fleet(rng)
    new = json.loads(json.dumps(old))
    for name in list(new["nodes"]):
        if rng.random() < 0.2:
            new["nodes"][name] = other["nodes"].get(name, new["nodes"][name])
    if rng.random() < 0.4:
        new["modules"], new["templates"] = other["modules"], other["templates"]
    if rng.random() < 0.5:
        new["nodes"], new["sdwan"] = other["nodes"], other["sdwan"]
    own = new["modules"]
    for body in new["nodes"].values():
        body["modules"] = [name for name in body.get("modules", []) if name[0] == "m" or name in own]
    _move_some(rng, old["nodes"], new["nodes"])
    hosts = {name for name, body in new["nodes"].items() if "region" in body}
    for network in new["sdwan"]["networks"].values():
        network["peers"] = {host: body for host, body in network["peers"].items() if host in hosts}
        vips = network.get("virtual_ips", {})
        for name in list(vips):
            holders = [vips[name]["primary_holder"], *vips[name]["failover_holders"]]
            if not network["peers"].keys() >= set(holders):
                del vips[name]
        for body in network.get("firewall_rules", {}).values():
            for key in ("source", "destination"):
                if body[key].startswith("peer:") and body[key][5:] not in network["peers"]:
                    body[key] = "all"
        mappings = network.get("port_mappings", {})
        for name, body in list(mappings.items()):
            used = {body["hub"], body.get("target_peer", body["hub"])}
            if not network["peers"].keys() >= used or body.get("target_virtual_ip", "") not in ("", *vips):
                del mappings[name]
    return new


def _move_some(rng: random.Random, old: Shape, new: Shape) -> None:
    """Replace some instances: their peers and the virtual IPs those hold have to follow."""
    for name, body in new.items():
        if "region" in body and "region" in old.get(name, {}) and rng.random() < 0.15:
            body["region"] = "west" if old[name]["region"] == "east" else "east"


def edit_by_hand(rng: random.Random, model: Model) -> None:
    """Up to four changes that a person makes on the platform."""
    for _ in range(rng.randint(0, 4)):
        if model.resources:
            _edit(rng, model, rng.choice(sorted(model.resources)))


def _edit(rng: random.Random, model: Model, where: str) -> None:
    kind, fields = where.partition("/")[0], model.fields(where)
    if rng.random() < 0.25 and kind in (
        "peer",
        "virtual_ip",
        "instance",
        "assignment",
        "firewall_rule",
        "port_mapping",
    ):
        if not model.mapped(where):
            model.delete(where)
    elif kind == "node":
        fields["labels"] = {"rack": str(rng.randint(4, 6))}
    elif kind == "peer":
        fields["listen_port"] = rng.randint(50000, 50009)
    elif kind == "network":
        fields["routing_mode"] = rng.choice(["static", "ibgp"])
    elif kind == "virtual_ip" and fields.get("failover_holders"):
        first, *rest = fields["failover_holders"]
        fields["failover_holders"] = [*rest, fields["primary_holder"]]
        fields["primary_holder"] = first
    elif kind == "module":
        fields["priority"] = rng.randint(5, 9)
    elif kind == "assignment":
        fields["enabled"] = rng.random() < 0.5
    elif kind == "firewall_rule":
        fields["action"] = rng.choice(["accept", "drop", "reject"])
    elif kind == "port_mapping":
        fields["target_port"] = rng.randint(4, 6)
    elif kind == "instance":
        fields["status"] = "stopped"
    elif kind == "template":
        others = [item for item in fields.get("modules", []) if item[:2] != "m3"]
        fields["modules"] = sorted([*others, rng.choice(["m3", "m3@2.0"])])


@dataclass
class World:
    """Desired, live and baseline, with the plan of their difference.

    `depth` is that of the desired fleet's longest chain of `extends`.
    """

    desired: ResourceGraph
    model: Model
    baselines: dict[str, Baseline]
    found: GraphDiff
    plan: Plan
    depth: int


def plan_for(
    graph: ResourceGraph, model: Model, baselines: Mapping[str, Baseline], protected: Collection[str] = ()
) -> tuple[GraphDiff, Plan]:
    live = model.snapshot()
    found, diagnostics = diff(graph, live, baselines, protected)
    assert not [d for d in diagnostics if d.severity == "error"], diagnostics
    context = PlanContext("test", "local", baselines=baselines)
    return found, build_plan(graph, live, found, context)


def everything(plan: Plan) -> Plan:
    """The plan with all ticked that can be."""
    index = SelectionIndex(plan)
    return reduce_plan(plan, index.toggle(index.ticked, range(len(plan.actions)), True).ticked)


def applied(
    graph: ResourceGraph,
    model: Model,
    baselines: dict[str, Baseline],
    rng: random.Random | None = None,
) -> dict[str, Baseline]:
    """Plan and apply everything; the baselines after it."""
    found, plan = plan_for(graph, model, baselines)
    done = run_plan(model, everything(plan), baselines, rng)
    for where in (*found.adopt, *(item.rpartition(".")[0] for item in found.converged)):
        if where in model.resources:
            done[where] = baseline(model, where, tuple(graph.resources[where].fields))
    return {where: row for where, row in done.items() if where not in found.forget}


def random_world(seed: int) -> World:
    rng = random.Random(seed)
    before = random_fleet(rng)
    model = Model(ACCOUNT, CATALOGUE)
    baselines: dict[str, Baseline] = {}
    if rng.random() < 0.9:
        baselines = applied(graph_of(json.dumps(before)), model, baselines)
    if rng.random() < 0.1:
        baselines = {where: row for where, row in baselines.items() if rng.random() < 0.8}
    edit_by_hand(rng, model)
    shape = mutated(rng, before)
    desired = graph_of(json.dumps(shape))
    found, plan = plan_for(desired, model, baselines)
    return World(desired, model, baselines, found, plan, extends_depth(shape["templates"]))


def extends_depth(templates: Shape) -> int:
    """How many times the longest chain of `extends` steps on."""
    depths: dict[str, int] = {}
    for name, body in templates.items():
        depths[name] = 1 + depths[body["extends"]] if "extends" in body else 0
    return max(depths.values(), default=0)
