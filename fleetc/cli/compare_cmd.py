"""`compare`: how two environments differ, as they are declared."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from fleetc.cli.context import Context, FleetCommand, pass_context
from fleetc.cli.options import at_revision, detailed_exit, format_option
from fleetc.errors import ExitCode, UsageProblem, gravest

if TYPE_CHECKING:
    from fleetc.plan.parity import Parity, Side

__all__ = ["compare"]


@click.command(cls=FleetCommand)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--map", "pairs", multiple=True, metavar="OLD=NEW", help="What a word of A's names is in B's.")
@at_revision
@detailed_exit
@format_option("text", "json", "markdown")
@pass_context
def compare(
    context: Context,
    first: str,
    second: str,
    pairs: tuple[str, ...],
    rev: str,
    detailed_exitcode: bool,
    form: str,
) -> int:
    """Show how environment B differs from A, as their fleet files lie. No platform is asked.

    Names are mapped first: the words that only one of the environments' names has are left out of
    all names, so that edge-staging-01 of `staging` is edge-prod-01 of `prod`. Other words go by
    --map (stg=prd). What would come to one name twice is left as it is. Values are compared as
    they are, but for the names of resources in them.
    """
    from fleetc.cli.output import echo_problem
    from fleetc.plan.parity import parity
    from fleetc.service.comparing import name_pairs, side
    from fleetc.service.several import each

    if context.chosen or first == second:
        raise UsageProblem("compare takes two environments by name, and neither -e nor --all")
    words = name_pairs(pairs)
    chosen = [context.with_options({"environment": (name,)}).workspace() for name in (first, second)]
    outcomes = tuple(each(chosen, partial(side, rev=rev)))
    for outcome in outcomes:
        if outcome.problem is not None:
            echo_problem(outcome.problem, outcome.environment)
    sides = [outcome.value for outcome in outcomes if outcome.value is not None]
    if len(sides) < len(outcomes):
        return gravest(outcome.exit_code for outcome in outcomes)
    found = parity(sides[0], sides[1], words)
    _print(context, sides[0], sides[1], found, form)
    return ExitCode.CHANGES if detailed_exitcode and not found.equal else ExitCode.OK


def _print(context: Context, first: Side, second: Side, found: Parity, form: str) -> None:
    if form == "json":
        from fleetc.cli.output import echo_json

        echo_json(_document(first, second, found))
        return
    from fleetc.report.parity_text import render_parity, render_parity_markdown

    if form == "markdown":
        click.echo(render_parity_markdown(first, second, found), nl=False)
    else:
        text = render_parity(first, second, found, color=context.color, width=context.width)
        click.echo(text, nl=False)


def _document(first: Side, second: Side, found: Parity) -> dict[str, Any]:
    return {
        "format": "fleetc.comparison/1",
        "first": {"environment": first.environment, "account": first.graph.account, "only": found.first},
        "second": {"environment": second.environment, "account": second.graph.account, "only": found.second},
        "equal": found.equal,
        "same": found.same,
        "counts": list(found.counts),
        "different": [
            {
                "kind": each.kind,
                "fields": [{"path": path, "first": a, "second": b} for path, a, b in each.fields],
                "members": [{"first": a, "second": b} for a, b in each.members],
            }
            for each in found.different
        ],
    }
