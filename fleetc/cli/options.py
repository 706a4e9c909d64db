"""Options that several commands take: one name and one meaning for each, and asking before harm."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from fleetc.errors import Refused

__all__ = [
    "SNAPSHOTS",
    "act_as",
    "at_revision",
    "at_time",
    "detailed_exit",
    "fleet_path",
    "format_option",
    "question",
    "require_yes",
    "yes",
]

_F = TypeVar("_F", bound=Callable[..., Any])

SNAPSHOTS = "SNAPSHOT is live, latest, empty, a stored one (snap-12 or 12), a time, or a recorded file."
"""What SNAPSHOT may be, for the end of a command's help."""

fleet_path = click.argument("path", metavar="[PATH]", default="")
at_revision = click.option("--rev", default="", metavar="REV", help="Read the files at this revision.")
at_time = click.option(
    "--at", default="", metavar="TIME", help="The newest one at or before TIME (RFC 3339)."
)
act_as = click.option(
    "--as", "claimed", default="", metavar="NAME", help="Act as NAME (embedded platform only)."
)
detailed_exit = click.option(
    "--detailed-exitcode", is_flag=True, help="Exit with 2 when there is a difference."
)
yes = click.option("--yes", is_flag=True, help="Do not ask.")


def require_yes(question: str, refusal: str, state: str) -> None:
    """Ask on a terminal, and abort for anything but yes; elsewhere raise `Refused`."""
    if not sys.stdin.isatty():
        raise Refused(
            f"{refusal}, and nobody is here to agree",
            state=state,
            next_step="look at --dry-run, then give --yes",
        )
    click.confirm(question, abort=True, err=True)


def format_option(*formats: str) -> Callable[[_F], _F]:
    """`--format` with the first one as default, and `--json` as short for `--format json`."""

    def decorate(function: _F) -> _F:
        function = click.option("--json", "form", flag_value="json", help="Short for --format json.")(
            function
        )
        return click.option(
            "--format",
            "form",
            type=click.Choice(formats),
            default=formats[0],
            show_default=True,
            help="How to print.",
        )(function)

    return decorate


def question(function: _F) -> _F:
    """The options that say what to plan: which files, against which state, over which limits."""
    options = (
        click.option("--rev", default="", metavar="REV", help="Plan this revision (default: HEAD)."),
        click.option("--worktree", is_flag=True, help="Plan the files as they lie, not those of HEAD."),
        click.option(
            "--against",
            default="live",
            show_default=True,
            metavar="STATE",
            help="live, a snapshot (snap-12), a recorded file, or empty.",
        ),
        click.option("--override", default="", metavar="REASON", help="Go over the limits, for this reason."),
        click.option(
            "--override-expires",
            default="",
            metavar="WHEN",
            help="How long the override holds: 90m, 3d, or a time (default: 2h).",
        ),
        click.option(
            "--override-cascade",
            multiple=True,
            metavar="ADDRESS",
            help="Let the platform delete this unmanaged resource along (with --override).",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function
