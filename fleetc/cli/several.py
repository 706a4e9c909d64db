"""Printing what became of several environments: by name, none hidden, one exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fleetc.errors import ExitCode, FleetcError, InputProblem, UsageProblem, gravest

if TYPE_CHECKING:
    from pathlib import Path

    from fleetc.service.several import Outcome

__all__ = ["echo_document", "echo_sections", "folder_for"]

T = TypeVar("T")


def echo_sections(
    outcomes: Iterable[Outcome[T]],
    show: Callable[[str, T], int],
    summary: Callable[[T], str] | None = None,
    *,
    markdown: bool = False,
) -> ExitCode:
    """Print each environment's section with `show` (which gives an exit code), then its `summary`.

    A problem goes to stderr under the name of its environment, and is a summary too. Returns the
    gravest exit code.
    """
    from fleetc.cli.output import echo_problem

    lines, codes = [], []
    for outcome in outcomes:
        name, problem = outcome.environment, outcome.problem
        if outcome.value is not None:
            try:
                codes.append(show(name, outcome.value))
                if summary is not None:
                    lines.append((name, summary(outcome.value)))
                    click.echo()
            except FleetcError as failure:
                problem = failure
        if problem is not None:
            echo_problem(problem, name)
            codes.append(int(problem.exit_code))
            if summary is not None:
                lines.append((name, f"error: {problem.message}"))
    click.echo(_table(lines, markdown), nl=False)
    return gravest(codes)


def _table(lines: list[tuple[str, str]], markdown: bool) -> str:
    from fleetc.lang.text import visible

    if markdown:
        from fleetc.report.plan_markdown import item

        return "".join(f"{item(name, text)}\n" for name, text in lines)
    room = max((len(name) for name, _ in lines), default=0)
    return "".join(f"{name:<{room}}  {visible(text)}\n" for name, text in lines)


def echo_document(
    form: str, name: str, outcomes: Iterable[Outcome[T]], document: Callable[[str, T], tuple[Any, int]]
) -> ExitCode:
    """Print one JSON document of the format `form`: what each environment's result `name` is.

    `document` gives it with the environment's exit code; a problem stands where there is none.
    """
    from fleetc.cli.output import echo_json

    rows: list[dict[str, Any]] = []
    for outcome in outcomes:
        result, code, problem = None, int(outcome.exit_code), outcome.problem
        if outcome.value is not None:
            try:
                result, code = document(outcome.environment, outcome.value)
            except FleetcError as failure:
                problem, code = failure, int(failure.exit_code)
        said = _problem(problem) if problem else None
        rows.append({"environment": outcome.environment, "exit_code": code, name: result, "problem": said})
    worst = gravest(row["exit_code"] for row in rows)
    echo_json({"format": form, "exit_code": worst, "environments": rows})
    return worst


def _problem(problem: FleetcError) -> dict[str, Any]:
    """A problem as JSON: what happened, what state things are in, what comes next, diagnostics."""
    from fleetc.lang.render import document

    found: Any = problem.diagnostics if isinstance(problem, InputProblem) else ()
    return {
        "code": problem.code,
        "message": problem.message,
        "state": problem.state,
        "next_step": problem.next_step,
        "diagnostics": document(found)["diagnostics"],
    }


def folder_for(path: Path) -> None:
    """Make the folder that -o names for several environments, when it is not there."""
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise UsageProblem(
            f"-o names a folder for several environments, and {path} is none: {error.strerror}",
            next_step="name a new folder, or choose one environment with -e NAME",
        ) from None
