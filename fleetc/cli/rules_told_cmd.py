"""`rules explain` and `rules backtest`: what rules mean, and what they would have said."""

from __future__ import annotations

import click

from fleetc.cli.context import Context, FleetCommand, pass_context
from fleetc.cli.options import format_option
from fleetc.errors import ExitCode

__all__ = ["backtest", "explain"]


@click.command(cls=FleetCommand)
@click.argument("name", metavar="[NAME]", default="")
@click.option("--in", "paths", multiple=True, metavar="FILE", help="The rules of this file or folder.")
@format_option("text", "json")
@pass_context
def explain(context: Context, name: str, paths: tuple[str, ...], form: str) -> int:
    """Say in words what a rule does; without a NAME, list all of them.

    NAME is that of a rule, invariant, budget, waiver, ignore, group, window or freeze. The rules are
    those beside the fleet file.
    """
    from fleetc.cli.output import echo_json
    from fleetc.report import rules_text
    from fleetc.service.rules import check_paths, check_workspace, explained

    checked = (
        check_paths(context.base, paths, state=context.state, config=context.config)
        if paths
        else check_workspace(context.workspace())
    )
    found = explained(checked, name)
    if form == "json":
        echo_json(rules_text.explained_document(found))
    elif name:
        click.echo(rules_text.explained_text(found, width=context.width, color=context.color), nl=False)
    else:
        click.echo(rules_text.explained_table(found), nl=False)
    return ExitCode.OK


@click.command(cls=FleetCommand)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--last", type=click.IntRange(1, 1000), default=20, show_default=True, metavar="N", help="How many plans."
)
@format_option("text", "json")
@pass_context
def backtest(context: Context, files: tuple[str, ...], last: int, form: str) -> int:
    """Say what the rules of FILE would have said to the last N plans that were approved or applied.

    Each plan is judged over its stored snapshot, at the time it was made, with the facts of today;
    rules on trial judge as if their trial were over. Shown is what these rules say otherwise than
    was said then: `+` for a verdict that is new, `-` for one that would not have been.
    """
    from fleetc.cli.output import echo_json
    from fleetc.report import backtest_text
    from fleetc.service.backtesting import backtest as replay
    from fleetc.service.rules import check_paths

    checked = check_paths(context.base, files, state=context.state, config=context.config)
    found = replay(context.workspace(), checked.rules, last)
    if form == "json":
        echo_json(backtest_text.backtest_document(found))
    else:
        click.echo(backtest_text.backtest_text(found, width=context.width, color=context.color), nl=False)
    return ExitCode.OK
