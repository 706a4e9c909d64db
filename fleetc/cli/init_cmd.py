"""`init`: an empty start that works at once."""

from __future__ import annotations

from pathlib import Path

import click

from fleetc.cli.context import Context, FleetCommand, pass_context
from fleetc.cli.options import format_option

__all__ = ["init"]


@click.command(cls=FleetCommand)
@click.argument("name", default=".", metavar="[DIR]")
@format_option("text", "json")
@pass_context
def init(context: Context, name: str, form: str) -> None:
    """Make DIR: a git repository with the edge fleet, and an embedded platform to apply it to.

    Its environment is `local`, and four eyes are off: one person can try everything.
    """
    from fleetc.cli.output import echo_json
    from fleetc.service.starting import init as make

    folder = (context.base / Path(name)).resolve()
    workspace = make(folder)
    if form == "json":
        state = workspace.state_dir.name
        echo_json({"format": "fleetc.init/1", "folder": name, "state": state, "four_eyes": "off"})
        return
    click.echo(f"made {name}: fleet.yaml in git, the embedded platform in .fleetc")
    click.echo("four eyes are off here: see .fleetc/operator.toml")
    where = "" if name == "." else f"cd {name} && "
    click.echo(f"next: {where}fleetc plan -o p.json")
