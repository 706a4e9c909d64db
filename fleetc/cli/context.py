"""What every command has: where it runs, which environment, and how it prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from fleetc.errors import UsageProblem

if TYPE_CHECKING:
    from pathlib import Path

    from fleetc.service.workspace import Workspace

__all__ = [
    "Context",
    "FleetCommand",
    "FleetGroup",
    "common_options",
    "pass_context",
]

_NO_CHOICE: dict[str, Any] = {"environment": (), "every": False}


class _Row(Protocol):
    @property
    def environment(self) -> str: ...


R = TypeVar("R", bound=_Row)


@dataclass
class Context:
    """The common options, and the workspace they lead to (opened once, when first asked for)."""

    directory: str = ""
    state: str = ""
    config: str = ""
    environment: tuple[str, ...] = ()
    every: bool = False
    _opened: dict[tuple[str, bool], tuple[Workspace, ...]] = field(default_factory=dict, repr=False)

    @property
    def base(self) -> Path:
        """The folder the command runs in, as if started there."""
        from pathlib import Path

        return Path(self.directory) if self.directory else Path()

    @property
    def several(self) -> bool:
        """Whether several environments are asked for, however many that comes to.

        What is printed then has the form of several, so that a script can rely on it.
        """
        return self.every or len(self.environment) > 1 or any(map(_is_glob, self.environment))

    @property
    def chosen(self) -> bool:
        """Whether an environment is named at all."""
        return self.every or bool(self.environment)

    def workspaces(self, path: str = "") -> tuple[Workspace, ...]:
        """The workspace of `path` (a fleet file or a folder), once for each environment chosen."""
        if self.every and self.environment:
            raise UsageProblem("-e and --all are given: one of them chooses", next_step="leave one out")
        if path and self.several:
            raise UsageProblem(
                f"{path!r} is in one environment, and several are asked for", next_step="give one of them"
            )
        return self._open(path, every=self.every)

    def refuse_override(self, reason: str) -> None:
        """Raise `UsageProblem` for one reason to go over the limits of several environments."""
        if reason:
            raise UsageProblem(
                "--override is of one plan, and several environments are asked for",
                next_step="choose the one that is over a limit with -e NAME",
            )

    def workspace(self, path: str = "") -> Workspace:
        """The workspace of `path`, or of the folder we run in, with the one environment chosen."""
        from fleetc.service.workspace import one_of

        return one_of(self.workspaces(path))

    def candidates(self) -> tuple[Workspace, ...]:
        """The environments that something already stored may be of: those chosen, else all.

        What all of them share, such as the ledger, is that of the first one.
        """
        return self.workspaces() if self.chosen else self._open("", every=True)

    def rows_of(self, rows: Iterable[R]) -> list[R]:
        """The rows of the ledger that are of a chosen environment; all when none is chosen."""
        names = {each.environment.name for each in self.workspaces()} if self.chosen else None
        return [row for row in rows if names is None or row.environment in names]

    def _open(self, path: str, *, every: bool) -> tuple[Workspace, ...]:
        if (path, every) not in self._opened:
            from fleetc.service.workspace import Workspace

            self._opened[path, every] = Workspace.open_all(
                self.base,
                state=self.state,
                config=self.config,
                names=self.environment,
                every=every,
                fleet_path=path,
            )
        return self._opened[path, every]

    def forget(self) -> None:
        """Let go of the workspaces: what nobody else has of them is closed."""
        self._opened.clear()

    def account(self) -> str:
        """The account of the chosen environment."""
        from fleetc.service.compiling import account_of

        return account_of(self.workspace())

    def with_options(self, values: dict[str, Any]) -> Context:
        """A context in which the options given to a command win over those before it."""
        given = {name: value for name, value in values.items() if value}
        if not given:
            return self
        anew: dict[str, Any] = _NO_CHOICE if given.keys() & _NO_CHOICE.keys() else {}
        return replace(self, **(anew | given), _opened={})

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


def _is_glob(name: str) -> bool:
    from fleetc.service.choosing import is_glob

    return is_glob(name)


def common_options(taken: Container[str] = ()) -> list[click.Parameter]:
    """The options that every command takes, but for those whose name is `taken`."""
    several = "An environment of fleetc.toml, or a glob; repeat it for several."
    options = (
        click.Option(["-C", "directory"], metavar="DIR", help="Run as if started in DIR."),
        click.Option(["-e", "--environment", "environment"], metavar="NAME", multiple=True, help=several),
        click.Option(["--all", "every"], is_flag=True, help="All environments of fleetc.toml."),
        click.Option(
            ["--state", "state"], metavar="DIR", help="Where state lives (default: .fleetc, or FLEETC_STATE)."
        ),
        click.Option(["--config", "config"], metavar="FILE", help="The operator's file (or FLEETC_CONFIG)."),
    )
    return [option for option in options if option.name not in taken]


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
        own = common_options({str(param.name) for param in self.params})
        self.common = [str(option.name) for option in own]
        self.params.extend(own)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, but strict about slips."""
        _refuse_slips(self, ctx, args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run it in a context where the options given here win."""
        given = {name: ctx.params.pop(name, None) for name in self.common}
        ctx.obj = (ctx.find_object(Context) or Context()).with_options(given)
        ctx.call_on_close(ctx.obj.forget)
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
