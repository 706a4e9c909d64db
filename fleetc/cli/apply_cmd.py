"""`apply`, `watch`, and the worker that `apply` starts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from fleetc.cli.context import Context, FleetCommand, pass_context
from fleetc.cli.options import act_as, format_option
from fleetc.errors import ExitCode, UsageProblem, gravest

if TYPE_CHECKING:
    from fleetc.plan.actions import Plan
    from fleetc.ports import Run
    from fleetc.service.applying import Followed
    from fleetc.service.several import Outcome
    from fleetc.service.workspace import Workspace

__all__ = ["apply", "watch", "worker"]


@click.command(cls=FleetCommand)
@click.argument("plans", nargs=-1, metavar="[PLAN]...")
@click.option("--resume", multiple=True, metavar="RUN", help="Go on with a paused or broken-off run.")
@click.option(
    "--abandon",
    multiple=True,
    metavar="RUN",
    help="End a paused or broken-off run where it is; nothing is sent.",
)
@click.option("--reason", default="", metavar="TEXT", help="Why it is abandoned; for the audit log.")
@click.option("--detach", is_flag=True, help="Start the worker, print the run's id, and leave.")
@click.option("--foreground", is_flag=True, help="Be the worker (for systemd and CI).")
@act_as
@format_option("text", "json")
@pass_context
def apply(
    context: Context,
    plans: tuple[str, ...],
    resume: tuple[str, ...],
    abandon: tuple[str, ...],
    reason: str,
    detach: bool,
    foreground: bool,
    claimed: str,
    form: str,
) -> int:
    """Apply an approved PLAN (a file, or 7 or more digits of its digest) and watch it.

    A worker in a session of its own does the work, one for each environment. Ctrl-C asks it to
    pause after the calls in flight; a second one stops it. Closing the terminal changes nothing.
    As JSON, one event a line, the last one the result record.

    A run that cannot go on, for other rules were applied or an approval has expired, is ended with
    --abandon RUN --reason TEXT. It never runs again, and a new plan shows what is left.
    """
    from fleetc.service import several

    many = context.several or len(plans or resume) > 1
    _refuse_mixed(plans, resume, abandon, reason, foreground=foreground and many)
    candidates = context.candidates()
    if abandon:
        return _abandon(several.runs(candidates, abandon), reason, claimed, form)
    found: Sequence[tuple[Workspace, Plan | Run]]
    found = several.runs(candidates, resume) if resume else several.plans(candidates, plans, context.base)
    of = {workspace.environment.name: subject for workspace, subject in found}

    def start(workspace: Workspace) -> Followed:
        return _start(workspace, of[workspace.environment.name], claimed)

    if foreground:
        return _work(_begun(found[0][0], found[0][1], claimed), form)
    if not many:
        return _watch((start(found[0][0]),), form, detach=detach, many=False)
    outcomes = tuple(several.each((workspace for workspace, _ in found), start))
    return _watch_all(outcomes, form, detach=detach)


def _refuse_mixed(
    plans: Sequence[str], resume: Sequence[str], abandon: Sequence[str], reason: str, *, foreground: bool
) -> None:
    """Raise `UsageProblem` unless one of the things that `apply` does is asked for."""
    if [bool(plans), bool(resume), bool(abandon)].count(True) != 1:
        raise UsageProblem(
            "apply takes a PLAN, --resume RUN or --abandon RUN", next_step="`fleetc approvals` lists plans"
        )
    if reason and not abandon:
        raise UsageProblem("--reason is for --abandon RUN")
    if foreground:
        raise UsageProblem("--foreground is one worker, and several runs are asked for")


def _abandon(found: Sequence[tuple[Workspace, Run]], reason: str, claimed: str, form: str) -> int:
    """End runs where they are, and print their results."""
    from fleetc.cli.output import json_line
    from fleetc.report.result_text import render_result
    from fleetc.service.abandoning import abandon
    from fleetc.service.identity import person

    for workspace, run in found:
        result = abandon(workspace, run.id, person(workspace, claimed), reason)
        click.echo(json_line(result) if form == "json" else render_result(result), nl=form == "json")
    return ExitCode.OK


def _begun(workspace: Workspace, subject: Plan | Run, claimed: str) -> Followed:
    """Begin a run of a plan, or go on with a run; of one that has ended only the end is followed."""
    from fleetc.ports import Run
    from fleetc.run.state import FINAL
    from fleetc.service import applying
    from fleetc.service.identity import person

    who = person(workspace, claimed)
    if not isinstance(subject, Run):
        return applying.Followed(workspace, applying.begin(workspace, subject, who).id, who=who)
    run = applying.resumable(workspace, subject.id, who)
    after = sum(1 for _ in workspace.ledger().events(run.id))
    return applying.Followed(workspace, run.id, after - 1 if run.status in FINAL else after, who=who)


def _start(workspace: Workspace, subject: Plan | Run, claimed: str) -> Followed:
    """Begin, and start a worker for what is not over."""
    from fleetc.run.state import FINAL
    from fleetc.service.applying import find_run
    from fleetc.service.identity import person
    from fleetc.service.worker import spawn

    begun = _begun(workspace, subject, claimed)
    if find_run(workspace, begun.run).status in FINAL:
        return begun
    return replace(begun, worker=spawn(workspace, begun.run, begun.who or person(workspace)))


def _work(begun: Followed, form: str) -> int:
    """Be the worker, while a thread prints the events as they come."""
    from threading import Thread

    from fleetc.cli.following import follow_runs
    from fleetc.service.applying import ended
    from fleetc.service.worker import run_worker

    codes: list[int] = []
    problems: list[BaseException] = []

    def tell() -> None:
        try:
            codes.append(follow_runs((replace(begun, worker=os.getpid()),), form, several=False, ours=False))
        except BaseException as problem:  # carried to the thread that waits
            problems.append(problem)

    teller = Thread(target=tell, name="teller", daemon=True)
    teller.start()
    code = run_worker(begun.workspace, begun.run, begun.who)
    if not ended(begun):
        return code
    teller.join()
    if problems:
        raise problems[0]
    return codes[0]


def _watch_all(outcomes: Sequence[Outcome[Followed]], form: str, *, detach: bool) -> int:
    """Watch the runs that began, and say why others did not."""
    from fleetc.cli.output import echo_problem

    for outcome in outcomes:
        if outcome.problem is not None:
            echo_problem(outcome.problem, outcome.environment)
    begun = [outcome.value for outcome in outcomes if outcome.value is not None]
    code = _watch(begun, form, detach=detach, many=True)
    return gravest([code, *(outcome.exit_code for outcome in outcomes)])


def _watch(followed: Sequence[Followed], form: str, *, detach: bool, many: bool) -> int:
    from fleetc.cli.following import follow_runs
    from fleetc.cli.output import json_line

    if not detach:
        return follow_runs(followed, form, several=many)
    for each in followed:
        name = each.workspace.environment.name
        if form == "json":
            named = {"environment": name} if many else {}
            click.echo(json_line({"format": "fleetc.run/1", **named, "run": each.run}))
        else:
            click.echo(f"{name}  {each.run}" if many else each.run)
    return ExitCode.OK


@click.command(cls=FleetCommand)
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@format_option("text", "json")
@pass_context
def watch(context: Context, runs: tuple[str, ...], form: str) -> int:
    """Follow RUN, or the newest run (of each environment, when several are chosen).

    Ctrl-C only leaves; the run goes on.
    """
    from fleetc.cli.following import follow_runs
    from fleetc.service import several
    from fleetc.service.applying import Followed

    candidates = context.candidates()
    if runs:
        found = several.runs(candidates, runs)
    else:
        found = several.newest_runs(candidates)[: None if context.several else 1]
    followed = [Followed(workspace, run.id) for workspace, run in found]
    return follow_runs(followed, form, several=context.several or len(followed) > 1)


@click.command(cls=FleetCommand, hidden=True)
@click.argument("run")
@act_as
@pass_context
def worker(context: Context, run: str, claimed: str) -> int:
    """Do the work of RUN. Started by `apply` in a session of its own."""
    from fleetc.service.identity import person
    from fleetc.service.worker import run_worker

    workspace = context.workspace()
    return run_worker(workspace, run, person(workspace, claimed))
