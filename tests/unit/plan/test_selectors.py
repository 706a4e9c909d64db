"""Selectors: their trees, what they select of plans and graphs, and what they say when wrong."""

from __future__ import annotations

import contextlib

import msgspec
import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetc.errors import UsageProblem
from fleetc.ir.graph import ResourceGraph
from fleetc.ir.values import Ref
from fleetc.lang.selector_ast import (
    Address,
    Both,
    Either,
    Everything,
    Glob,
    Mark,
    Not,
    Predicate,
    Reach,
    Selector,
    SelectorProblem,
)
from fleetc.lang.selector_parser import parse
from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.plan.selectors import filter_mask, select
from fleetc.plan.universe import Universe, of_graph, of_plan
from fleetc.plan.verdicts import Finding, Verdict
from tests.property.test_selection_oracle import graphs, plan_of
from tests.unit.model.test_compiled import graph as compiled

FLEET = """
templates:
  - name: base
    node_platform: p
    modules: [nginx@1]
  - name: web
    extends: base
    metadata: {owner: {team: core}, "a.b": dotted}
nodes:
  - hostname: web-[1-3]
    template: web
    region: ap-tokyo-1
    instance_type: t
    labels: {site: nrt, app.example/role: "say \\"hi\\""}
  - hostname: db-1
    template: base
    region: eu-west-2
    instance_type: t
    lifecycle_class: spot
sdwan:
  networks:
    - name: mesh
      tags: [core, "a+"]
      peers:
        - {host: web-1, publicly_reachable: true}
        - {host: db-1, listen_port: 51821}
      virtual_ips:
        - {name: front, primary_holder: web-1}
"""


@pytest.fixture(scope="module")
def graph() -> ResourceGraph:
    return compiled(FLEET)


@pytest.fixture(scope="module")
def universe(graph: ResourceGraph) -> Universe:
    return of_graph(graph)


def names(expression: str, universe: Universe) -> list[str]:
    mask = select(expression, universe)
    return sorted(address for address, on in zip(universe.addresses, mask, strict=True) if on)


def test_the_tree_has_places() -> None:
    text = 'not 2+kind:node+ , "a b" @new'
    tree = parse(text)
    assert isinstance(tree, Either)
    both, mark = tree.parts
    assert isinstance(both, Both)
    negation, address = both.parts
    assert isinstance(negation, Not)
    assert negation.inner == Reach(Predicate("kind", "", Glob("node"), 6, 15), 2, -1, 4, 16)
    assert address == Address(Glob("a b", quoted=True), 19, 24)
    assert mark == Mark("new", "", 25, 29)
    assert text[both.start : both.end] == 'not 2+kind:node+ , "a b"'


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("all", Everything(0, 3)),
        ("@since:HEAD~2", Mark("since", "HEAD~2", 0, 13)),
        ("nothing/x", Address(Glob("nothing/x"), 0, 9)),
        ("label.x/y:z", Predicate("label", "x/y", Glob("z"), 0, 11)),
        ("tags:a+", Reach(Predicate("tags", "", Glob("a"), 0, 6), None, -1, 0, 7)),
        ('tags:"a+"', Predicate("tags", "", Glob("a+", quoted=True), 0, 9)),
        ("a:+81+5", Reach(Predicate("a", "", Glob("+81"), 0, 5), None, 5, 0, 7)),
        ('x:"\\"\\\\"', Predicate("x", "", Glob('"\\', quoted=True), 0, 8)),
    ],
)
def test_terms(text: str, tree: Selector) -> None:
    assert parse(text) == tree


def test_a_comma_binds_closer_than_a_space_and_not_closest() -> None:
    flat, nested = parse("not a/1, b/1 c/1"), parse("((not a/1), b/1) c/1")
    assert isinstance(flat, Either)
    assert isinstance(nested, Either)
    assert [type(part) for part in flat.parts] == [type(part) for part in nested.parts] == [Both, Address]


@pytest.mark.parametrize(
    "text",
    [
        "(",
        ")",
        "a/b)",
        "(a/b",
        ",",
        "a/b,",
        ",a/b",
        "not",
        "+",
        "2+",
        "kind:",
        'x:"',
        '"a"b',
        "a/b(c/d)",
        "()",
        "(" * 60 + "a/b" + ")" * 60,
        "not " * 5000 + "a/b",
        "9999999999+a/b",
        "x.:y",
        "\x00:",
        "@",
    ],
)
def test_what_cannot_be_read_says_where(text: str, universe: Universe) -> None:
    with pytest.raises(SelectorProblem) as caught:
        select(text, universe)
    assert caught.value.code in {"F0801", "F0802"}
    assert caught.value.next_step


@given(st.text(alphabet=' ,()+:"*?[]@not12ab/kind\\.\x00é', max_size=30))
def test_any_text_selects_or_is_a_usage_problem(text: str) -> None:
    few = of_plan(plan_of(3, [(0, 1)]))
    with contextlib.suppress(UsageProblem):
        assert len(select(text, few)) == 3


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("web-1", ["instance/web-1", "node/web-1", "peer/mesh/web-1"]),
        ("fr*", ["virtual_ip/mesh/front"]),
        ("*mesh/d*", ["peer/mesh/db-1"]),
        ("*front", ["virtual_ip/mesh/front"]),
        ("node/web-[12]", ["node/web-1", "node/web-2"]),
        ("kind:no*", ["node/db-1", "node/web-1", "node/web-2", "node/web-3"]),
        ("region:ap-*", ["instance/web-1", "instance/web-2", "instance/web-3"]),
        ("template:base", ["node/db-1"]),
        ("lifecycle_class:spot", ["node/db-1"]),
        ("label.site:nrt, node/web-1", ["node/web-1"]),
        ("labels.site:n?t, node/web-1", ["node/web-1"]),
        ('label.app.example/role:"say \\"hi\\"", node/web-2', ["node/web-2"]),
        ("metadata.owner.team:core", ["template/web"]),
        ("metadata.a.b:dotted", ["template/web"]),
        ("tags:core", ["network/mesh"]),
        ('tags:"a+"', ["network/mesh"]),
        ("tags:nothing", []),
        ("listen_port:51821", ["peer/mesh/db-1"]),
        ("publicly_reachable:true", ["peer/mesh/web-1"]),
        ("modules:nginx", ["template/base", "template/web"]),
        ("modules:nginx@1", ["template/base", "template/web"]),
        ("+node/db-1", ["node/db-1", "template/base"]),
        ("node/db-1+1", ["instance/db-1", "node/db-1"]),
        ("1+node/db-1+", ["instance/db-1", "node/db-1", "peer/mesh/db-1", "template/base"]),
        ("0+node/db-1", ["node/db-1"]),
        ("(node/db-1 node/web-3)+1, kind:instance", ["instance/db-1", "instance/web-3"]),
        ("kind:peer, not *db*", ["peer/mesh/web-1"]),
        ("not (kind:node kind:instance kind:peer kind:template)", ["network/mesh", "virtual_ip/mesh/front"]),
    ],
)
def test_selections_of_a_graph(expression: str, found: list[str], universe: Universe) -> None:
    assert names(expression, universe) == found


@pytest.mark.parametrize(
    ("expression", "hint"),
    [
        ("kind:nodes", "`node`"),
        ("regoin:x", "`region`"),
        ("lifecycle_class:spt", "`spot`"),
        ("lifecycle_class:z*", "known: persistent, ephemeral, spot"),
        ("publicly_reachable:yes", "known: true, false"),
        ("labels:x", "labels.KEY:VALUE"),
        ("region.x:y", "region:VALUE"),
        ("kind.x:y", "kind:VALUE"),
        ("status:running", "known:"),
        ("web-4", "SYNTAX"),
        ("node/wbe-1", "`node/web-1`"),
        ("change:create", "plan --select"),
        ("cause:drift", "plan --select"),
        ("field:region", "plan --select"),
        ("@new", "none here"),
        ("@since:main", "command line"),
        ("verdict:deny", "plan --select"),
    ],
)
def test_what_means_nothing_has_a_hint(expression: str, hint: str, universe: Universe) -> None:
    with pytest.raises(SelectorProblem) as caught:
        select(expression, universe)
    assert ("explain F0801" if hint == "SYNTAX" else hint) in caught.value.next_step


def test_a_value_that_a_field_cannot_have_is_called_one(universe: Universe) -> None:
    with pytest.raises(SelectorProblem, match=r"no value of `publicly_reachable` named `yes`"):
        select("publicly_reachable:yes", universe)


def _plan() -> Plan:
    def action(
        op: Op, address: str, cause: Cause, changes: tuple[FieldChange, ...] = (), **more: object
    ) -> Action:
        base = {
            "id": f"{op.value}:{address}",
            "op": op,
            "address": address,
            "cause": cause,
            "fields": changes,
        }
        kind = address.partition("/")[0]
        return Action(**base, kind=kind, selected=True, calls=(), **{"requires": (), "after": ()} | more)  # type: ignore[arg-type]

    port = FieldChange("listen_port", 51820, 51821, Cause.GIT)
    drifted = FieldChange("tags", ["a"], ["b"], Cause.DRIFT)
    size = FieldChange("region", "eu-1", "ap-1", Cause.GIT)
    actions = (
        action(Op.CREATE, "node/n1", Cause.DRIFT, wanted={"template": "t"}),
        action(
            Op.REPLACE,
            "instance/n1",
            Cause.GIT,
            (size,),
            wanted={"region": "ap-1"},
            base={"region": "eu-1"},
            requires=("create:node/n1",),
        ),
        action(
            Op.UPDATE,
            "peer/mesh/n1",
            Cause.GIT,
            (port,),
            wanted={"listen_port": 51821, "endpoint_host_v4": Ref("instance/n1", "public_address")},
            base={"listen_port": 51820},
            requires=("replace:instance/n1",),
            after=("update:network/mesh",),
        ),
        action(
            Op.UPDATE, "network/mesh", Cause.DRIFT, (drifted,), wanted={"tags": ["b"]}, base={"tags": ["a"]}
        ),
        action(Op.DELETE, "peer/mesh/old", Cause.CONFLICT, base={"listen_port": 51820}),
    )
    return msgspec.structs.replace(plan_of(0, []), actions=actions)


def test_verdicts_that_bind_are_selected_by_name() -> None:
    def finding(verdict: Verdict, subject: str = "", **more: object) -> Finding:
        return Finding("r", verdict, "prod.rules:1:1", subject, **more)  # type: ignore[arg-type]

    findings = (
        finding(Verdict.DENY, "delete:peer/mesh/old"),
        finding(Verdict.WARN, "delete:peer/mesh/old"),
        finding(Verdict.DENY, "create:node/n1", waiver="chg-1"),
        finding(Verdict.HOLD, "create:node/n1", trial="2027-01-15"),
        finding(Verdict.REQUIRE, reaches=("instance/n1", "peer/mesh/old")),
        finding(Verdict.HOLD),
    )
    universe = of_plan(msgspec.structs.replace(_plan(), findings=findings))
    assert names("verdict:deny", universe) == names("verdict:w*", universe) == ["peer/mesh/old"]
    assert names("verdict:require", universe) == ["instance/n1", "peer/mesh/old"]
    assert names("verdict:hold", universe) == names("verdict:allow", universe) == []
    assert names("not verdict:*", universe) == ["network/mesh", "node/n1", "peer/mesh/n1"]


def test_a_verdict_that_no_rule_can_give_has_a_hint() -> None:
    with pytest.raises(SelectorProblem, match="no verdict named `requires`") as caught:
        select("verdict:requires", of_plan(_plan()))
    assert caught.value.next_step == "use `require`"


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("change:delete", ["peer/mesh/old"]),
        ("change:[cr]*", ["instance/n1", "node/n1"]),
        ("cause:drift", ["network/mesh", "node/n1"]),
        ("cause:forced", []),
        ("field:listen_port", ["peer/mesh/n1"]),
        ("field:priority", []),
        ("listen_port:51820", ["peer/mesh/n1", "peer/mesh/old"]),
        ("listen_port:51821", ["peer/mesh/n1"]),
        ("region:eu-*", ["instance/n1"]),
        ("network:mesh", ["peer/mesh/n1", "peer/mesh/old"]),
        ("instance:n1", ["peer/mesh/n1"]),
        ("endpoint_host_v4:*", []),
        ("+peer/mesh/n1", ["instance/n1", "network/mesh", "node/n1", "peer/mesh/n1"]),
        ("1+peer/mesh/n1", ["instance/n1", "network/mesh", "peer/mesh/n1"]),
        ("change:create+", ["instance/n1", "node/n1", "peer/mesh/n1"]),
        ("@new", ["instance/n1", "peer/mesh/n1", "peer/mesh/old"]),
        ("@new, not change:delete", ["instance/n1", "peer/mesh/n1"]),
    ],
)
def test_selections_of_a_plan(expression: str, found: list[str]) -> None:
    assert names(expression, of_plan(_plan())) == found


@given(graphs(), st.integers(0, 3), st.data())
def test_steps_are_those_of_a_graph_library(
    graph: tuple[int, list[tuple[int, int]]], steps: int, data: st.DataObject
) -> None:
    size, edges = graph
    oracle = nx.DiGraph((start, end) for start, end in edges if start != end)
    oracle.add_nodes_from(range(size))
    universe, row = of_plan(plan_of(size, edges)), data.draw(st.integers(0, size - 1))

    def rows(expression: str) -> set[int]:
        return {number for number, on in enumerate(select(expression, universe)) if on}

    ahead = nx.single_source_shortest_path_length(oracle, row)
    behind = nx.single_source_shortest_path_length(oracle.reverse(), row)
    near = {n for n, far in ahead.items() if far <= steps} | {n for n, far in behind.items() if far <= steps}
    assert rows(f"node/n{row}+") == set(behind)
    assert rows(f"{steps}+node/n{row}+{steps}") == near


def test_a_column_with_many_values_gives_what_one_with_few_does() -> None:
    many = compiled(
        "templates: [{name: t, node_platform: p}]\nnodes:\n"
        "  - {hostname: 'n-[1-300]', template: t, region: r, instance_type: i, labels: {site: x}}\n"
        "  - {hostname: last, template: t, labels: {site: y}}\n"
        "sdwan:\n  networks:\n    - name: mesh\n      peers:\n"
        + "".join(f"        - {{host: n-{n}, listen_port: {2000 + n}}}\n" for n in range(1, 301))
    )
    universe = of_graph(many)
    assert names("listen_port:2300", universe) == ["peer/mesh/n-300"]
    assert len(names("listen_port:22*", universe)) == 100
    assert len(names("label.site:x", universe)) == 300


@pytest.mark.parametrize(
    "text", ["kind:", "kind:pe", "region:", "(kind:peer", "kind:peer,", "not kind:", "chan", "+"]
)
def test_half_a_selector_is_no_mistake_while_it_is_typed(text: str) -> None:
    found = filter_mask(text, of_plan(_plan()))
    assert found.unfinished or not found.trouble


def test_a_filter_is_plain_text_without_a_mark_of_a_selector() -> None:
    universe = of_plan(_plan())
    assert filter_mask("  ", universe).mask is None
    assert filter_mask("mesh/n1", universe).mask == bytes([0, 0, 1, 0, 0])
    assert filter_mask("field:listen_port", universe).mask == bytes([0, 0, 1, 0, 0])
    wrong = filter_mask("kind:nodes", universe)
    assert (wrong.mask, wrong.unfinished) == (bytes(5), False)
    assert "nodes" in wrong.trouble
