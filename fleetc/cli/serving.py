"""`--web`: the review in a browser, in place of the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import wraps
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from fleetc.errors import FleetcError, UsageProblem

if TYPE_CHECKING:
    from fleetc.cli.context import Context

__all__ = ["in_browser"]

_PACKAGES = ("starlette", "textual_serve", "uvicorn", "websockets")
_OPTIONS = (
    click.option("--web", is_flag=True, help="In a browser of this machine: prints a link that works once."),
    click.option(
        "--port",
        type=click.IntRange(1, 65535),
        metavar="PORT",
        help="The loopback port of --web (default: a free one).",
    ),
)

_HELP = """
    With --web it is shown in a browser of this machine, by a link that works once. Nothing but
    127.0.0.1 is listened on: from another machine, go through ssh with the same port at both ends
    (`ssh -L 8765:127.0.0.1:8765 HOST`, --port 8765). Whoever uses the link acts as who ran the command.
    Closing the tab loses nothing: the link's browser may come back, and enter prints another link.
    """
_SAID = """\
This link works once, within 10 minutes, in a browser of this machine. Whoever uses it acts as {who}.
Closing the tab loses nothing; ctrl+c here ends the review."""
_ANOTHER = "Enter prints another link, which ends the browser before."


def in_browser(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command that draws on the terminal `--web`: then the same command draws for a front."""

    @wraps(function)
    def command(context: Context, /, *, web: bool, port: int | None, **options: Any) -> int:
        if not web:
            if port is not None:
                raise UsageProblem("--port is of --web", next_step="give both, or none")
            return function(context, **options)
        if options.get("plain"):
            raise UsageProblem("--web and --plain are given: one of them chooses", next_step="leave one out")
        return _serve(context, list(_arguments(context, click.get_current_context())), port or 0)

    command.__doc__ = f"{function.__doc__}{_HELP}"
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _arguments(context: Context, ctx: click.Context) -> Iterator[str]:
    """The command line of the same command without `--web`."""
    shared = vars(context)
    yield from (ctx.info_name or "",)
    values = {**ctx.params, **{name: shared.get(name) for name in getattr(ctx.command, "common", ())}}
    for parameter in ctx.command.params:
        value = values.get(str(parameter.name))
        if isinstance(parameter, click.Option) and parameter.name not in {"web", "port"}:
            yield from _option(parameter, value)
    yield "--"
    yield from values.get("plans", ())


def _option(option: click.Option, value: Any) -> Iterator[str]:
    """An option as it is typed; nothing when it was not."""
    if value is None or (value is False and not option.secondary_opts):
        return
    if option.is_flag:
        yield (option.opts if value else option.secondary_opts)[-1]
        return
    for each in value if isinstance(value, tuple) else (value,):
        if each != "":
            name = option.opts[-1]
            yield from (f"{name}={each}",) if name.startswith("--") else (name, str(each))


def _serve(context: Context, arguments: list[str], port: int) -> int:
    from fleetc.serve.pages import INSTALL

    if missing := [name for name in _PACKAGES if not find_spec(name)]:
        raise FleetcError(
            f"a review in the browser needs packages that are not installed: {', '.join(missing)}",
            state="nothing was started",
            next_step=INSTALL,
        )
    from fleetc.serve.server import Served, serve
    from fleetc.service.clock import SystemClock
    from fleetc.service.identity import os_user
    from fleetc.tui.terminal import SERVED

    command = [sys.executable, "-P", "-m", "fleetc", *arguments]
    who = os_user()

    def told(link: str) -> None:
        if link:
            click.echo(link)
            click.echo(_SAID.format(who=who), err=True)
            if sys.stdin and sys.stdin.isatty():
                click.echo(_ANOTHER, err=True)
        else:
            click.echo(f"a browser was let in, and acts as {who}", err=True)

    return serve(Served(command, SERVED, who, port, told), SystemClock())
