"""`rules check | test`; `rules backtest` and `rules explain` are in `rules_told_cmd`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fleetc.cli.context import Context, FleetGroup, pass_context
from fleetc.cli.options import format_option
from fleetc.cli.rules_told_cmd import backtest, explain
from fleetc.errors import ExitCode
from fleetc.lang.collector import collector_paused

if TYPE_CHECKING:
    from fleetc.policy.coverage import Coverage
    from fleetc.policy.testing import Tested
    from fleetc.service.rules import Checked

__all__ = ["rules"]

_PATHS = click.argument("paths", nargs=-1, metavar="[FILE|FOLDER]...")


@click.group(cls=FleetGroup)
def rules() -> None:
    """Check rules, run their tests, say what they mean, and try them on past plans."""


rules.add_command(backtest)
rules.add_command(explain)


@collector_paused()
def checked(context: Context, paths: tuple[str, ...]) -> list[tuple[str, Checked]]:
    """The rules of what is named, or beside the fleet file of each environment, with its name."""
    from fleetc.service.rules import check_paths, check_workspace

    if paths:
        return [("", check_paths(context.base, paths, state=context.state, config=context.config))]
    found = [(each.environment.name, check_workspace(each)) for each in context.workspaces()]
    return found if context.several else [("", found[0][1])]


@rules.command()
@_PATHS
@format_option("full", "concise", "json", "sarif")
@pass_context
def check(context: Context, paths: tuple[str, ...], form: str) -> int:
    """Report every mistake in rules, and what in them can do nothing.

    Files named together are one set, and a folder stands for its *.rules; without a name it is the
    rules beside the fleet file. Warnings and notes do not change the exit code.
    """
    found = checked(context, paths)
    if form in ("json", "sarif"):
        _echo_document(found, form)
    else:
        for name, each in found:
            _echo_checked(context, name, each, form)
    return ExitCode.ERROR if any(each.failed for _, each in found) else ExitCode.OK


def _echo_document(found: list[tuple[str, Checked]], form: str) -> None:
    from fleetc.cli.output import echo_json

    if form == "sarif":
        from fleetc.report.sarif import log, run_of_diagnostics

        echo_json(log(run_of_diagnostics(each.diagnostics, name) for name, each in found))
        return
    from fleetc.lang.render import document

    documents = {name: document(each.diagnostics) for name, each in found}
    several = {"format": "fleetc.rules-checks/1", "environments": documents}
    echo_json(documents.get("", several))


def _echo_checked(context: Context, name: str, found: Checked, form: Any) -> None:
    """Print what was found, and say on stderr what it came to."""
    from fleetc.cli.output import note
    from fleetc.lang.render import render

    where = f"{name}: " if name else ""
    text = render(found.diagnostics, found.sources, form, color=context.color)
    if where and form == "concise":
        text = "".join(f"{where}{line}" for line in text.splitlines(keepends=True))
    elif where and text:
        text = f"Environment {name}\n{text}"
    click.echo(text, nl=False)
    if found.ruling.rules is not None:
        note(f"{where}ok: {found.said}")


@rules.command()
@_PATHS
@click.option("--coverage", is_flag=True, help="Say which conditions no test sees true, or false.")
@click.option(
    "--coverage-min",
    type=click.IntRange(0, 100),
    metavar="N",
    help="Exit with 1 when less than N percent of the outcomes is seen.",
)
@format_option("text", "json")
@pass_context
def test(
    context: Context, paths: tuple[str, ...], coverage: bool, coverage_min: int | None, form: str
) -> int:
    """Run the tests that stand in rules files.

    Each is a small world and a plan: all that it does not give is absent, a fact of `env` that it
    does not give is not set (nobody knows its value), the clock stands at 2000-01-03T12:00Z (a
    Monday) unless it says `at`, all changes are ticked, and a rule on trial judges as if its trial
    were over. `expect` without `by` is about the rule that the test is named after. Coverage is of
    each condition of each rule, seen true and seen false.
    """
    from fleetc.service.rules import test as run

    results = [
        (name, each, *run(each, coverage=coverage or coverage_min is not None))
        for name, each in checked(context, paths)
    ]
    if form == "json":
        _echo_tests([(name, tested, seen) for name, _, tested, seen in results])
    else:
        for name, each, tested, seen in results:
            _echo_tested(context, name, each, tested, seen)
    failed = any(not one.passed for _, _, tested, _ in results for one in tested)
    low = coverage_min is not None and any(seen and seen.percent < coverage_min for *_, seen in results)
    return ExitCode.ERROR if failed or low else ExitCode.OK


def _echo_tests(results: list[tuple[str, tuple[Tested, ...], Coverage | None]]) -> None:
    from fleetc.cli.output import echo_json
    from fleetc.report.rules_text import tests_document

    documents = {name: tests_document(tested, seen) for name, tested, seen in results}
    several = {"format": "fleetc.rules-tests-of/1", "environments": documents}
    echo_json(documents.get("", several))


def _echo_tested(
    context: Context, name: str, found: Checked, tested: tuple[Tested, ...], seen: Coverage | None
) -> None:
    from fleetc.lang.render import render
    from fleetc.report.rules_text import coverage_text, tests_line

    if name:
        click.echo(f"Environment {name}")
    failures = [each.failure for each in tested if each.failure]
    click.echo(render(failures, found.sources, "full", color=context.color), nl=bool(failures))
    if seen is not None:
        click.echo(coverage_text(seen, width=context.width, color=context.color))
    click.echo(tests_line(tested))
