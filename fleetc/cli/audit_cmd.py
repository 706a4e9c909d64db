"""`audit`: the hash-chained log of every decision."""

from __future__ import annotations

from collections import deque

import click

from fleetc.cli.context import Context, FleetGroup, pass_context
from fleetc.cli.options import format_option
from fleetc.errors import ExitCode

__all__ = ["audit"]


@click.group(cls=FleetGroup)
def audit() -> None:
    """Show and verify the audit log."""


@audit.command()
@click.option("--last", type=click.IntRange(min=0), default=0, metavar="N", help="Only the last N rows.")
@format_option("text", "json")
@pass_context
def show(context: Context, last: int, form: str) -> None:
    """Print the rows, oldest first."""
    from fleetc.cli.output import echo_json
    from fleetc.report.tables import table
    from fleetc.service.auditing import audit_rows

    rows = deque(audit_rows(context.candidates()[0]), maxlen=last or None)
    if form == "json":
        echo_json({"format": "fleetc.audit/1", "rows": list(rows)})
        return
    cells = [
        (row.seq, row.at, row.actor, row.os_user, _what(row.kind), row.subject[:12], row.hash[:12])
        for row in rows
    ]
    head = ("seq", "at", "who", "os user", "what", "plan", "hash")
    click.echo(table(head, cells, empty="the audit log is empty"), nl=False)


def _what(kind: str) -> str:
    """What was done; an emergency stands out."""
    return f"!! {kind.upper()}" if kind == "break-glass" else kind


@audit.command()
@click.argument("run")
@click.option("-o", "--output", metavar="FILE", help="Write to a new FILE (default: print).")
@pass_context
def export(context: Context, run: str, output: str | None) -> None:
    """Print all that is held of RUN, as JSON lines: it, approvals, audit rows, and its events."""
    from fleetc.service.lookups import save
    from fleetc.service.retelling import run_audit

    data = run_audit(context.candidates()[0], run)
    if output:
        click.echo(f"wrote {save(output, context.base, data)}", err=True)
    else:
        click.echo(data, nl=False)


@audit.command()
@format_option("text", "json")
@pass_context
def verify(context: Context, form: str) -> int:
    """Check that each row holds the hash of the one before, and the head beside the ledger."""
    from fleetc.cli.output import echo_json
    from fleetc.service.auditing import first_bad

    broken, rows = first_bad(context.candidates()[0])
    if form == "json":
        first = broken.seq if broken else None
        echo_json({"format": "fleetc.audit-check/1", "rows": rows, "first_bad_row": first})
        return ExitCode.ERROR if broken else ExitCode.OK
    if broken is None:
        click.echo(f"ok: {rows} rows")
        return ExitCode.OK
    click.echo(f"row {broken.seq} does not fit: it, or the one before, was changed or removed", err=True)
    click.echo("  next: fleetc state restore BACKUP, and ask who had access to the ledger", err=True)
    return ExitCode.ERROR
