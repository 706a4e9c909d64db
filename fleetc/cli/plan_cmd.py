"""`plan`: what would change, as text, Markdown or JSON, and the plan file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fleetc.cli.context import Context, FleetCommand, pass_context
from fleetc.cli.options import detailed_exit, format_option, question
from fleetc.errors import UsageProblem

if TYPE_CHECKING:
    from fleetc.cli.plan_teller import Teller
    from fleetc.service.planning import Ask
    from fleetc.service.revisions import Answer
    from fleetc.service.several import Outcome
    from fleetc.service.workspace import Workspace

__all__ = ["plan"]

_MANY: dict[str, Any] = {"multiple": True, "metavar": "SELECTOR"}


@click.command(
    cls=FleetCommand,
    epilog="""\b
Examples:
  fleetc plan -o p.json
  fleetc plan --select "kind:instance, region:ap-*" --exclude node/edge-tokyo-01
  fleetc plan --rev main..HEAD --blame --format markdown
  fleetc plan -e 'prod-*' -o plans
  fleetc plan --worktree --against empty
""",
)
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
@click.option("--rest", default="", metavar="RUN", help="Only what RUN left undone, planned anew.")
@click.option("--calls", is_flag=True, help="Print each call as it would be sent.")
@click.option("--unfold", is_flag=True, help="List each of many equal changes.")
@click.option("--blame", is_flag=True, help="Say which commit last changed the line of each field.")
@detailed_exit
@format_option("text", "json", "markdown", "sarif")
@pass_context
def plan(
    context: Context,
    /,
    words: tuple[str, ...],
    output: str | None,
    rest: str,
    calls: bool,
    unfold: bool,
    blame: bool,
    detailed_exitcode: bool,
    form: str,
    **options: Any,
) -> int:
    """Compare the fleet file with the platform, and show what would change.

    Selectors (`fleetc explain F0801`): node/edge-*, kind:peer, region:ap-*, `a, b`, `a b`, `not a`,
    +x and x+ for what x needs and what needs it. A plan against live opens a request for its
    approval. With --rev A..B it shows first what B asks against A, and then the plan of B. Several
    environments get a plan each; one that cannot be planned is named, and the others are planned.
    `fleetc plan import FILE` takes a plan file into the ledger, if planning here gives its digest.
    --rest RUN looks again and plans what that run left, never sending again what is done.

    Signs: + create, ~ update, => move, - delete, +/- replace, -/+ replace with a gap in service,
    ! end of a protection; [ ] left out, [#] denied.
    """
    from fleetc.cli.plan_teller import Teller
    from fleetc.service.planning import Ask
    from fleetc.service.revisions import answer

    asked = Ask(**options, base=context.base)
    ask = partial(answer, ask=asked, blame=blame)
    teller = Teller(context, form, calls, unfold, detailed_exitcode)
    if rest:
        return teller.tell(_rest(context, rest, asked, beside=bool(words or blame)), output or "")
    if context.several:
        _refuse_single(bool(words or options["only"] or options["without"]))
        context.refuse_override(options["override"])
        return _several(context, ask, teller, output)
    return teller.tell(_one(context, words, ask), output or "")


def _one(context: Context, words: tuple[str, ...], ask: Callable[[Workspace], Answer]) -> Answer:
    """The plan of one environment: made, or taken in from a file."""
    from fleetc.service.planning import import_plan
    from fleetc.service.revisions import Answer

    if words[:1] == ("import",) and len(words) == 2:
        return Answer(import_plan(context.workspace(), context.base / words[1]))
    if len(words) > 1:
        raise UsageProblem("plan takes one PATH", next_step="quote it if it has spaces")
    return ask(context.workspace(words[0] if words else ""))


def _rest(context: Context, run: str, ask: Ask, *, beside: bool) -> Answer:
    """A plan of what a run left; nothing else may be asked for `beside` it."""
    from fleetc.service import several
    from fleetc.service.retelling import plan_rest
    from fleetc.service.revisions import Answer

    if beside or ask.select or ask.exclude or ask.only or ask.without or ask.at or ask.against != "live":
        raise UsageProblem(
            "--rest RUN says itself what is planned, and against what",
            next_step="leave out PATH, --select, --exclude, --only, --without, --against, --at and --blame",
        )
    ((workspace, _),) = several.runs(context.candidates(), (run,))
    return Answer(plan_rest(workspace, run, ask).made)


def _refuse_single(given: bool) -> None:
    if given:
        raise UsageProblem(
            "PATH, `import`, --only and --without are of one environment, and several are asked for",
            next_step="choose one with -e NAME; --select and --exclude work in several",
        )


def _several(context: Context, ask: Callable[[Workspace], Answer], teller: Teller, output: str | None) -> int:
    """One plan for each environment; with -o, each in a file of its own in that folder."""
    from fleetc.cli.several import echo_document, echo_sections, folder_for
    from fleetc.report.plan_text import total_line
    from fleetc.service.several import each

    workspaces = context.workspaces()
    if output:
        folder_for(context.base / output)

    def file(environment: str) -> str:
        return str(Path(output, f"{environment}.json")) if output else ""

    outcomes = each(workspaces, ask)
    if teller.form == "sarif":
        return _sarif(outcomes, teller, file)
    if teller.form == "json":
        return echo_document(
            "fleetc.plans/1", "plan", outcomes, lambda name, found: teller.document(found, file(name), name)
        )
    return echo_sections(
        outcomes,
        lambda name, found: teller.tell(found, file(name), name),
        lambda found: total_line(found.made.plan),
        markdown=teller.form == "markdown",
    )


def _sarif(outcomes: Iterable[Outcome[Answer]], teller: Teller, file: Callable[[str], str]) -> int:
    """One log, with a run for each environment that was planned."""
    from fleetc.cli.several import echo_sections

    told: list[tuple[Any, int]] = []

    def take(name: str, found: Answer) -> int:
        told.append(teller.document(found, file(name), name))
        return told[-1][1]

    code = echo_sections(outcomes, take)
    teller.several(told)
    return code
