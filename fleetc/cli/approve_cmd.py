"""`approve`, `reject`, `revoke` and `approvals`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from fleetc.cli.context import Context, FleetCommand, pass_context
from fleetc.cli.options import act_as, format_option
from fleetc.errors import ExitCode, UsageProblem
from fleetc.lang.text import visible

if TYPE_CHECKING:
    from fleetc.plan.actions import Plan
    from fleetc.service.approving import Given, Waiting
    from fleetc.service.several import Outcome
    from fleetc.service.workspace import Workspace

__all__ = ["approvals", "approve", "reject", "revoke"]


@click.command(cls=FleetCommand)
@click.argument("plans", nargs=-1, required=True, metavar="PLAN...")
@act_as
@click.option(
    "--confirm", multiple=True, metavar="TEXT", help="'ENVIRONMENT N', N being the number destroyed."
)
@click.option("--comment", default="", metavar="TEXT", help="Kept with the approval.")
@click.option(
    "--break-glass", default="", metavar="REASON", help="In an emergency: alone, past quorums and windows."
)
@format_option("text", "json")
@pass_context
def approve(
    context: Context,
    /,
    plans: tuple[str, ...],
    claimed: str,
    confirm: tuple[str, ...],
    form: str,
    **words: str,
) -> int:
    """Approve PLAN: a plan file, its digest (7 or more digits), or its request id.

    The plan is the one in the ledger; a file only names it. On a terminal you type the
    environment and the number of resources destroyed; elsewhere give it with --confirm. Plans of
    several environments are confirmed and approved one by one. Where rules require more people,
    it says who is missing; a change that was approved before, exactly the same, is told.

    --break-glass takes the right to override, holds for 15 minutes, and stands out in the audit log.
    It lifts neither a denial nor four eyes.
    """
    from fleetc.service import several

    found = several.plans(context.candidates(), plans, context.base)
    if words["break_glass"] and len(found) > 1:
        raise UsageProblem("--break-glass is of one plan, and several are given")
    texts = _texts([plan for _, plan in found], confirm)
    of = {plan.environment: plan for _, plan in found}

    def one(workspace: Workspace) -> Told:
        plan = of[workspace.environment.name]
        return _approve(workspace, plan, claimed, texts.get(plan.environment), words)

    if len(found) > 1 or context.several:
        outcomes = several.each((workspace for workspace, _ in found), one)
        return _print_all(outcomes, form)
    _print_one(one(found[0][0]), form)
    return ExitCode.OK


class Told(NamedTuple):
    """An approval, and what of its plan was approved before: action to approvers."""

    plan: Plan
    given: Given
    before: dict[str, tuple[str, ...]]


def _approve(
    workspace: Workspace, plan: Plan, claimed: str, confirmed: str | None, words: dict[str, str]
) -> Told:
    from fleetc.cli.output import note
    from fleetc.service import approving
    from fleetc.service.identity import person

    who = person(workspace, claimed)
    ticked = {action.id for action in plan.chosen}
    before = {id_: by for id_, by in approving.approved_before(workspace, plan).items() if id_ in ticked}
    typed = confirmed or _asked(plan, _before(plan, before))
    given = approving.approve(workspace, plan, who, typed=typed, **words)
    if given.approval.breaks_glass:
        note(
            f"warning: !! BREAK-GLASS by {given.approval.approver}: {plan.digest[:12]} goes past what rules "
            "require and past their windows, and the audit log says so"
        )
    return Told(plan, given, before)


def _texts(plans: Sequence[Plan], confirm: Sequence[str]) -> dict[str, str]:
    """The confirmation given for each environment; the only one is for the only plan, right or wrong."""
    if len(plans) == 1 and len(confirm) == 1:
        return {plans[0].environment: confirm[0]}
    names = {plan.environment for plan in plans}
    texts: dict[str, str] = {}
    for text in confirm:
        name = (text.split() or [""])[0]
        if name not in names or name in texts:
            raise UsageProblem(
                f"--confirm {text!r} is for no plan here, or for one that has it already",
                next_step="give one --confirm 'ENVIRONMENT N' for each plan",
            )
        texts[name] = text
    return texts


def _asked(plan: Plan, before: str) -> str | None:
    """The confirmation as typed on the terminal; None when there is none."""
    from fleetc.cli.output import note
    from fleetc.service.approving import confirmation

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    if before:
        note(before)
    typed: str = click.prompt(f"To approve {plan.digest[:12]}, type `{confirmation(plan)}`", err=True)
    return typed


def _before(plan: Plan, before: dict[str, tuple[str, ...]]) -> str:
    """`8 of 12 changes were approved before, exactly the same: 8 by kim`; empty for none."""
    if not before:
        return ""
    many = Counter(name for approvers in before.values() for name in approvers)
    by = ", ".join(f"{count} by {name.removeprefix('user:')}" for name, count in many.most_common())
    return f"{len(before)} of {len(plan.chosen)} changes were approved before, exactly the same: {by}"


def _print_one(told: Told, form: str) -> None:
    from fleetc.cli.output import echo_json

    if form == "json":
        echo_json(_approval(told))
        return
    for line in _approved(told):
        click.echo(visible(line))
    if not told.given.missing:
        click.echo(f"next: fleetc apply {told.plan.digest[:12]}")


def _print_all(outcomes: Iterable[Outcome[Told]], form: str) -> int:
    from fleetc.cli.several import echo_document, echo_sections

    if form == "json":
        return echo_document(
            "fleetc.approved/1", "approval", outcomes, lambda _name, told: (_approval(told), ExitCode.OK)
        )
    ready: list[str] = []

    def show(environment: str, told: Told) -> int:
        for line in _approved(told):
            click.echo(visible(f"{environment}: {line}"))
        if not told.given.missing:
            ready.append(told.plan.digest[:12])
        return ExitCode.OK

    code = echo_sections(outcomes, show)
    if ready:
        click.echo(f"next: fleetc apply {' '.join(ready)}")
    return code


def _approved(told: Told) -> list[str]:
    from fleetc.ir.timestamps import rfc3339

    approval, missing = told.given.approval, told.given.missing
    who, digest = approval.approver.removeprefix("user:"), told.plan.digest[:12]
    until = f"once, until {rfc3339(approval.expires_at)}"
    if told.given.already:
        lines = [f"{who} has approved {digest} already, {until}"]
    else:
        done = f"recorded the approval of {digest} by {who}" if missing else f"approved {digest} as {who}"
        lines = [f"{done}, {until}"]
    lines += filter(None, [_before(told.plan, told.before)])
    return [*lines, *(f"still needed: {text}" for text in missing)]


def _approval(told: Told) -> dict[str, object]:
    from fleetc.ir.timestamps import rfc3339

    approval, missing = told.given.approval, told.given.missing
    return {
        "format": "fleetc.approval/1",
        "digest": approval.digest,
        "approver": approval.approver,
        "kind": approval.kind,
        "counts": approval.counts,
        "expires_at": rfc3339(approval.expires_at),
        "status": "waiting" if missing else "approved",
        "missing": missing,
        "already": told.given.already,
        "approved_before": told.before,
    }


@click.command(cls=FleetCommand)
@click.argument("plan", metavar="PLAN")
@click.option("--reason", required=True, metavar="TEXT", help="Why; kept in the audit log.")
@act_as
@format_option("text", "json")
@pass_context
def reject(context: Context, plan: str, reason: str, claimed: str, form: str) -> None:
    """Reject PLAN, with a reason. Its digest cannot be approved any more."""
    from fleetc.cli.output import echo_json
    from fleetc.service import approving, several
    from fleetc.service.identity import person

    ((workspace, found),) = several.plans(context.candidates(), (plan,), context.base)
    who = person(workspace, claimed)
    approving.reject(workspace, found, who, reason)
    if form == "json":
        echo_json({"format": "fleetc.rejection/1", "digest": found.digest, "rejected_by": who.identity})
    else:
        click.echo(f"rejected {found.digest[:12]}")


@click.command(cls=FleetCommand)
@click.argument("plan", metavar="PLAN")
@click.option("--of", default="", metavar="NAME", help="Somebody else's (takes the right to approve).")
@click.option("--reason", default="", metavar="TEXT", help="Why; kept in the audit log.")
@act_as
@format_option("text", "json")
@pass_context
def revoke(context: Context, plan: str, of: str, reason: str, claimed: str, form: str) -> None:
    """Take back your approval of PLAN, as long as no run has used it.

    The plan waits for approval again when what is left is not enough.
    """
    from fleetc.cli.output import echo_json
    from fleetc.service import approving, several
    from fleetc.service.identity import person

    ((workspace, found),) = several.plans(context.candidates(), (plan,), context.base)
    who = person(workspace, claimed)
    left = approving.revoke(workspace, found, who, of=of, reason=reason)
    if form == "json":
        echo_json(
            {
                "format": "fleetc.revocation/1",
                "digest": found.digest,
                "revoked_by": who.identity,
                "missing": left.missing,
            }
        )
        return
    click.echo(f"revoked the approval of {found.digest[:12]}")
    for text in left.missing:
        click.echo(visible(f"needed now: {text}"))


@click.command(cls=FleetCommand)
@format_option("text", "json")
@pass_context
def approvals(context: Context, form: str) -> None:
    """List approval requests, newest first: of the environments chosen, or all."""
    from fleetc.cli.output import echo_json
    from fleetc.report.tables import table
    from fleetc.service.approving import waiting

    found = context.rows_of(waiting(context.candidates()[0]))
    if form == "json":
        echo_json({"format": "fleetc.approvals/1", "requests": [_document(item) for item in found]})
        return
    head = ("request", "environment", "status", "opened", "changes", "approved by", "still needed")
    click.echo(table(head, [_row(item) for item in found], empty="no approval requests"), nl=False)


def _document(item: Waiting) -> dict[str, object]:
    from fleetc.ir.timestamps import rfc3339

    request = item.request
    return {
        "id": request.id,
        "digest": request.digest,
        "environment": request.environment,
        "status": request.status,
        "opened_at": request.opened_at,
        "opened_by": request.opened_by,
        "counts": item.counts,
        "approvers": list(dict.fromkeys(each.approver for each in item.approvals if not each.revoked)),
        "missing": item.missing,
        "approvals": [
            {
                "approver": each.approver,
                "kind": each.kind,
                "at": rfc3339(each.at),
                "expires_at": rfc3339(each.expires_at),
                "comment": each.comment,
                "used_by": each.used_by,
                "revoked": each.revoked,
            }
            for each in item.approvals
        ],
    }


def _row(item: Waiting) -> tuple[str, ...]:
    request = item.request
    changes = " ".join(f"{count} {op}" for op, count in item.counts.items() if count)
    names = (
        f"!! {a.approver} BREAK-GLASS" if a.breaks_glass else a.approver
        for a in item.approvals
        if not a.revoked
    )
    approvers, missing = ", ".join(dict.fromkeys(names)), "; ".join(item.missing)
    return (request.id, request.environment, request.status, request.opened_at, changes, approvers, missing)
