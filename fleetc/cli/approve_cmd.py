"""`approve`, `reject` and `approvals`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from fleetc.cli.context import Context, FleetCommand, format_option, pass_context

if TYPE_CHECKING:
    from fleetc.service.approving import Waiting

__all__ = ["approvals", "approve", "reject"]

_PLAN = click.argument("plan", metavar="PLAN")
_AS = click.option(
    "--as", "claimed", default="", metavar="NAME", help="Act as NAME (embedded platform only)."
)


@click.command(cls=FleetCommand)
@_PLAN
@_AS
@click.option("--confirm", metavar="TEXT", help="'ENVIRONMENT N', N being the number destroyed.")
@click.option("--comment", default="", metavar="TEXT", help="Kept with the approval.")
@format_option("text", "json")
@pass_context
def approve(context: Context, plan: str, claimed: str, confirm: str | None, comment: str, form: str) -> None:
    """Approve PLAN: a plan file, its digest (7 or more digits), or its request id.

    The plan is the one in the ledger; a file only names it. On a terminal you type the
    environment and the number of resources destroyed; elsewhere give it with --confirm.
    """
    from fleetc.cli.output import echo_json
    from fleetc.ir.timestamps import rfc3339
    from fleetc.service import approving
    from fleetc.service.identity import person

    workspace = context.workspace()
    found = approving.find_plan(workspace, plan, context.base)
    who = person(workspace, claimed)
    if confirm is None and sys.stdin.isatty() and sys.stderr.isatty():
        wanted = approving.confirmation(found)
        confirm = click.prompt(f"To approve {found.digest[:12]}, type `{wanted}`", err=True)
    approval = approving.approve(workspace, found, who, typed=confirm, comment=comment)
    until = rfc3339(approval.expires_at)
    if form == "json":
        echo_json(
            {
                "format": "fleetc.approval/1",
                "digest": found.digest,
                "approver": approval.approver,
                "counts": approval.counts,
                "expires_at": until,
            }
        )
    else:
        click.echo(f"approved {found.digest[:12]} as {who.name}, once, until {until}")
        click.echo(f"next: fleetc apply {found.digest[:12]}")


@click.command(cls=FleetCommand)
@_PLAN
@click.option("--reason", required=True, metavar="TEXT", help="Why; kept in the audit log.")
@_AS
@format_option("text", "json")
@pass_context
def reject(context: Context, plan: str, reason: str, claimed: str, form: str) -> None:
    """Reject PLAN, with a reason. Its digest cannot be approved any more."""
    from fleetc.cli.output import echo_json
    from fleetc.service import approving
    from fleetc.service.identity import person

    workspace = context.workspace()
    found = approving.find_plan(workspace, plan, context.base)
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
    """List approval requests, newest first."""
    from fleetc.cli.output import echo_json
    from fleetc.report.tables import table
    from fleetc.service.approving import waiting

    found = waiting(context.workspace())
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
