"""`review`: the terminal UI on one plan."""

from __future__ import annotations

import os
from typing import Any

import click

from fleetc.cli.context import Context, FleetCommand, pass_context

__all__ = ["review"]


@click.command(cls=FleetCommand)
@click.argument("path", default="", metavar="[PATH]")
@click.option("--rev", default="", metavar="REV", help="Review this revision (default: HEAD).")
@click.option("--worktree", is_flag=True, help="Review the files as they lie, not those of HEAD.")
@click.option(
    "--against",
    default="live",
    show_default=True,
    metavar="STATE",
    help="live, a snapshot (snap-12), a recorded file, or empty.",
)
@click.option("--override", default="", metavar="REASON", help="Go over the limits, for this reason.")
@pass_context
def review(context: Context, path: str, **options: Any) -> int:
    """Walk the plan in the terminal: choose, approve, apply, watch.

    Leaving never stops a run; `fleetc review` shows it again.
    """
    from fleetc.service import planning
    from fleetc.service.session import ReviewSession
    from fleetc.tui.app import require_terminal, run_review

    require_terminal()
    workspace = context.workspace(path)
    ask = planning.Ask(**options)
    session = ReviewSession(workspace, planning.make_plan(workspace, ask), ask)
    return run_review(session, no_color=bool(os.environ.get("NO_COLOR")))
