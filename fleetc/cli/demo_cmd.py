"""`demo`: the whole path on the embedded platform, in a folder of its own."""

from __future__ import annotations

import os
import shlex
import sys
from itertools import count
from pathlib import Path

import click

from fleetc.cli.context import Context, FleetCommand, pass_context
from fleetc.errors import ExitCode

__all__ = ["demo"]

_STEPS: tuple[tuple[str, str, ExitCode], ...] = (
    ("The plan: what the fleet file asks for, against what is there.", "plan -o p.json", ExitCode.OK),
    ("Somebody approves exactly this plan.", "approve p.json --as dana", ExitCode.OK),
    ("A worker applies it in order and reads everything back.", "apply p.json", ExitCode.OK),
    ("Nothing is left to do.", "plan --detailed-exitcode", ExitCode.OK),
    (
        "Somebody changes a peer by hand.",
        "platform set peer/edge-fabric/edge-tokyo-02 listen_port=51999",
        ExitCode.OK,
    ),
    ("The next plan finds it as drift.", "plan -o put-back.json --detailed-exitcode", ExitCode.CHANGES),
    ("Approve putting it back.", "approve put-back.json --as dana", ExitCode.OK),
    ("And put it back.", "apply put-back.json", ExitCode.OK),
    ("The platform is again what git says.", "plan --detailed-exitcode", ExitCode.OK),
    ("Who decided what, in a chain of hashes.", "audit show", ExitCode.OK),
)


@click.command(cls=FleetCommand)
@click.argument("name", default="", metavar="[DIR]")
@click.option("--text", is_flag=True, help="Play the path as text, also on a terminal.")
@pass_context
def demo(context: Context, name: str, text: bool) -> int:
    """Make DIR (fleetc-demo) with the edge fleet and an embedded platform, and show the whole path.

    On a terminal it opens the review of the first plan; otherwise it plays the path as text:
    plan, approve, apply, verify, a change made by hand, found as drift, put back.
    """
    from fleetc.service.starting import init

    folder = context.base / (name or _free_name(context.base))
    init(folder.resolve())
    shown = os.path.relpath(folder)
    if sys.stdin.isatty() and sys.stdout.isatty() and not text:
        click.echo(f"made {shown}; opening its review (this is `fleetc -C {shown} review`)", err=True)
        return _run(["-C", str(folder), "review"])
    click.echo(f"# A git repository with the edge fleet, and an embedded platform: {shown}")
    for title, command, expected in _STEPS:
        click.echo(f"\n# {title}\n$ fleetc {command}")
        code = _run(["-C", str(folder), *shlex.split(command)])
        if code != expected:
            click.echo(f"error: this step ended with {code}, and {expected} was expected", err=True)
            return ExitCode.ERROR
    click.echo(f"\n# That is all. The folder is yours: cd {shown} && fleetc review")
    return ExitCode.OK


def _run(arguments: list[str]) -> int:
    from fleetc.cli.main import run

    return run(arguments)


def _free_name(base: Path) -> str:
    names = ("fleetc-demo" if n == 1 else f"fleetc-demo-{n}" for n in count(1))
    return next(name for name in names if not (base / name).exists())
