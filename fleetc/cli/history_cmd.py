"""`snapshot query | diff | prune`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fleetc.cli.context import Context, FleetCommand, pass_context
from fleetc.cli.options import SNAPSHOTS, act_as, at_time, detailed_exit, format_option, require_yes, yes
from fleetc.errors import ExitCode, UsageProblem

if TYPE_CHECKING:
    from fleetc.ir.difference import Difference
    from fleetc.service.history import Pruning
    from fleetc.store.snapshot_query import Answer

__all__ = ["diff", "prune", "query"]


@click.command(
    cls=FleetCommand,
    epilog="""\b
Views (--views shows their columns):
  snapshots  resources  fields  history  catalogue
\b
Examples:
  fleetc snapshot query "SELECT kind, count(*) FROM resources GROUP BY kind"
  fleetc snapshot query "SELECT address, value FROM fields
                         WHERE field = 'status' AND value <> 'running'"
""",
)
@click.argument("sql", metavar="SQL", default="")
@click.option(
    "--snapshot",
    "which",
    default="latest",
    show_default=True,
    metavar="SNAPSHOT",
    help="A stored one, or all.",
)
@at_time
@click.option(
    "--limit",
    type=click.IntRange(1, 1_000_000),
    default=1000,
    show_default=True,
    help="At most so many rows.",
)
@click.option("--views", is_flag=True, help="Show the views and their columns.")
@format_option("text", "json", "csv")
@pass_context
def query(context: Context, sql: str, which: str, at: str, limit: int, views: bool, form: str) -> None:
    """Ask stored snapshots with SQL over documented views.

    Only SELECT is possible, and only over the views; nothing is written.
    """
    from fleetc.service.history import ask

    if views:
        _echo_views(form)
        return
    if not sql.strip():
        raise UsageProblem(
            "there is no SQL", next_step="fleetc snapshot query --views shows what can be asked"
        )
    found = ask(context.workspace(), sql, account=context.account(), which=which, at=at, limit=limit)
    _echo_answer(found, form, limit)


def _echo_views(form: str) -> None:
    from fleetc.cli.output import echo_json
    from fleetc.report.tables import table
    from fleetc.store.snapshot_views import VIEWS

    if form == "json":
        listed = [
            {"name": name, "about": view.about, "columns": dict(view.columns)} for name, view in VIEWS.items()
        ]
        echo_json({"format": "fleetc.snapshot-views/1", "views": listed})
        return
    rows = [(name, column, what) for name, view in VIEWS.items() for column, what in view.columns.items()]
    if form == "csv":
        _echo_csv([("view", "column", "holds"), *rows])
        return
    for name, view in VIEWS.items():
        click.echo(f"{name}: {view.about}")
        text = table(("column", "holds"), list(view.columns.items()), empty="")
        click.echo("".join(f"  {line}\n" for line in text.splitlines()))


def _echo_answer(found: Answer, form: str, limit: int) -> None:
    from fleetc.cli.output import echo_json, note
    from fleetc.lang.text import visible
    from fleetc.report.tables import table

    if form == "json":
        document = {"columns": found.columns, "rows": found.rows, "truncated": found.truncated}
        echo_json({"format": "fleetc.snapshot-query/1", **document})
    elif form == "csv":
        _echo_csv([found.columns, *found.rows])
    else:
        cells = [tuple("" if cell is None else cell for cell in row) for row in found.rows]
        click.echo(table(tuple(map(visible, found.columns)), cells, empty="no rows"), nl=False)
    if found.truncated:
        note(f"truncated: only the first {limit} rows are shown; --limit N shows more")


def _echo_csv(rows: list[tuple[Any, ...]]) -> None:
    """RFC 4180, with what could steer a terminal shown by its code point."""
    import csv
    from io import StringIO

    from fleetc.lang.text import visible

    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(
        [visible(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    click.echo(out.getvalue(), nl=False)


@click.command(
    cls=FleetCommand,
    epilog=SNAPSHOTS,
)
@click.argument("before", metavar="SNAPSHOT")
@click.argument("after", metavar="[SNAPSHOT]", default="latest")
@click.option("--at", default="", metavar="TIME", help="For the second: the newest one at or before TIME.")
@click.option("--full", is_flag=True, help="List everything, however long.")
@detailed_exit
@format_option("text", "json", "markdown")
@pass_context
def diff(
    context: Context, before: str, after: str, at: str, full: bool, detailed_exitcode: bool, form: str
) -> int:
    """Show what differs between two snapshots.

    The second one is the latest unless named. Equal changes are said once.
    """
    from fleetc.cli.output import echo_json
    from fleetc.report.difference import render_difference, render_difference_markdown
    from fleetc.service.history import compare

    account = context.account()
    found = compare(context.workspace(), before, after, at, account=account, base=context.base)
    if form == "json":
        echo_json(_difference(found))
    else:
        text = (
            render_difference_markdown(found) if form == "markdown" else render_difference(found, full=full)
        )
        click.echo(text, nl=False)
    return ExitCode.CHANGES if found and detailed_exitcode else ExitCode.OK


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "format": "fleetc.snapshot-diff/1",
        "before": found.before.name,
        "after": found.after.name,
        "summary": found.summary,
        "changes": found.resources,
        "catalogue": found.catalogue,
    }


@click.command(cls=FleetCommand)
@click.option("--keep-last", type=click.IntRange(1, 1_000_000), metavar="N", help="Keep the last N.")
@click.option(
    "--keep-days", type=click.IntRange(1, 1_000_000), metavar="D", help="Keep those of the last D days."
)
@click.option(
    "--keep-daily",
    type=click.IntRange(1, 1_000_000),
    metavar="D",
    help="Keep the last one of each of the last D days.",
)
@click.option("--labelled", is_flag=True, help="Let labelled ones go as well.")
@click.option("--dry-run", is_flag=True, help="Only show what would go.")
@yes
@act_as
@format_option("text", "json")
@pass_context
def prune(
    context: Context,
    keep_last: int | None,
    keep_days: int | None,
    keep_daily: int | None,
    labelled: bool,
    dry_run: bool,
    yes: bool,
    claimed: str,
    form: str,
) -> None:
    """Remove old snapshots for good.

    What any --keep option names stays. The newest one always stays, and so does each one that has a
    label, or that a plan needs which was applied or may still be.
    """
    from fleetc.service import history
    from fleetc.service.identity import person

    if not (keep_last or keep_days or keep_daily):
        raise UsageProblem(
            "nothing says what to keep", next_step="give --keep-last N, --keep-days D or --keep-daily D"
        )
    workspace = context.workspace()
    who = person(workspace, claimed)
    retention = history.Retention(keep_last or 0, keep_days or 0, keep_daily or 0, labelled)
    found = history.pruning(workspace, retention, account=context.account(), who=who)
    if form == "text":
        _echo_pruning(found)
    go = bool(found.gone) and not dry_run
    if go and not yes:
        count = len(found.gone)
        require_yes(
            f"Remove {count} snapshots for good?",
            f"{count} snapshots would be removed for good",
            "nothing was removed",
        )
    freed = history.prune(workspace, found, who) if go else 0
    _echo_pruned(found, go, freed, form)


def _echo_pruning(found: Pruning) -> None:
    from fleetc.report.tables import table

    told = [("remove", row, row.label) for row in found.gone]
    told += [("keep", row, why) for row, why in found.kept]
    told.sort(key=lambda each: each[1].serial, reverse=True)
    rows = [(what, row.name, row.taken_at, row.count, why) for what, row, why in told]
    head = ("", "snapshot", "taken at", "resources", "why")
    click.echo(table(head, rows, empty="no snapshots"), nl=False)


def _echo_pruned(found: Pruning, done: bool, freed: int, form: str) -> None:
    from fleetc.cli.output import echo_json, note

    if form == "json":
        gone = [row.name for row in found.gone]
        kept = [{"snapshot": row.name, "reason": why} for row, why in found.kept]
        document = {
            "account": found.account,
            "removed": done,
            "gone": gone,
            "kept": kept,
            "freed_bytes": freed,
        }
        echo_json({"format": "fleetc.snapshot-prune/1", **document})
    elif done:
        note(
            f"removed {len(found.gone)} of {len(found.gone) + len(found.kept)} snapshots, {freed} bytes less"
        )
    else:
        count = len(found.gone)
        note(
            f"{count} of {count + len(found.kept)} snapshots would go; nothing was removed"
            if count
            else "nothing to remove"
        )
