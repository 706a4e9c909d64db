"""Abandoning a run that is not to go on: the `apply --abandon` of the command line, cancel in the terminal.

It is written down as it is, and never runs again; a new plan looks at what is left.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from fleetc.errors import Refused, UsageProblem
from fleetc.events import RunFinished
from fleetc.service.applying import resumable
from fleetc.service.identity import Person
from fleetc.service.worker import stored, take_lease

if TYPE_CHECKING:
    from fleetc.plan.actions import Plan
    from fleetc.run.gate import Gate
    from fleetc.service.workspace import Workspace

__all__ = ["abandon"]


def abandon(workspace: Workspace, run_id: str, who: Person, reason: str) -> dict[str, object]:
    """End a run that is paused, broken off or not begun, for a reason; gives its result record.

    No call is sent. Raises `UsageProblem` without a reason, and `Refused` for who may not apply, while
    a worker of it is alive, for one that has ended, and when the platform does not answer.
    """
    from fleetc.run import executor
    from fleetc.run.state import FINAL

    if not reason.strip():
        raise UsageProblem("to abandon a run takes a reason", next_step="add --reason TEXT")
    run = resumable(workspace, run_id, who)
    if run.status in FINAL:
        raise Refused(
            f"{run.id} has ended already: {run.status}",
            state="nothing was changed",
            next_step="`fleetc plan` shows what is left",
        )
    ledger = workspace.ledger()
    run, plan = stored(ledger, run_id)
    lease = take_lease(ledger, workspace.clock, run)
    detail = {"plan": plan.digest, "reason": reason.strip()}
    try:
        ledger.audit(who.identity, who.os_user, "run-abandon", run.id, detail)
        executor.abandon(
            run.id,
            reason.strip(),
            plan=plan,
            ledger=ledger,
            platform=workspace.platform(run.account),
            clock=workspace.clock,
            lease=lease,
            gate=_gate(workspace, plan, run.id),
            os_user=who.os_user,
        )
    finally:
        ledger.release_lease(lease)
    ends = (event.result for event in ledger.events(run.id) if isinstance(event, RunFinished))
    return next(ends, {})


def _gate(workspace: Workspace, plan: Plan, run_id: str) -> Gate | None:
    """The gate that knows under what budgets count what was done; None where its rules are gone."""
    from fleetc.service.gating import gate_of

    with suppress(Refused):
        return gate_of(workspace, plan, run_id)
    return None
