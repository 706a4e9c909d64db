"""One plan under review by one person: what the terminal UI stands on.

It satisfies `fleetc.tui.session.Session`. Everything it does, a command does too.
"""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from fleetc.errors import Refused
from fleetc.events import RunEvent
from fleetc.ir.timestamps import seconds_of
from fleetc.plan.actions import Plan
from fleetc.policy.access import Permission
from fleetc.ports import Lease, Run
from fleetc.service import applying, approving, planning, ticking
from fleetc.service.access import may, require
from fleetc.service.identity import Person, person
from fleetc.service.looking_back import LookingBack
from fleetc.service.lookups import Done, PlanLooks
from fleetc.service.standing import Standing, Standings
from fleetc.service.telling import Told, quiet
from fleetc.service.travelling import Travelling

if TYPE_CHECKING:
    from fleetc.run.authority import Weighed
    from fleetc.service.requested import Requested
    from fleetc.service.workspace import Workspace

__all__ = ["ReviewSession", "Standing"]


class ReviewSession(Travelling, LookingBack):
    """A plan of one environment, as one person works on it.

    With `read_only`, the reason for it, whatever would write is refused (F0734), by every front.
    `told` hears what planning again is doing, and ends it by raising.
    """

    def __init__(
        self, workspace: Workspace, made: planning.Made, ask: planning.Ask, *, read_only: str = ""
    ) -> None:
        self._workspace = workspace
        self._read_only = read_only
        self.told: Told = quiet
        self._ask = ask
        self._person: Person = person(workspace)
        self._done: list[Done] = []
        self._draft: planning.Made | None = None
        self._take(made)

    def _take(self, made: planning.Made) -> Plan:
        """Work on another plan; a judge of a stored one is made again."""
        self._live = None
        self._standings = Standings(self._workspace, made)
        self._made = replace(made, judge=self._standings.judge)
        self._looks = PlanLooks(self._workspace, self._made)
        rights = (Permission.APPROVE, Permission.APPLY)
        acts = any(may(self._workspace, each, made.plan.account, self._person) for each in rights)
        self._role = "" if acts else "no role"
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
        return self._read_only or self._role or self.plan.study

    def _writes(self, what: str) -> None:
        """Raise `Refused` (F0734) where nothing may be written."""
        if self._read_only:
            raise Refused(
                f"this review is read-only ({self._read_only}): {what} is refused",
                code="F0734",
                state="nothing was changed",
                next_step="use a review of your own, without --read-only",
            )

    @property
    def max_age(self) -> float:
        """Seconds after which the plan's snapshot is too old to approve on."""
        return self._workspace.policy(self.plan.account).max_age

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._workspace.clock.now()

    def snapshot_age(self) -> float | None:
        """Seconds since the plan's snapshot was taken; None when nobody knows."""
        taken = self.plan.snapshot_taken_at
        return max(0.0, self.now() - seconds_of(taken)) if taken else None

    def moved(self) -> str:
        """The commit that the plan's revision names by now, in short, when it is another one."""
        from fleetc.service.sources import commit_of

        plan = self.plan
        if plan.worktree or not plan.revision or plan.commit.startswith(plan.revision):
            return ""
        now = commit_of(self._workspace, plan.revision)
        return now[:7] if now and now != plan.commit else ""

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
        self._writes("approving")
        plan = self._store(ticked)
        given = approving.approve(self._workspace, plan, self._person, typed=typed, comment=comment)
        self._chose(ticked)
        self._did("approve", plan.digest[:12])
        return given

    def apply(self, ticked: bytes) -> str:
        """Start a worker for the reduced plan; the run's id. Raises `Refused`."""
        self._writes("applying")
        from fleetc.service.worker import spawn

        plan = self._store(ticked)
        run = applying.begin(self._workspace, plan, self._person)
        spawn(self._workspace, run.id, self._person)
        self._chose(ticked)
        self._did("apply", plan.digest[:12])
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
        self._writes("pausing")
        applying.pause(self._workspace, run, self._person)

    def resume(self, run: str) -> None:
        """Start a worker that finishes a paused or broken-off run."""
        self._writes("resuming")
        from fleetc.service.worker import spawn

        found = applying.resumable(self._workspace, run, self._person)
        spawn(self._workspace, found.id, self._person)
        self._did("apply", "--resume", run)

    def replan(self) -> Plan:
        """Observe and plan again."""
        self._writes("planning")
        plan = self._take(planning.make_plan(self._workspace, self._ask))
        self._did("plan")
        return plan

    def draft(self) -> Plan:
        """Observe and plan again; the plan is worked on once it is taken."""
        self._writes("planning")
        self._draft = planning.make_plan(self._workspace, self._ask, self.told)
        self._draft_looks = PlanLooks(self._workspace, self._draft)
        return self._draft.plan

    def looks(self, plan: Plan) -> PlanLooks:
        """What can be looked up of a plan, the one worked on or the draft, beside what it says."""
        drafted = self._draft is not None and plan is self._draft.plan
        return self._draft_looks if drafted else self._looks

    def take_draft(self) -> Plan:
        """Work on the plan that was drafted last."""
        if self._draft is not None:
            self._take(self._draft)
            self._did("plan")
        return self.plan

    # what was done

    @property
    def done(self) -> tuple[Done, ...]:
        """What was done here, oldest first."""
        return tuple(self._done)

    def _did(self, *words: str) -> None:
        command = shlex.join(["fleetc", "-e", self.environment, *words])
        self._done.append(Done(self.now(), command))

    def _chose(self, ticked: bytes) -> None:
        """Say first which plan it was, when it is not the plan as it was made."""
        own = bytes(action.selected for action in self.plan.actions)
        command = "" if ticked == own else self._looks.command(ticked)
        if command and command not in (each.command for each in self._done):
            self._done.append(Done(self.now(), command))

    def save(self, ticked: bytes, path: str) -> str:
        """Write the plan with this selection, or (a name in `.txt`) the chosen addresses, to a new file."""
        self._writes("saving")
        require(self._workspace, Permission.READ, self.plan.account)
        from fleetc.plan.documents import plan_bytes
        from fleetc.service.lookups import save

        if path.strip().endswith(".txt"):
            chosen = (a.address for a, on in zip(self.plan.actions, ticked, strict=True) if on)
            return save(path, self._ask.base, "".join(f"{each}\n" for each in chosen).encode())
        plan = ticking.reduced_plan(self._made, ticked, self._person.identity)
        return save(path, self._ask.base, plan_bytes(plan))

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
        self._writes("approving")
        given = approving.approve(self._workspace, self._stored(digest), self._person, typed=typed)
        self._did("approve", digest[:12])
        return given

    def reject_request(self, digest: str, reason: str) -> None:
        """Reject the plan of a request."""
        self._writes("rejecting")
        approving.reject(self._workspace, self._stored(digest), self._person, reason)
        self._did("reject", digest[:12], "--reason", reason)

    def revoke_request(self, digest: str, of: str, reason: str) -> Weighed:
        """Take back an unused approval of a request's plan: one's own, or that `of` somebody else."""
        self._writes("revoking")
        plan = self._stored(digest)
        weighed = approving.revoke(self._workspace, plan, self._person, of=of, reason=reason)
        others = ("--of", of, "--reason", reason) if of else ()
        self._did("revoke", digest[:12], *others)
        return weighed

    def _stored(self, digest: str) -> Plan:
        return approving.find_plan(self._workspace, digest, self._ask.base)

    # words

    def source_line(self, origin: str) -> str:
        """The text of the line that a field's origin (`path:line:column`) names, or empty."""
        return self._looks.source_line(origin)

    def command(self, ticked: bytes) -> str:
        """The headless command that makes the plan with this selection."""
        return self._looks.command(ticked)

    def _store(self, ticked: bytes) -> Plan:
        self._standings.refuse_unjudged(ticked)
        plan = ticking.reduced_plan(self._made, ticked, self._person.identity)
        approving.refuse_study(plan)
        planning.record(self._workspace, plan)
        return plan
