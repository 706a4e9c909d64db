"""`plan`: what would change, as text, Markdown or JSON, and the plan file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fleetc.cli.context import Context, FleetCommand, format_option, pass_context, question
from fleetc.errors import ExitCode, UsageProblem

__all__ = ["plan"]

_MANY: dict[str, Any] = {"multiple": True, "metavar": "SELECTOR"}


@click.command(cls=FleetCommand)
@click.argument("words", nargs=-1, metavar="[PATH | import FILE]")
@click.option("-o", "--output", metavar="FILE", help="Write the plan to FILE, for approve and apply.")
@question
@click.option("--at", default="", metavar="TIME", help="The newest snapshot at or before TIME.")
@click.option("--select", **_MANY, help="Tick what matches (and what it requires), nothing else.")
@click.option("--exclude", **_MANY, help="Untick what matches (and what requires it).")
@click.option("--only", multiple=True, metavar="ADDRESS", help="As --select, of one address.")
@click.option("--without", multiple=True, metavar="ADDRESS", help="As --exclude, of one address.")
@click.option("--calls", is_flag=True, help="Print each call as it would be sent.")
@click.option("--unfold", is_flag=True, help="List each of many equal changes.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when changes are present.")
@format_option("text", "json", "markdown")
@pass_context
def plan(
    context: Context,
    /,
    words: tuple[str, ...],
    output: str | None,
    calls: bool,
    unfold: bool,
    detailed_exitcode: bool,
    form: str,
    **options: Any,
) -> int:
    """Compare the fleet file with the platform, and show what would change.

    Selectors (`fleetc explain F0801`): node/edge-*, kind:peer, region:ap-*, `a, b`, `a b`, `not a`,
    +x and x+ for what x needs and what needs it. A plan against live opens a request for its
    approval. `fleetc plan import FILE` takes a plan file into this workspace's ledger, if planning
    here gives the same digest.
    """
    from fleetc.cli.output import note
    from fleetc.service import planning

    ask = planning.Ask(**options, base=context.base)
    if words[:1] == ("import",) and len(words) == 2:
        made = planning.import_plan(context.workspace(), context.base / words[1])
    elif len(words) > 1:
        raise UsageProblem("plan takes one PATH", next_step="quote it if it has spaces")
    else:
        made = planning.make_plan(context.workspace(words[0] if words else ""), ask)
    for line in made.notes:
        note(line)
    warnings = [item for item in made.diagnostics if item.severity == "warning"]
    if warnings and form != "json":
        from fleetc.cli.output import echo_diagnostics

        echo_diagnostics(diagnostics=warnings, sources=made.sources)
    if output:
        _write(context.base / Path(output), made.plan)
    _print(context, made.plan, form, calls=calls, unfold=unfold, output=output or "")
    changes = bool(made.plan.actions)
    return ExitCode.CHANGES if detailed_exitcode and changes else ExitCode.OK


def _write(path: Path, plan: Any) -> None:
    from fleetc.cli.output import write_file
    from fleetc.plan.documents import plan_bytes

    write_file(path, plan_bytes(plan))


def _print(context: Context, plan: Any, form: str, *, calls: bool, unfold: bool, output: str) -> None:
    if form == "json":
        from fleetc.cli.output import echo_json
        from fleetc.plan.documents import plan_document

        echo_json(plan_document(plan))
    elif form == "markdown":
        from fleetc.report import plan_markdown

        click.echo(plan_markdown.render_plan(plan), nl=False)
    else:
        from fleetc.report import plan_text

        text = plan_text.render_plan(
            plan, color=context.color, width=context.width, calls=calls, unfold=unfold
        )
        click.echo(text, nl=False)
        if output:
            click.echo(f"wrote {output}", err=True)
