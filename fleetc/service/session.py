"""One plan under review by one person: what the terminal UI stands on.

It satisfies `fleetc.tui.session.Session`. Everything it does, a command does too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fleetc.events import RunEvent
from fleetc.ir.timestamps import seconds_of
from fleetc.plan.actions import Plan
from fleetc.policy.access import Permission
from fleetc.ports import Lease, Run
from fleetc.service import applying, approving, planning, ticking
from fleetc.service.access import require
from fleetc.service.identity import Person, person
from fleetc.service.standing import Standing, Standings

if TYPE_CHECKING:
    from fleetc.run.authority import Weighed
    from fleetc.service.requested import Requested
    from fleetc.service.workspace import Workspace

__all__ = ["ReviewSession", "Standing"]


class ReviewSession:
    """A plan of one environment, as one person works on it."""

    def __init__(self, workspace: Workspace, made: planning.Made, ask: planning.Ask) -> None:
        self._workspace = workspace
        self._ask = ask
        self._person: Person = person(workspace)
        self._take(made)

    def _take(self, made: planning.Made) -> Plan:
        """Work on another plan; a judge of a stored one is made again."""
        self._standings = Standings(self._workspace, made)
        self._made = replace(made, judge=self._standings.judge)
        return made.plan

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
        """How the plan reduced to `ticked` stands: digest, request, limits, rules, approvals."""
        return self._standings.of(ticked)

    def rule_texts(self) -> dict[tuple[bool, str], str]:
        """The rules that judge the plan as they are written, by `Finding.accepted` and `Finding.place`."""
        from fleetc.lang.rules_source import written
        from fleetc.service.ruling import stored_files

        book, plan = self._made.book, self.plan
        here = book.files if book and not book.broken else stored_files(self._workspace, plan.rules)
        sets = ((False, here), (True, stored_files(self._workspace, plan.accepted)))
        return {
            (accepted, place): text
            for accepted, files in sets
            for file in files
            for place, text in written(file).items()
        }

    def approved_before(self) -> dict[str, tuple[str, ...]]:
        """The actions that were approved before, exactly the same, by whom."""
        return approving.approved_before(self._workspace, self.plan)

    def approve(self, ticked: bytes, typed: str, comment: str) -> approving.Given:
        """Approve the reduced plan; raises `Refused` with the reason."""
        plan = self._store(ticked)
        return approving.approve(self._workspace, plan, self._person, typed=typed, comment=comment)

    def apply(self, ticked: bytes) -> str:
        """Start a worker for the reduced plan; the run's id. Raises `Refused`."""
        from fleetc.service.worker import spawn

        run = applying.begin(self._workspace, self._store(ticked), self._person)
        spawn(self._workspace, run.id, self._person)
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
        applying.pause(self._workspace, run, self._person)

    def resume(self, run: str) -> None:
        """Start a worker that finishes a paused or broken-off run."""
        from fleetc.service.worker import spawn

        found = applying.resumable(self._workspace, run, self._person)
        spawn(self._workspace, found.id, self._person)

    def replan(self) -> Plan:
        """Observe and plan again."""
        return self._take(planning.make_plan(self._workspace, self._ask))

    # requests

    def requests(self) -> tuple[approving.Waiting, ...]:
        """The approval requests of the environment, newest first, as they stand now."""
        require(self._workspace, Permission.READ, self.plan.account)
        if not self._workspace.stored("ledger"):
            return ()
        found = approving.waiting(self._workspace)
        return tuple(each for each in found if each.environment == self.environment)

    def requests_mark(self) -> object:
        """A value that is another one when a request, or an approval of an open one, has changed."""
        if not self._workspace.stored("ledger"):
            return ()
        ledger = self._workspace.ledger()
        rows = ledger.requests(self.plan.account)
        open_ones = (each.digest for each in rows if each.status in approving.OPEN)
        return rows, tuple(ledger.approvals(digest) for digest in open_ones)

    def requested(self, digest: str) -> Requested:
        """What a request asks for, in short."""
        from fleetc.service.requested import told

        return told(self._workspace, self._stored(digest))

    def open_request(self, digest: str) -> Plan:
        """Work on the plan of a request."""
        return self._take(planning.reopen(self._workspace, self._stored(digest)))

    def approve_request(self, digest: str, typed: str) -> approving.Given:
        """Approve the plan of a request as it is."""
        return approving.approve(self._workspace, self._stored(digest), self._person, typed=typed)

    def reject_request(self, digest: str, reason: str) -> None:
        """Reject the plan of a request."""
        approving.reject(self._workspace, self._stored(digest), self._person, reason)

    def revoke_request(self, digest: str, of: str, reason: str) -> Weighed:
        """Take back an unused approval of a request's plan: one's own, or that `of` somebody else."""
        plan = self._stored(digest)
        return approving.revoke(self._workspace, plan, self._person, of=of, reason=reason)

    def _stored(self, digest: str) -> Plan:
        return approving.find_plan(self._workspace, digest, self._ask.base)

    # words

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
        self._standings.refuse_unjudged(ticked)
        plan = ticking.reduced_plan(self._made, ticked, self._person.identity)
        approving.refuse_study(plan)
        planning.record(self._workspace, plan)
        return plan
