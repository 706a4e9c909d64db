"""`snapshot take | list | show | export | import`; the rest of the group is in `history_cmd`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fleetc.cli.context import Context, FleetGroup, pass_context
from fleetc.cli.history_cmd import diff, prune, query
from fleetc.cli.options import SNAPSHOTS, at_time, format_option
from fleetc.errors import ExitCode

if TYPE_CHECKING:
    from fleetc.ir.state import Snapshot
    from fleetc.service.workspace import Workspace

__all__ = ["snapshot"]

_LABEL = click.option("--label", default="", metavar="TEXT", help="A few words to find it by.")


@click.group(cls=FleetGroup)
def snapshot() -> None:
    """Take, list, ask, compare, export, import and prune snapshots."""


@snapshot.command()
@_LABEL
@format_option("text", "json")
@pass_context
def take(context: Context, label: str, form: str) -> int:
    """Observe the account and store what is there."""
    from fleetc.service import snapshots
    from fleetc.service.compiling import account_of
    from fleetc.service.several import each

    def observe(workspace: Workspace) -> Snapshot:
        return snapshots.take(workspace, account=account_of(workspace), label=label)

    if not context.several:
        _echo_stored(observe(context.workspace()), form)
        return ExitCode.OK
    from fleetc.cli.several import echo_document, echo_sections

    outcomes = each(context.workspaces(), observe)
    if form == "json":
        return echo_document(
            "fleetc.snapshots-taken/1", "snapshot", outcomes, lambda _name, row: (_head(row), ExitCode.OK)
        )
    return echo_sections(outcomes, lambda _name, _row: ExitCode.OK, _stored)


@snapshot.command(name="list")
@click.option("--all", "every", is_flag=True, help="Of all accounts in the store.")
@format_option("text", "json")
@pass_context
def list_(context: Context, every: bool, form: str) -> None:
    """List stored snapshots, newest first."""
    from msgspec.structs import asdict

    from fleetc.cli.output import echo_json
    from fleetc.report.tables import table
    from fleetc.service import snapshots

    workspace = context.candidates()[0] if every else context.workspace()
    rows = snapshots.listing(workspace, account="" if every else context.account())
    if form == "json":
        echo_json({"format": "fleetc.snapshots/1", "snapshots": [asdict(row) for row in rows]})
        return
    head = ("snapshot", "taken at", "resources", "complete", "source", "account", "label")
    cells = [
        (
            row.name,
            row.taken_at,
            row.count,
            "yes" if row.complete else "no",
            row.source,
            row.account,
            row.label,
        )
        for row in rows
    ]
    click.echo(table(head, cells, empty="no snapshots"), nl=False)


@snapshot.command(epilog=SNAPSHOTS)
@click.argument("which", metavar="[SNAPSHOT]", default="latest")
@at_time
@format_option("text", "json")
@pass_context
def show(context: Context, which: str, at: str, form: str) -> None:
    """Show what a snapshot holds."""
    from fleetc.cli.output import echo_json
    from fleetc.report.tables import table

    found = _resolve(context, which, at)
    if form == "json":
        echo_json(_document(found))
        return
    kinds = Counter(resource.kind for resource in found.resources)
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "no resources"
    _echo(f"{found.name} of account {found.account}, {found.taken_at or 'time not known'}: {counts}")
    for problem in found.problems:
        _echo(f"incomplete: {problem}")
    rows = [(resource.address, resource.id) for resource in found.resources]
    if rows:
        click.echo(table(("address", "id"), rows, empty=""), nl=False)


snapshot.add_command(diff)
snapshot.add_command(prune)
snapshot.add_command(query)


@snapshot.command(epilog=SNAPSHOTS)
@click.argument("which", metavar="[SNAPSHOT]", default="latest")
@at_time
@click.option("-o", "--output", metavar="FILE", default="", help="Write to FILE instead of stdout.")
@pass_context
def export(context: Context, which: str, at: str, output: str) -> None:
    """Write a snapshot as canonical JSON lines, which git can review."""
    from fleetc.cli.output import note, write_file
    from fleetc.store.recorded import recorded_bytes

    found = _resolve(context, which, at)
    data = recorded_bytes(found)
    if not output:
        click.echo(data, nl=False)
        return
    write_file(context.base / Path(output), data)
    note(f"wrote {found.name} to {output}")


@snapshot.command(name="import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@_LABEL
@format_option("text", "json")
@pass_context
def import_(context: Context, file: Path, label: str, form: str) -> None:
    """Store a recorded file as a snapshot of the account it names."""
    from fleetc.service import snapshots

    _echo_stored(snapshots.bring_in(context.workspace(), context.base / file, label=label), form)


def _resolve(context: Context, which: str, at: str) -> Snapshot:
    from fleetc.service.snapshots import resolve

    return resolve(context.workspace(), which, at, account=context.account(), base=context.base)


def _echo(text: str) -> None:
    from fleetc.lang.text import visible

    click.echo(visible(text))


def _echo_stored(stored: Snapshot, form: str) -> None:
    from fleetc.cli.output import echo_json

    if form == "json":
        echo_json(_head(stored))
        return
    _echo(_stored(stored))


def _stored(stored: Snapshot) -> str:
    state = "" if stored.complete else ", incomplete: " + "; ".join(stored.problems)
    return f"{stored.name}: {len(stored.resources)} resources of account {stored.account}{state}"


def _head(found: Snapshot) -> dict[str, Any]:
    return {
        "format": "fleetc.snapshot/1",
        "snapshot": found.name,
        "account": found.account,
        "taken_at": found.taken_at,
        "source": found.source,
        "complete": found.complete,
        "problems": found.problems,
        "digest": found.digest,
        "count": len(found.resources),
    }


def _document(found: Snapshot) -> dict[str, Any]:
    return {
        **_head(found),
        "profile": f"{found.profile.name}/{found.profile.version}",
        "catalogue": found.catalogue,
        "resources": found.resources,
    }
