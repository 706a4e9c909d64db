"""What an approval request asks for, told in short: for whoever decides without opening the plan."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from fleetc.plan.actions import Limit
from fleetc.plan.verdicts import Finding, Requirement, Verdict
from fleetc.policy.access import Permission
from fleetc.service.access import require

if TYPE_CHECKING:
    from fleetc.plan.actions import Plan
    from fleetc.service.workspace import Workspace

__all__ = ["Requested", "told"]

_NAMED = 4


class Requested(msgspec.Struct, frozen=True):
    """A request's plan in short.

    - `text`: the revision and commit, or that it is of files as they lay.
    - `chosen` of `actions` are ticked; `destroyed` is the number to be typed, `condemned` the first
      addresses of those.
    - `verdicts` counts the findings that bind, by verdict; `findings` are those that deny or hold.
    - `before`: how many of the changes were approved before, exactly the same, by each person.
    """

    digest: str
    environment: str
    text: str
    taken_at: str
    created_by: str
    chosen: int
    actions: int
    destroyed: int
    condemned: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    budgets: tuple[Limit, ...] = ()
    verdicts: dict[str, int] = {}
    findings: tuple[Finding, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    allowed_by: tuple[str, ...] = ()
    override: str = ""
    before: dict[str, int] = {}


def told(workspace: Workspace, plan: Plan) -> Requested:
    """A plan of the ledger in short; raises `Refused` for who may not read its account."""
    from fleetc.service.recognising import approved_before

    require(workspace, Permission.READ, plan.account)
    ticked = {action.id for action in plan.chosen}
    binding = [f for f in plan.findings if f.binds and (not f.subject or f.subject in ticked)]
    held = tuple(finding for finding in binding if finding.verdict is Verdict.HOLD)
    ends = (action.address for action in plan.actions if action.selected and action.op.ends)
    before = approved_before(workspace, plan)
    return Requested(
        digest=plan.digest,
        environment=plan.environment,
        text=f"{plan.revision}@{plan.commit[:7]}" if plan.commit else "files as they lay",
        taken_at=plan.snapshot_taken_at,
        created_by=plan.created_by,
        chosen=len(ticked),
        actions=len(plan.actions),
        destroyed=plan.destroyed,
        condemned=tuple(islice(ends, _NAMED)),
        limits=plan.limits,
        budgets=plan.budgets,
        verdicts=dict(Counter(finding.verdict.value for finding in binding)),
        findings=(*plan.denied, *held),
        requirements=plan.requirements,
        allowed_by=plan.allowed_by,
        override=plan.override,
        before=dict(Counter(who for own, by in before.items() if own in ticked for who in by)),
    )
