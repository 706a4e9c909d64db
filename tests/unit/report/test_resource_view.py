"""The way of each value: ranges, defaults, aliases, what is inherited, what comes from outside."""

from __future__ import annotations

from fleetc.report.resource_text import render_resources
from fleetc.report.resource_view import FieldView, ResourceView, Viewer
from tests.unit.model.test_compiled import graph as compiled
from tests.unit.report.test_graph_pictures import hostile

FLEET = """\
defaults:
  nodes:
    region: ap-tokyo-1
    labels: &site {site: nrt}
templates:
  - name: base
    node_platform: p
    modules: [chrony@1, nginx]
  - name: web
    extends: base
    modules: [haproxy]
    metadata: &m {x: 1}
  - name: other
    node_platform: p
    metadata: *m
nodes:
  - hostname: web-[1-2]
    template: web
    instance_type: t
modules:
  - name: nginx
"""


def views() -> dict[str, ResourceView]:
    viewer = Viewer(compiled(FLEET))
    return {address: viewer.view(address) for address in viewer.graph.resources}


def field(address: str, name: str) -> FieldView:
    return next(each for each in views()[address].fields if each.name == name)


def said(address: str, name: str) -> list[tuple[str, str]]:
    return [(step.step, str(step.span) if step.span else "") for step in field(address, name).steps]


def test_a_default_leads_to_the_place_of_the_default() -> None:
    region = field("instance/web-1", "region")
    assert (region.value, region.place, region.external) == ("ap-tokyo-1", "fleet.yaml:5:13", ("ap-tokyo-1",))
    assert said("instance/web-1", "region") == [("defaults", "fleet.yaml:5:5")]


def test_a_name_from_a_range_says_so() -> None:
    assert said("instance/web-2", "node") == [("range", "fleet.yaml:19:15")]


def test_a_default_of_what_a_range_declares_is_not_said_to_be_written() -> None:
    text = render_resources([views()["node/web-2"]], color=False, width=100)
    assert "lifecycle_class    persistent  default\n" in text


def test_the_modules_of_a_node_lead_to_its_template_and_to_its_own() -> None:
    own = "assignments: {web-1:squid: {}, web-1:nginx: {enabled: false}}\n"
    viewer = Viewer(compiled(FLEET + own))
    fields = viewer.view("node/web-1").fields
    (modules,) = (each for each in fields if each.name == "effective_modules")
    assert modules.value == ["chrony@1", "haproxy", "squid"]
    steps = [(step.step, step.text) for step in modules.steps if step.step in ("template", "assignment")]
    assert steps == [
        ("template", "the modules of template web"),
        ("assignment", "and squid, its own"),
        ("assignment", "without nginx"),
    ]


def test_an_alias_leads_to_its_anchor() -> None:
    steps = said("template/other", "metadata")
    assert [step for step, _ in steps] == ["alias"]
    assert field("template/other", "metadata").place.startswith("fleet.yaml:14:")


def test_a_list_that_adds_says_what_it_inherits_and_what_is_declared_nowhere() -> None:
    modules = field("template/web", "modules")
    (step,) = modules.steps
    assert (step.step, step.text) == ("extends", "chrony@1, nginx from template/base")
    assert str(step.span) == "fleet.yaml:10:14"
    assert modules.external == ("chrony", "haproxy")


def test_what_a_resource_needs_and_what_needs_it() -> None:
    found = views()
    assert found["module/nginx"].needed_by.keys() >= {"template/base", "template/web"}
    assert found["template/web"].needs == {"module/nginx": ("modules",), "template/base": ("extends",)}
    assert found["node/web-1"].needed_by == {"instance/web-1": ("node",)}


def test_text_from_outside_is_made_visible() -> None:
    text = render_resources([Viewer(hostile()).view("node/n")], color=False, width=80)
    assert text.count("node/n") == 1
    assert not {"\x1b", "\u202e"} & set(text)
    assert "<U+202E>" in text
