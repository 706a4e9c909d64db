"""What other rules would have said to a plan of the past, against what was said then (design 3.3)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fleetc.plan.actions import Plan
from fleetc.plan.verdicts import Verdict
from fleetc.policy.ruleset import RuleSet

__all__ = ["Difference", "Past", "differences"]

_Key = tuple[str, str, str, str]


class Difference(msgspec.Struct, frozen=True):
    """A verdict of one rule that was given then or would be given now, and not both.

    `subject` is an action's id, or empty for the whole plan; `new` tells the two apart.
    """

    rule: str
    verdict: Verdict
    subject: str
    message: str
    new: bool


class Past(msgspec.Struct, frozen=True):
    """One plan of the ledger, `approved` or `applied`; `skipped` says why it could not be judged."""

    digest: str
    created_at: str
    status: str
    differences: tuple[Difference, ...] = ()
    skipped: str = ""


def differences(then: Plan, now: Plan, rules: RuleSet) -> tuple[Difference, ...]:
    """What the rules of a set say of a plan as they judge it `now`, and did not `then`, or the other way.

    What rules of then say that the set does not have stays out of it.
    """
    before, after = dict(_said(then, rules)), dict(_said(now, rules))
    new = [key for key in after if key not in before]
    gone = [key for key in before if key not in after]
    return (
        *(Difference(key[0], Verdict(key[1]), key[2], after[key], new=True) for key in new),
        *(Difference(key[0], Verdict(key[1]), key[2], before[key], new=False) for key in gone),
    )


def _said(plan: Plan, rules: RuleSet) -> Iterator[tuple[_Key, str]]:
    """What rules of a set say of what is ticked, and of the whole plan; of invariants, for each resource."""
    guards = {each.answer.name for each in rules.invariants}
    names = guards | {each.answer.name for each in rules.rules} | {each.answer.name for each in rules.budgets}
    chosen = {"", *(action.id for action in plan.chosen)}
    for finding in plan.findings:
        if finding.binds and finding.rule in names and finding.subject in chosen:
            about = finding.reaches[0] if finding.rule in guards else ""
            yield (finding.rule, finding.verdict.value, finding.subject, about), finding.message
    for name in plan.allowed_by:
        if name in names:
            yield (name, Verdict.ALLOW.value, "", ""), "nothing of it needs an approval"
