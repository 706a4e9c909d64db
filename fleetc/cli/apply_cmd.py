"""`apply`, `watch`, `runs`, and the worker that `apply` starts."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from fleetc.cli.context import Context, FleetCommand, format_option, pass_context
from fleetc.errors import ExitCode, UsageProblem

if TYPE_CHECKING:
    from fleetc.events import RunEvent
    from fleetc.service.workspace import Workspace

__all__ = ["apply", "runs", "watch", "worker"]


@click.command(cls=FleetCommand)
@click.argument("plan", default="", metavar="[PLAN]")
@click.option("--resume", default="", metavar="RUN", help="Go on with a paused or broken-off run.")
@click.option("--detach", is_flag=True, help="Start the worker, print the run's id, and leave.")
@click.option("--foreground", is_flag=True, help="Be the worker (for systemd and CI).")
@click.option("--as", "claimed", default="", metavar="NAME", help="Act as NAME (embedded platform only).")
@format_option("text", "json")
@pass_context
def apply(
    context: Context, plan: str, resume: str, detach: bool, foreground: bool, claimed: str, form: str
) -> int:
    """Apply an approved PLAN (a file, or 7 or more digits of its digest) and watch it.

    A worker in a session of its own does the work. Ctrl-C asks it to pause after the calls in
    flight; a second one stops it. Closing the terminal changes nothing. As JSON, one event a
    line, the last one the result record.
    """
    from fleetc.cli.output import json_line
    from fleetc.run.state import FINAL
    from fleetc.service import applying, approving
    from fleetc.service.identity import person
    from fleetc.service.worker import run_worker, spawn

    if bool(plan) == bool(resume):
        raise UsageProblem("apply takes a PLAN or --resume RUN", next_step="`fleetc approvals` lists plans")
    workspace = context.workspace()
    who = person(workspace, claimed)
    if resume:
        run = applying.resumable(workspace, resume)
        after = sum(1 for _ in workspace.ledger().events(run.id))
    else:
        run = applying.begin(workspace, approving.find_plan(workspace, plan, context.base), who)
        after = 0
    if resume and run.status in FINAL:
        return _print_finished(workspace, run.id, form)
    if foreground:
        run_worker(workspace, run.id)
        return _stream(workspace, applying.follow(workspace, run.id, after=after), form)
    pid = spawn(workspace, run.id)
    if detach:
        click.echo(json_line({"format": "fleetc.run/1", "run": run.id}) if form == "json" else run.id)
        return ExitCode.OK
    return _watch_own(workspace, run.id, after, pid, form)


def _print_finished(workspace: Workspace, run_id: str, form: str) -> int:
    """Show how a run ended; nothing is left to do, so nothing is sent."""
    events = tuple(workspace.ledger().events(run_id))
    return _stream(workspace, iter(events[-1:]), form)


def _watch_own(workspace: Workspace, run_id: str, after: int, pid: int, form: str) -> int:
    """Follow the run of our own worker; the first Ctrl-C pauses it, the second ends it."""
    from fleetc.service import applying

    pressed = 0

    def interrupt(_signal: int, _frame: object) -> None:
        nonlocal pressed
        pressed += 1
        if pressed == 1:
            os.kill(pid, signal.SIGTERM)
            click.echo("pausing: calls in flight finish; Ctrl-C again stops the worker", err=True)
        else:
            os.kill(pid, signal.SIGTERM)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        return _stream(workspace, applying.follow(workspace, run_id, after=after, worker=pid), form)
    finally:
        signal.signal(signal.SIGINT, before)


def _stream(workspace: Workspace, events: Iterator[RunEvent], form: str) -> int:
    """Print events as they come, then the result record; the exit code is that of its status."""
    from fleetc.cli.output import json_line
    from fleetc.events import RunFinished, RunPaused, encode
    from fleetc.report.event_text import render_event
    from fleetc.report.result_text import render_result
    from fleetc.run.state import exit_code
    from fleetc.service.applying import paused_record

    result: dict[str, object] = {}
    for event in events:
        if isinstance(event, RunFinished):
            result = event.result
        elif isinstance(event, RunPaused):
            result = paused_record(workspace, event.run)
        if form == "text":
            click.echo(render_event(event))
        elif not isinstance(event, RunFinished):
            click.echo(encode(event))
    click.echo(json_line(result) if form == "json" else render_result(result), nl=form == "json")
    return exit_code(str(result["status"]))


@click.command(cls=FleetCommand)
@click.argument("run", default="", metavar="[RUN]")
@format_option("text", "json")
@pass_context
def watch(context: Context, run: str, form: str) -> int:
    """Follow RUN, or the newest run. Ctrl-C only leaves; the run goes on."""
    from fleetc.service import applying

    workspace = context.workspace()
    found = applying.find_run(workspace, run)
    return _stream(workspace, applying.follow(workspace, found.id), form)


@click.command(cls=FleetCommand)
@format_option("text", "json")
@pass_context
def runs(context: Context, form: str) -> None:
    """List the runs, newest first."""
    from fleetc.cli.output import echo_json
    from fleetc.report.tables import table

    found = context.workspace().ledger().runs()
    if form == "json":
        echo_json({"format": "fleetc.runs/1", "runs": list(found)})
        return
    rows = [(r.id, r.environment, r.status, r.digest[:12], r.by, r.started_at, r.finished_at) for r in found]
    head = ("run", "environment", "status", "plan", "by", "started", "finished")
    click.echo(table(head, rows, empty="no runs"), nl=False)


@click.command(cls=FleetCommand, hidden=True)
@click.argument("run")
@pass_context
def worker(context: Context, run: str) -> int:
    """Do the work of RUN. Started by `apply` in a session of its own."""
    from fleetc.service.worker import run_worker

    return run_worker(context.workspace(), run)
