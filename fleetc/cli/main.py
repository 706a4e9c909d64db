"""The top of the command line: options before the command, lazy commands, exit codes."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

import click

from fleetc import __version__
from fleetc.cli.context import Context, FleetGroup, common_options
from fleetc.errors import ExitCode, FleetcError, UsageProblem

__all__ = ["main", "run"]

# name: (module, attribute, what --help says). A command's module is imported when it is run.
_COMMANDS = {
    "apply": ("apply_cmd", "apply", "Apply an approved plan and watch it."),
    "approvals": ("approve_cmd", "approvals", "Show what waits for approval, and what was decided."),
    "approve": ("approve_cmd", "approve", "Approve a plan."),
    "audit": ("audit_cmd", "audit", "Show and verify the audit log."),
    "check": ("compile_cmd", "check", "Report every mistake in a fleet file."),
    "compare": ("compare_cmd", "compare", "Show how two environments differ, names mapped."),
    "compile": ("compile_cmd", "compile_", "Lower a fleet file to its resource graph."),
    "demo": ("demo_cmd", "demo", "See it work, in a new folder of its own."),
    "explain": ("compile_cmd", "explain", "Explain a diagnostic's code."),
    "graph": ("graph_cmd", "graph", "Draw the resource graph."),
    "impact": ("graph_cmd", "impact", "Show what a change of a resource touches."),
    "init": ("init_cmd", "init", "Make a fleet repository with an embedded platform."),
    "plan": ("plan_cmd", "plan", "Show what would change, and write the plan."),
    "platform": ("platform_cmd", "platform", "Look at the embedded platform, or make drift on it."),
    "reject": ("approve_cmd", "reject", "Reject a plan, with a reason."),
    "review": ("review_cmd", "review", "Walk a plan in the terminal: choose, approve, apply."),
    "revoke": ("approve_cmd", "revoke", "Take back an approval that no run has used."),
    "rules": ("rules_cmd", "rules", "Check, test, explain and replay rules."),
    "runs": ("runs_cmd", "runs", "List the runs, tell one, or compare two."),
    "show": ("graph_cmd", "show", "Show resources: each field, and where its value comes from."),
    "snapshot": ("snapshot_cmd", "snapshot", "Take, list, ask, compare and prune snapshots."),
    "state": ("state_cmd", "state", "Check, copy and put back the state folder."),
    "watch": ("apply_cmd", "watch", "Follow a run."),
    "why": ("why_cmd", "why", "Show what put a resource into a plan."),
    "why-not": ("why_cmd", "why_not", "Show what keeps a resource out of a plan."),
    "why-path": ("graph_cmd", "why_path", "Show why one resource needs another."),
    "worker": ("apply_cmd", "worker", ""),
}
_HIDDEN = frozenset({"worker"})

_EPILOG = """\b
Exit codes:
    0  done, or nothing to do
    1  error or invalid input
    2  changes are present (only with --detailed-exitcode)
    3  refused: stale, not approved, over a limit, lease held, nothing selected
    4  finished with failures or conflicts
   64  wrong use of the command line
   75  paused
  130  interrupted
Of several environments in one run it is the gravest: 130, 64, 1, 4, 3, 75, 2, 0.
"""


class LazyGroup(FleetGroup):
    """Commands by name; nothing is imported to list or describe them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names that `--help` shows."""
        return [name for name in _COMMANDS if name not in _HIDDEN]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"fleetc.cli.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name][2]) for name in self.list_commands(ctx)])


@click.command(
    cls=LazyGroup,
    name="fleetc",
    epilog=_EPILOG,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="fleetc %(version)s")
@click.pass_context
def main(ctx: click.Context, /, **options: Any) -> Any:
    """Change a fleet by pull request: compile, diff, choose, approve, apply, verify.

    Without a command, fleetc opens the review of the workspace it stands in.
    """
    ctx.obj = Context().with_options(options)
    if ctx.invoked_subcommand is not None:
        return None
    from fleetc.cli.review_cmd import review

    with review.make_context("review", [], parent=ctx) as inner:
        return review.invoke(inner)


main.params[:0] = common_options()


def run(arguments: list[str]) -> int:
    """Run one command line; returns the exit code, never raises for a user's mistake."""
    from fleetc.cli.output import echo_problem

    _open_streams()
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_stdout()
        return ExitCode.OK
    except OSError as error:
        _drop_stdout()
        echo_problem(_said(error))
        return ExitCode.ERROR
    return code


def _open_streams() -> None:
    """A stream that was closed before we began takes what is written, and keeps nothing."""
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _drop_stdout() -> None:
    """Its reader has gone, or its disk is full: a second failure at exit must not show."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _said(error: OSError) -> FleetcError:
    """What the operating system refused, where no layer below had better words."""
    from fleetc.lang.text import visible

    if error.filename:
        return FleetcError(f"{visible(str(error.filename), 200)}: {error.strerror}")
    where = "cannot write the output: " if error.errno in {errno.ENOSPC, errno.EIO, errno.EFBIG} else ""
    return FleetcError(f"{where}{error.strerror or error}")


def _readable(arguments: list[str]) -> list[str]:
    """The arguments; raises `UsageProblem` for one that is not UTF-8."""
    for text in arguments:
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise UsageProblem(f"{text!r} is not UTF-8", next_step="write it in UTF-8, also file names")
    return arguments


def _run(arguments: list[str]) -> int:
    from fleetc.cli.output import echo_problem

    try:
        result: Any = main.main(args=_readable(arguments), prog_name="fleetc", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as mistake:
        mistake.show()
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return ExitCode.INTERRUPTED
    except FleetcError as problem:
        echo_problem(problem)
        return int(problem.exit_code)
    return int(result) if isinstance(result, int) else ExitCode.OK
