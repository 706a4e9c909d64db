"""What must hold before the first call, and before each action (design 2.5, 2.6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from fleetc.errors import FleetcError, Refused
from fleetc.ir.state import LiveResource, Observation
from fleetc.ir.timestamps import rfc3339, seconds_of
from fleetc.lang.text import cut
from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Op
from fleetc.plan.digest import plan_digest
from fleetc.plan.renaming import Renaming
from fleetc.ports import Approval, Ledger
from fleetc.run.authority import Approvers, Needs, Weighed, weigh
from fleetc.run.compare import different, resting
from fleetc.run.patience import PauseRun

__all__ = [
    "NOT_AUTHORISED",
    "Consent",
    "approvals_of",
    "not_approved",
    "refuse_denied",
    "refuse_ended_override",
    "refuse_other_plan",
    "refuse_other_rules",
    "refuse_stale",
]

NOT_AUTHORISED = "not authorised: the approval of this plan was withdrawn"
_NOTHING = "nothing was sent"
_LONGEST = 600  # characters of a rule's message


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


def refuse_denied(plan: Plan, state: str = _NOTHING) -> None:
    """Raise `Refused` when a rule denies what is ticked, or the plan as a whole."""
    denied = plan.denied
    if not denied:
        return
    first = denied[0]
    about = f" of {first.subject}" if first.subject else ""
    more = f" (and {len(denied) - 1} more)" if len(denied) > 1 else ""
    raise Refused(
        f"rule {first.rule} ({first.place}) denies{about}: {cut(first.message, _LONGEST) or 'it matches'}{more}",
        code="F0730",
        state=state,
        next_step=first.help or "leave out what is denied, or ask for a waiver of that rule",
    )


def refuse_other_rules(plan: Plan, ledger: Ledger, state: str = _NOTHING) -> None:
    """Raise `Refused` when other rules were applied since the plan was made, or as another environment."""
    rules, name = ledger.accepted_rules(plan.account), ledger.applied_environment(plan.account)
    since = "since this plan was made"
    if rules not in (plan.accepted, plan.rules):
        said = f"other rules were applied to this account {since}, and have not judged it"
    elif name not in ("", plan.environment, plan.applied_as):
        said = f"this account was applied as environment {name} {since}, which is of {plan.environment}"
    else:
        return
    raise Refused(said, code="F0852", state=state, next_step="plan again: `fleetc plan -o FILE`")


def refuse_ended_override(plan: Plan, now: float, state: str = _NOTHING) -> None:
    """Raise `Refused` when the override that a plan was made with has ended, or never said when."""
    if not (plan.override and plan.requires_approval):
        return
    if not (plan.override_until and now < seconds_of(plan.override_until)):
        ended = f"ended at {plan.override_until}" if plan.override_until else "has no end"
        raise Refused(
            f"the override of this plan ({plan.override}) {ended}",
            code="F0731",
            state=state,
            next_step="plan again with --override REASON, and have that plan approved",
        )


def not_approved(plan: Plan, weighed: Weighed) -> Refused:
    """The refusal of a plan whose valid approvals do not come to what it needs."""
    said = f"plan {plan.digest[:12]} has no valid approval: none was given, or it was used or expired"
    if weighed.counted:
        said = f"plan {plan.digest[:12]} is not approved yet: it needs {'; '.join(weighed.missing)}"
    return Refused(said, code="F0702", state=_NOTHING, next_step=f"fleetc approve {plan.digest[:12]}")


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
    if action.op.in_ledger:
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


class Consent:
    """Whether approvals let one run begin, and each further action start.

    `approvers` gives what the operator's file says now; it may raise `FleetcError`.
    """

    def __init__(self, plan: Plan, ledger: Ledger, run: str, approvers: Callable[[], Approvers]) -> None:
        self._plan, self._ledger, self._run, self._approvers = plan, ledger, run, approvers
        self._needs = Needs.of(plan)

    def begin(self, now: float) -> bool:
        """Use up the valid approvals, and say whether that was still to be done.

        Raises `Refused`, and uses none, when they do not come to what the plan needs.
        """
        if not self._needs.approval or approvals_of(self._plan, self._ledger, self._run):
            return False
        digest = self._plan.digest
        weighed = self._weigh(a for a in self._ledger.approvals(digest) if a.valid(now))
        if not (weighed.met and self._ledger.consume_approvals(digest, self._run, now)):
            raise not_approved(self._plan, weighed)
        return True

    def confirm(self) -> Weighed:
        """What the run's approvals come to now; raises `PauseRun` when that is not enough any more."""
        weighed = self._weigh(approvals_of(self._plan, self._ledger, self._run))
        if not weighed.met:
            what = f"not authorised any more: it needs {'; '.join(weighed.missing)}"
            raise PauseRun(what if weighed.counted else NOT_AUTHORISED)
        return weighed

    def expired(self, now: float) -> str:
        """Why the run's approvals let nothing begin any more: those that have expired counted.

        Empty when the others do, or none is needed. A rule's approval counts: it is judged anew.
        """
        used = approvals_of(self._plan, self._ledger, self._run)
        late = [a for a in used if a.kind != "rule" and now >= a.expires_at]
        weighed = self._weigh(a for a in used if a not in late) if late else None
        if weighed is None or weighed.met:
            return ""
        who = " and ".join(f"that of {a.approver} ended at {rfc3339(a.expires_at)}" for a in late)
        return f"its approvals do not hold any more: {who}, and this worker began later"

    def _weigh(self, approvals: Iterable[Approval]) -> Weighed:
        try:
            said = self._approvers()
        except FleetcError as problem:
            raise PauseRun(f"not authorised: {problem.message}") from None
        return weigh(self._needs, approvals, said)
