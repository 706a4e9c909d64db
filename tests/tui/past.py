"""Runs that are over, made by hand, and the part of a session without a world that knows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from fleetc.events import RunEvent, RunFinished
from fleetc.plan.actions import Plan
from fleetc.ports import Run
from fleetc.run.state import FINAL, fold, result_record
from fleetc.run.summary import Comparison, Summary, Tally, compared, summary, tally

if TYPE_CHECKING:
    from fleetc.errors import FleetcError


@dataclass
class FakeRuns:
    """The runs of a session, newest first; events by run."""

    ran: tuple[Run, ...] = ()
    logs: dict[str, tuple[RunEvent, ...]] = field(default_factory=dict)
    problem: FleetcError | None = None

    def _note(self, call: str) -> None:
        raise NotImplementedError

    def runs(self) -> tuple[Run, ...]:
        self._note("")
        return self.ran

    def runs_mark(self) -> object:
        return [(run.id, run.status) for run in self.ran]

    def tallies(self, runs: Sequence[Run]) -> dict[str, Tally]:
        self._note(f"tallies {' '.join(run.id for run in runs)}")
        found = {}
        for run in runs:
            events = self.logs.get(run.id, ())
            found[run.id] = tally(events[:1] + events[-1:] if run.status in FINAL else events)
        return found

    def run_summary(self, run: str) -> Summary:
        self._note("")
        return summary(self.logs.get(run, ()))

    def compare_runs(self, first: str, second: str) -> Comparison:
        return compared(self.logs[first], self.logs[second])

    def plan_rest(self, run: str) -> tuple[Plan, str]:
        self._note(f"plan rest {run}")
        return self.plan, f"a new plan of what {run} left: 2 of 2"  # type: ignore[attr-defined]

    def export_run(self, run: str, path: str) -> str:
        self._note(f"export {run} {path}")
        return f"/here/{path}"

    def abandon(self, run: str, reason: str) -> None:
        self._note(f"abandon {run} {reason}")


def finished(plan: Plan, events: tuple[RunEvent, ...]) -> tuple[RunEvent, ...]:
    """A run's events with the result record at their end that it would really have."""
    *before, last = events
    assert isinstance(last, RunFinished)
    record = result_record(plan, fold(before), {}, {})
    return (*before, msgspec.structs.replace(last, status=str(record["status"]), result=record))
