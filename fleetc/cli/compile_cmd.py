"""`check`, `compile` and `explain`: the compiler by itself, offline."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fleetc.cli.context import Context, FleetCommand, pass_context
from fleetc.cli.options import at_revision, fleet_path, format_option
from fleetc.errors import ExitCode, UsageProblem
from fleetc.lang.diagnostics import count_errors

if TYPE_CHECKING:
    from fleetc.ir.graph import ResourceGraph
    from fleetc.ir.lower import Compiled
    from fleetc.service.several import Outcome

__all__ = ["check", "compile_", "explain"]


@click.command(cls=FleetCommand)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@at_revision
@format_option("full", "concise", "json", "sarif")
@pass_context
def check(context: Context, paths: tuple[str, ...], rev: str, form: str) -> int:
    """Report every mistake in fleet files, or in those of folders (here by default).

    The rules beside a fleet file are checked with it, and what it declares is held against their
    invariants; a file of rules stands for its folder. Reads the files as they lie. Warnings and
    notes do not change the exit code.
    """
    from fleetc.service.compiling import compile_workspace

    if context.several:
        return _check_all(context, paths, rev, form)
    found = [compile_workspace(context.workspace(path), rev=rev) for path in _fleets(paths) or ("",)]
    if form in ("json", "sarif"):
        _echo_document([("", compiled) for compiled in found], form)
        return max(map(_code, found))
    return max(_echo_checked(context, compiled, form) for compiled in found)


def _fleets(paths: tuple[str, ...]) -> list[str]:
    """The fleet files and folders meant: a file of rules stands for its folder, if nothing else of it does."""
    fleets = [path for path in paths if not path.endswith(".rules")]
    folders = {str(Path(path).parent) if path.endswith((".yaml", ".yml")) else path for path in fleets}
    beside = dict.fromkeys(str(Path(path).parent) for path in paths if path.endswith(".rules"))
    return [*fleets, *(folder for folder in beside if folder not in folders)]


def _echo_document(found: list[tuple[str, Compiled]], form: str) -> None:
    from fleetc.cli.output import echo_json

    if form == "sarif":
        from fleetc.report.sarif import log, run_of_diagnostics

        echo_json(log(run_of_diagnostics(compiled.diagnostics, name) for name, compiled in found))
        return
    from fleetc.lang.render import document

    echo_json(document(tuple(item for _, compiled in found for item in compiled.diagnostics)))


def _check_all(context: Context, paths: tuple[str, ...], rev: str, form: str) -> int:
    from fleetc.cli.several import echo_document, echo_sections
    from fleetc.lang.render import document
    from fleetc.service.compiling import compile_workspace
    from fleetc.service.several import each

    outcomes = each(context.workspaces("".join(paths[:1])), partial(compile_workspace, rev=rev))
    if form == "sarif":
        return _echo_runs(outcomes)
    if form == "json":
        return echo_document(
            "fleetc.checks/1",
            "check",
            outcomes,
            lambda _name, compiled: (document(compiled.diagnostics), _code(compiled)),
        )
    return echo_sections(outcomes, lambda name, found: _echo_checked(context, found, form, name))


def _echo_runs(outcomes: Iterable[Outcome[Compiled]]) -> int:
    """One SARIF log, with a run for each environment."""
    from fleetc.cli.several import echo_sections

    runs: list[tuple[str, Compiled]] = []

    def take(name: str, compiled: Compiled) -> int:
        runs.append((name, compiled))
        return _code(compiled)

    code = echo_sections(outcomes, take)
    _echo_document(runs, "sarif")
    return code


def _code(compiled: Compiled) -> ExitCode:
    return ExitCode.OK if compiled.graph is not None else ExitCode.ERROR


def _echo_checked(context: Context, compiled: Compiled, form: Any, environment: str = "") -> ExitCode:
    """Print what was found, and say on stderr what it came to, by the name of one of several."""
    from fleetc.lang.render import render

    text = render(compiled.diagnostics, compiled.sources, form, color=context.color)
    where = f"{environment}: " if environment else ""
    if where and form == "concise":
        text = "".join(f"{where}{line}" for line in text.splitlines(keepends=True))
    elif where and text:
        text = f"Environment {environment}\n{text}"
    click.echo(text, nl=False)
    if compiled.graph is not None:
        count, externals = len(compiled.graph.resources), len(compiled.graph.externals)
        click.echo(f"{where}ok: {count} resources, {externals} externals", err=True)
    elif where:
        click.echo(f"{where}does not compile: {count_errors(compiled.diagnostics)}", err=True)
    return _code(compiled)


@click.command(cls=FleetCommand, name="compile")
@fleet_path
@at_revision
@click.option(
    "-o", "--output", metavar="FILE", help="Write the graph to FILE (a folder, for several environments)."
)
@format_option("text", "json")
@pass_context
def compile_(context: Context, path: str, rev: str, output: str | None, form: str) -> int:
    """Lower a fleet file to its resource graph.

    As text, one resource a line with what it depends on. As JSON (and with -o), the canonical
    document: the same bytes for the same files, everywhere.
    """
    from fleetc.service.compiling import compile_workspace

    if context.several:
        return _compile_all(context, path, rev, output or "", form)
    compiled = compile_workspace(context.workspace(path), rev=rev)
    _echo_diagnostics(compiled)
    return _echo_graph(context, compiled.graph, output or "", form) if compiled.graph else ExitCode.ERROR


def _compile_all(context: Context, path: str, rev: str, output: str, form: str) -> int:
    """Each environment's graph; with -o, each in a file of its own in that folder."""
    from fleetc.cli.several import echo_document, echo_sections, folder_for
    from fleetc.ir.lower import graph_document
    from fleetc.service.compiling import compile_workspace
    from fleetc.service.several import each

    workspaces = context.workspaces(path)
    if output:
        folder_for(context.base / output)
    outcomes = each(workspaces, partial(compile_workspace, rev=rev))

    def document(name: str, compiled: Compiled) -> tuple[object, int]:
        _echo_diagnostics(compiled, name)
        return graph_document(compiled.graph) if compiled.graph else None, _code(compiled)

    def show(name: str, compiled: Compiled) -> int:
        _echo_diagnostics(compiled, name)
        if compiled.graph is None:
            return ExitCode.ERROR
        if not output and form == "text":
            click.echo(f"Environment {name}: ", nl=False)
        file = str(Path(output, f"{name}.json")) if output else ""
        return _echo_graph(context, compiled.graph, file, form)

    if form == "json" and not output:
        return echo_document("fleetc.graphs/1", "graph", outcomes, document)
    return echo_sections(outcomes, show)


def _echo_diagnostics(compiled: Compiled, environment: str = "") -> None:
    """Print on stderr what was found; the `environment` that does not compile, if it is one of several."""
    from fleetc.cli.output import echo_diagnostics, note

    if compiled.diagnostics:
        echo_diagnostics(diagnostics=compiled.diagnostics, sources=compiled.sources, environment=environment)
    if environment and compiled.graph is None:
        note(f"{environment}: does not compile: {count_errors(compiled.diagnostics)}")


def _echo_graph(context: Context, graph: ResourceGraph, output: str, form: str) -> ExitCode:
    from fleetc.cli.output import note, write_file
    from fleetc.ir.lower import graph_bytes
    from fleetc.report.graph_text import render_graph

    if output:
        write_file(context.base / output, graph_bytes(graph))
        note(f"wrote {output}: {len(graph.resources)} resources")
    elif form == "json":
        click.echo(graph_bytes(graph), nl=False)
    else:
        click.echo(render_graph(graph), nl=False)
    return ExitCode.OK


@click.command(cls=FleetCommand)
@click.argument("code")
@format_option("text", "json")
def explain(code: str, form: str) -> int:
    """Explain a diagnostic's code: what it means, a wrong and a right example, and why."""
    from fleetc.cli.output import echo_json
    from fleetc.lang.codes import CODES
    from fleetc.lang.codes import explain as look_up

    found = look_up(code.upper())
    if found is None:
        raise UsageProblem(
            f"no diagnostic has the code {code!r}",
            next_step=f"codes run from {min(CODES)} to {max(CODES)}; `fleetc check` prints them",
        )
    if form == "json":
        echo_json({"format": "fleetc.explanation/1"} | {n: getattr(found, n) for n in found.__slots__})
    else:
        from fleetc.report.explain_text import render_explanation

        click.echo(render_explanation(found), nl=False)
    return ExitCode.OK
