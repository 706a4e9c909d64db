"""Why there is no plan: mistakes of a fleet file and failures, as rows with what there is to say. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from fleetc.errors import FleetcError, InputProblem, PlatformProblem
from fleetc.lang.diagnostics import Diagnostic
from fleetc.lang.render import render
from fleetc.lang.source import SourceSet
from fleetc.tui.rows import Group, Rows

__all__ = ["RETRY", "Trouble", "rows_of", "troubles", "worth_another_try"]

RETRY = 8.0
"""Seconds after which a platform that failed is asked again."""


class Trouble(NamedTuple):
    """One mistake or failure: whose, its code, where (`fleet.yaml:12:7`, or empty), what, and in full."""

    environment: str
    code: str
    place: str
    message: str
    lines: tuple[str, ...]


def troubles(problems: Sequence[tuple[str, FleetcError]]) -> tuple[Trouble, ...]:
    """What kept environments from having a plan: each mistake in a file by itself, else the failure."""
    found: list[Trouble] = []
    for environment, problem in problems:
        mistakes: Any = problem.diagnostics if isinstance(problem, InputProblem) else ()
        sources: Any = problem.sources if isinstance(problem, InputProblem) else None
        found += [_mistake(environment, each, sources or SourceSet((), "")) for each in mistakes]
        if not mistakes:
            said = (problem.message, problem.state, problem.next_step and f"next: {problem.next_step}")
            found.append(
                Trouble(environment, problem.code, "", problem.message, tuple(line for line in said if line))
            )
    return tuple(found)


def _mistake(environment: str, mistake: Diagnostic, sources: SourceSet) -> Trouble:
    lines = render((mistake,), sources, "full").splitlines()
    return Trouble(environment, mistake.code, str(mistake.primary.span), mistake.message, tuple(lines))


def rows_of(found: Sequence[Trouble]) -> Rows:
    """A group for each environment, with its troubles."""
    groups: dict[str, list[int]] = {}
    for number, each in enumerate(found):
        groups.setdefault(each.environment, []).append(number)
    outline = [Group(f"environment/{name}", name, (), rows) for name, rows in groups.items()]
    keys = [f"{number} {each.code} {each.place}" for number, each in enumerate(found)]
    rows = Rows(outline, keys, bytes(len(found)))
    rows.move_to(1)
    return rows


def worth_another_try(problems: Sequence[tuple[str, FleetcError]]) -> bool:
    """Whether what failed may go by itself: a platform that did not answer."""
    return any(isinstance(problem, PlatformProblem) for _, problem in problems)
