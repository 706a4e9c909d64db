"""`plan`: what would change, as text, Markdown or JSON, and the plan file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fleetc.cli.context import Context, FleetCommand, format_option, pass_context, question
from fleetc.errors import ExitCode, UsageProblem

if TYPE_CHECKING:
    from fleetc.service.planning import Ask, Made

__all__ = ["plan"]

_MANY: dict[str, Any] = {"multiple": True, "metavar": "SELECTOR"}


@click.command(cls=FleetCommand)
@click.argument("words", nargs=-1, metavar="[PATH | import FILE]")
@click.option(
    "-o", "--output", metavar="FILE", help="Write the plan to FILE (a folder, for several environments)."
)
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
    approval. Several environments get a plan each; one that cannot
    be planned is named, and the others are planned. `fleetc plan import FILE` takes a plan file
    into this workspace's ledger, if planning here gives the same digest.
    """
    from fleetc.service import planning

    ask = planning.Ask(**options, base=context.base)
    teller = _Teller(context, form, calls, unfold, detailed_exitcode)
    if context.several:
        return _several(context, words, ask, teller, output)
    if words[:1] == ("import",) and len(words) == 2:
        made = planning.import_plan(context.workspace(), context.base / words[1])
    elif len(words) > 1:
        raise UsageProblem("plan takes one PATH", next_step="quote it if it has spaces")
    else:
        made = planning.make_plan(context.workspace(words[0] if words else ""), ask)
    return teller.tell(made, output or "")


def _several(context: Context, words: tuple[str, ...], ask: Ask, teller: _Teller, output: str | None) -> int:
    """One plan for each environment; with -o, each in a file of its own in that folder."""
    from functools import partial

    from fleetc.cli.several import echo_document, echo_sections, folder_for
    from fleetc.report.plan_text import total_line
    from fleetc.service.planning import make_plan
    from fleetc.service.several import each

    if words or ask.only or ask.without:
        raise UsageProblem(
            "PATH, `import`, --only and --without are of one environment, and several are asked for",
            next_step="choose one with -e NAME; --select and --exclude work in several",
        )
    workspaces = context.workspaces()
    if output:
        folder_for(context.base / output)

    def file(environment: str) -> str:
        return str(Path(output, f"{environment}.json")) if output else ""

    outcomes = each(workspaces, partial(make_plan, ask=ask))
    if teller.form == "json":
        return echo_document(
            "fleetc.plans/1", "plan", outcomes, lambda name, made: teller.document(made, file(name), name)
        )
    return echo_sections(
        outcomes,
        lambda name, made: teller.tell(made, file(name), name),
        lambda made: total_line(made.plan),
        markdown=teller.form == "markdown",
    )


@dataclass(frozen=True, slots=True)
class _Teller:
    """How a plan is told: what was noticed on stderr, the plan in its form on stdout, or in a file.

    An `environment` is named where it is one of several.
    """

    context: Context
    form: str
    calls: bool
    unfold: bool
    detailed: bool

    def tell(self, made: Made, output: str, environment: str = "") -> int:
        """Print the plan; the exit code."""
        document, code = self.document(made, output, environment)
        if self.form == "json":
            from fleetc.cli.output import echo_json

            echo_json(document)
        else:
            click.echo(self._text(made.plan), nl=False)
        return code

    def document(self, made: Made, output: str, environment: str) -> tuple[Any, int]:
        """Print and write what stands beside the plan; its document, when that is asked for."""
        from fleetc.cli.output import echo_diagnostics, note, write_file
        from fleetc.plan.documents import plan_bytes, plan_document

        for line in made.notes:
            note(f"{environment}: {line}" if environment else line)
        warnings = [item for item in made.diagnostics if item.severity == "warning"]
        if warnings and self.form != "json":
            echo_diagnostics(diagnostics=warnings, sources=made.sources, environment=environment)
        if output:
            write_file(self.context.base / output, plan_bytes(made.plan))
            note(f"wrote {output}")
        changed = self.detailed and made.plan.actions
        document = plan_document(made.plan) if self.form == "json" else None
        return document, ExitCode.CHANGES if changed else ExitCode.OK

    def _text(self, plan: Any) -> str:
        from fleetc.report import plan_markdown, plan_text

        if self.form == "markdown":
            return plan_markdown.render_plan(plan)
        color, width = self.context.color, self.context.width
        return plan_text.render_plan(plan, color=color, width=width, calls=self.calls, unfold=self.unfold)
