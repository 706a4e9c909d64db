"""Several environments in one run: each by itself, and none hides another.

Plans, approvals, leases, runs and limits stay those of one environment; here is only who goes
first and what became of whom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from fleetc.errors import ExitCode, FleetcError, Refused, UsageProblem

if TYPE_CHECKING:
    from fleetc.plan.actions import Plan
    from fleetc.ports import Run
    from fleetc.service.workspace import Workspace

__all__ = ["Outcome", "each", "newest_runs", "pick", "plan_of", "plans", "runs"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What became of one environment: `value`, or the `problem` that kept it from being."""

    environment: str
    value: T | None = None
    problem: FleetcError | None = None

    @property
    def exit_code(self) -> ExitCode:
        """`OK`, or the problem's."""
        return ExitCode(self.problem.exit_code) if self.problem else ExitCode.OK


def each(workspaces: Iterable[Workspace], call: Callable[[Workspace], T]) -> Iterator[Outcome[T]]:
    """Do the same for each environment, in order; an operational failure is that one's outcome."""
    for workspace in workspaces:
        name = workspace.environment.name
        try:
            yield Outcome(name, value=call(workspace))
        except FleetcError as problem:
            yield Outcome(name, problem=problem)


def pick(workspaces: Sequence[Workspace], environment: str, what: str) -> Workspace:
    """The workspace of the environment that `what` (a plan or a run, in words) is of.

    Raises `Refused` (F0775) when it is not among them.
    """
    found = next((each for each in workspaces if each.environment.name == environment), None)
    if found is None:
        names = ", ".join(each.environment.name for each in workspaces)
        raise Refused(
            f"{what} is of environment {environment}, not of {names}",
            code="F0775",
            state="nothing was changed",
            next_step=f"choose it with -e {environment}; fleetc.toml has to name it",
        )
    return found


def plans(
    workspaces: Sequence[Workspace], wanted: Sequence[str], base: Path
) -> tuple[tuple[Workspace, Plan], ...]:
    """The plans of the ledger that are meant, each with the workspace of its own environment.

    Raises what `approving.find_plan` and `pick` raise, and `UsageProblem` for two of one
    environment: its account has one lease, and one of the two would be stale after the other.
    """
    from fleetc.service.approving import find_plan

    found = [find_plan(workspaces[0], name, base) for name in wanted]
    picked = [(pick(workspaces, plan.environment, f"plan {plan.digest[:12]}"), plan) for plan in found]
    _refuse_twice([workspace for workspace, _ in picked], "plans")
    return tuple(picked)


def runs(workspaces: Sequence[Workspace], wanted: Sequence[str]) -> tuple[tuple[Workspace, Run], ...]:
    """The runs that are meant, each with the workspace of its own environment; raises as `plans` does."""
    from fleetc.service.applying import find_run

    found = [find_run(workspaces[0], run) for run in wanted]
    picked = [(pick(workspaces, run.environment, run.id), run) for run in found]
    _refuse_twice([workspace for workspace, _ in picked], "runs")
    return tuple(picked)


def plan_of(workspace: Workspace, run: Run) -> Plan:
    """The plan that a run applies; raises `Refused` when the ledger does not hold it."""
    plan = workspace.ledger().get_plan(run.digest)
    if plan is None:
        raise Refused(f"the ledger does not hold the plan of {run.id}")
    return plan


def newest_runs(workspaces: Sequence[Workspace]) -> tuple[tuple[Workspace, Run], ...]:
    """The newest run of each environment that has one, the newest first; raises `Refused` for none."""
    newest: dict[str, Run] = {}
    for run in workspaces[0].ledger().runs():
        newest.setdefault(run.environment, run)
    of = {workspace.environment.name: workspace for workspace in workspaces}
    found = tuple((of[name], run) for name, run in newest.items() if name in of)
    if not found:
        raise Refused("the ledger holds no run", next_step="`fleetc runs` lists them")
    return found


def _refuse_twice(picked: Sequence[Workspace], what: str) -> None:
    names = [workspace.environment.name for workspace in picked]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise UsageProblem(f"two {what} of environment {twice} are given", next_step="take one at a time")
