"""A plan with what its rules say of it: what is denied is left out, and everything is written down."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Cause, Op
from fleetc.plan.digest import plan_digest
from fleetc.plan.selection import reduce_plan
from fleetc.plan.verdicts import Finding, Verdict
from fleetc.policy.judge import Judge, Ruling

__all__ = ["denials", "ruled", "settled"]


def ruled(plan: Plan, judge: Judge) -> tuple[Plan, Ruling]:
    """The plan with what the rules say of it as it is ticked.

    Of what is not ticked it keeps the denials only, which say why it cannot be.
    """
    ticked = bytes(action.selected for action in plan.actions)
    ruling = judge.judge(ticked)
    chosen = {action.id for action in plan.chosen}
    findings = tuple(
        finding
        for finding in ruling.findings
        if not finding.subject or finding.subject in chosen or finding.verdict is Verdict.DENY
    )
    sent = [row for row, action in enumerate(plan.actions) if action.selected and _asks(action)]
    whole = all(ruling.allowed[row] for row in sent) and not ruling.requirements and not plan.override
    named = {
        f.rule: None for f in findings if not f.subject and f.binds and f.verdict.rank >= Verdict.REQUIRE.rank
    }
    told = msgspec.structs.replace(
        plan,
        findings=findings,
        requirements=ruling.requirements,
        budgets=ruling.budgets,
        allowed_by=ruling.allowed_by if sent and whole and not named else (),
    )
    return told, ruling


def _asks(action: Action) -> bool:
    """Whether an action would need an approval by itself."""
    return bool(action.calls) or action.op.in_ledger


def denials(ruling: Ruling) -> dict[str, Finding]:
    """The first binding denial of each action that has one."""
    found: dict[str, Finding] = {}
    for finding in ruling.findings:
        if finding.subject and finding.verdict is Verdict.DENY and finding.binds:
            found.setdefault(finding.subject, finding)
    return found


def settled(plan: Plan, judge: Judge) -> tuple[Plan, Ruling]:
    """A new plan without what is denied: such actions are not ticked, nor what requires them.

    To leave one out can have another one denied: it is judged until nothing ticked is. What is
    denied whatever else is ticked cannot be ticked at all. What vanished, and is not made again by
    itself, is when a rule allows it.
    """
    plan = _made_again(plan, judge)
    while True:
        told, ruling = ruled(plan, judge)
        denied = denials(ruling)
        actions = tuple(_barred(action, denied.get(action.id)) for action in plan.actions)
        ticked = bytes(action.selected for action in actions)
        if all(old is new for old, new in zip(plan.actions, actions, strict=True)):
            return msgspec.structs.replace(told, digest=plan_digest(told)), ruling
        before = plan
        plan = reduce_plan(msgspec.structs.replace(plan, actions=actions), ticked)
        plan = msgspec.structs.replace(plan, actions=_told(before.actions, plan.actions))


def _made_again(plan: Plan, judge: Judge) -> Plan:
    """The plan with what may vanish ticked, where rules allow to make it again."""
    gone = [row for row, action in enumerate(plan.actions) if _vanished(action)]
    if not gone:
        return plan
    allowed = judge.judge(bytes(action.selected for action in plan.actions)).allowed
    ticked = bytearray(action.selected for action in plan.actions)
    for row in gone:
        ticked[row] |= allowed[row]
    return reduce_plan(plan, bytes(ticked))


def _vanished(action: Action) -> bool:
    free = not (action.selected or action.blocked or action.withheld_by)
    return free and action.op is Op.CREATE and action.cause is Cause.DRIFT


def _barred(action: Action, denial: Finding | None) -> Action:
    if denial is None or not (action.selected or (denial.fixed and not action.blocked)):
        return action
    said = f"denied by {denial.rule}: {denial.message}"
    return msgspec.structs.replace(
        action, selected=False, blocked=action.blocked or denial.fixed, reason=said, withheld_by=""
    )


def _told(before: Sequence[Action], after: Sequence[Action]) -> tuple[Action, ...]:
    """The actions after, with a reason where one went only because it requires another."""
    return tuple(
        msgspec.structs.replace(new, reason="needs what is denied")
        if old.selected and not new.selected and not new.reason
        else new
        for old, new in zip(before, after, strict=True)
    )
