"""`review`: a plan in the terminal, as screens or line by line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from io import StringIO, TextIOWrapper
from typing import TYPE_CHECKING, Any

import click

from fleetc.cli.context import Context, FleetCommand, pass_context
from fleetc.cli.options import question
from fleetc.cli.serving import in_browser
from fleetc.errors import ExitCode, UsageProblem, gravest
from fleetc.tui.look import THEME_NAMES

if TYPE_CHECKING:
    from fleetc.plan.actions import Plan
    from fleetc.service.opening import Opening
    from fleetc.service.planning import Ask
    from fleetc.service.workspace import Workspace
    from fleetc.tui.look import Look

__all__ = ["review"]

_TASTE = (
    click.option("--theme", type=click.Choice(THEME_NAMES), help="How to paint (default: dark)."),
    click.option("--ascii/--box", "ascii", default=None, help="Lines of - and | in place of boxes."),
    click.option(
        "--reduced-motion/--full-motion", default=None, help="Let nothing glide (default over ssh)."
    ),
)


def _with_taste(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options that say how screens look, those given as its `taste`."""

    @wraps(function)
    def command(context: Context, /, **options: Any) -> int:
        found = {name: options.pop(name) for name in ("theme", "ascii", "reduced_motion")}
        taste = {name: value for name, value in found.items() if value is not None}
        return function(context, taste=taste, **options)

    for option in reversed(_TASTE):
        command = option(command)
    return command


@click.command(cls=FleetCommand)
@click.argument("plans", nargs=-1, metavar="[PLAN]...")
@question
@click.option("--run", default="", metavar="RUN", help="Go to this run at once: its plan is not made anew.")
@click.option("--read-only", is_flag=True, help="Look only: whatever would write is refused.")
@click.option("--plain", is_flag=True, help="Line by line: for screen readers, serial consoles and pipes.")
@pass_context
@in_browser
@_with_taste
def review(
    context: Context,
    /,
    plans: tuple[str, ...],
    run: str,
    read_only: bool,
    plain: bool,
    taste: dict[str, Any],
    **options: Any,
) -> int:
    """Walk a plan in the terminal: choose, approve, apply, watch.

    PLAN is a plan file, or 7 or more digits of a digest; without it a new plan is made, of each
    environment that is chosen: they stand in one tree, and are approved and applied one by one.
    Leaving never stops a run; `fleetc review` shows it again, and --run RUN goes to any one at once.

    With --plain, commands are typed and lines are printed (`help` lists them); from a pipe, the
    first command that fails ends the review with its exit code.

    How the screens look, and which keys they take, stands in `fleetc/config.toml` below
    XDG_CONFIG_HOME (or ~/.config): `[tui]` with theme, ascii and reduced_motion, and `[tui.keys]`
    with lines such as `"plan.approve" = "f5"`. NO_COLOR takes all colour away.
    """
    from fleetc.service import planning, several
    from fleetc.service.opening import Opening

    look = None if plain else _look(taste)
    ask = planning.Ask(**options, base=context.base)
    reason = "--read-only" if read_only else ""
    found = several.plans(context.candidates(), plans, context.base) if plans else ()
    if run:
        found = _of_run(context, run, beside="a PLAN" if plans else "--plain" if plain else "")
    workspaces = [each for each, _ in found] or _workspaces(context, ask)
    opening = Opening(workspaces, ask, [plan for _, plan in found], read_only=reason)
    code = _plainly(context, opening) if look is None else _on_screens(opening, look, run)
    return _left(opening, code, several=context.several or len(plans) > 1)


def _workspaces(context: Context, ask: Ask) -> Sequence[Workspace]:
    """The environments to plan; several only where several are asked for."""
    if not context.several:
        return (context.workspace(),)
    context.refuse_override(ask.override)
    return context.workspaces()


def _look(taste: dict[str, Any]) -> Look:
    """The look of the screens by the user's file and the command line; refuses where none can be shown."""
    from dataclasses import replace

    from fleetc.tui import terminal
    from fleetc.tui.settings import user_look

    terminal.require_terminal()
    return replace(user_look(), **taste)


def _of_run(context: Context, run: str, *, beside: str) -> tuple[tuple[Workspace, Plan], ...]:
    """The plan that a run applies, with its workspace; raises `UsageProblem` for what stands `beside` it."""
    from fleetc.service import several

    if beside:
        raise UsageProblem(
            f"{beside} and --run RUN do not go together",
            next_step=f"`fleetc watch {run}` follows it in lines",
        )
    found = several.runs(context.candidates(), (run,))
    return tuple((workspace, several.plan_of(workspace, each)) for workspace, each in found)


def _on_screens(opening: Opening, look: Look, run: str) -> int:
    from fleetc.tui.settings import slow_down

    if look.reduced_motion:
        slow_down()
    from fleetc.tui.app import run_review

    return run_review(opening, look, run=run, no_color=bool(os.environ.get("NO_COLOR")))


def _plainly(context: Context, opening: Opening) -> int:
    """Review by commands on stdin, if there is a plan at all."""
    import termios

    from fleetc.tui.desk import unplanned
    from fleetc.tui.plain.console import Console
    from fleetc.tui.plain.review import review_plainly

    source = sys.stdin or StringIO()
    for stream in (source, sys.stdout):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    person = source.isatty()

    def forget() -> None:
        termios.tcflush(source.fileno(), termios.TCIFLUSH)

    console = Console(source, sys.stdout, interactive=person, width=context.width, forget=forget)
    try:
        outcomes = opening.open(console.doing)
        if not any(each.value for each in outcomes):
            return ExitCode.OK
        return review_plainly(
            console, [each.value or unplanned(each.environment, each.problem) for each in outcomes]
        )
    except BrokenPipeError:  # click would make a failure of it
        return ExitCode.OK


def _left(opening: Opening, code: int, *, several: bool) -> int:
    """Tell again why environments had no plan, on the screen that is left; the gravest exit code."""
    from fleetc.cli.output import echo_problem

    for each in opening.outcomes:
        if each.problem is not None:
            echo_problem(each.problem, each.environment if several else "")
    return gravest([code, *(each.exit_code for each in opening.outcomes)])
