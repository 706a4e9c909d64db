"""What must hold before the first call, and before each action (design 2.5, 2.6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from fleetc.errors import Refused
from fleetc.ir.state import LiveResource, Observation
from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Op
from fleetc.plan.digest import plan_digest
from fleetc.plan.renaming import Renaming
from fleetc.ports import Approval, Ledger
from fleetc.run.compare import different, resting
from fleetc.run.patience import PauseRun

__all__ = ["NOT_AUTHORISED", "approvals_of", "authority", "refuse_other_plan", "refuse_stale"]

NOT_AUTHORISED = "not authorised: the approval of this plan was withdrawn"
_NOTHING = "nothing was sent"


def refuse_other_plan(plan: Plan, digest: str, account: str) -> None:
    """Raise `Refused` unless `plan` is exactly what `digest` names, for the platform's account."""
    found = plan_digest(plan)
    if found != digest:
        raise Refused(
            f"the stored plan {digest[:12]} has digest {found[:12]}: it was changed after it was stored",
            code="F0926",
            state=_NOTHING,
            next_step="plan again, and see who can write to the state folder",
        )
    if plan.study:
        raise Refused(
            f"this plan is for study only: {plan.study}",
            code="F0703",
            state=_NOTHING,
            next_step="make a plan against the live platform: `fleetc plan -o FILE`",
        )
    if plan.account != account:
        raise Refused(
            f"the plan is for account {plan.account}, and the credential belongs to {account}",
            code="F0927",
            state=_NOTHING,
            next_step="choose the plan's environment with -e NAME",
        )
    if not (plan.chosen or plan.records):
        raise Refused("nothing is ticked", code="F0705", state=_NOTHING, next_step="plan again")


def refuse_stale(plan: Plan, observed: Observation) -> None:
    """Raise `Refused` when live differs anywhere from what the ticked actions rest on."""
    if not observed.complete:
        raise Refused(
            "the platform could not be read completely: " + "; ".join(observed.problems),
            code="F0928",
            state=_NOTHING + "; the approval was not used",
            next_step="apply again when the platform answers in full",
        )
    moved = {action.moved_from: action.address for action in plan.actions if action.moved_from}
    taken = {resource.address for resource in observed.resources}.intersection(moved.values())
    found = Renaming(moved).all_live(observed.resources)
    live = {resource.address: resource for resource in found}
    stale = [f"{address} exists now" for address in sorted(taken)]
    if len(live) < len(found):
        counts = Counter(resource.address for resource in found)
        stale += [f"{a.address} stands twice now" for a in plan.chosen if counts[a.address] > 1]
    stale += [text for action in plan.chosen if (text := _other(action, observed, live.get(action.address)))]
    if stale:
        shown = "; ".join(stale[:5]) + (f"; and {len(stale) - 5} more" if len(stale) > 5 else "")
        raise Refused(
            f"the platform changed since the plan was made: {shown}",
            code="F0701",
            state=_NOTHING + "; the approval was not used",
            next_step="plan again: `fleetc plan -o FILE`",
        )


def _other(action: Action, observed: Observation, live: LiveResource | None) -> str:
    if action.op is Op.UNPROTECT:
        return ""
    if action.op is Op.CREATE:
        return f"{action.address} exists now" if live is not None else ""
    if live is None:
        return f"{action.address} is gone"
    if live.id != action.platform_id:
        return f"{action.address} is another one now"
    kind = observed.profile.kinds[action.kind]
    base = resting(action, kind, ends=action.op.ends)
    fields = different(action.kind, base, live.fields, base)
    return f"{action.address} has another {', '.join(fields)}" if fields else ""


def approvals_of(plan: Plan, ledger: Ledger, run: str) -> tuple[Approval, ...]:
    """The approvals of exactly this plan that this run has consumed and that still hold."""
    return tuple(a for a in ledger.approvals(plan.digest) if a.used_by == run and not a.revoked)


def authority(plan: Plan, ledger: Ledger, run: str) -> Callable[[], None]:
    """Raises `PauseRun`, each time it is called, when no approval lets this run start an action."""
    needed = plan.requires_approval  # a look at every action: once

    def confirm() -> None:
        if needed and not approvals_of(plan, ledger, run):
            raise PauseRun(NOT_AUTHORISED)

    return confirm
