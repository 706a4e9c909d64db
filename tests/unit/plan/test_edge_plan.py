"""The reference fleet against the state where `edge-base` exists: 12 creates and one adopt."""

from __future__ import annotations

import msgspec
import pytest

from fleetc.errors import InputProblem, UsageProblem
from fleetc.ir.graph import ResourceGraph
from fleetc.ir.state import Catalogue, LiveResource, Snapshot
from fleetc.ir.values import Ref
from fleetc.plan.actions import Plan
from fleetc.plan.build import PlanContext, build_plan
from fleetc.plan.changes import Op
from fleetc.plan.diff import diff
from fleetc.plan.digest import plan_digest
from fleetc.plan.documents import load_plan, plan_bytes, plan_document
from fleetc.plan.order import steps
from fleetc.plan.selection import SelectionIndex, reduce_plan
from fleetc.plan.selectors import rows_at, select
from fleetc.plan.universe import of_plan
from fleetc.platforms.local.profile import local_profile
from fleetc.report.plan_text import render_plan
from tests.property.plan_worlds import graph_of

EDGE = """\
version: 1
account: edge
templates:
  - name: edge-base
    node_platform: ubuntu-24.04-amd64
    architecture: amd64
    modules: [system-base, chrony]
  - name: edge-cdn
    extends: edge-base
    modules: [nginx]
    metadata: {purpose: edge-cdn}
nodes:
  - {hostname: edge-tokyo-01, template: edge-cdn, region: ap-tokyo-1, instance_type: t3-medium}
  - {hostname: edge-tokyo-02, template: edge-cdn, region: ap-tokyo-1, instance_type: t3-medium}
  - {hostname: edge-london-01, template: edge-cdn, region: eu-west-2, instance_type: t3-medium}
sdwan:
  networks:
    - name: edge-fabric
      routing_mode: ibgp
      peers:
        - {host: edge-tokyo-01, publicly_reachable: true}
        - host: edge-tokyo-02
        - {host: edge-london-01, publicly_reachable: true}
      virtual_ips:
        - name: cdn-frontend
          primary_holder: edge-tokyo-01
          failover_holders: [edge-tokyo-02, edge-london-01]
"""
CATALOGUE = Catalogue(
    modules={name: {"1.0": "live"} for name in ("system-base", "chrony", "nginx")},
    node_platforms=("ubuntu-24.04-amd64",),
    regions=("ap-tokyo-1", "eu-west-2"),
    instance_types=("t3-medium",),
)
BASE = LiveResource(
    "template/edge-base",
    "template",
    "tpl-1",
    {"node_platform": "ubuntu-24.04-amd64", "architecture": "amd64", "modules": ["chrony", "system-base"]},
)
LONDON = {
    "node/edge-london-01",
    "instance/edge-london-01",
    "peer/edge-fabric/edge-london-01",
    "virtual_ip/edge-fabric/cdn-frontend",
}


@pytest.fixture(scope="module")
def graph() -> ResourceGraph:
    return graph_of(EDGE)


@pytest.fixture(scope="module")
def live() -> Snapshot:
    return Snapshot("edge", local_profile(), (BASE,), CATALOGUE, serial=7, name="snap-7")


def planned(graph: ResourceGraph, live: Snapshot, **context: object) -> Plan:
    found, diagnostics = diff(graph, live, {})
    assert diagnostics == ()
    return build_plan(graph, live, found, PlanContext("local", "local", **context))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def plan(graph: ResourceGraph, live: Snapshot) -> Plan:
    return planned(graph, live)


def test_twelve_creates_and_one_adopt_with_the_summary_of_the_walkthrough(plan: Plan) -> None:
    assert [action.op for action in plan.actions] == [Op.CREATE] * 12
    assert plan.adopt == ("template/edge-base",)
    hosts = ["edge-tokyo-01", "edge-tokyo-02", "edge-london-01"]
    none: dict[str, list[str]] = {"update": [], "delete": []}
    assert plan.summary == {
        "templates": {"add": ["edge-cdn"], **none},
        "nodes": {"add": hosts, **none},
        "sdwan": {
            "networks": {"add": ["edge-fabric"], **none},
            "peers": {"add": [f"edge-fabric/{host}" for host in hosts], **none},
            "virtual_ips": {"add": ["cdn-frontend"], **none},
        },
    }
    assert plan.requires_approval
    assert plan.request_id == f"apr-{plan.digest[:12]}"


def test_leaving_london_out_leaves_eight_of_twelve(plan: Plan) -> None:
    index = SelectionIndex(plan)
    row = rows_at("node/edge-london-01", plan).index(1)
    toggled = index.toggle(index.ticked, [row], False)
    left = {a.address for a, on in zip(plan.actions, toggled.ticked, strict=True) if not on}
    assert left == LONDON
    assert {plan.actions[n].address for n in toggled.pushed_out} == LONDON - {"node/edge-london-01"}
    back = index.toggle(toggled.ticked, [rows_at("virtual_ip/edge-fabric/cdn-frontend", plan).index(1)], True)
    assert back.ticked == index.ticked
    assert len(back.pulled_in) == 3


def test_what_was_left_out_stays_out_until_it_changes(graph: ResourceGraph, live: Snapshot) -> None:
    plan = planned(graph, live)
    index = SelectionIndex(plan)
    ticked = index.toggle(index.ticked, [rows_at("node/edge-london-01", plan).index(1)], False).ticked
    reduced = reduce_plan(plan, ticked, by="dana")
    assert reduced.digest != plan.digest
    assert {(row.address, row.by) for row in reduced.withheld} == {(address, "dana") for address in LONDON}
    rows = {row.address: (row.by, row.fingerprint) for row in reduced.withheld}
    again = planned(graph, live, withheld=rows)
    assert again.digest == reduced.digest
    assert {a.withheld_by for a in again.actions if not a.selected} == {"dana"}
    assert "withheld by dana" in render_plan(again)
    other = {address: (by, "of another change") for address, (by, _) in rows.items()}
    assert planned(graph, live, withheld=other).digest == plan.digest


def test_nothing_ticked_needs_no_approval_and_opens_no_request(plan: Plan) -> None:
    nothing = reduce_plan(plan, bytes(12), by="dana")
    assert not nothing.requires_approval
    assert nothing.request_id == ""


def test_a_study_plan_has_no_request(graph: ResourceGraph, live: Snapshot) -> None:
    study = planned(graph, live, study="it is against a recorded state")
    assert study.requires_approval
    assert plan_document(study)["approval_request_id"] is None
    assert "cannot be approved" in render_plan(study)


def test_steps_follow_the_references(plan: Plan) -> None:
    found = steps(plan)
    waves = {plan.actions[step.action].address: step.wave for step in found}
    assert waves["template/edge-cdn"] == waves["network/edge-fabric"] == 1
    assert waves["node/edge-tokyo-01"] == 2
    assert waves["instance/edge-tokyo-01"] == 3
    assert waves["peer/edge-fabric/edge-tokyo-01"] == 4
    assert waves["virtual_ip/edge-fabric/cdn-frontend"] == 5


def test_calls_name_what_is_not_known_yet(plan: Plan) -> None:
    action = next(a for a in plan.actions if a.kind == "virtual_ip")
    (call,) = action.calls
    peer = "peer/edge-fabric/edge-"
    assert call.arguments["holder_peer_id"] == Ref(f"{peer}tokyo-01", "id")
    assert call.arguments["failover_holder_peer_ids"] == [
        Ref(f"{peer}tokyo-02", "id"),
        Ref(f"{peer}london-01", "id"),
    ]
    assert "cidr" not in call.arguments
    network = next(a for a in plan.actions if a.kind == "network")
    assert [call.name for call in network.calls] == ["create_network", "set_routing_mode"]


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("all", 12),
        ("kind:node", 3),
        ("kind:node kind:peer", 6),
        ("change:create", 12),
        ("change:delete", 0),
        ("node/edge-tokyo-*", 2),
        ("node/edge-tokyo-01, network/edge-fabric", 0),
        ("kind:network template/*", 2),
        ("kind:node , *london*", 1),
        ("not kind:node", 9),
        ("*london*, not kind:node kind:network", 3),
    ],
)
def test_selectors(plan: Plan, expression: str, count: int) -> None:
    assert sum(select(expression, of_plan(plan))) == count


@pytest.mark.parametrize(
    ("expression", "hint"),
    [
        ("kind:nodes", "`node`"),
        ("change:created", "`create`"),
        ("knd:node", "`kind`"),
        ("node/edge-tokio-01", "`node/edge-tokyo-01`"),
        ("kind:", "kind:KIND"),
        ("zone/*", "address"),
        (" ", "address"),
    ],
)
def test_a_selector_that_means_nothing_is_a_usage_error_with_a_hint(
    plan: Plan, expression: str, hint: str
) -> None:
    with pytest.raises(UsageProblem) as caught:
        select(expression, of_plan(plan))
    assert hint in caught.value.next_step


def test_the_digest_leaves_snapshot_time_origins_and_texts_out(
    graph: ResourceGraph, live: Snapshot, plan: Plan
) -> None:
    later = msgspec.structs.replace(live, serial=8, name="snap-8", taken_at="2030-01-01T00:00:00Z")
    other = planned(graph, later, created_at="2030-01-01T00:00:00Z", created_by="kim", revision="main")
    assert other.digest == plan.digest
    plain = msgspec.structs.replace
    bare = [plain(a, reason="x", fields=()) for a in plan.actions]
    assert plan_digest(plain(plan, actions=tuple(bare), summary={}, warnings=("w",))) == plan.digest


@pytest.mark.parametrize(
    "name", ["account", "environment", "platform", "profile", "commit", "tree", "desired", "override"]
)
def test_the_digest_covers_what_an_approval_is_for(plan: Plan, name: str) -> None:
    assert plan_digest(msgspec.structs.replace(plan, **{name: "other"})) != plan.digest


def test_the_digest_covers_limits_and_every_part_of_an_action(plan: Plan) -> None:
    replace = msgspec.structs.replace
    limit = replace(plan.limits[0], allowed=99)
    assert plan_digest(replace(plan, limits=(limit, *plan.limits[1:]))) != plan.digest
    first, *others = plan.actions
    call = first.calls[0]
    changed = [
        replace(first, op=Op.UPDATE),
        replace(first, address="template/other"),
        replace(first, selected=False),
        replace(first, calls=first.calls[1:]),
        replace(first, calls=(replace(call, arguments={**call.arguments, "name": "x"}), *first.calls[1:])),
        replace(first, base={"architecture": "arm64"}),
        replace(first, requires=("create:node/x",)),
        replace(first, after=("update:node/x",)),
    ]
    digests = {plan_digest(replace(plan, actions=(action, *others))) for action in changed}
    assert len(digests) == len(changed)
    assert plan.digest not in digests


def test_a_document_with_the_contract_of_the_issue(plan: Plan) -> None:
    document = plan_document(plan)
    assert document["format"] == "fleetc.plan/1"
    action = document["actions"][0]
    assert action.keys() >= {
        "id",
        "op",
        "address",
        "cause",
        "selected",
        "fields",
        "calls",
        "requires",
        "after",
    }
    assert action["fields"][0].keys() == {"path", "before", "after", "cause", "origin"}
    assert document["withheld"] == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"version: 1\n",
        lambda data: b"[]",
        lambda data: b"\xff\xfe",
        lambda data: data.replace(b"fleetc.plan/1", b"fleetc.plan/9"),
        lambda data: data.replace(b"ap-tokyo-1", b"ap-tokyo-2"),
        lambda data: data.replace(b'"create"', b'"destroy"'),
        lambda data: b"[" * 100_000,
        lambda data: data.replace(b'"ap-tokyo-1"', b'{"literal": 5}'),
        lambda data: data.replace(b'"ap-tokyo-1"', b"1e999"),
        lambda data: data.replace(b'"ap-tokyo-1"', b'"\\ud800"'),
        lambda data: data.replace(b'"ap-tokyo-1"', b"[" * 2000 + b"]" * 2000),
    ],
)
def test_a_damaged_document_is_an_input_problem(plan: Plan, damage: object) -> None:
    with pytest.raises(InputProblem) as caught:
        load_plan(damage(plan_bytes(plan)))  # type: ignore[operator]
    assert caught.value.code in ("F0720", "F0721")


def test_colour_only_when_asked_for(plan: Plan) -> None:
    assert "\x1b" not in render_plan(plan, color=False)
    assert "\x1b[32m" in render_plan(plan, color=True)
