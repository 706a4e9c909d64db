"""Parts of planning that a whole plan does not show well."""

from __future__ import annotations

import json

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from fleetc.ir.state import Baseline, LiveResource, Snapshot
from fleetc.ir.values import Ref
from fleetc.lang.diagnostics import Affected, Severity
from fleetc.lang.render import render
from fleetc.lang.source import SourceSet
from fleetc.plan.actions import Action
from fleetc.plan.changes import Cause, Op
from fleetc.plan.diff import diff
from fleetc.plan.digest import canonical_json
from fleetc.plan.fields import same
from fleetc.plan.limits import judge, judge_again
from fleetc.plan.plain import plain, revived
from fleetc.platforms.local.profile import local_profile
from fleetc.report.result_text import render_result
from tests.property.plan_model import Model
from tests.property.plan_worlds import ACCOUNT, CATALOGUE, graph_of

HEAD = f"version: 1\naccount: {ACCOUNT}\n"
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
keys = st.sampled_from(["ref", "field", "literal", "x"])
tricky = st.recursive(
    st.text(max_size=2) | st.builds(Ref, st.text(max_size=2), st.text(max_size=2)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=3),
)


@given(values)
def test_the_quick_way_to_canonical_json_is_rfc_8785(value: object) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


def test_integers_beyond_a_double_are_kept_apart() -> None:
    assert canonical_json([2**53]) != canonical_json([2**53 + 1])


@given(tricky)
def test_values_survive_plain_json(value: object) -> None:
    text = json.dumps(plain(value))  # type: ignore[arg-type]
    assert revived(json.loads(text)) == value


def test_equality_is_that_of_json() -> None:
    assert same({"a": [1]}, {"a": [1.0]})
    assert not same({"a": [1]}, {"a": [True]})
    assert not same([0], [False])


def empty(source: str = "live") -> Snapshot:
    return Snapshot(ACCOUNT, local_profile(), (), CATALOGUE, source=source, name=source)


MISSPELT = HEAD + (
    "templates: {base: {node_platform: linx, modules: [m9, m1@3.0, m2@live]}}\n"
    "nodes: {a: {template: base, region: eastt, instance_type: smal}}\n"
)


def test_externals_that_the_catalogue_does_not_have_are_errors_with_near_names() -> None:
    _, diagnostics = diff(graph_of(MISSPELT), empty(), {})
    found = {d.code: d for d in diagnostics}
    assert sorted(found) == ["F0601", "F0602", "F0603", "F0604", "F0606"]
    assert {d.severity for d in diagnostics} == {Severity.ERROR}
    assert found["F0602"].help == "use `linux`"
    assert found["F0603"].help == "use `east`"
    assert found["F0604"].help == "use `small`"
    assert found["F0602"].primary.span.line == 3
    assert "1.0 (live)" in found["F0606"].notes[0]


def test_what_no_file_can_declare_is_not_asked_to_be_declared() -> None:
    graph = graph_of(
        HEAD + "templates: {base: {node_platform: linux, modules: [zzz]}}\n"
        "nodes: {a: {template: base, region: qqq, instance_type: small}}\n"
    )
    said = {d.code: d.help for d in diff(graph, empty(), {})[1]}
    assert said["F0601"] == "declare it here, or add the module to the platform"
    assert said["F0603"] == "use one that it has (`east`, `west`), or add the region to the platform"


def test_externals_are_notes_against_empty() -> None:
    _, diagnostics = diff(graph_of(MISSPELT), empty("empty"), {})
    assert {d.severity for d in diagnostics} == {Severity.NOTE}


PEER_OUTSIDE = HEAD + "sdwan: {networks: {mesh: {peers: {outside: {}}}}}\n"


def test_a_host_outside_the_fleet_is_resolved_from_live() -> None:
    graph = graph_of(PEER_OUTSIDE)
    _, diagnostics = diff(graph, empty(), {})
    assert [d.code for d in diagnostics if d.severity is Severity.ERROR] == ["F0605"]
    model = Model(ACCOUNT, CATALOGUE)
    model.resources["node/outside"] = ("node-1", {"template": "x"})
    model.resources["instance/outside"] = ("instance-1", {"node": "outside", "status": "running"})
    found, diagnostics = diff(graph, model.snapshot(), {})
    assert not [d for d in diagnostics if d.severity is Severity.ERROR]
    assert found.unmanaged == ("instance/outside", "node/outside")


def test_two_instances_of_one_node_are_an_error_and_nothing_is_guessed() -> None:
    graph = graph_of(
        HEAD + "templates: {t: {node_platform: linux}}\n"
        "nodes: {a: {template: t, region: east, instance_type: small}}\n"
    )
    twins = tuple(
        LiveResource("instance/a", "instance", f"i-{n}", {"node": "a", "region": "west", "status": "running"})
        for n in range(2)
    )
    found, diagnostics = diff(graph, msgspec.structs.replace(empty(), resources=twins), {})
    assert [d.code for d in diagnostics] == ["F0607"]
    assert "i-0, i-1" in diagnostics[0].notes[0]
    assert "instance/a" not in [change.address for change in found.changes]


def test_twins_of_one_range_are_one_error_that_has_all_their_ids() -> None:
    graph = graph_of(
        HEAD + "templates: {t: {node_platform: linux}}\n"
        'nodes: {"a-[1-3]": {template: t, region: east, instance_type: small}}\n'
    )
    twins = tuple(
        LiveResource(f"instance/a-{n}", "instance", f"i-{n}{m}", {"node": f"a-{n}", "status": "running"})
        for n in (1, 2)
        for m in "xy"
    )
    _, (found,) = diff(graph, msgspec.structs.replace(empty(), resources=twins), {})
    assert (found.code, found.affected) == ("F0607", Affected(2, ("instance/a-1", "instance/a-2")))
    ids = [("instance/a-1", "i-1x, i-1y"), ("instance/a-2", "i-2x, i-2y")]
    assert found.notes == tuple(f"platform ids of {address}: {both}" for address, both in ids)
    assert "reaches 2 resources: instance/a-1, instance/a-2" in render((found,), SourceSet((), ""), "full")


def test_a_resource_made_anew_by_hand_is_not_the_one_that_was_managed() -> None:
    live = LiveResource("module/tool", "module", "m-2", {"variety": "config", "priority": 0})
    base = {"module/tool": Baseline("module/tool", "m-1", {"variety": "config", "priority": 0})}
    snapshot = msgspec.structs.replace(empty(), resources=(live,))
    found, _ = diff(graph_of(HEAD), snapshot, base)
    assert [(c.op, c.cause, c.selected) for c in found.changes] == [(Op.DELETE, Cause.CONFLICT, False)]
    found, _ = diff(graph_of(HEAD + "modules: {tool: {}}\n"), snapshot, base)
    assert (found.changes, found.adopt) == ((), ("module/tool",))


def test_a_hand_edit_of_an_undeclared_field_is_drift() -> None:
    fields = {"variety": "config", "priority": 0, "description": "as it was"}
    base = {"module/tool": Baseline("module/tool", "m-1", fields, ("variety", "priority"))}
    live = LiveResource("module/tool", "module", "m-1", {**fields, "description": "by hand"})
    snapshot = msgspec.structs.replace(empty(), resources=(live,))
    found, _ = diff(graph_of(HEAD + "modules: {tool: {}}\n"), snapshot, base)
    (change,) = found.changes
    assert [(f.path, f.before, f.after, f.cause) for f in change.fields] == [
        ("description", "by hand", "as it was", Cause.DRIFT)
    ]
    found, _ = diff(graph_of(HEAD + "modules: {tool: {}}\n"), snapshot, {})
    assert found.adopt == ("module/tool",)


def test_a_field_that_was_empty_when_verified_and_is_filled_by_hand_is_drift() -> None:
    fields = {"variety": "config", "priority": 0}
    base = {"module/tool": Baseline("module/tool", "m-1", fields, ("variety", "priority"))}
    live = LiveResource("module/tool", "module", "m-1", {**fields, "description": "by hand"})
    snapshot = msgspec.structs.replace(empty(), resources=(live,))
    found, _ = diff(graph_of(HEAD + "modules: {tool: {}}\n"), snapshot, base)
    assert [(f.path, f.before, f.after, f.cause) for c in found.changes for f in c.fields] == [
        ("description", "by hand", "", Cause.DRIFT)
    ]
    found, _ = diff(graph_of(HEAD + "modules: {tool: {description: other}}\n"), snapshot, base)
    assert [(c.cause, c.selected) for c in found.changes] == [(Cause.CONFLICT, False)]
    found, _ = diff(graph_of(HEAD), snapshot, base)
    assert [(c.op, c.cause, c.selected) for c in found.changes] == [(Op.DELETE, Cause.CONFLICT, False)]
    found, _ = diff(graph_of(HEAD + "modules: {tool: {description: by hand}}\n"), snapshot, base)
    assert (found.changes, found.converged) == ((), ("module/tool.description",))


def test_a_field_that_cannot_be_cleared_is_one_warning_and_kept() -> None:
    fields = {"node_platform": "linux", "architecture": "amd64", "modules": []}
    profile = local_profile()
    template = msgspec.structs.replace(profile.kinds["template"], clearable=())
    profile = msgspec.structs.replace(profile, kinds={**profile.kinds, "template": template})
    names = ("one", "two")
    live = tuple(LiveResource(f"template/{n}", "template", f"t-{n}", fields) for n in names)
    base = {r.address: Baseline(r.address, r.id, fields, tuple(fields)) for r in live}
    snapshot = msgspec.structs.replace(empty(), resources=live, profile=profile)
    graph = graph_of(HEAD + "templates: {one: {node_platform: linux}, two: {node_platform: linux}}\n")
    found, diagnostics = diff(graph, snapshot, base)
    assert found.changes == ()
    stuck = [d for d in diagnostics if d.code == "F0610" and "architecture" in d.message]
    assert len(stuck) == 1
    assert stuck[0].affected is not None
    assert stuck[0].affected.count == 2


def action(op: Op, kind: str, number: int) -> Action:
    address = f"{kind}/x{number}"
    return Action(f"{op}:{address}", op, address, kind, Cause.GIT, True, (), (), (), ())


@pytest.mark.parametrize(
    ("deletes", "managed", "over"),
    [(3, 20, False), (4, 20, True), (10, 100, False), (11, 100, True), (2, 2, True), (1, 1, False)],
)
def test_deletes_of_a_kind_over_three_or_a_tenth_or_all(deletes: int, managed: int, over: bool) -> None:
    actions = [action(Op.DELETE if n % 2 else Op.REPLACE, "node", n) for n in range(deletes)]
    limits = judge(actions, bytes([1] * deletes), {"node": managed, "peer": 1000}, 5)
    assert {limit.name: limit.over for limit in limits} == {
        "deletes node": over,
        "changes": False,
        "declared": False,
    }
    assert f"{deletes} of {managed}" in limits[0].text


@pytest.mark.parametrize(("changes", "managed", "over"), [(10, 12, False), (11, 12, True), (31, 100, True)])
def test_changes_over_ten_or_three_tenths_but_creates_never(changes: int, managed: int, over: bool) -> None:
    actions = [action(Op.UPDATE, "node", n) for n in range(changes)]
    actions += [action(Op.CREATE, "peer", n) for n in range(500)]
    (limit,) = judge(actions, bytes([1] * len(actions)), {"node": managed}, 5)
    assert (limit.name, limit.count, limit.over) == ("changes", changes, over)


def test_limits_are_judged_again_on_what_is_ticked() -> None:
    actions = [action(Op.DELETE, "node", n) for n in range(4)]
    whole = judge(actions, b"\1\1\1\1", {"node": 20, "peer": 7}, 0)
    assert [limit.over for limit in whole] == [True, False, True]
    assert judge_again(whole, actions, b"\1\1\1\1") == whole
    fewer = judge_again(whole, actions, b"\1\0\0\0")
    assert [limit.count for limit in fewer] == [1, 1, 1]
    assert [limit.over for limit in fewer] == [False, False, True]
    none = judge_again(whole, actions, bytes(4))
    assert not any(limit.over for limit in none)


def test_a_result_names_every_action_and_the_next_command() -> None:
    text = render_result(
        {
            "run": "r-1",
            "status": "partial",
            "applied_actions": [{"op": "create", "address": "node/a"}],
            "failed_actions": [
                {
                    "op": "create",
                    "address": "instance/a",
                    "state": "unknown",
                    "message": "no \x1b[2J answer",
                    "code": "F0901",
                }
            ],
            "skipped_actions": [{"op": "create", "address": "peer/w/a", "because": "create:instance/a"}],
            "conflicts": [],
            "withheld": ["node/b"],
            "drift_after_apply": {"node/c": ["labels"]},
        }
    )
    assert "Run r-1: partial" in text
    for word in ("node/a", "unknown: no <U+001B>[2J answer", "peer/w/a", "node/b", "node/c: labels"):
        assert word in text
    assert "fleetc plan" in text


def test_a_refused_run_says_why_and_a_paused_one_what_is_unfinished() -> None:
    text = render_result(
        {
            "run": "r-1",
            "status": "refused",
            "code": "F0701",
            "message": "the plan is stale: node/a",
            "next_step": "fleetc plan",
        }
    )
    assert text == "Run r-1: refused\n  the plan is stale: node/a [F0701]\nNext: fleetc plan\n"
    text = render_result(
        {
            "run": "r-1",
            "status": "paused",
            "unfinished_actions": [{"op": "create", "address": "node/a", "state": "not done"}],
        }
    )
    assert "create node/a  not done" in text
    assert text.endswith("Next: fleetc apply --resume r-1\n")


def test_what_is_withheld_comes_next() -> None:
    text = render_result({"run": "r-1", "status": "applied", "withheld": ["node/b"]})
    assert text.endswith("Read back as wanted. Next: fleetc plan shows what was withheld\n")


def test_a_result_says_as_a_range_what_came_to_the_same() -> None:
    done = [{"op": "create", "address": f"peer/w/a-{n:02d}"} for n in range(1, 41)]
    failed = [
        {"op": "create", "address": f"node/b-{n}", "state": "not done", "message": message, "code": "F0901"}
        for n, message in ((1, "quota"), (2, "quota"), (3, "name"))
    ]
    record = {"run": "r-1", "status": "partial", "applied_actions": done, "failed_actions": failed}
    text = render_result({**record, "withheld": ["node/c-1", "node/c-2"]})
    assert text.splitlines()[1:9] == [
        "  done: 40",
        "    create peer/w/a-[01-40]",
        "  failed: 3",
        "    create node/b-[1-2]  not done: quota [F0901]",
        "    create node/b-3  not done: name [F0901]",
        "  withheld: 2",
        "    node/c-[1-2]",
        "Next: fleetc plan shows what is left",
    ]
