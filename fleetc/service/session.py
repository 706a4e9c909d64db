"""One plan under review by one person: what the terminal UI stands on.

It satisfies `fleetc.tui.session.Session`. Everything it does, a command does too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from fleetc.events import RunEvent
from fleetc.ir.timestamps import seconds_of
from fleetc.plan.actions import Limit, Plan
from fleetc.plan.selection import Outcomes, reduce_plan
from fleetc.ports import Approval, Lease, Run
from fleetc.service import applying, approving, planning
from fleetc.service.identity import Person, person

if TYPE_CHECKING:
    from fleetc.service.workspace import Workspace

__all__ = ["ReviewSession", "Standing"]


class Standing(msgspec.Struct, frozen=True):
    """How a selection stands: digest of the reduced plan, status of its request, limits."""

    digest: str
    status: str
    limits: tuple[Limit, ...] = ()
    requires_approval: bool = True


class ReviewSession:
    """A plan of one environment, as one person works on it."""

    def __init__(self, workspace: Workspace, made: planning.Made, ask: planning.Ask) -> None:
        self._workspace = workspace
        self._made = made
        self._ask = ask
        self._person: Person = person(workspace)
        self._outcomes = Outcomes(made.plan)

    @property
    def plan(self) -> Plan:
        """The whole plan; another one after `replan`."""
        return self._made.plan

    @property
    def environment(self) -> str:
        """The environment's name, as it has to be typed."""
        return self._workspace.environment.name

    @property
    def who(self) -> str:
        """The person who acts."""
        return self._person.name

    @property
    def read_only(self) -> str:
        """Why nothing can be approved or applied here; empty when it can."""
        return self.plan.study

    @property
    def max_age(self) -> float:
        """Seconds after which the plan's snapshot is too old to approve on."""
        return self._workspace.environment.settings.max_age

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._workspace.clock.now()

    def snapshot_age(self) -> float | None:
        """Seconds since the plan's snapshot was taken; None when nobody knows."""
        taken = self.plan.snapshot_taken_at
        return max(0.0, self.now() - seconds_of(taken)) if taken else None

    def lock(self) -> Lease | None:
        """The lease that somebody holds on the account now."""
        if not self._workspace.stored("ledger"):
            return None
        lease = self._workspace.ledger().lease(self.plan.account)
        return lease if lease is not None and lease.expires_at > self.now() else None

    def standing(self, ticked: bytes) -> Standing:
        """Digest, request and limits of the plan reduced to `ticked`."""
        digest, limits, needed = self._outcomes.of(ticked)
        status = ""
        if self._workspace.stored("ledger"):
            requests = self._workspace.ledger().requests(self.plan.account)
            status = next((r.status for r in requests if r.digest == digest), "")
        return Standing(digest, status, limits, needed)

    def approve(self, ticked: bytes, typed: str, comment: str) -> Approval:
        """Approve the reduced plan; raises `Refused` with the reason."""
        plan = self._store(ticked)
        return approving.approve(self._workspace, plan, self._person, typed=typed, comment=comment)

    def apply(self, ticked: bytes) -> str:
        """Start a worker for the reduced plan; the run's id. Raises `Refused`."""
        from fleetc.service.worker import spawn

        run = applying.begin(self._workspace, self._store(ticked), self._person)
        spawn(self._workspace, run.id)
        return run.id

    def run(self, run: str) -> Run | None:
        """A run by id."""
        return self._workspace.ledger().get_run(run)

    def latest_run(self) -> Run | None:
        """The newest run of the account."""
        if not self._workspace.stored("ledger"):
            return None
        return next(iter(self._workspace.ledger().runs(self.plan.account)), None)

    def run_plan(self, run: str) -> Plan | None:
        """The plan that a run applies."""
        found = self.run(run)
        return self._workspace.ledger().get_plan(found.digest) if found else None

    def events(self, run: str, after: int) -> tuple[RunEvent, ...]:
        """Events of a run with a number over `after`, in order."""
        return tuple(self._workspace.ledger().events(run, after))

    def pause(self, run: str) -> None:
        """Ask the worker to start no further call."""
        applying.pause(self._workspace, run)

    def resume(self, run: str) -> None:
        """Start a worker that finishes a paused or broken-off run."""
        from fleetc.service.worker import spawn

        spawn(self._workspace, applying.resumable(self._workspace, run).id)

    def replan(self) -> Plan:
        """Observe and plan again."""
        self._made = planning.make_plan(self._workspace, self._ask)
        self._outcomes = Outcomes(self._made.plan)
        return self.plan

    def source_line(self, origin: str) -> str:
        """The text of the line that a field's origin (`path:line:column`) names, or empty."""
        path, _, rest = origin.partition(":")
        number = rest.partition(":")[0]
        file = self._made.sources.get(path)
        return file.line(int(number)) if file and number.isdigit() else ""

    def command(self, ticked: bytes) -> str:
        """The headless command that makes the plan with this selection."""
        pairs = list(zip(self.plan.actions, ticked, strict=True))
        if any(on and not action.selected for action, on in pairs):
            options = [f"--only {action.address}" for action, on in pairs if on]
        else:
            options = [f"--without {action.address}" for action, on in pairs if action.selected and not on]
        return " ".join(["fleetc", "-e", self.environment, "plan", "-o", "p.json", *options])

    def _store(self, ticked: bytes) -> Plan:
        plan = reduce_plan(self.plan, ticked, by=self._person.identity)
        approving.refuse_study(plan)
        planning.record(self._workspace, plan)
        return plan
