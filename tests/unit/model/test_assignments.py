"""Assignments: what a node's modules, its template's and `assignments` give together."""

from __future__ import annotations

from typing import Any

from fleetc.ir.graph import ResourceGraph
from fleetc.plan.applied import as_applied
from fleetc.plan.externals import check_externals
from tests.property.plan_model import Model
from tests.property.plan_worlds import CATALOGUE, applied, graph_of, plan_for

FLEET = """\
version: 1
account: acme
defaults:
  nodes: {modules: [m3, m0@1.0]}
templates:
  base: {node_platform: linux, modules: [m0@2.0, m1]}
  bare: {node_platform: linux}
nodes:
  a: {template: base, modules: [m2@1.0, m0]}
  b: {template: bare}
  c: {template: base, modules: [m1@1.0]}
assignments:
  a:m2: {priority: 5}
  c:m0: {enabled: false}
"""


def fields(graph: ResourceGraph, address: str) -> dict[str, Any]:
    return dict(graph.resources[address].fields)


def test_a_reference_and_an_entry_are_one_assignment() -> None:
    graph = graph_of(FLEET)
    assert fields(graph, "assignment/a/m2") == {
        "node": "a",
        "module": "m2",
        "enabled": True,
        "priority": 5,
        "pin": "1.0",
    }
    pin, priority = (graph.locate("assignment/a/m2", name) for name in ("pin", "priority"))
    assert (str(pin.span), str(priority.span)) == ("fleet.yaml:9:33", "fleet.yaml:13:20")
    assert graph.locate("assignment/b/m3", "").steps == ()
    assert graph.resources["assignment/a/m2"].depends_on == ("node/a",)


def test_the_modules_of_a_node_are_its_templates_and_its_own() -> None:
    graph = graph_of(FLEET)
    assert fields(graph, "node/a")["effective_modules"] == ["m0@1.0", "m1", "m2@1.0", "m3"]
    assert fields(graph, "node/b")["effective_modules"] == ["m0@1.0", "m3"]
    assert fields(graph, "node/c")["effective_modules"] == ["m1@1.0", "m3"]


def test_the_platform_is_asked_for_those_of_the_template() -> None:
    graph = as_applied(graph_of(FLEET))
    assert fields(graph, "node/a")["effective_modules"] == ["m0@2.0", "m1"]
    assert "effective_modules" not in fields(graph, "node/b")


def test_a_fleet_without_assignments_is_asked_for_as_it_is() -> None:
    text = FLEET.partition("assignments:")[0].replace("modules: [m3, m0@1.0]", "")
    text = text.replace(", modules: [m2@1.0, m0]", "").replace(", modules: [m1@1.0]", "")
    graph = graph_of(text)
    assert as_applied(graph) is graph


def test_a_node_outside_the_fleet_need_not_have_an_instance() -> None:
    graph = graph_of("version: 1\naccount: acme\nassignments: {x:m0: {}}\n")
    (module, node) = graph.externals
    assert (module.category, module.name, node.category, node.name) == ("module", "m0", "node", "x")
    assert graph.resources["assignment/x/m0"].depends_on == ()


def test_what_an_external_node_needs_depends_on_who_names_it() -> None:
    model = Model("acme", CATALOGUE)
    model.resources["node/x"] = ("node-1", {"template": "base"})
    live = model.snapshot()
    assigned = "version: 1\naccount: acme\nassignments: {x:m0: {}, y:m0: {}}\n"
    found = check_externals(graph_of(assigned), live)
    assert [(d.code, d.message) for d in found] == [("F0605", "the platform knows no node named `y`")]
    peered = assigned + "sdwan: {networks: {w: {peers: {x: {}}}}}\n"
    found = check_externals(graph_of(peered), live)
    assert "node `x` has no instance on the platform" in {d.message for d in found}


def test_the_pin_of_an_assignment_is_one_the_platform_knows() -> None:
    live = Model("acme", CATALOGUE).snapshot()
    graph = graph_of(FLEET.replace("a:m2: {priority: 5}", 'b:m3: {pin: "9.0"}'))
    (found,) = check_externals(graph, live)
    assert (found.code, found.message) == (
        "F0606",
        "module `m3` has no version or state `9.0` on the platform",
    )


def test_the_change_of_an_assignment_is_an_update_of_its_node() -> None:
    model = Model("acme", CATALOGUE)
    baselines = applied(graph_of(FLEET), model, {})
    _, plan = plan_for(graph_of(FLEET.replace("priority: 5", "priority: 6")), model, baselines)
    assert [action.id for action in plan.actions] == ["update:assignment/a/m2"]
    assert plan.summary["nodes"] == {"add": [], "update": ["a"], "delete": []}
    assert plan.summary["assignments"] == {"add": [], "update": ["a/m2"], "delete": []}
    _, plan = plan_for(graph_of(FLEET), model, baselines)
    assert "assignments" not in plan.summary
