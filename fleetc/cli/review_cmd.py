"""`review`: the terminal UI on one plan."""

from __future__ import annotations

import os
from typing import Any

import click

from fleetc.cli.context import Context, FleetCommand, pass_context, question

__all__ = ["review"]


@click.command(cls=FleetCommand)
@click.argument("plan", default="", metavar="[PLAN]")
@question
@pass_context
def review(context: Context, /, plan: str, **options: Any) -> int:
    """Walk a plan in the terminal: choose, approve, apply, watch.

    PLAN is a plan file, or 7 or more digits of a digest; without it a new plan is made. Leaving
    never stops a run; `fleetc review` shows it again.
    """
    from fleetc.service import approving, planning
    from fleetc.service.session import ReviewSession
    from fleetc.tui.app import require_terminal, run_review

    require_terminal()
    workspace = context.workspace()
    ask = planning.Ask(**options, base=context.base)
    if plan:
        made = planning.reopen(workspace, approving.find_plan(workspace, plan, context.base))
    else:
        made = planning.make_plan(workspace, ask)
    session = ReviewSession(workspace, made, ask)
    return run_review(session, no_color=bool(os.environ.get("NO_COLOR")))
