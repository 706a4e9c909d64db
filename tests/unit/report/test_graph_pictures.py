"""Pictures of graphs: what is folded, where it stands, and that outside names stay text."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetc.ir.graph import Origin, Resource, ResourceGraph
from fleetc.lang.source import Span
from fleetc.report.graph_drawing import Drawing, draw
from fleetc.report.graph_formats import drawing_document, render_dot, render_mermaid
from fleetc.report.graph_html import render_html
from fleetc.report.graph_layout import lay_out
from fleetc.report.graph_svg import render_svg
from tests.unit.model.test_compiled import graph as compiled

_HTML = "{http://www.w3.org/2000/svg}"
HOSTILE = '</script><!--"\'`&\\N%%{init: {"x": 1}}%%]]>{$x}\u202e\x1b[31m\n#quot;--> end'


def fleet(nodes: int, regions: int = 4, templates: int = 3) -> ResourceGraph:
    """Nodes with instance and peer, in turn in each template and region."""
    hosts = [(f"edge-{n:03}", n % templates, n % regions) for n in range(nodes)]
    text = "templates:\n  - {name: base, node_platform: p}\n"
    text += "".join(f"  - {{name: t{t}, extends: base}}\n" for t in range(templates)) + "nodes:\n"
    for name, template, region in hosts:
        text += f"  - {{hostname: {name}, template: t{template}, region: r{region}, instance_type: small}}\n"
    text += "sdwan:\n  networks:\n    - name: mesh\n      peers:\n"
    return compiled(text + "".join(f"        - {{host: {name}}}\n" for name, _, _ in hosts))


def drawn(graph: ResourceGraph, *, fold: bool = True) -> Drawing:
    return draw(graph, tuple(graph.resources), fold=fold)


def hostile() -> ResourceGraph:
    """A graph in which every text that may come from outside is hostile."""
    fields = {"description": HOSTILE, "node_platform": HOSTILE, "metadata": {HOSTILE: HOSTILE}}
    first = Resource(f"template/{HOSTILE}", "template", fields, (), 0)
    second = Resource("node/n", "node", {"template": HOSTILE}, (first.address,), 1)
    span = Span(HOSTILE, 1, 1, 1, 1)
    resources = {each.address: each for each in (first, second)}
    return ResourceGraph(HOSTILE, resources, (), "d" * 32, lambda address, field: Origin(span))


# folding


def test_a_few_resources_stand_one_by_one() -> None:
    drawing = drawn(fleet(8, regions=2, templates=1))
    assert len(drawing.boxes) == drawing.count == 27
    assert not any(len(box.members) > 1 for box in drawing.boxes)


def test_three_hundred_resources_fold_by_kind_template_and_region() -> None:
    drawing = drawn(fleet(96))
    assert drawing.count == 293
    assert len(drawing.boxes) == 41
    node = next(box for box in drawing.boxes if box.kind == "node")
    assert node.lines == ("node \u00d78", "template t0", "r0")
    assert node.members[:2] == ("node/edge-000", "node/edge-012")
    instance = next(box for box in drawing.boxes if box.kind == "instance")
    assert instance.lines == ("instance \u00d78", "template t0", "r0 \u00b7 small")
    assert {box.members for box in drawing.boxes if box.kind == "peer"} == {
        tuple(each.replace("node/", "peer/mesh/") for each in box.members)
        for box in drawing.boxes
        if box.kind == "node"
    }


def test_what_is_too_much_for_regions_folds_by_template() -> None:
    drawing = drawn(fleet(200, regions=25))
    assert len(drawing.boxes) == 14
    node = next(box for box in drawing.boxes if box.kind == "node")
    assert node.lines == ("node \u00d767", "template t0", "25 regions")


def test_what_is_too_much_for_templates_folds_by_kind() -> None:
    drawing = drawn(fleet(120, templates=60))
    assert [box.lines[0] for box in drawing.boxes] == [
        "template \u00d761",
        "node \u00d7120",
        "instance \u00d7120",
        "network",
        "peer \u00d7120",
    ]
    assert all(arrow.source != arrow.target for arrow in drawing.arrows)


def test_nothing_is_lost_by_folding() -> None:
    graph = fleet(96)
    folded, flat = drawn(graph), drawn(graph, fold=False)
    assert sorted(a for box in folded.boxes for a in box.members) == sorted(graph.resources)
    assert [box.members for box in flat.boxes] == [(address,) for address in graph.resources]
    assert sum(arrow.count for arrow in folded.arrows) == sum(arrow.count for arrow in flat.arrows)


def test_arrows_name_their_fields() -> None:
    graph = fleet(1, regions=1, templates=1)
    drawing = drawn(graph)
    names = [box.members[0] for box in drawing.boxes]
    found = {(names[a.source], names[a.target]): a.fields for a in drawing.arrows}
    assert found == {
        ("template/t0", "template/base"): ("extends",),
        ("node/edge-000", "template/t0"): ("template",),
        ("instance/edge-000", "node/edge-000"): ("node",),
        ("peer/mesh/edge-000", "instance/edge-000"): ("instance",),
        ("peer/mesh/edge-000", "network/mesh"): ("network",),
    }


# places


@st.composite
def layered(draw: st.DrawFn) -> tuple[list[tuple[float, float]], list[tuple[int, int]]]:
    """Box sizes, and arrows from later boxes to earlier ones."""
    size = draw(st.integers(0, 18))
    sizes = draw(st.lists(st.tuples(st.integers(40, 300), st.integers(30, 80)), min_size=size, max_size=size))
    pairs = [(a, b) for a in range(size) for b in range(a)]
    arrows = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=40)) if pairs else []
    return [(float(w), float(h)) for w, h in sizes], arrows


@settings(max_examples=150, deadline=None)
@given(layered())
def test_boxes_do_not_overlap_and_what_is_needed_stands_left(
    made: tuple[list[tuple[float, float]], list[tuple[int, int]]],
) -> None:
    sizes, arrows = made
    found = lay_out(sizes, arrows)
    areas = [
        (x, y, x + width, y + height)
        for (x, y), width, (_, height) in zip(found.corners, found.widths, sizes, strict=True)
    ]
    for number, (left, top, right, bottom) in enumerate(areas):
        assert -0.01 <= left <= right <= found.width + 0.01
        assert -0.01 <= top <= bottom <= found.height + 0.01
        assert right - left >= sizes[number][0]
        for other in areas[:number]:
            apart = (
                other[2] <= left or right <= other[0] or other[3] <= top + 0.01 or bottom <= other[1] + 0.01
            )
            assert apart
    for (source, target), route in zip(arrows, found.routes, strict=True):
        assert areas[target][2] < areas[source][0]
        assert (route[0][0], route[-1][0]) == (areas[source][0], areas[target][2])
        assert areas[source][1] <= route[0][1] <= areas[source][3]
        assert areas[target][1] <= route[-1][1] <= areas[target][3]
        assert len(route) % 2 == 0
        assert all(-0.01 <= y <= found.height + 0.01 for _, y in route)


def test_a_picture_has_the_same_bytes_for_the_same_fleet() -> None:
    program = (
        "from tests.unit.report.test_graph_pictures import *\n"
        "g = fleet(40); d = drawn(g)\n"
        "print(render_svg(d), render_html(g, d), render_dot(d), render_mermaid(d))\n"
    )
    root = Path(__file__).parents[3]
    ran = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(root), "PYTHONUTF8": "1"},
            capture_output=True,
            check=True,
            cwd=root,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    ]
    assert ran[0] == ran[1]
    assert len(ran[0]) > 10_000


# names from outside


def test_hostile_names_are_text_in_svg() -> None:
    root = ElementTree.fromstring(render_svg(drawn(hostile())))
    tags = {element.tag.removeprefix(_HTML) for element in root.iter()}
    assert tags == {"svg", "style", "rect", "text", "g", "title", "path"}
    assert any(HOSTILE[:9] in (element.text or "") for element in root.iter(f"{_HTML}text"))
    assert "\u202e" not in "".join(root.itertext())


class _Page(HTMLParser):
    """Tags, attributes and the texts of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.scripts: list[str] = []
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        values = dict(attrs)
        if "href" in values:
            self.links.add(values["href"] or "")
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"] or ""

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "script":
            self.scripts.append(data)


def test_hostile_names_are_text_in_html() -> None:
    graph = hostile()
    text = render_html(graph, drawn(graph))
    page = _Page()
    page.feed(text)
    assert page.tags.count("script") == 1
    assert "img" not in page.tags
    assert not {name for name in page.attributes if name.startswith("on")} | {"src"} & page.attributes
    assert text.count("</script>") == 1
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_page_loads_nothing_and_every_link_leads_inside() -> None:
    graph = fleet(40)
    text = render_html(graph, drawn(graph))
    page = _Page()
    page.feed(text)
    assert page.policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in page.policy
    assert all(link.startswith("#") for link in page.links)
    ids = set(re.findall(r'\bid="([^"]+)"', text))
    assert {link[1:] for link in page.links} <= ids
    outside = set(re.findall(r"https?://[^\"' <]+", text))
    assert outside == {"http://www.w3.org/2000/svg"}


def test_the_policy_names_the_digests_of_what_stands_in_the_page() -> None:
    import base64
    import hashlib

    graph = fleet(2)
    text = render_html(graph, drawn(graph))
    parts = re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", text, re.DOTALL)
    assert len(parts) == 3
    for part in parts:
        digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        assert f"sha256-{digest}" in text


def test_a_page_shows_every_field_with_its_origin() -> None:
    graph = compiled("templates: [{name: t, node_platform: p, metadata: {k: v}}]\n")
    text = render_html(graph, drawn(graph))
    assert "<th>metadata</th><td>{k: v}" in text
    assert "fleet.yaml:3:" in text
    assert '<details id="r-0"><summary>template/t</summary>' in text


def test_hostile_names_are_text_in_dot() -> None:
    text = render_dot(drawn(hostile()))
    assert "\n".join(re.sub(r'"(?:[^"\\]|\\.)*"', '""', text).splitlines()[4:]) == (
        '  n0 [label="", color=""];\n  n1 [label="", color=""];\n  n1 -> n0 [tooltip=""];\n}'
    )
    assert "\\\\N" in text


def test_hostile_names_are_text_in_mermaid() -> None:
    text = render_mermaid(drawn(hostile()))
    lines = text.splitlines()
    assert len(lines) == 6
    for line in lines[1:3]:
        label = re.fullmatch(r'  n\d\["(.*)"\]:::kind_\w+', line)
        assert label
        assert not set(re.sub(r"#\d+;|<br/>", "", label[1])) & set("\"'`<>{}%&#;\\|$")


def test_a_document_has_resources_references_and_boxes() -> None:
    graph = fleet(1, regions=1, templates=1)
    document = json.loads(json.dumps(drawing_document(graph, drawn(graph))))
    assert document["format"] == "fleetc.picture/1"
    assert [each["address"] for each in document["resources"]] == list(graph.resources)
    assert {"source": "node/edge-000", "target": "template/t0", "fields": ["template"]} in document[
        "references"
    ]


@pytest.mark.parametrize("chosen", [(), ("network/mesh",)])
def test_nothing_or_one_thing_can_be_drawn(chosen: tuple[str, ...]) -> None:
    graph = fleet(2)
    drawing = draw(graph, chosen)
    ElementTree.fromstring(render_svg(drawing))
    assert render_html(graph, drawing).count("<details") == len(chosen)
    assert render_dot(drawing).endswith("}\n")
    assert render_mermaid(drawing).startswith("flowchart RL\n")


def test_a_long_range_and_a_long_name_are_cut() -> None:
    odd = "".join(f"  - {{hostname: n-{n}, template: t}}\n" for n in range(1, 200, 2))
    graph = compiled(
        f"templates: [{{name: t, node_platform: p}}]\nnodes:\n{odd}  - {{hostname: {'x' * 60}, template: t}}\n"
    )
    box = next(box for box in drawn(graph).boxes if box.kind == "node")
    assert box.title == f"n-[1,3,5,7,9,11,13,15,17,19,21,23,..], {'x' * 60}"
    titles = [e.text for e in ElementTree.fromstring(render_svg(drawn(graph))).iter(f"{_HTML}text")]
    assert f"{box.title[:38]}.." in titles


def test_parts_of_machines_fold_with_them() -> None:
    """Whatever belongs to a node stands in the box of its template and region."""
    drawing = drawn(fleet(40, regions=2, templates=1))
    assert [(box.kind, len(box.members)) for box in drawing.boxes] == [
        ("template", 1),
        ("template", 1),
        ("node", 20),
        ("instance", 20),
        ("node", 20),
        ("instance", 20),
        ("network", 1),
        ("peer", 20),
        ("peer", 20),
    ]
