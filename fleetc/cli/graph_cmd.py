"""`graph`, `show`, `impact` and `why-path`: the desired graph drawn and asked, offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fleetc.cli.context import Context, FleetCommand, pass_context
from fleetc.cli.options import at_revision, fleet_path, format_option
from fleetc.errors import ExitCode, UsageProblem

if TYPE_CHECKING:
    from fleetc.ir.graph import ResourceGraph
    from fleetc.plan.universe import Universe
    from fleetc.report.graph_drawing import Drawing
    from fleetc.service.workspace import Workspace

__all__ = ["graph", "impact", "show", "why_path"]

_SELECTORS = click.argument("selectors", nargs=-1, required=True, metavar="SELECTOR...")
_MOST = {"svg": (2_000, "boxes"), "html": (5_000, "resources")}


def _universe(workspace: Workspace, graph: ResourceGraph) -> Universe:
    from fleetc.plan.universe import of_graph
    from fleetc.service.compiling import since

    return of_graph(graph, since(workspace, lambda: graph))


def _chosen(universe: Universe, selectors: tuple[str, ...]) -> list[int]:
    """The rows that any of the selectors selects; raises `UsageProblem` when they mean nothing."""
    from fleetc.cli.output import note
    from fleetc.plan.selectors import rows_in, select, unmatched

    picked = {text: select(text, universe) for text in selectors}
    for line in unmatched(picked):
        note(line)
    return rows_in(picked.values())


@click.command(
    cls=FleetCommand,
    epilog="""\b
Examples:
  fleetc graph --format svg -o fleet.svg
  fleetc graph --select "+node/edge-tokyo-*" --format mermaid
  fleetc graph --rev main --exclude kind:peer --format html -o fleet.html
""",
)
@fleet_path
@at_revision
@click.option("--select", multiple=True, metavar="SELECTOR", help="Only what matches.")
@click.option("--exclude", multiple=True, metavar="SELECTOR", help="Not what matches.")
@click.option("--unfold", is_flag=True, help="One box a resource, however many there are.")
@click.option("-o", "--output", metavar="FILE", help="Write it to FILE.")
@format_option("json", "dot", "mermaid", "svg", "html")
@pass_context
def graph(
    context: Context,
    path: str,
    rev: str,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    unfold: bool,
    output: str | None,
    form: str,
) -> int:
    """Draw the resource graph, or a part of it.

    Of more than thirty resources, equal siblings stand in one box. An SVG and an HTML page are
    whole in themselves: the page can be searched and needs no network. SELECTOR is an address, or
    what `fleetc explain F0801` says. Reads the files as they lie.
    """
    from fleetc.cli.output import note, write_file
    from fleetc.report.graph_drawing import draw
    from fleetc.service.compiling import desired

    found = desired(context.workspace(path), rev=rev)
    universe = _universe(context.workspace(path), found)
    chosen = _chosen(universe, select) if select else list(range(len(found.resources)))
    dropped = set(_chosen(universe, exclude))
    addresses = tuple(found.resources)
    wanted = [addresses[row] for row in chosen if row not in dropped]
    text = _rendered(found, draw(found, wanted, fold=not unfold), form)
    if output:
        write_file(context.base / Path(output), text.encode())
        note(f"wrote {output}: {len(wanted)} resources")
    else:
        click.echo(text, nl=False)
    return ExitCode.OK


def _rendered(graph: ResourceGraph, drawing: Drawing, form: str) -> str:
    """The drawing in a format; raises `UsageProblem` for more than the format is good for."""
    from fleetc.report import graph_formats

    most, what = _MOST.get(form, (0, ""))
    count = drawing.count if form == "html" else len(drawing.boxes)
    if most and count > most:
        raise UsageProblem(
            f"{count:,} {what} are too many for {form}, which takes {most:,}",
            next_step="choose some with --select" + (", or fold them" if form == "svg" else ", or use svg"),
        )
    if form == "json":
        from fleetc.ir.values import canonical

        return canonical(graph_formats.drawing_document(graph, drawing)).decode() + "\n"
    if form == "dot":
        return graph_formats.render_dot(drawing)
    if form == "mermaid":
        return graph_formats.render_mermaid(drawing)
    if form == "svg":
        from fleetc.report.graph_svg import render_svg

        return render_svg(drawing)
    from fleetc.report.graph_html import render_html

    return render_html(graph, drawing)


@click.command(cls=FleetCommand)
@_SELECTORS
@at_revision
@format_option("text", "json")
@pass_context
def show(context: Context, selectors: tuple[str, ...], rev: str, form: str) -> int:
    """Show resources: each field, its value, and where the value comes from.

    SELECTOR is an address, or what `fleetc explain F0801` says. The way of a value goes through
    extends, defaults, ranges and aliases, each step with its place. Reads the files as they lie.
    """
    from fleetc.report.resource_view import Viewer, show_document
    from fleetc.service.compiling import desired

    graph = desired(context.workspace(), rev=rev)
    viewer, addresses = Viewer(graph), tuple(graph.resources)
    views = [viewer.view(addresses[row]) for row in _chosen(_universe(context.workspace(), graph), selectors)]
    if form == "json":
        from fleetc.cli.output import echo_json

        echo_json(show_document(views))
    elif views:
        from fleetc.report.resource_text import render_resources

        click.echo(render_resources(views, color=context.color, width=context.width), nl=False)
    return ExitCode.OK


@click.command(cls=FleetCommand)
@_SELECTORS
@at_revision
@format_option("text", "json")
@pass_context
def impact(context: Context, selectors: tuple[str, ...], rev: str, form: str) -> int:
    """Show what needs a resource, and so what a change of it touches, near ones first.

    SELECTOR is an address, or what `fleetc explain F0801` says. What inherits from a template
    counts as needing it. Reads the files as they lie.
    """
    from fleetc.plan.web import Web
    from fleetc.report import resource_text
    from fleetc.service.compiling import desired

    graph = desired(context.workspace(), rev=rev)
    web = Web(graph)
    rows = _chosen(_universe(context.workspace(), graph), selectors)
    chosen, waves = [web.addresses[row] for row in rows], web.impact(rows)
    if form == "json":
        from fleetc.cli.output import echo_json

        echo_json(resource_text.impact_document(chosen, waves))
    elif chosen:
        text = resource_text.render_impact(
            chosen, waves, len(web.addresses), color=context.color, width=context.width
        )
        click.echo(text, nl=False)
    return ExitCode.OK


@click.command(cls=FleetCommand, name="why-path")
@click.argument("start", metavar="A")
@click.argument("end", metavar="B")
@at_revision
@format_option("text", "json")
@pass_context
def why_path(context: Context, start: str, end: str, rev: str, form: str) -> int:
    """Show why A needs B: the shortest ways from A to B, with the field of each reference.

    A and B are addresses, or selectors of one resource each. Reads the files as they lie.
    """
    from fleetc.plan.web import Web
    from fleetc.report import resource_text
    from fleetc.service.compiling import desired

    graph = desired(context.workspace(), rev=rev)
    web = Web(graph)
    universe = _universe(context.workspace(), graph)
    first, last = (_one(universe, text) for text in (start, end))
    if first == last:
        raise UsageProblem(f"both ends are {first}", next_step="name two resources")
    paths = web.paths(first, last)
    back = not paths and bool(web.paths(last, first))
    if form == "json":
        from fleetc.cli.output import echo_json

        echo_json(resource_text.paths_document(graph, first, last, paths, back=back))
    else:
        click.echo(resource_text.render_paths(graph, first, last, paths, back=back), nl=False)
    return ExitCode.OK


def _one(universe: Universe, selector: str) -> str:
    """The address of the one resource that a selector selects; raises `UsageProblem` else."""
    addresses, rows = universe.addresses, _chosen(universe, (selector,))
    if len(rows) != 1:
        few = ", ".join(addresses[row] for row in rows[:6])
        raise UsageProblem(
            f"`{selector}` selects {len(rows)} resources, and a path has one at each end",
            next_step=f"say which one: {few}" if few else "name an address",
        )
    return addresses[rows[0]]
