"""How the plans of a review come to be: planned anew, or taken from the ledger, as often as asked.

A review opens before its plans are there, so that mistakes and refusals are shown where somebody
can look at them, and try again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fleetc.errors import Refused
from fleetc.service import planning
from fleetc.service.session import ReviewSession
from fleetc.service.several import Outcome, each
from fleetc.service.telling import Told, quiet

if TYPE_CHECKING:
    from fleetc.plan.actions import Plan
    from fleetc.service.pointing import Editable
    from fleetc.service.workspace import Workspace

__all__ = ["Opening"]


class Opening:
    """A review of some environments; `outcomes` is what came of the last try.

    Each is planned as `ask` says, but for those that `plans` has a plan of the ledger of.
    `read_only` says why the sessions refuse whatever would change something; empty when they do not.
    """

    def __init__(
        self,
        workspaces: Sequence[Workspace],
        ask: planning.Ask,
        plans: Sequence[Plan] = (),
        *,
        read_only: str = "",
    ) -> None:
        self._workspaces = tuple(workspaces)
        self._ask = ask
        self._plans = {plan.environment: plan for plan in plans}
        self._read_only = read_only
        self.outcomes: tuple[Outcome[ReviewSession], ...] = ()

    @property
    def environments(self) -> tuple[str, ...]:
        """The names of the environments, in their order."""
        return tuple(workspace.environment.name for workspace in self._workspaces)

    def open(self, told: Told = quiet) -> tuple[Outcome[ReviewSession], ...]:
        """Make the sessions; an operational failure is the outcome of its environment alone."""

        def begin(workspace: Workspace) -> ReviewSession:
            name = f"{workspace.environment.name}: " if len(self._workspaces) > 1 else ""
            plan = self._plans.get(workspace.environment.name)
            if plan is None:
                made = planning.make_plan(workspace, self._ask, lambda text: told(name + text))
            else:
                made = planning.reopen(workspace, plan)
            return ReviewSession(workspace, made, self._ask, read_only=self._read_only)

        self.outcomes = tuple(each(self._workspaces, begin))
        return self.outcomes

    def editable(self, environment: str, origin: str) -> Editable:
        """The file of the work tree to open for a place of a mistake; raises `SourceProblem`."""
        from fleetc.service.pointing import lying

        workspace = next(each for each in self._workspaces if each.environment.name == environment)
        return lying(workspace, origin)

    def last(self) -> tuple[Outcome[ReviewSession], ...]:
        """The newest plan that the ledger has of each environment, whatever the fleet file says now."""

        def begin(workspace: Workspace) -> ReviewSession:
            made = planning.reopen(workspace, _newest(workspace))
            return ReviewSession(workspace, made, self._ask, read_only=self._read_only)

        return tuple(each(self._workspaces, begin))


def _newest(workspace: Workspace) -> Plan:
    """The newest plan of the environment that asked for an approval; raises `Refused` for none."""
    name = workspace.environment.name
    if workspace.stored("ledger"):
        ledger = workspace.ledger()
        for request in ledger.requests():
            if request.environment == name and (plan := ledger.get_plan(request.digest)):
                return plan
    raise Refused(
        f"the ledger holds no earlier plan of {name}",
        code="F0704",
        state="nothing was changed",
        next_step="correct the fleet file, and try again",
    )
