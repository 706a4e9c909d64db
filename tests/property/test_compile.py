"""Laws of the compiler on random fleets, written as JSON (which is YAML)."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetc.ir.graph import ResourceGraph
from fleetc.ir.lower import compile_fleet, graph_bytes
from fleetc.model.sections import SECTIONS

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MODULES = ("nginx", "chrony", "redis", "bird")
PINS = ("", "@1", "@2.0", "@live")
INTEGERS = st.integers(-9, 9)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 70000)
    | st.floats(-5, 5)
    | st.sampled_from(["", "a", "spot", "10.0.0.0/8"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@dataclass
class Files:
    files: dict[str, str]

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))

    def read(self, path: str) -> bytes:
        return self.files[path].encode()


def compiled(fleet: dict[str, Any], **more: dict[str, Any]) -> ResourceGraph:
    files = {"fleet.yaml": json.dumps({"version": 1, "account": "demo", **fleet})}
    files.update({f"{name}.yaml": json.dumps(part) for name, part in more.items()})
    found = compile_fleet(Files(files))
    assert found.graph is not None, [item.message for item in found.diagnostics]
    return found.graph


@st.composite
def templates(draw: st.DrawFn) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 7))):
        item: dict[str, Any] = {"name": f"t{number}"}
        parents = draw(st.lists(st.integers(0, number - 1), unique=True, max_size=3)) if number else []
        if parents:
            item["extends"] = [f"t{parent}" for parent in parents]
        if not parents or draw(st.booleans()):
            item["node_platform"] = draw(st.sampled_from(["p", "q"]))
        names = draw(st.lists(st.sampled_from(MODULES), unique=True, max_size=3))
        item["modules"] = [name + draw(st.sampled_from(PINS)) for name in names]
        item["metadata"] = draw(
            st.dictionaries(st.sampled_from("ab"), INTEGERS | st.fixed_dictionaries({"x": INTEGERS}))
        )
        found.append(item)
    return found


@st.composite
def fleets(draw: st.DrawFn) -> dict[str, Any]:
    declared = draw(templates())
    nodes = [
        {
            "hostname": f"host-{number}",
            "template": draw(st.sampled_from(declared))["name"],
            "region": draw(st.sampled_from(["r", "s"])),
            "instance_type": "t",
            "labels": draw(st.dictionaries(st.sampled_from("ab"), st.text("xyz", max_size=3))),
        }
        for number in range(draw(st.integers(1, 8)))
    ]
    networks = []
    for number in range(draw(st.integers(0, 3))):
        hosts = draw(st.lists(st.sampled_from([node["hostname"] for node in nodes]), unique=True, min_size=1))
        peers = [{"host": host, "publicly_reachable": draw(st.booleans())} for host in hosts]
        address = {"name": "v", "primary_holder": hosts[0], "failover_holders": hosts[1:]}
        networks.append({"name": f"n{number}", "peers": peers, "virtual_ips": [address]})
    return {"templates": declared, "nodes": nodes, "sdwan": {"networks": networks}}


def by_name(items: list[dict[str, Any]], identity: str) -> dict[str, Any]:
    return {item[identity]: {key: value for key, value in item.items() if key != identity} for item in items}


@QUICK
@given(fleets())
def test_lists_and_mappings_are_the_same_thing(fleet: dict[str, Any]) -> None:
    networks = by_name(fleet["sdwan"]["networks"], "name")
    for network in networks.values():
        network["peers"] = by_name(network["peers"], "host")
        network["virtual_ips"] = by_name(network["virtual_ips"], "name")
    mapping = {
        "templates": by_name(fleet["templates"], "name"),
        "nodes": by_name(fleet["nodes"], "hostname"),
        "sdwan": {"networks": networks},
    }
    one, other = compiled(fleet), compiled(mapping)
    assert one.resources == other.resources
    assert one.digest == other.digest


@QUICK
@given(fleets(), st.randoms())
def test_the_order_of_files_and_items_does_not_change_the_resources(
    fleet: dict[str, Any], rng: random.Random
) -> None:
    parts: list[dict[str, Any]] = [{}, {}, {}]
    for section in ("templates", "nodes"):
        for item in rng.sample(fleet[section], len(fleet[section])):
            rng.choice(parts).setdefault(section, []).append(item)
    for item in fleet["sdwan"]["networks"]:
        rng.choice(parts).setdefault("sdwan", {"networks": []})["networks"].append(item)
    split = compiled({"include": ["?.yaml"]}, **dict(zip("abc", parts, strict=True)))
    whole = compiled(fleet)
    assert split.digest == whole.digest
    assert set(split.resources) == set(whole.resources)
    assert all(split.resources[name].fields == item.fields for name, item in whole.resources.items())
    assert all(split.resources[name].depends_on == item.depends_on for name, item in whole.resources.items())


@QUICK
@given(st.integers(0, 12), st.integers(0, 12), st.booleans(), st.booleans())
def test_a_range_is_what_it_stands_for(low: int, more: int, padded: bool, mapping: bool) -> None:
    high = low + more
    width = 3 if padded else 1
    names = [f"a-{number:0{width}d}" for number in range(low, high + 1)]
    text = f"a-[{low:0{width}d}-{high:0{width}d}]"

    def fleet(hosts: list[str]) -> dict[str, Any]:
        nodes: Any = [
            {"hostname": host, "template": "t", "region": "r", "instance_type": "i"} for host in hosts
        ]
        peers: Any = [{"host": host, "listen_port": 51821} for host in hosts]
        if mapping:
            nodes, peers = by_name(nodes, "hostname"), by_name(peers, "host")
        return {
            "templates": [{"name": "t", "node_platform": "p"}],
            "nodes": nodes,
            "sdwan": {"networks": [{"name": "n", "peers": peers}]},
        }

    assert compiled(fleet([text])).resources == compiled(fleet(names)).resources


def reference(declared: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """Folding as the language describes it, without a thought for speed."""

    def linear(current: str) -> list[str]:
        order: list[str] = []
        for parent in declared[current].get("extends", []):
            order += [step for step in linear(parent) if step not in order]
        return [*order, current]

    def deep(below: Any, over: Any) -> Any:
        if isinstance(below, dict) and isinstance(over, dict):
            return {
                key: deep(below.get(key), over[key]) if key in over else below[key]
                for key in {**below, **over}
            }
        return over

    result: dict[str, Any] = {"metadata": {}}
    pins: dict[str, str] = {}
    for step in linear(name):
        item = declared[step]
        if "node_platform" in item:
            result["node_platform"] = item["node_platform"]
        result["metadata"] = deep(result["metadata"], item["metadata"])
        for entry in item["modules"]:
            module, _, pin = entry.partition("@")
            pins[module] = pin or pins.get(module, "")
    result["modules"] = sorted(f"{module}@{pin}" if pin else module for module, pin in pins.items())
    return result


@QUICK
@given(templates())
def test_folding_equals_the_reference(declared: list[dict[str, Any]]) -> None:
    graph = compiled({"templates": declared})
    items = {item["name"]: item for item in declared}
    for name in items:
        assert graph.resources[f"template/{name}"].fields == reference(items, name)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(SECTIONS)), st.data())
def test_what_the_quick_check_refuses_gets_an_error(path: str, data: st.DataObject) -> None:
    section = SECTIONS[path]
    key = data.draw(st.sampled_from(sorted(section.keys)))
    value = data.draw(JSON)
    item = {section.identity: "x", key: value}
    try:
        msgspec.convert(item, section.shape)
        refused = False
    except msgspec.ValidationError:
        refused = True
    inner: dict[str, Any] = {"name": "n", path.rpartition(".")[2]: [item]}
    fleet: dict[str, Any] = {path: [item]}
    if path.startswith("sdwan.networks"):
        fleet = {"sdwan": {"networks": [item] if path == "sdwan.networks" else [inner]}}
    found = compile_fleet(Files({"fleet.yaml": json.dumps({"version": 1, "account": "demo", **fleet})}))
    assert (found.graph is None) == any(entry.severity == "error" for entry in found.diagnostics)
    if refused:
        assert found.graph is None


@QUICK
@given(fleets())
def test_every_origin_can_be_told(fleet: dict[str, Any]) -> None:
    graph = compiled(fleet)
    for address, resource in graph.resources.items():
        for field in ("", *resource.fields):
            assert graph.locate(address, field).span.path == "fleet.yaml"
    assert graph_bytes(graph) == graph_bytes(compiled(fleet))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(fleets(), st.data())
def test_no_damage_to_a_fleet_makes_it_crash(fleet: dict[str, Any], data: st.DataObject) -> None:
    document: dict[str, Any] = {
        "version": 1,
        "account": "demo",
        "defaults": {"nodes": {"region": "r"}},
        **fleet,
    }
    for _ in range(data.draw(st.integers(1, 4))):
        spots = list(places(document))
        holder, key = data.draw(st.sampled_from(spots))
        word = st.sampled_from(
            ["t0", "host-0", "host-[0-3]", "host-[3-1]", "extends", "n0", "a-[1-2]-[1", "Ä", "x" * 70]
        )
        value = data.draw(JSON | word)
        if isinstance(holder, dict) and data.draw(st.booleans()):
            holder[data.draw(word)] = holder[key]
        holder[key] = value
    found = compile_fleet(Files({"fleet.yaml": json.dumps(document)}))
    assert (found.graph is None) == any(entry.severity == "error" for entry in found.diagnostics)
    for entry in found.diagnostics:
        assert entry.primary.span.line >= 1
        assert not any(word in entry.message for word in ("POISON", "Map", "Seq", "NoneType", "object at"))


def places(value: Any) -> Any:
    """Every (container, key) of a document, outermost first."""
    for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)
