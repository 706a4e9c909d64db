"""Past plans judged by other rules (design 3.3): what a new rule would have said.

Each plan is judged over the snapshot that it was made of, at the time it was made, as it was ticked.
Rules on trial judge as if their trial were over. What is looked at is what these rules say: rules of
then that they do not have stay out of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fleetc.ir.timestamps import seconds_of
from fleetc.policy.access import Permission
from fleetc.policy.replaying import Past, differences
from fleetc.service.access import require
from fleetc.service.compiling import account_of
from fleetc.service.rejudging import live_of, snapshot_of

if TYPE_CHECKING:
    from fleetc.ir.state import Snapshot
    from fleetc.plan.actions import Plan
    from fleetc.policy.ruleset import RuleSet
    from fleetc.service.workspace import Workspace

__all__ = ["backtest"]

_APPROVED = ("approved", "used")


class _Stood(NamedTuple):
    at: str
    status: str


def backtest(workspace: Workspace, rules: RuleSet, last: int) -> tuple[Past, ...]:
    """The last plans of an account that were approved or applied, newest first, judged by some rules.

    Raises `Refused` for who may not read the account.
    """
    from fleetc.policy.testing import past_trials

    account = account_of(workspace)
    require(workspace, Permission.READ, account)
    if not workspace.stored("ledger"):
        return ()
    stood = sorted(_decided(workspace, account).items(), key=lambda item: item[1], reverse=True)
    judging = past_trials(rules)
    return tuple(_judged(workspace, digest, each, judging) for digest, each in stood[:last])


def _decided(workspace: Workspace, account: str) -> dict[str, _Stood]:
    """The plans that were approved or applied, by digest: when, and which of the two."""
    ledger = workspace.ledger()
    found = {
        request.digest: _Stood(request.opened_at, "approved")
        for request in ledger.requests(account)
        if request.status in _APPROVED
    }
    for run in reversed(ledger.runs(account)):
        found[run.digest] = _Stood(run.started_at, "applied")
    return found


def _judged(workspace: Workspace, digest: str, stood: _Stood, rules: RuleSet) -> Past:
    plan = workspace.ledger().get_plan(digest)
    if plan is None:
        return Past(digest, stood.at, stood.status, skipped="the ledger does not hold it any more")
    created = plan.created_at or stood.at
    snapshot = snapshot_of(workspace, plan)
    if isinstance(snapshot, str):
        return Past(digest, created, stood.status, skipped=snapshot)
    found = differences(plan, _replayed(workspace, plan, snapshot, rules, seconds_of(created)), rules)
    return Past(digest, created, stood.status, found)


def _replayed(workspace: Workspace, plan: Plan, snapshot: Snapshot, rules: RuleSet, at: float) -> Plan:
    """The plan with what the rules would have said of it."""
    from fleetc.policy.rulings import ruled
    from fleetc.service.ruling import judge_of

    return ruled(plan, judge_of(workspace, plan, live_of(plan, snapshot), rules, rules, at=at))[0]
