"""An approval is of one digest: whatever of a plan is changed after it, nothing begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fleetc.errors import Refused
from fleetc.ir.timestamps import rfc3339
from fleetc.plan.actions import Action, Call, Limit, Plan
from fleetc.plan.changes import Cause, Op
from fleetc.plan.digest import plan_digest
from fleetc.run.checks import refuse_other_plan
from fleetc.service import applying, approving
from fleetc.service.identity import Person
from fleetc.service.workspace import Workspace

REPLACE = msgspec.structs.replace
KIM = Person("user:kim", "kim")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "fleet.yaml").write_text("version: 1\naccount: acc\n")
    return Workspace.open(tmp_path)


def _action(name: str) -> Action:
    call = Call("update_node", "update", {"id": "n-1", "labels": {"a": "b"}}, ("labels",))
    address = f"node/{name}"
    return Action(f"update:{address}", Op.UPDATE, address, "node", Cause.GIT, True, (), (call,), (), ())


def _plan(workspace: Workspace) -> Plan:
    plan = Plan(
        *("acc", "local", "local", "p/1", "c" * 40, "t" * 40, "d" * 64, "snap-1", "s"),
        rfc3339(workspace.clock.now()),
        (_action("x"), _action("y")),
        {},
        limits=(Limit("changes", 2, 9, 10, False, "changes"),),
        override="site closes",
        override_until=rfc3339(workspace.clock.now() + 600.0),
    )
    return REPLACE(plan, digest=plan_digest(plan))


def _first(**changes: Any) -> Callable[[Plan], Plan]:
    def change(plan: Plan) -> Plan:
        return REPLACE(plan, actions=(REPLACE(plan.actions[0], **changes), *plan.actions[1:]))

    return change


def _with(**changes: Any) -> Callable[[Plan], Plan]:
    return lambda plan: REPLACE(plan, **changes)


CALL = Call("update_node", "update", {"id": "n-1", "labels": {"a": "b"}}, ("labels",))
CHANGES: dict[str, Callable[[Plan], Plan]] = {
    "account": _with(account="other"),
    "environment": _with(environment="prod"),
    "platform": _with(platform="powernode"),
    "profile": _with(profile="p/2"),
    "commit": _with(commit="e" * 40),
    "tree": _with(tree="e" * 40),
    "desired": _with(desired="e" * 64),
    "rules": _with(rules="e" * 64),
    "accepted": _with(accepted="e" * 64),
    "mask": _with(mask="e" * 64),
    "limits": _with(limits=(Limit("changes", 2, 9, 11, False, "changes"),)),
    "override": _with(override="another reason"),
    "override_until": _with(override_until="2099-01-01T00:00:00Z"),
    "an action more": lambda plan: REPLACE(plan, actions=(*plan.actions, _action("z"))),
    "an action less": lambda plan: REPLACE(plan, actions=plan.actions[:1]),
    "their order": lambda plan: REPLACE(plan, actions=plan.actions[::-1]),
    "selection": _first(selected=False),
    "operation": _first(op=Op.REPLACE),
    "address": _first(address="node/z"),
    "call": _first(calls=(REPLACE(CALL, name="delete_node"),)),
    "verb": _first(calls=(REPLACE(CALL, verb="delete"),)),
    "argument": _first(calls=(REPLACE(CALL, arguments={"id": "n-2", "labels": {"a": "b"}}),)),
    "nested argument": _first(calls=(REPLACE(CALL, arguments={"id": "n-1", "labels": {"a": "c"}}),)),
    "a call more": _first(calls=(CALL, CALL)),
    "half": _first(calls=(REPLACE(CALL, half="delete"),)),
    "base": _first(base={"labels": {}}),
    "requires": _first(requires=("update:node/y",)),
    "after": _first(after=("update:node/y",)),
    "cascade": _first(cascade=("node/w",)),
}


def test_the_approved_plan_itself_begins(workspace: Workspace) -> None:
    plan = _plan(workspace)
    workspace.ledger().put_plan(plan)
    approving.approve(workspace, plan, KIM, typed=None)
    assert applying.begin(workspace, plan, KIM).digest == plan.digest
    refuse_other_plan(plan, plan.digest, "acc")


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_anything_the_digest_covers_is_refused(workspace: Workspace, name: str) -> None:
    plan = _plan(workspace)
    ledger = workspace.ledger()
    ledger.put_plan(plan)
    approving.approve(workspace, plan, KIM, typed=None)
    changed = CHANGES[name](plan)
    with pytest.raises(Refused) as refusal:  # under the old digest: the worker works it out anew
        refuse_other_plan(changed, plan.digest, changed.account)
    assert refusal.value.code == "F0926"
    other = REPLACE(changed, digest=plan_digest(changed))
    assert other.digest != plan.digest
    ledger.put_plan(other)
    with pytest.raises(Refused) as refusal:  # under its own: nobody has approved that
        applying.begin(workspace, other, KIM)
    assert refusal.value.code == "F0702"
    assert ledger.runs() == ()


@pytest.mark.parametrize(
    "change", [_with(snapshot="snap-9"), _with(created_by="lee"), _with(warnings=("w",)), _first(reason="r")]
)
def test_what_only_tells_of_it_voids_nothing(workspace: Workspace, change: Callable[[Plan], Plan]) -> None:
    plan = _plan(workspace)
    workspace.ledger().put_plan(plan)
    approving.approve(workspace, plan, KIM, typed=None)
    told = change(plan)
    assert plan_digest(told) == plan.digest
    assert applying.begin(workspace, told, KIM).digest == plan.digest
