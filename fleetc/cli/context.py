"""What every command has: where it runs, which environment, and how it prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fleetc.errors import UsageProblem

if TYPE_CHECKING:
    from pathlib import Path

    from fleetc.service.workspace import Workspace

__all__ = ["Context", "FleetCommand", "FleetGroup", "format_option", "pass_context", "question"]

_COMMON = ("directory", "state", "config", "environment")


@dataclass
class Context:
    """The common options, and the workspace they lead to (opened once, when first asked for)."""

    directory: str = ""
    state: str = ""
    config: str = ""
    environment: str = ""
    _opened: dict[str, Workspace] = field(default_factory=dict, repr=False)

    @property
    def base(self) -> Path:
        """The folder the command runs in, as if started there."""
        from pathlib import Path

        return Path(self.directory) if self.directory else Path()

    def workspace(self, path: str = "") -> Workspace:
        """The workspace of `path` (a fleet file or a folder), or of the folder we run in."""
        if path not in self._opened:
            from fleetc.service.workspace import Workspace

            self._opened[path] = Workspace.open(
                self.base,
                state=self.state,
                config=self.config,
                environment=self.environment,
                fleet_path=path,
            )
        return self._opened[path]

    def account(self) -> str:
        """The account of the chosen environment."""
        from fleetc.service.compiling import account_of

        return account_of(self.workspace())

    def with_options(self, values: dict[str, str | None]) -> Context:
        """A context in which the options given to a command win over those before it."""
        given = {name: value for name, value in values.items() if value}
        return replace(self, **given, _opened={}) if given else self

    @property
    def color(self) -> bool:
        """Whether stdout takes colour."""
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return sys.stdout.isatty() and not plain

    @property
    def width(self) -> int:
        """Columns of the terminal, 100 when stdout is none."""
        from shutil import get_terminal_size

        return max(40, get_terminal_size((100, 24)).columns)


pass_context = click.make_pass_decorator(Context, ensure=True)


def _common_options(names: set[str]) -> list[click.Parameter]:
    options = (
        (["-C", "directory"], "DIR", "Run as if started in DIR."),
        (["-e", "--environment", "environment"], "NAME", "The environment of fleetc.toml."),
        (["--state", "state"], "DIR", "Where state lives (default: .fleetc, or FLEETC_STATE)."),
        (["--config", "config"], "FILE", "The operator's file (or FLEETC_CONFIG)."),
    )
    return [
        click.Option(flags, metavar=metavar, help=text)
        for flags, metavar, text in options
        if flags[-1] not in names
    ]


def _refuse_slips(command: click.Command, ctx: click.Context, args: list[str]) -> None:
    """Raise `UsageProblem` for an option given twice or without a value (`--rev=`)."""
    values, _, order = command.make_parser(ctx).parse_args(list(args))
    given = [param for param in order if isinstance(param, click.Option) and not param.is_flag]
    for option in given:
        flag, value = option.opts[-1], values.get(str(option.name))
        if value == "" or (isinstance(value, list) and "" in value):
            raise UsageProblem(f"{flag} has no value", next_step=f"give it one, or leave {flag} out")
        if not option.multiple and given.count(option) > 1:
            raise UsageProblem(f"{flag} is given more than once", next_step="give it once")


class FleetCommand(click.Command):
    """A command that also takes the common options, after its name as well as before it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(_common_options({str(param.name) for param in self.params}))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, but strict about slips."""
        _refuse_slips(self, ctx, args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run it in a context where the options given here win."""
        given = {name: ctx.params.pop(name, None) for name in _COMMON}
        ctx.obj = (ctx.find_object(Context) or Context()).with_options(given)
        return super().invoke(ctx)


class FleetGroup(click.Group):
    """A group whose commands take the common options and whose mistakes get a suggestion."""

    command_class = FleetCommand

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, but strict about slips."""
        _refuse_slips(self, ctx, args)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown name is a `UsageProblem` that names a similar one."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            from fleetc.lang.suggest import near

            known = self.list_commands(ctx)
            similar = near(name, known)
            hint = (
                f"a command with a similar name exists: {similar}"
                if similar
                else "known: " + ", ".join(known)
            )
            raise UsageProblem(f"no command named {name!r}", next_step=hint)
        return super().resolve_command(ctx, args)


_F = TypeVar("_F", bound=Callable[..., Any])


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
    )
    for option in reversed(options):
        function = option(function)
    return function
