"""What a plan of the ledger was made over, and its judge made again (design 3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleetc.errors import Refused, StateProblem

if TYPE_CHECKING:
    from fleetc.ir.state import Snapshot
    from fleetc.plan.actions import Plan
    from fleetc.policy.judge import Judge
    from fleetc.service.ruling import Live
    from fleetc.service.workspace import Workspace

__all__ = ["judge_again", "live_of", "snapshot_of"]

_STORED = "snap-"


def snapshot_of(workspace: Workspace, plan: Plan) -> Snapshot | str:
    """The snapshot that a plan was made of; why not, when it is not there."""
    number = plan.snapshot.removeprefix(_STORED)
    gone = f"its snapshot {plan.snapshot} was pruned"
    if not number.isdigit() or not workspace.stored("snapshots"):
        return gone
    try:
        found = workspace.snapshots().get(plan.account, int(number))
    except StateProblem:
        return gone
    return found if found.digest == plan.snapshot_digest else f"{plan.snapshot} is another snapshot now"


def live_of(plan: Plan, snapshot: Snapshot) -> Live:
    """What a judge of a plan is shown of its snapshot: resources under the names of the fleet file."""
    from fleetc.plan.moves import under_new_names
    from fleetc.service.ruling import Live

    moved = {action.address: action.moved_from for action in plan.actions if action.moved_from}
    renamed = under_new_names(snapshot, moved)
    return Live(renamed.resources, renamed.profile, renamed.catalogue, renamed.complete)


def judge_again(workspace: Workspace, plan: Plan) -> Judge:
    """The judge of a plan of the ledger, by the rules that judged it, now.

    Raises `Refused` when its snapshot or its rules are not there any more.
    """
    from fleetc.plan.leftovers import as_known
    from fleetc.service.ruling import judge_of, stored_rules

    snapshot = snapshot_of(workspace, plan)
    if isinstance(snapshot, str):
        raise Refused(snapshot, next_step="plan again")
    snapshot = as_known(snapshot, workspace.ledger().baselines(plan.account))
    rules, accepted = (stored_rules(workspace, digest) for digest in (plan.rules, plan.accepted))
    return judge_of(workspace, plan, live_of(plan, snapshot), rules, accepted)
