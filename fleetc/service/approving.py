"""Use cases of approval: approve, reject, list (design 2.5).

An approval is bound to one plan digest, counts one person once, expires, and is used once. What
refuses: a study plan, a limit without override, an old snapshot, four eyes, a wrong typed text.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from fleetc.errors import Refused, UsageProblem
from fleetc.ir.timestamps import seconds_of
from fleetc.plainfile import read_plain
from fleetc.plan.changes import Op
from fleetc.ports import Approval, Request
from fleetc.service.identity import Person, authors_known, is_author

if TYPE_CHECKING:
    from fleetc.plan.actions import Plan
    from fleetc.service.workspace import Workspace

__all__ = ["Waiting", "approve", "confirmation", "find_plan", "refuse_study", "reject", "waiting"]

_NOTHING = "nothing was approved"
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request with its approvals and its counts, for lists."""

    request: Request
    approvals: tuple[Approval, ...]
    counts: dict[str, int]

    @property
    def environment(self) -> str:
        """The environment that the request is of."""
        return self.request.environment


def confirmation(plan: Plan) -> str:
    """The text that approves a plan: `<environment> <destroyed>`."""
    return f"{plan.environment} {plan.destroyed}"


def counts(plan: Plan) -> dict[str, int]:
    """Ticked actions by operation; every operation is present."""
    found = {str(op): 0 for op in Op}
    for action in plan.chosen:
        found[str(action.op)] += 1
    return found


def find_plan(workspace: Workspace, wanted: str, base: Path) -> Plan:
    """The plan in the ledger by digest, prefix of 7 or more digits, request id, or plan file below `base`.

    Raises `Refused` when the ledger does not hold it and `UsageProblem` when a prefix fits
    several.
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

        return load_plan(read_plain(path)).digest
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


def approve(
    workspace: Workspace, plan: Plan, who: Person, *, typed: str | None, comment: str = ""
) -> Approval:
    """Approve one plan as one person; `typed` is the confirmation, None when none was asked for.

    Raises `Refused` with the reason; then nothing is approved. The refusal is audited.
    """
    try:
        _refuse_unfit(workspace, plan)
        _refuse_four_eyes(workspace, plan, who)
        _refuse_untyped(plan, typed)
    except Refused as refusal:
        _audit(workspace, who, "approve-refused", plan, {"reason": refusal.message})
        raise
    now = workspace.clock.now()
    ledger = workspace.ledger()
    approval = ledger.add_approval(
        Approval(
            id=0,
            digest=plan.digest,
            account=plan.account,
            commit=plan.commit,
            approver=who.identity,
            counts=counts(plan),
            at=now,
            expires_at=now + workspace.environment.settings.expiry,
            comment=comment,
        )
    )
    ledger.set_request(plan.digest, "approved")
    detail: dict[str, Any] = {"counts": approval.counts, "comment": comment, "override": plan.override}
    _audit(workspace, who, "approve", plan, detail)
    return approval


def refuse_study(plan: Plan) -> None:
    """Raise `Refused` for a plan that can be looked at and nothing else."""
    if plan.study:
        raise Refused(
            f"this plan is for study only: {plan.study}",
            code="F0703",
            state="nothing was approved or sent",
            next_step="make a plan against the live platform: `fleetc plan -o FILE`",
        )


def _refuse_unfit(workspace: Workspace, plan: Plan) -> None:
    refuse_study(plan)
    if not plan.requires_approval:
        raise Refused(
            "nothing is ticked that would send a call, so there is nothing to approve",
            code="F0705",
            state=_NOTHING,
            next_step=f"fleetc apply {plan.digest[:12]}"
            if plan.records
            else "tick something: `fleetc plan -o FILE --select SELECTOR`",
        )
    over = [limit for limit in plan.limits if limit.over]
    if over and not plan.override:
        raise Refused(
            "over the limit: " + "; ".join(limit.text for limit in over),
            code="F0706",
            state=_NOTHING,
            next_step="plan fewer changes, or plan again with --override REASON",
        )
    request = next((r for r in workspace.ledger().requests() if r.digest == plan.digest), None)
    if request and request.status in {"rejected", "used", "superseded"}:
        raise Refused(
            f"this plan was {request.status}",
            code="F0707",
            state=_NOTHING,
            next_step="change the fleet file, or choose otherwise: the same plan stays rejected"
            if request.status == "rejected"
            else "plan again",
        )
    _refuse_old(workspace, plan)


def _refuse_old(workspace: Workspace, plan: Plan) -> None:
    age = workspace.clock.now() - seconds_of(plan.snapshot_taken_at)
    if age > workspace.environment.settings.max_age:
        raise Refused(
            f"the plan looks at the platform as it was {int(age // 60)} minutes ago, "
            f"and at most {int(workspace.environment.settings.max_age // 60)} are allowed",
            code="F0708",
            state=_NOTHING,
            next_step="observe again: `fleetc plan -o FILE`",
        )


def _refuse_four_eyes(workspace: Workspace, plan: Plan, who: Person) -> None:
    if workspace.environment.four_eyes == "off" or not (plan.destroyed or plan.override or plan.lifts):
        return
    what = "a plan that deletes or replaces"
    if plan.override or not plan.destroyed:
        what = "a plan that overrides a limit" if plan.override else "a plan that ends a protection"
    if is_author(workspace.environment.operator.identities, plan.authors, who):
        raise Refused(
            f"{who.name} is an author of the commits behind this plan, and {what} "
            "needs the approval of somebody who is not",
            code="F0709",
            state=_NOTHING,
            next_step="ask another person to approve it",
        )
    unknown = authors_known(workspace.environment.operator.identities, plan.authors)
    if unknown:
        raise Refused(
            f"{what} needs the approval of somebody who is not an author, and nobody knows who "
            f"{', '.join(unknown)} is",
            code="F0710",
            state=_NOTHING,
            next_step='name them in [identities] of the operator\'s file: "E-MAIL" = "user:NAME"',
        )


def _refuse_untyped(plan: Plan, typed: str | None) -> None:
    wanted = confirmation(plan)
    if typed is None and plan.destroyed:
        raise Refused(
            f"{plan.destroyed} resources would be destroyed, so the approval must be confirmed",
            code="F0711",
            state=_NOTHING,
            next_step=f"add --confirm '{wanted}'",
        )
    if typed is not None and typed.split() != wanted.split():
        raise Refused(
            "the confirmation is not the environment and the number of destroyed resources",
            code="F0711",
            state=_NOTHING,
            next_step=f"type exactly: {wanted}",
        )


def reject(workspace: Workspace, plan: Plan, who: Person, reason: str) -> None:
    """Reject a plan: its request is closed, and its digest cannot be approved any more."""
    if not reason.strip():
        raise UsageProblem("a rejection needs a reason", next_step="add --reason TEXT")
    workspace.ledger().set_request(plan.digest, "rejected")
    _audit(workspace, who, "reject", plan, {"reason": reason})


def waiting(workspace: Workspace) -> tuple[Waiting, ...]:
    """All requests of the workspace's ledger, newest first, an over-age one shown as expired."""
    ledger, now = workspace.ledger(), workspace.clock.now()
    found = []
    for request in ledger.requests():
        approvals = ledger.approvals(request.digest)
        status = request.status
        if status == "approved" and all(a.expires_at < now for a in approvals):
            status = "expired"
        plan = ledger.get_plan(request.digest)
        found.append(
            Waiting(
                msgspec.structs.replace(request, status=status),
                approvals,
                counts(plan) if plan else {},
            )
        )
    return tuple(found)


def _audit(workspace: Workspace, who: Person, kind: str, plan: Plan, detail: dict[str, Any]) -> None:
    workspace.ledger().audit(who.identity, who.os_user, kind, plan.digest, detail)
