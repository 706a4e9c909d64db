"""`approve`, `reject` and `approvals`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from fleetc.cli.context import Context, FleetCommand, pass_context
from fleetc.cli.options import act_as, format_option
from fleetc.errors import ExitCode, UsageProblem

if TYPE_CHECKING:
    from fleetc.plan.actions import Plan
    from fleetc.ports import Approval
    from fleetc.service.approving import Waiting
    from fleetc.service.several import Outcome
    from fleetc.service.workspace import Workspace

__all__ = ["approvals", "approve", "reject"]


@click.command(cls=FleetCommand)
@click.argument("plans", nargs=-1, required=True, metavar="PLAN...")
@act_as
@click.option(
    "--confirm", multiple=True, metavar="TEXT", help="'ENVIRONMENT N', N being the number destroyed."
)
@click.option("--comment", default="", metavar="TEXT", help="Kept with the approval.")
@format_option("text", "json")
@pass_context
def approve(
    context: Context, plans: tuple[str, ...], claimed: str, confirm: tuple[str, ...], comment: str, form: str
) -> int:
    """Approve PLAN: a plan file, its digest (7 or more digits), or its request id.

    The plan is the one in the ledger; a file only names it. On a terminal you type the
    environment and the number of resources destroyed; elsewhere give it with --confirm. Plans of
    several environments are confirmed and approved one by one.
    """
    from fleetc.service import several
    from fleetc.service.approving import approve as approve_it
    from fleetc.service.identity import person

    found = several.plans(context.candidates(), plans, context.base)
    texts = _texts([plan for _, plan in found], confirm)
    of = {plan.environment: plan for _, plan in found}

    def one(workspace: Workspace) -> Approval:
        plan = of[workspace.environment.name]
        who = person(workspace, claimed)
        typed = texts.get(plan.environment) or _asked(plan)
        return approve_it(workspace, plan, who, typed=typed, comment=comment)

    if len(found) > 1 or context.several:
        outcomes = several.each((workspace for workspace, _ in found), one)
        return _print_all(outcomes, form)
    _print_one(one(found[0][0]), form)
    return ExitCode.OK


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


def _asked(plan: Plan) -> str | None:
    """The confirmation as typed on the terminal; None when there is none."""
    from fleetc.service.approving import confirmation

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    typed: str = click.prompt(f"To approve {plan.digest[:12]}, type `{confirmation(plan)}`", err=True)
    return typed


def _print_one(approval: Approval, form: str) -> None:
    from fleetc.cli.output import echo_json

    if form == "json":
        echo_json(_approval(approval))
        return
    click.echo(_approved(approval))
    click.echo(f"next: fleetc apply {approval.digest[:12]}")


def _print_all(outcomes: Iterable[Outcome[Approval]], form: str) -> int:
    from fleetc.cli.several import echo_document, echo_sections

    if form == "json":
        return echo_document(
            "fleetc.approved/1", "approval", outcomes, lambda _name, given: (_approval(given), ExitCode.OK)
        )
    given: list[str] = []

    def show(environment: str, approval: Approval) -> int:
        click.echo(f"{environment}: {_approved(approval)}")
        given.append(approval.digest[:12])
        return ExitCode.OK

    code = echo_sections(outcomes, show)
    if given:
        click.echo(f"next: fleetc apply {' '.join(given)}")
    return code


def _approved(approval: Approval) -> str:
    from fleetc.ir.timestamps import rfc3339

    who = approval.approver.removeprefix("user:")
    return f"approved {approval.digest[:12]} as {who}, once, until {rfc3339(approval.expires_at)}"


def _approval(approval: Approval) -> dict[str, object]:
    from fleetc.ir.timestamps import rfc3339

    return {
        "format": "fleetc.approval/1",
        "digest": approval.digest,
        "approver": approval.approver,
        "counts": approval.counts,
        "expires_at": rfc3339(approval.expires_at),
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
    head = ("request", "environment", "status", "opened", "changes", "approved by")
    click.echo(table(head, [_row(item) for item in found], empty="no approval requests"), nl=False)


def _document(item: Waiting) -> dict[str, object]:
    request = item.request
    return {
        "id": request.id,
        "digest": request.digest,
        "environment": request.environment,
        "status": request.status,
        "opened_at": request.opened_at,
        "opened_by": request.opened_by,
        "counts": item.counts,
        "approvers": list(dict.fromkeys(approval.approver for approval in item.approvals)),
    }


def _row(item: Waiting) -> tuple[str, ...]:
    request = item.request
    changes = " ".join(f"{count} {op}" for op, count in item.counts.items() if count)
    approvers = ", ".join(dict.fromkeys(approval.approver for approval in item.approvals))
    return (request.id, request.environment, request.status, request.opened_at, changes, approvers)
