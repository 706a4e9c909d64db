"""Printing: data to stdout, narration to stderr, nothing half written."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fleetc.errors import FleetcError, InputProblem

if TYPE_CHECKING:
    from fleetc.lang.diagnostics import Diagnostic
    from fleetc.lang.source import SourceSet

__all__ = ["echo_diagnostics", "echo_json", "echo_problem", "json_line", "note", "write_file"]


def echo_json(document: Any) -> None:
    """Print one JSON document: keys in the order given, indented, ending with a line break."""
    import msgspec

    from fleetc.lang.text import visible_json

    click.echo(visible_json(msgspec.json.format(msgspec.json.encode(document), indent=2).decode()))


def echo_diagnostics(
    problem: InputProblem | None = None,
    *,
    diagnostics: Sequence[Diagnostic] = (),
    sources: SourceSet | None = None,
    environment: str = "",
) -> None:
    """Print diagnostics to stderr in full, under the `environment` they are of if it is one of several."""
    from fleetc.lang.render import render
    from fleetc.lang.source import SourceSet as Files

    if problem is not None:
        diagnostics = problem.diagnostics  # type: ignore[assignment]
        sources = problem.sources  # type: ignore[assignment]
    if environment:
        click.echo(f"Environment {environment}", err=True)
    color = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    text = render(tuple(diagnostics), sources or Files((), ""), "full", color=color)
    click.echo(text, err=True, nl=not text.endswith("\n"))


def echo_problem(problem: FleetcError, environment: str = "") -> None:
    """Say on stderr what happened, what state things are in, and what comes next.

    `environment` names the one it happened to, when it is one of several.
    """
    from fleetc.lang.text import visible

    if isinstance(problem, InputProblem) and problem.diagnostics:
        echo_diagnostics(problem, environment=environment)
    prefix = f"error[{problem.code}]" if problem.code else "error"
    where = f"{environment}: " if environment else ""
    click.echo(f"{prefix}: {where}{visible(problem.message)}", err=True)
    for label, text in (("state", problem.state), ("next", problem.next_step)):
        if text:
            click.echo(f"  {label}: {visible(text)}", err=True)


def note(text: str) -> None:
    """One line of narration on stderr."""
    from fleetc.lang.text import visible

    click.echo(visible(text), err=True)


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: beside it first, then renamed over it.

    A symlink stays, and what it points at is written; a device or a pipe is written to as it is.
    """
    try:
        target = path.resolve()
        if target.exists() and not target.is_file() and not target.is_dir():
            target.write_bytes(data)
        else:
            _write_beside(target, data)
    except (OSError, RuntimeError) as error:
        raise FleetcError(
            f"cannot write {_shown(path)}: {getattr(error, 'strerror', None) or error}",
            state="the file is as it was",
            next_step="choose another path with -o",
        ) from None


def _write_beside(target: Path, data: bytes) -> None:
    temporary = target.parent / f".fleetc.{os.getpid()}.tmp"
    try:
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _shown(path: Path) -> str:
    """A path for a message, cut where it is very long."""
    from fleetc.lang.text import visible

    return visible(str(path), 200)


def json_line(document: Any) -> str:
    """One JSON document on one line."""
    import msgspec

    from fleetc.lang.text import visible_json

    return visible_json(msgspec.json.encode(document).decode())
