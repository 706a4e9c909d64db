"""`why` and `why-not`: the chain that put something into a plan, or kept it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fleetc.cli.context import Context, FleetCommand, pass_context
from fleetc.cli.options import format_option, question
from fleetc.errors import ExitCode, UsageProblem

if TYPE_CHECKING:
    from fleetc.service.why import Explained

__all__ = ["why", "why_not"]

_F = TypeVar("_F", bound=Callable[..., Any])
_MANY: dict[str, Any] = {"multiple": True, "metavar": "SELECTOR"}


def _options(function: _F) -> _F:
    """The address, and the plan that it is about: one of the ledger, or one made as `plan` makes it."""
    options = (
        click.argument("address", metavar="ADDRESS"),
        click.option("--plan", "stored", default="", metavar="PLAN", help="In this plan of the ledger."),
        question,
        click.option("--select", **_MANY, help="In a plan with this choice."),
        click.option("--exclude", **_MANY, help="In a plan without this."),
        format_option("text", "json"),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command(cls=FleetCommand)
@_options
@pass_context
def why(context: Context, /, address: str, stored: str, form: str, **options: Any) -> int:
    """Show the chain that put ADDRESS into a plan.

    Each field with its value when it was verified last, as it is live and as it is wanted; what
    ticked it; what it requires and what requires it; what rules say of it, with waivers; what is
    left alone, protected, withheld or over a limit. ADDRESS may be the id of an action.
    """
    return _echo(context, _explained(context, address, stored, options), form, only_against=False)


@click.command(cls=FleetCommand, name="why-not")
@_options
@pass_context
def why_not(context: Context, /, address: str, stored: str, form: str, **options: Any) -> int:
    """Show what keeps ADDRESS, or a part of it, out of a plan.

    The reasons of `fleetc why` that speak against it: denials and holds, limits, what it needs and
    is left out, who withheld it, what is ignored, or that there is nothing to do.
    """
    return _echo(context, _explained(context, address, stored, options), form, only_against=True)


def _explained(context: Context, address: str, stored: str, options: dict[str, Any]) -> Explained:
    from fleetc.service.planning import Ask
    from fleetc.service.why import of_made, of_stored

    if not stored:
        return of_made(context.workspace(), address, Ask(**options, base=context.base))
    if any(value and value != "live" for value in options.values()):
        raise UsageProblem("--plan is of a plan as it is, and options of a new one are given")
    from fleetc.service.several import plans

    ((workspace, plan),) = plans(context.candidates(), (stored,), context.base)
    return of_stored(workspace, address, plan)


def _echo(context: Context, found: Explained, form: str, *, only_against: bool) -> int:
    from fleetc.report import why_text

    if form == "json":
        from fleetc.cli.output import echo_json

        echo_json(why_text.why_document(found.plan, found.chains))
    else:
        look: dict[str, Any] = {"color": context.color, "width": context.width}
        click.echo(why_text.why_text(found.plan, found.chains, only_against=only_against, **look), nl=False)
    return ExitCode.OK
