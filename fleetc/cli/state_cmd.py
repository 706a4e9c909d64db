"""`state backup | restore | check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fleetc.cli.context import Context, FleetGroup, pass_context
from fleetc.cli.options import act_as, format_option, require_yes, yes
from fleetc.errors import ExitCode

if TYPE_CHECKING:
    from fleetc.service.state import Coming
    from fleetc.store.archive import Manifest

__all__ = ["state"]


@click.group(cls=FleetGroup)
def state() -> None:
    """Check, copy and put back the state folder: ledger, snapshots, embedded platform."""


@state.command()
@click.option("--full", is_flag=True, help="Also read every snapshot back against its digest.")
@format_option("text", "json")
@pass_context
def check(context: Context, full: bool, form: str) -> int:
    """Look for damage in the files of the state folder.

    Nothing is changed. Looks at their places, pages, references and schema, the audit log and its
    head, plans, the journal against the runs, snapshots against their digests, and times.
    """
    from fleetc.cli.output import echo_json
    from fleetc.lang.text import visible
    from fleetc.service import state as use

    workspace = context.candidates()[0]
    found = use.check(workspace, full=full)
    present = [name for name in use.FILES if workspace.stored(name.removesuffix(".db"))]
    if form == "json":
        echo_json({"format": "fleetc.state-check/1", "files": present, "problems": found})
    elif found:
        for item in found:
            click.echo(f"{item.file}: error[{item.code}]: {visible(item.message)}")
            click.echo(f"  next: {visible(item.next_step)}")
    else:
        click.echo(f"ok: {', '.join(present)}" if present else "ok: the state folder holds nothing yet")
    return ExitCode.ERROR if found else ExitCode.OK


@state.command()
@click.option(
    "-o",
    "--output",
    default="",
    metavar="PATH",
    help="A file, or a folder for it (default: backups in the state folder).",
)
@format_option("text", "json")
@pass_context
def backup(context: Context, output: str, form: str) -> None:
    """Copy the state folder to one file, also while a run is going.

    The copies are checked before they are kept. The file is readable by its owner only: it holds
    all that the ledger holds.
    """
    from fleetc.cli.output import echo_json, note
    from fleetc.service import state as use

    made = use.backup(context.candidates()[0], context.base / Path(output) if output else None)
    if form == "json":
        echo_json(
            {"format": "fleetc.state-backup-made/1", "path": str(made.path), **_described(made.manifest)}
        )
        return
    from fleetc.lang.text import visible

    click.echo(visible(str(made.path)))
    names = ", ".join(f"{name} ({packed.bytes} bytes)" for name, packed in made.manifest.files.items())
    note(f"holds {names}; keep a copy on another machine")


@state.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only look through the backup, and say what would be lost.")
@yes
@act_as
@format_option("text", "json")
@pass_context
def restore(context: Context, file: Path, dry_run: bool, yes: bool, claimed: str, form: str) -> None:
    """Put a backup in the place of the state folder's files.

    The backup is checked first; what is lost is said; the files that stood are kept beside. The
    audit log gets a row about it. Refused while a run is under way.
    """
    from fleetc.service import state as use
    from fleetc.service.compiling import account_of
    from fleetc.service.identity import person

    workspaces = context.candidates()
    who = person(workspaces[0], claimed)
    found = use.coming(workspaces[0], context.base / file, {account_of(each) for each in workspaces}, who)
    if form == "text":
        _echo_coming(found)
    if not (yes or dry_run):
        require_yes(
            "Replace the files of the state folder?",
            "the files of the state folder would be replaced",
            "nothing was changed",
        )
    aside = None if dry_run else use.restore(workspaces[0], found, who)
    _echo_restored(found, aside, form)


def _echo_coming(found: Coming) -> None:
    from fleetc.lang.text import visible

    click.echo(f"backup of {found.manifest.taken_at}, to be put back: {', '.join(found.manifest.files)}")
    if found.unreadable:
        click.echo(f"the ledger that stands cannot say what is lost: {visible(found.unreadable)}")
    for run in found.lost_runs:
        click.echo(f"lost: {run.id} of {run.started_at} by {visible(run.by)}, {run.status}")
    if found.lost_rows:
        click.echo(f"lost: {found.lost_rows} rows of the audit log, after row {_rows(found.manifest)}")


def _rows(manifest: Manifest) -> int:
    return manifest.head.seq if manifest.head else 0


def _echo_restored(found: Coming, aside: Path | None, form: str) -> None:
    from fleetc.cli.output import echo_json, note

    if form == "json":
        document = {
            **_described(found.manifest),
            "lost_runs": [run.id for run in found.lost_runs],
            "lost_audit_rows": found.lost_rows,
            "unreadable": found.unreadable,
            "restored": aside is not None,
            "replaced": str(aside) if aside else "",
        }
        echo_json({"format": "fleetc.state-restore/1", **document})
    elif aside is None:
        note("nothing was changed")
    else:
        note(f"restored; what stood is in {aside}")
        note("next: fleetc plan, because the platform may have moved on")


def _described(manifest: Manifest) -> dict[str, Any]:
    return {
        "taken_at": manifest.taken_at,
        "fleetc": manifest.fleetc,
        "accounts": manifest.accounts,
        "files": manifest.files,
        "audit_rows": _rows(manifest),
    }
