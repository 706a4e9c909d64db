"""Steps: what a replacement waits for before it takes anything away."""

from __future__ import annotations

from fleetc.plan.actions import Action, Call, Plan
from fleetc.plan.changes import Cause, Op
from fleetc.plan.order import Step, steps


def action(
    op: Op, address: str, *, requires: tuple[str, ...] = (), after: tuple[str, ...] = (), gap: bool = True
) -> Action:
    halves = ("",) if op is not Op.REPLACE else ("delete", "create") if gap else ("create", "delete")
    calls = tuple(Call(f"{op}", "update", {}, half=half) for half in halves)
    kind = address.partition("/")[0]
    return Action(f"{op}:{address}", op, address, kind, Cause.GIT, True, (), calls, requires, after)


def ordered(*actions: Action) -> dict[tuple[str, str], Step]:
    names = ("account", "environment", "platform", "profile", "commit", "tree", "desired", "snapshot")
    plan = Plan(
        **dict.fromkeys(names, ""), snapshot_digest="", snapshot_taken_at="", actions=actions, summary={}
    )
    return {(actions[step.action].address, step.half): step for step in steps(plan)}


def test_nothing_is_taken_away_before_what_its_successor_needs_is_done() -> None:
    found = ordered(
        action(Op.UPDATE, "node/a"),
        action(Op.REPLACE, "instance/a", after=("update:node/a",)),
        action(Op.CREATE, "network/n"),
        action(Op.REPLACE, "peer/n/a", requires=("create:network/n", "replace:instance/a")),
    )
    update, delete = found["node/a", ""], found["instance/a", "delete"]
    assert update.index in delete.needs
    network, detach = found["network/n", ""], found["peer/n/a", "delete"]
    assert network.index in detach.needs


def test_what_refers_to_a_replaced_resource_goes_first_and_comes_back_last() -> None:
    found = ordered(
        action(Op.REPLACE, "instance/a", requires=("replace:peer/n/a",)),
        action(Op.REPLACE, "peer/n/a", requires=("replace:instance/a",)),
    )
    waves = [found[key].wave for key in (
        ("peer/n/a", "delete"), ("instance/a", "delete"), ("instance/a", "create"), ("peer/n/a", "create")
    )]  # fmt: skip
    assert waves == [1, 2, 3, 4]


def test_without_a_gap_the_old_ones_end_after_all_that_names_them_is_set_anew() -> None:
    found = ordered(
        action(Op.REPLACE, "instance/a", requires=("replace:peer/n/a",), gap=False),
        action(Op.REPLACE, "peer/n/a", requires=("replace:instance/a", "update:virtual_ip/n/v"), gap=False),
        action(Op.UPDATE, "virtual_ip/n/v", requires=("replace:peer/n/a",)),
    )
    order = sorted(found, key=lambda key: found[key].wave)
    assert order == [
        ("instance/a", "create"),
        ("peer/n/a", "create"),
        ("virtual_ip/n/v", ""),
        ("peer/n/a", "delete"),
        ("instance/a", "delete"),
    ]
    ended = found["peer/n/a", "delete"]
    assert found["virtual_ip/n/v", ""].index in ended.needs, "when it is not set anew, nothing is ended"


def test_one_with_a_gap_waits_for_the_new_one_it_will_name() -> None:
    found = ordered(
        action(Op.REPLACE, "peer/n/a", requires=("replace:virtual_ip/n/v",), gap=False),
        action(Op.REPLACE, "virtual_ip/n/v", requires=("replace:peer/n/a",)),
    )
    order = sorted(found, key=lambda key: found[key].wave)
    assert order == [
        ("peer/n/a", "create"),
        ("virtual_ip/n/v", "delete"),
        ("virtual_ip/n/v", "create"),
        ("peer/n/a", "delete"),
    ]
