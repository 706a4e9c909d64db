"""`runs`: the runs there were, one of them in short, or two side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fleetc.cli.context import Context, FleetCommand, pass_context
from fleetc.cli.options import format_option
from fleetc.errors import UsageProblem

if TYPE_CHECKING:
    from fleetc.service.workspace import Workspace

__all__ = ["runs"]


@click.command(cls=FleetCommand)
@click.argument("wanted", nargs=-1, metavar="[RUN [RUN]]")
@format_option("text", "json")
@pass_context
def runs(context: Context, wanted: tuple[str, ...], form: str) -> None:
    """List the runs, newest first: of the environments chosen, or all.

    Of one RUN it says how far it came, what failed by code, what failed first, and what is left.
    Two are compared, action by action. One that is broken off has lost its worker:
    `apply --resume RUN` goes on with it.
    """
    workspace = context.candidates()[0]
    if len(wanted) > 2:
        raise UsageProblem("runs compares two", next_step="name one or two of them")
    if len(wanted) == 2:
        _compare(workspace, *wanted, form=form)
    elif wanted:
        _tell(workspace, wanted[0], form)
    else:
        _list(context, form)


def _list(context: Context, form: str) -> None:
    import msgspec

    from fleetc.cli.output import echo_json
    from fleetc.report.tables import table
    from fleetc.service import applying
    from fleetc.service.applying import broken_off

    found = context.rows_of(applying.runs(context.candidates()[0]))
    if form == "json":
        rows = [{**msgspec.to_builtins(run), "broken_off": broken_off(run)} for run in found]
        echo_json({"format": "fleetc.runs/1", "runs": rows})
        return
    status = {run.id: "broken off" if broken_off(run) else run.status for run in found}
    cells = [
        (r.id, r.environment, status[r.id], r.digest[:12], r.by, r.started_at, r.finished_at) for r in found
    ]
    head = ("run", "environment", "status", "plan", "by", "started", "finished")
    click.echo(table(head, cells, empty="no runs"), nl=False)


def _tell(workspace: Workspace, run: str, form: str) -> None:
    import msgspec

    from fleetc.cli.output import echo_json
    from fleetc.report.run_text import render_summary
    from fleetc.service.applying import broken_off, find_run
    from fleetc.service.retelling import summary_of

    told, row = summary_of(workspace, run), find_run(workspace, run)
    status = "broken off" if broken_off(row) else row.status
    if form == "json":
        echo_json(
            {"format": "fleetc.run-summary/1", "run": run, **msgspec.to_builtins(told), "status": status}
        )
    else:
        click.echo(render_summary(run, status, told), nl=False)


def _compare(workspace: Workspace, first: str, second: str, *, form: str) -> None:
    import msgspec

    from fleetc.cli.output import echo_json
    from fleetc.report.run_text import render_comparison
    from fleetc.service.retelling import compare_runs

    found = compare_runs(workspace, first, second)
    if form == "json":
        echo_json({"format": "fleetc.run-comparison/1", **msgspec.to_builtins(found)})
    else:
        click.echo(render_comparison(found), nl=False)
