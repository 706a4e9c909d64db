"""Following runs: their events as they come, then their results, and one exit code."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from fleetc.errors import FleetcError, gravest

if TYPE_CHECKING:
    from fleetc.events import RunEvent
    from fleetc.service.applying import Followed

__all__ = ["follow_runs"]


def follow_runs(followed: Sequence[Followed], form: str, *, several: bool, ours: bool = True) -> int:
    """Print the runs' events as they come, then their results; the gravest exit code.

    Where a worker is `ours`, the first Ctrl-C asks it for a pause and the second ends it. Of
    `several` environments each line has the name; one whose worker is lost is named, and the
    others are followed on.
    """
    from fleetc.service.applying import follow

    names = [each.workspace.environment.name for each in followed] if several else []
    teller = _Teller(form, max(map(len, names), default=0))
    with _pausing([each.worker for each in followed if each.worker and ours]):
        for each, event in follow(followed):
            if not isinstance(event, FleetcError):
                teller.tell(each, event)
            elif several:
                teller.lose(each, event)
            else:
                raise event
    return teller.finish()


class _Teller:
    """Prints events and keeps results. `room` is the width of the names of environments, 0 for none."""

    def __init__(self, form: str, room: int) -> None:
        self.form = form
        self.room = room
        self.results: dict[str, dict[str, Any]] = {}
        self.problems: list[FleetcError] = []

    def tell(self, followed: Followed, event: RunEvent) -> None:
        """Print one event; that of an end or a pause has the result."""
        import msgspec

        from fleetc.events import RunFinished, RunPaused, encode
        from fleetc.report.event_text import render_event
        from fleetc.service.applying import paused_record

        name = followed.workspace.environment.name
        if isinstance(event, RunFinished):
            self.results[name] = event.result
        elif isinstance(event, RunPaused):
            self.results[name] = paused_record(followed.workspace, event.run)
        if self.form == "text":
            click.echo(f"{name:<{self.room}}  {render_event(event)}" if self.room else render_event(event))
        elif not isinstance(event, RunFinished):
            click.echo(self._line(name, msgspec.json.decode(encode(event))))

    def lose(self, followed: Followed, problem: FleetcError) -> None:
        """Say that a run is followed no further, and why."""
        from fleetc.cli.output import echo_problem

        echo_problem(problem, followed.workspace.environment.name)
        self.problems.append(problem)

    def finish(self) -> int:
        """Print the results; the gravest exit code."""
        from fleetc.report.result_text import render_result
        from fleetc.run.state import exit_code

        for name, result in self.results.items():
            if self.form == "json":
                click.echo(self._line(name, result))
                continue
            if self.room:
                click.echo(f"\nEnvironment {name}")
            click.echo(render_result(result), nl=False)
        codes = [exit_code(str(result["status"])) for result in self.results.values()]
        return gravest([*codes, *(int(problem.exit_code) for problem in self.problems)])

    def _line(self, name: str, data: Any) -> str:
        """A line of JSON, with the environment's name first where there are several."""
        from fleetc.cli.output import json_line

        return json_line({"environment": name, **data} if self.room else data)


@contextmanager
def _pausing(workers: Sequence[int]) -> Iterator[None]:
    """While it lasts, Ctrl-C is for our workers: SIGTERM asks for a pause, and again for the end."""
    if not workers:
        yield
        return
    pressed = 0

    def interrupt(_signal: int, _frame: object) -> None:
        nonlocal pressed
        pressed += 1
        for pid in workers:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        if pressed == 1:
            click.echo("pausing: calls in flight finish; Ctrl-C again stops the worker", err=True)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
