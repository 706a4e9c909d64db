"""Use cases of approval: approve, reject, revoke, list (design 2.5).

An approval is bound to one plan digest, counts one person once, expires, and is used once. What
keeps one from being given is in `approvable`; what approvals come to is said by `run.authority`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from fleetc.errors import Refused, UsageProblem
from fleetc.plainfile import read_plain
from fleetc.plan.verdicts import Verdict
from fleetc.policy.access import Permission
from fleetc.ports import Approval, Request
from fleetc.run.authority import Needs, Weighed, weigh
from fleetc.service.access import readable, require
from fleetc.service.approvable import (
    confirmation,
    refuse_four_eyes,
    refuse_study,
    refuse_unfit,
    refuse_untyped,
)
from fleetc.service.asked import asked, counts
from fleetc.service.identity import Person
from fleetc.service.recognising import approved_before, keep_marks

if TYPE_CHECKING:
    from fleetc.plan.actions import Plan
    from fleetc.service.workspace import Workspace

__all__ = [
    "OPEN",
    "Given",
    "Waiting",
    "approve",
    "approved_before",
    "confirmation",
    "find_plan",
    "refuse_study",
    "reject",
    "revoke",
    "status_now",
    "waiting",
    "weighed",
]

OPEN = ("waiting", "approved")
"""The statuses of a request that can still change with its approvals."""
_SHOWN = 5
_GLASS = 900.0  # seconds for which an approval of an emergency holds
_LONGEST_HOLD = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class Given:
    """An approval as it was given, and who still has to approve, in words.

    `already` says that the person had approved before; then nothing was added.
    """

    approval: Approval
    missing: tuple[str, ...] = ()
    already: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request with its approvals and its counts, for lists; `missing` says who has to approve."""

    request: Request
    approvals: tuple[Approval, ...]
    counts: dict[str, int]
    missing: tuple[str, ...] = ()

    @property
    def environment(self) -> str:
        """The environment that the request is of."""
        return self.request.environment

    @property
    def account(self) -> str:
        """The account that the request is of."""
        return self.request.account


def find_plan(workspace: Workspace, wanted: str, base: Path) -> Plan:
    """The plan in the ledger by digest, prefix of 7 or more digits, request id, or plan file below `base`.

    Raises `Refused` when the ledger does not hold it, as it holds no plan that is for study only, and
    `UsageProblem` when a prefix fits several.
    """
    digest = _digest_of(workspace, wanted, base)
    plan = workspace.ledger().get_plan(digest)
    if plan is None:
        raise Refused(
            f"the ledger of this workspace holds no plan {digest[:12]}",
            code="F0704",
            state="nothing was changed; a file is only a copy of the ledger's plan",
            next_step=_instead(workspace),
        )
    return plan


def _instead(workspace: Workspace) -> str:
    known = [request.digest[:12] for request in workspace.ledger().requests()[:_SHOWN]]
    here = f"this ledger has {', '.join(known)}; " if known else ""
    return f"{here}make it here with `fleetc plan -o FILE`, or take it in with `fleetc plan import FILE`"


def _digest_of(workspace: Workspace, wanted: str, base: Path) -> str:
    path = base / wanted
    if path.is_file():
        from fleetc.plan.documents import load_plan

        given = load_plan(read_plain(path))
        refuse_study(given)
        return given.digest
    prefix = wanted.removeprefix("apr-").lower()
    if len(prefix) < 7 or not set(prefix) <= set("0123456789abcdef"):
        raise UsageProblem(
            f"{wanted!r} is neither a plan file nor 7 or more digits of a plan's digest",
            next_step="`fleetc approvals` lists the plans",
        )
    found = workspace.ledger().find_plans(prefix)
    if len(found) > 1:
        raise UsageProblem(f"{wanted!r} fits {len(found)} plans: " + ", ".join(d[:16] for d in found))
    return found[0] if found else prefix


def weighed(workspace: Workspace, of: Plan | Needs) -> Weighed:
    """What the valid approvals of a plan come to now, and who is missing.

    Nobody is where rules let all of it go: they are recorded as its approvers when it is applied.
    """
    now, needs = workspace.clock.now(), of if isinstance(of, Needs) else Needs.of(of)
    return _weighed(workspace, needs, (a for a in workspace.ledger().approvals(needs.digest) if a.valid(now)))


def _weighed(workspace: Workspace, needs: Needs, approvals: Iterable[Approval]) -> Weighed:
    found = weigh(needs, approvals, workspace.approvers(needs.account, needs.environment))
    return Weighed(found.counted, ()) if needs.lifted_by else found


def approve(
    workspace: Workspace,
    plan: Plan,
    who: Person,
    *,
    typed: str | None,
    comment: str = "",
    break_glass: str = "",
) -> Given:
    """Approve one plan as one person; `typed` is the confirmation, None when none was asked for.

    `break_glass` is the reason of an emergency: then the approval stands for all that rules
    require and lets the run go through a hold, for a short time; four eyes and denials stay.
    Raises `Refused` with the reason; then nothing is approved. The refusal is audited.
    """
    glass = bool(break_glass.strip())
    if break_glass and not glass:
        raise UsageProblem("--break-glass needs a reason")
    require(workspace, Permission.OVERRIDE if glass else Permission.APPROVE, plan.account, who)
    try:
        refuse_unfit(workspace, plan)
        refuse_four_eyes(workspace, plan, who, alone=glass)
        refuse_untyped(plan, typed)
    except Refused as refusal:
        _audit(workspace, who, "approve-refused", plan, {"reason": refusal.message})
        raise
    before = weighed(workspace, plan)
    if (own := _own(workspace, before, who)) and (own.breaks_glass or not glass):
        return Given(own, before.missing, already=True)
    said = break_glass or comment
    detail: dict[str, Any] = {"counts": counts(plan), "comment": said, "override": plan.override}
    _audit(workspace, who, "break-glass" if glass else "approve", plan, detail)  # no approval without
    approval = _add(workspace, plan, who, "break-glass" if glass else "person", said)
    after = weighed(workspace, plan)
    workspace.ledger().set_request(plan.digest, "approved" if after.met else "waiting")
    return Given(approval, after.missing)


def _own(workspace: Workspace, found: Weighed, who: Person) -> Approval | None:
    """The person's own approval among those that count."""
    people = workspace.operator().people
    return next((a for a in found.counted if people.identity(a.approver) == who.identity), None)


def _add(workspace: Workspace, plan: Plan, who: Person, kind: str, comment: str) -> Approval:
    now = workspace.clock.now()
    keep_marks(workspace, plan)
    return workspace.ledger().add_approval(
        Approval(
            id=0,
            digest=plan.digest,
            account=plan.account,
            commit=plan.commit,
            approver=who.identity,
            counts=counts(plan),
            at=now,
            expires_at=_end(workspace, plan, kind, now),
            comment=comment,
            kind=kind,
        )
    )


def _end(workspace: Workspace, plan: Plan, kind: str, now: float) -> float:
    """When an approval ends: of a held plan, its time begins when the window opens, within 7 days."""
    if kind == "break-glass":
        return now + _GLASS
    ticked = {action.id for action in plan.chosen} if plan.findings else ()
    latest = now + _LONGEST_HOLD
    opens = [
        latest if finding.until is None else finding.until
        for finding in plan.findings
        if finding.verdict is Verdict.HOLD
        and finding.binds
        and (not finding.subject or finding.subject in ticked)
    ]
    return min(max([now, *opens]), latest) + workspace.policy(plan.account).expiry


def reject(workspace: Workspace, plan: Plan, who: Person, reason: str) -> None:
    """Reject a plan: its request is closed, its unused approvals are void, and it gets no new one.

    Raises `Refused` for who may not approve either.
    """
    if not reason.strip():
        raise UsageProblem("a rejection needs a reason", next_step="add --reason TEXT")
    require(workspace, Permission.APPROVE, plan.account, who)
    ledger = workspace.ledger()
    void = [a.id for a in ledger.approvals(plan.digest) if ledger.revoke_approval(a.id)]
    ledger.set_request(plan.digest, "rejected")
    _audit(workspace, who, "reject", plan, {"reason": reason, "approvals": void})


def revoke(workspace: Workspace, plan: Plan, who: Person, *, of: str = "", reason: str = "") -> Weighed:
    """Take back one's own unused approvals of a plan, or those `of` somebody else.

    The plan waits again when what is left is not enough. Raises `Refused` when there is none that
    could be taken back, and for who may not take back another person's.
    """
    people, ledger = workspace.operator().people, workspace.ledger()
    whose = people.identity(of) if of else who.identity
    require(workspace, Permission.READ if whose == who.identity else Permission.APPROVE, plan.account, who)
    own = [a for a in ledger.approvals(plan.digest) if people.identity(a.approver) == whose]
    taken = [approval.id for approval in own if ledger.revoke_approval(approval.id)]
    if not taken:
        raise _nothing_to_revoke(whose, own)
    left = weighed(workspace, plan)
    request = next((r for r in ledger.requests(plan.account) if r.digest == plan.digest), None)
    if request and request.status == "approved" and not left.met:
        ledger.set_request(plan.digest, "waiting")
    _audit(workspace, who, "revoke", plan, {"of": whose, "approvals": taken, "reason": reason})
    return left


def _nothing_to_revoke(whose: str, own: list[Approval]) -> Refused:
    run = next((approval.used_by for approval in own if approval.used_by), "")
    return Refused(
        f"{whose} has no approval of this plan that could be taken back"
        + (f": {run} has used it" if run else ""),
        code="F0733",
        state="nothing was changed",
        next_step=f"pause the run: Ctrl-C in `fleetc watch {run}` only leaves, `p` in the review pauses"
        if run
        else "`fleetc approvals` lists who approved what",
    )


def waiting(workspace: Workspace) -> tuple[Waiting, ...]:
    """The requests of the accounts that the OS user may read, newest first, as they stand now.

    One that was approved waits again when its approvals do not do any more, and is expired when
    they are over.
    """
    ledger = workspace.ledger()
    stored = ledger.plans_stored()
    shown = readable(workspace, ledger.requests())
    return tuple(_standing(workspace, request, stored.get(request.digest, "")) for request in shown)


def _standing(workspace: Workspace, request: Request, stored_at: str) -> Waiting:
    ledger, now = workspace.ledger(), workspace.clock.now()
    approvals = ledger.approvals(request.digest)
    if request.status not in OPEN and (known := next((a.counts for a in approvals if a.counts), None)):
        return Waiting(request, approvals, known)
    plan = asked(ledger, request.digest, stored_at)
    if plan is None or request.status not in OPEN:
        return Waiting(request, approvals, plan.counts if plan else {})
    found = _weighed(workspace, plan.needs, (a for a in approvals if a.valid(now)))
    status = status_now(request, approvals, now, met=found.met)
    return Waiting(msgspec.structs.replace(request, status=status), approvals, plan.counts, found.missing)


def status_now(request: Request, approvals: Iterable[Approval], now: float, *, met: bool) -> str:
    """The status of a request that waits or was approved, when its valid approvals do or not."""
    over = any(a.expires_at <= now and not (a.revoked or a.used_by) for a in approvals)
    if request.status == "approved" and over and not met:
        return "expired"
    return "approved" if met else "waiting"


def _audit(workspace: Workspace, who: Person, kind: str, plan: Plan, detail: dict[str, Any]) -> None:
    workspace.ledger().audit(who.identity, who.os_user, kind, plan.digest, detail)
