"""`check`, `compile` and `explain`: the compiler by itself, offline."""

from __future__ import annotations

from pathlib import Path

import click

from fleetc.cli.context import Context, FleetCommand, format_option, pass_context
from fleetc.errors import ExitCode, UsageProblem

__all__ = ["check", "compile_", "explain"]

_PATH = click.argument("path", metavar="[PATH]", default="")
_REV = click.option("--rev", default="", metavar="REV", help="Read the files at this revision.")


@click.command(cls=FleetCommand)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@_REV
@format_option("full", "concise", "json")
@pass_context
def check(context: Context, paths: tuple[str, ...], rev: str, form: str) -> int:
    """Report every mistake in fleet files, or in those of folders (here by default).

    Reads the files as they lie. Warnings and notes do not change the exit code.
    """
    from fleetc.cli.output import echo_json
    from fleetc.lang.render import document, render
    from fleetc.service.compiling import compile_workspace

    found = [compile_workspace(context.workspace(path), rev=rev) for path in paths or ("",)]
    if form == "json":
        echo_json(document(tuple(item for compiled in found for item in compiled.diagnostics)))
    for compiled in found if form != "json" else ():
        text = render(compiled.diagnostics, compiled.sources, form, color=context.color)  # type: ignore[arg-type]
        click.echo(text, nl=False)
        if compiled.graph is not None:
            count, externals = len(compiled.graph.resources), len(compiled.graph.externals)
            click.echo(f"ok: {count} resources, {externals} externals", err=True)
    return ExitCode.OK if all(compiled.graph is not None for compiled in found) else ExitCode.ERROR


@click.command(cls=FleetCommand, name="compile")
@_PATH
@_REV
@click.option("-o", "--output", metavar="FILE", help="Write the graph to FILE.")
@format_option("text", "json")
@pass_context
def compile_(context: Context, path: str, rev: str, output: str | None, form: str) -> int:
    """Lower a fleet file to its resource graph.

    As text, one resource a line with what it depends on. As JSON (and with -o), the canonical
    document: the same bytes for the same files, everywhere.
    """
    from fleetc.cli.output import echo_diagnostics, note, write_file
    from fleetc.ir.lower import graph_bytes
    from fleetc.report.graph_text import render_graph
    from fleetc.service.compiling import compile_workspace

    compiled = compile_workspace(context.workspace(path), rev=rev)
    if compiled.diagnostics:
        echo_diagnostics(diagnostics=compiled.diagnostics, sources=compiled.sources)
    if compiled.graph is None:
        return ExitCode.ERROR
    if output:
        write_file(context.base / Path(output), graph_bytes(compiled.graph))
        note(f"wrote {output}: {len(compiled.graph.resources)} resources")
    elif form == "json":
        click.echo(graph_bytes(compiled.graph), nl=False)
    else:
        click.echo(render_graph(compiled.graph), nl=False)
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
