"""Questions about the desired graph: show, impact, why-path and graph."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Fleetc

VIP = "virtual_ip/edge-fabric/cdn-frontend"
PEER = "peer/edge-fabric/edge-tokyo-01"


def test_show_says_where_each_value_comes_from(edge: Path, fleetc: Fleetc) -> None:
    ran = fleetc("-C", str(edge), "show", "--json", "template/edge-cdn")
    assert ran.code == 0
    (resource,) = ran.json["resources"]
    fields = {field["name"]: field for field in resource["fields"]}
    assert resource["origin"] == "fleet.yaml:14:11"
    assert fields["architecture"]["value"] == "amd64"
    assert fields["architecture"]["origin"] == "fleet.yaml:8:19"
    assert [step["step"] for step in fields["architecture"]["steps"]] == ["extends"]
    assert fields["node_platform"]["external"] == ["ubuntu-24.04-amd64"]
    (inherited,) = fields["modules"]["steps"]
    assert inherited["text"] == "chrony, security-hardening, system-base from template/edge-base"
    assert inherited["origin"] == "fleet.yaml:10:7"
    assert resource["needs"] == [{"address": "template/edge-base", "fields": ["extends"]}]
    assert [user["address"] for user in resource["needed_by"]] == [
        "node/edge-london-01",
        "node/edge-tokyo-01",
        "node/edge-tokyo-02",
    ]


def test_show_says_what_is_known_after_apply_or_a_default(edge: Path, fleetc: Fleetc) -> None:
    ran = fleetc("-C", str(edge), "show", PEER)
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[0] == f"{PEER} fleet.yaml:45:17"
    assert "public_key (known after apply)" in lines
    assert "listen_port 51820 default" in lines
    assert any(line.startswith("endpoint_host_v4 (known after apply, from instance/") for line in lines)
    assert "not written: computed from the other fields" in lines
    region = fleetc("-C", str(edge), "show", "instance/edge-tokyo-01").out
    assert "ap-tokyo-1  fleet.yaml:24:13  external region" in region


def test_show_takes_selectors_and_a_revision(edge: Path, fleetc: Fleetc) -> None:
    def addresses(*words: str) -> list[str]:
        shown = fleetc("-C", str(edge), "show", "--json", *words).json["resources"]
        return [resource["address"] for resource in shown]

    assert addresses("region:ap-*") == ["instance/edge-tokyo-01", "instance/edge-tokyo-02"]
    assert addresses("network/*", "template/edge-base") == ["template/edge-base", "network/edge-fabric"]
    (edge / "fleet.yaml").write_text((edge / "fleet.yaml").read_text().replace("edge-fabric", "other"))
    assert addresses("kind:network") == ["network/other"]
    assert addresses("kind:network", "--rev", "HEAD") == ["network/edge-fabric"]
    nothing = fleetc("-C", str(edge), "show", "tags:none")
    assert (nothing.code, nothing.out) == (0, "")
    assert "matches nothing" in nothing.err


def test_impact_counts_by_kind_and_distance(edge: Path, fleetc: Fleetc) -> None:
    ran = fleetc("-C", str(edge), "impact", "template/edge-base")
    assert ran.out.startswith(
        "a change of template/edge-base touches 11 of 13 resources: 1 template, 3 node,"
    )
    document = fleetc("-C", str(edge), "impact", "--json", "instance/edge-london-01").json
    assert document["kinds"] == {"peer": 1, "virtual_ip": 1}
    assert document["steps"] == [
        {"steps": 1, "addresses": ["peer/edge-fabric/edge-london-01"]},
        {"steps": 2, "addresses": [VIP]},
    ]
    assert fleetc("-C", str(edge), "impact", VIP).out == f"nothing needs {VIP}\n"


def test_a_path_names_the_field_and_place_of_each_reference(edge: Path, fleetc: Fleetc) -> None:
    ran = fleetc("-C", str(edge), "why-path", PEER, "template/edge-base")
    assert ran.out.splitlines() == [
        f"{PEER} needs template/edge-base, 4 steps away",
        f"  {PEER}",
        "    instance -> instance/edge-tokyo-01  fleet.yaml:45:17",
        "    node -> node/edge-tokyo-01  fleet.yaml:22:15",
        "    template -> template/edge-cdn  fleet.yaml:23:15",
        "    extends -> template/edge-base  fleet.yaml:15:14",
    ]
    assert len(fleetc("-C", str(edge), "why-path", "--json", VIP, "template/edge-cdn").json["paths"]) == 3


def test_where_there_is_no_path_the_other_direction_is_offered(edge: Path, fleetc: Fleetc) -> None:
    ran = fleetc("-C", str(edge), "why-path", "network/edge-fabric", VIP)
    assert ran.code == 0
    assert f"fleetc why-path {VIP} network/edge-fabric" in ran.out
    none = fleetc("-C", str(edge), "why-path", "node/edge-tokyo-01", "node/edge-tokyo-02")
    assert none.out == "node/edge-tokyo-01 does not need node/edge-tokyo-02\n"
    assert fleetc("-C", str(edge), "why-path", "--json", PEER, VIP).json["other_direction"] is True


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("show", "node/edge-tokio-01"), "`node/edge-tokyo-01`"),
        (("show", "change:create"), "plan --select"),
        (("impact", "kind:nodes"), "`node`"),
        (("why-path", "edge-tokyo-01", VIP), "say which one: node/edge-tokyo-01"),
        (("why-path", "tags:none", VIP), "name an address"),
        (("why-path", VIP, "cdn-frontend"), "name two resources"),
    ],
)
def test_what_is_not_there_is_a_usage_error(
    edge: Path, fleetc: Fleetc, words: tuple[str, ...], hint: str
) -> None:
    ran = fleetc("-C", str(edge), *words)
    assert (ran.code, ran.out) == (64, "")
    assert hint in ran.err


def test_a_fleet_that_does_not_compile_is_an_error_with_its_diagnostics(edge: Path, fleetc: Fleetc) -> None:
    text = (edge / "fleet.yaml").read_text()
    (edge / "fleet.yaml").write_text(text.replace("template: edge-cdn", "template: edge-cnd"))
    for words in (("show", "all"), ("impact", "all"), ("why-path", "all", "all")):
        ran = fleetc("-C", str(edge), *words)
        assert (ran.code, ran.out) == (1, "")
        assert "F0" in ran.err


FORMATS = {
    "json": '{"account":"edge-demo"',
    "dot": "digraph fleet {",
    "mermaid": "flowchart RL",
    "svg": "<svg ",
    "html": "<!doctype html>",
}


@pytest.mark.parametrize("form", FORMATS)
def test_a_graph_in_each_format_to_stdout_and_file(edge: Path, fleetc: Fleetc, form: str) -> None:
    ran = fleetc("-C", str(edge), "graph", "--format", form)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(FORMATS[form])
    assert "cdn-frontend" in ran.out
    written = fleetc("-C", str(edge), "graph", "--format", form, "-o", "picture")
    assert (written.out, written.err) == ("", "wrote picture: 13 resources\n")
    assert (edge / "picture").read_text() == ran.out


def test_a_graph_of_a_part(edge: Path, fleetc: Fleetc) -> None:
    ran = fleetc(
        "-C", str(edge), "graph", "--json", "--select", "+peer/*/edge-london-01", "--exclude", "kind:network"
    )
    assert [each["address"] for each in ran.json["resources"]] == [
        "template/edge-cdn",
        "node/edge-london-01",
        "instance/edge-london-01",
        "peer/edge-fabric/edge-london-01",
    ]
    assert {each["target"] for each in ran.json["references"]} == {
        "template/edge-cdn",
        "node/edge-london-01",
        "instance/edge-london-01",
    }


def test_a_graph_folds_unless_told_not_to(edge: Path, fleetc: Fleetc) -> None:
    text = (
        (edge / "fleet.yaml").read_text().replace("hostname: edge-london-01", "hostname: edge-london-[01-20]")
    )
    (edge / "fleet.yaml").write_text(text)
    folded = fleetc("-C", str(edge), "graph", "--json").json
    assert "edge-london-[01-20]" in [box["title"] for box in folded["boxes"]]
    flat = fleetc("-C", str(edge), "graph", "--json", "--unfold").json
    assert len(flat["boxes"]) == len(flat["resources"]) == len(folded["resources"]) == 51


def test_too_many_boxes_for_a_picture_are_a_usage_error(edge: Path, fleetc: Fleetc) -> None:
    nodes = "  - {hostname: 'n-[1-3000]', template: t}\n"
    text = f"version: 1\naccount: a\ntemplates: [{{name: t, node_platform: p}}]\nnodes:\n{nodes}"
    (edge / "fleet.yaml").write_text(text)
    ran = fleetc("-C", str(edge), "graph", "--format", "svg", "--unfold")
    assert (ran.code, ran.out) == (64, "")
    assert "--select" in ran.err
    assert fleetc("-C", str(edge), "graph", "--format", "svg").code == 0


def test_since_selects_what_another_revision_has_otherwise(edge: Path, fleetc: Fleetc) -> None:
    text = (edge / "fleet.yaml").read_text()
    changed = text.replace("routing_mode: ibgp", "routing_mode: static").replace("cdn-frontend", "front")
    (edge / "fleet.yaml").write_text(changed)
    ran = fleetc("-C", str(edge), "show", "--json", "@since:HEAD")
    assert [each["address"] for each in ran.json["resources"]] == [
        "network/edge-fabric",
        "virtual_ip/edge-fabric/front",
    ]
    assert "matches nothing" in fleetc("-C", str(edge), "show", "--rev", "HEAD", "@since:HEAD").err
    plan = fleetc("-C", str(edge), "plan", "--worktree", "--json", "--exclude", "@since:HEAD").json
    assert [each["address"] for each in plan["actions"] if not each["selected"]] == [
        "network/edge-fabric",
        *(f"peer/edge-fabric/edge-{name}" for name in ("tokyo-01", "tokyo-02", "london-01")),
        "virtual_ip/edge-fabric/front",
    ]
    assert fleetc("-C", str(edge), "show", "@since:nowhere").code == 1
    assert fleetc("-C", str(edge), "show", "@since:").code == 64


def test_a_plan_since_a_revision_follows_the_revision(edge: Path, fleetc: Fleetc) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=Lee", "-c", "user.email=lee@example.com"]
        subprocess.run(["git", *identity, *words], cwd=edge, check=True, capture_output=True)

    def ticked() -> list[str]:
        plan = fleetc("-C", str(edge), "plan", "--json", "--select", "@since:base").json
        return [each["address"] for each in plan["actions"] if each["selected"]]

    text = (edge / "fleet.yaml").read_text()
    (edge / "fleet.yaml").write_text(text.replace("routing_mode: ibgp", "routing_mode: static"))
    git("commit", "-qam", "static")
    git("branch", "base")
    assert ticked() == []
    git("branch", "-f", "base", "HEAD~1")
    assert ticked() == ["network/edge-fabric"]
