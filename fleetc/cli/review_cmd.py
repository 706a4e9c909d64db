"""`review`: the terminal UI on one plan."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from fleetc.cli.context import Context, FleetCommand, pass_context
from fleetc.cli.options import question
from fleetc.errors import ExitCode, FleetcError, InputProblem, gravest

if TYPE_CHECKING:
    from fleetc.service.planning import Ask
    from fleetc.service.workspace import Workspace
    from fleetc.tui.desk import Unplanned

__all__ = ["review"]


@click.command(cls=FleetCommand)
@click.argument("plans", nargs=-1, metavar="[PLAN]...")
@question
@pass_context
def review(context: Context, /, plans: tuple[str, ...], **options: Any) -> int:
    """Walk a plan in the terminal: choose, approve, apply, watch.

    PLAN is a plan file, or 7 or more digits of a digest; without it a new plan is made, of each
    environment that is chosen: they stand in one tree, and are approved and applied one by one.
    Leaving never stops a run; `fleetc review` shows it again.
    """
    from fleetc.service import planning, several
    from fleetc.service.session import ReviewSession
    from fleetc.tui.app import require_terminal, run_review

    require_terminal()
    ask = planning.Ask(**options, base=context.base)
    no_color = bool(os.environ.get("NO_COLOR"))
    if plans:
        found = several.plans(context.candidates(), plans, context.base)
        sessions = [ReviewSession(each, planning.reopen(each, plan), ask) for each, plan in found]
        return run_review(sessions, no_color=no_color)
    if context.several:
        context.refuse_override(ask.override)
        return _review_all(context.workspaces(), ask, no_color)
    workspace = context.workspace()
    session = ReviewSession(workspace, planning.make_plan(workspace, ask), ask)
    return run_review([session], no_color=no_color)


def _review_all(workspaces: Sequence[Workspace], ask: Ask, no_color: bool) -> int:
    """One branch for each environment; those without a plan are told again when the review is left."""
    from fleetc.cli.output import echo_problem
    from fleetc.service import planning, several
    from fleetc.service.session import ReviewSession
    from fleetc.tui.app import run_review

    def begin(workspace: Workspace) -> ReviewSession:
        return ReviewSession(workspace, planning.make_plan(workspace, ask), ask)

    outcomes = tuple(several.each(workspaces, begin))
    branches = [each.value or _unplanned(each.environment, each.problem) for each in outcomes]
    planned = any(each.value for each in outcomes)
    code = run_review(branches, no_color=no_color) if planned else ExitCode.OK
    for each in outcomes:
        if each.problem is not None:
            echo_problem(each.problem, each.environment)
    return gravest([code, *(each.exit_code for each in outcomes)])


def _unplanned(environment: str, problem: FleetcError | None) -> Unplanned:
    from fleetc.lang.render import render
    from fleetc.lang.source import SourceSet
    from fleetc.tui.desk import Unplanned

    found: Any = problem.diagnostics if isinstance(problem, InputProblem) else ()
    mistakes = render(found, SourceSet((), ""), "concise").splitlines()
    return Unplanned(environment, str(problem), tuple(mistakes))
