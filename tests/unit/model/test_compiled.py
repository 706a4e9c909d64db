"""What a compile gives besides resources: origins, reach, externals, values known after apply."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from fleetc.errors import SourceProblem
from fleetc.ir.graph import ResourceGraph
from fleetc.ir.lower import Compiled, compile_fleet
from fleetc.ir.values import Ref


@dataclass
class Files:
    files: dict[str, str]
    kinds: dict[str, str] = field(default_factory=dict)

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise SourceProblem(f"no file {path}")
        return self.files[path].encode()

    def kind(self, path: str) -> str:
        return self.kinds.get(path, "file" if path in self.files else "missing")


def compiled(text: str, **kinds: str) -> Compiled:
    return compile_fleet(Files({"fleet.yaml": "version: 1\naccount: demo\n" + text}, kinds))


def graph(text: str) -> ResourceGraph:
    found = compiled(text)
    assert found.graph is not None, found.diagnostics
    return found.graph


def codes(found: Compiled) -> list[str]:
    return [item.code for item in found.diagnostics if item.severity == "error"]


FLEET = """
defaults:
  nodes:
    region: r
    labels: {a: "1"}
templates:
  - name: base
    node_platform: p
    modules: [nginx@1]
  - name: web
    extends: base
    metadata: &m {x: 1}
nodes:
  - hostname: web-[1-2]
    template: web
    instance_type: t
    labels: {b: "2"}
    metadata: *m
sdwan:
  networks:
    - name: fabric
      peers: [{host: "web-[1-2]", publicly_reachable: true, listen_port: 7}]
"""


@pytest.mark.parametrize(
    ("address", "name", "line", "steps"),
    [
        ("template/base", "node_platform", 10, []),
        ("template/web", "node_platform", 10, ["extends"]),
        ("template/web", "modules", 11, ["extends"]),
        ("node/web-2", "", 16, ["range"]),
        ("node/web-2", "template", 17, []),
        ("node/web-2", "lifecycle_class", 16, ["schema", "range"]),
        ("node/web-2", "metadata", 14, ["alias"]),
        ("node/web-2", "effective_modules", 11, ["template", "extends"]),
        ("instance/web-1", "region", 6, ["defaults"]),
        ("instance/web-1", "instance_type", 18, []),
        ("peer/fabric/web-1", "endpoint_host_v4", 24, ["given", "range"]),
        ("peer/fabric/web-1", "listen_port", 24, []),
    ],
)
def test_an_origin_names_the_place_and_the_way(address: str, name: str, line: int, steps: list[str]) -> None:
    origin = graph(FLEET).locate(address, name)
    assert (origin.span.line, [step.step for step in origin.steps]) == (line, steps)


def test_defaults_merge_deeply_below_the_node() -> None:
    node = graph(FLEET).resources["node/web-1"]
    assert node.fields["labels"] == {"a": "1", "b": "2"}


def test_a_public_peer_without_endpoint_waits_for_its_instance() -> None:
    peer = graph(FLEET).resources["peer/fabric/web-1"].fields
    assert peer["endpoint_host_v4"] == Ref("instance/web-1", "public_address")
    assert peer["endpoint_port"] == 7


def test_a_public_peer_with_an_endpoint_keeps_it() -> None:
    text = "sdwan: {networks: {n: {peers: {a: {publicly_reachable: true, endpoint_host_v6: '2001:DB8::1'}}}}}"
    peer = graph(text).resources["peer/n/a"].fields
    assert "endpoint_host_v4" not in peer
    assert (peer["endpoint_host_v6"], peer["endpoint_port"]) == ("2001:db8::1", 51820)


def test_externals_are_listed_with_their_first_use() -> None:
    uses = graph(FLEET).externals
    assert [(use.category, use.name, use.used_by, use.span.line, use.count) for use in uses] == [
        ("instance_type", "t", "instance/web-1", 18, 2),
        ("module", "nginx", "template/base", 11, 2),
        ("node_platform", "p", "template/base", 10, 2),
        ("region", "r", "instance/web-1", 6, 2),
    ]


def test_a_host_outside_the_file_is_an_external_node() -> None:
    found = graph("sdwan: {networks: {n: {peers: {a: {}}}}}")
    assert [(use.category, use.name) for use in found.externals] == [("node", "a")]
    assert found.resources["peer/n/a"].depends_on == ("network/n",)


def test_an_error_in_a_template_reaches_the_nodes_that_use_it() -> None:
    text = """
templates:
  - {name: a, node_platform: p, architecture: amd46}
  - {name: b, extends: a}
nodes:
  - {hostname: "n-[1-47]", template: b}
  - {hostname: m, template: a}
"""
    (item,) = compiled(text).diagnostics
    assert (item.code, item.affected.count if item.affected else 0) == ("F0302", 48)


def test_one_missing_template_is_one_error_however_many_name_it() -> None:
    nodes = "".join(f"  - {{hostname: n-{number}, template: wep}}\n" for number in range(47))
    (item,) = compiled(f"templates: [{{name: web, node_platform: p}}]\nnodes:\n{nodes}").diagnostics
    assert (item.code, item.affected.count if item.affected else 0) == ("F0201", 47)
    assert len(item.fixes[0].edits) == 47


def test_at_most_20_errors_a_file_are_shown_and_the_rest_counted() -> None:
    modules = "".join(f"  - {{name: m{number}, priority: -1}}\n" for number in range(25))
    found = compiled(f"modules:\n{modules}").diagnostics
    assert len(found) == 20
    assert [item.primary.span.line for item in found] == list(range(4, 24))
    assert found[-1].notes == ("5 more errors in this file",)


def test_what_an_error_took_away_is_not_missed() -> None:
    assert codes(
        compiled("templates: [{name: Web, node_platform: p}]\nnodes: [{hostname: a, template: Web}]")
    ) == ["F0204"]
    peers = "sdwan: {networks: {n: {peers: [{host: a_}], virtual_ips: {v: {primary_holder: a_}}}}}"
    assert codes(compiled(peers)) == ["F0204"]


def test_nothing_is_missed_when_an_included_file_cannot_be_read_as_yaml() -> None:
    files = {
        "fleet.yaml": "version: 1\naccount: a\ninclude: [t.yaml]\nnodes: [{hostname: a, template: t}]\n",
        "t.yaml": "templates: [\n",
    }
    found = compile_fleet(Files(files))
    assert {item.primary.span.path for item in found.diagnostics if item.severity == "error"} == {"t.yaml"}


@pytest.mark.parametrize("kind", ["symlink", "directory", "submodule"])
def test_only_regular_files_are_included(kind: str) -> None:
    found = compile_fleet(
        Files({"fleet.yaml": "version: 1\naccount: a\ninclude: [x.yaml]\n"}, {"x.yaml": kind})
    )
    assert codes(found) == ["F0123"]
    assert kind in found.diagnostics[0].message


def test_a_fleet_file_that_is_not_there_is_never_an_empty_fleet() -> None:
    with pytest.raises(SourceProblem):
        compile_fleet(Files({}))


def test_a_chain_of_extends_may_be_as_deep_as_the_file_is_long() -> None:
    chain = "".join(f"  - {{name: t{n}, extends: t{n - 1}}}\n" for n in range(1, 5000))
    found = graph(
        f"templates:\n  - {{name: t0, node_platform: p}}\n{chain}nodes: [{{hostname: a, template: t4999}}]"
    )
    assert found.resources["template/t4999"].fields == {"node_platform": "p"}


def test_a_ring_of_50_is_one_error_with_a_place_for_each_edge() -> None:
    ring = "".join(f"  - {{name: t{n:02d}, extends: t{(n + 1) % 50:02d}}}\n" for n in range(50))
    (item,) = compiled(f"templates:\n{ring}").diagnostics
    assert item.code == "F0402"
    assert len({label.span for label in (item.primary, *item.secondary)}) == 50
    assert item.message.count(" -> ") == 50


def test_merge_keys_are_values_of_their_own() -> None:
    text = """
provider_configs: {common: &c {region: r, instance_type: t}}
templates: [{name: web, node_platform: p}]
nodes:
  - {hostname: a, template: web, <<: *c}
  - {hostname: b, template: web, <<: *c, region: s}
"""
    found = graph(text)
    assert found.resources["instance/a"].fields["region"] == "r"
    assert found.resources["instance/b"].fields["region"] == "s"
    origin = found.locate("instance/a", "region")
    assert (origin.span.line, [step.step for step in origin.steps]) == (4, ["merge"])


def test_a_secret_is_warned_about_and_not_repeated() -> None:
    text = "modules: [{name: a, config: {db: {password: hunter2hunter2}}}]"
    (item,) = compiled(text).diagnostics
    assert (item.code, str(item.severity)) == ("F0308", "warning")
    assert "hunter2" not in item.message + item.primary.text + item.help


def test_a_reference_to_a_secret_is_refused_until_something_resolves_it() -> None:
    (item,) = compiled("modules: [{name: a, config: {db: {key: {secret: env:KEY}}}}]").diagnostics
    assert (item.code, str(item.severity)) == ("F0124", "error")
