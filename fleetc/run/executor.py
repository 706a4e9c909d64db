"""The executor: checks, then every step as soon as what it waits for has ended, then the end.

check    digest, account, approval, live against the plan's base (stale: nothing is sent)
work     a ready queue with bounded concurrency and no barriers; what needs a failed step is
         skipped; a pause lets the calls in flight finish
close    read everything again: baselines, drift, the result
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from fleetc.errors import Refused
from fleetc.events import (
    RunEvent,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
)
from fleetc.ir.state import Observation
from fleetc.ir.timestamps import rfc3339
from fleetc.plan.actions import Plan
from fleetc.plan.leftovers import set_aside
from fleetc.ports import Clock, Lease, Ledger, Platform, Run
from fleetc.run import checks, closing
from fleetc.run.authority import Approvers, Weighed
from fleetc.run.failpoints import failpoint
from fleetc.run.gate import Gate, Held
from fleetc.run.heart import Heart
from fleetc.run.journal import Journal
from fleetc.run.leaving import leave
from fleetc.run.patience import Patience, PauseRun
from fleetc.run.shared import Shared
from fleetc.run.state import FINAL, RunState, fold, result_record
from fleetc.run.work import Work

__all__ = ["abandon", "execute"]

_COMPLETE_READS = 3


def execute(
    run_id: str,
    *,
    plan: Plan,
    ledger: Ledger,
    platform: Platform,
    clock: Clock,
    lease: Lease,
    concurrency: int,
    stop: threading.Event,
    approvers: Callable[[], Approvers],
    gate: Gate | None = None,
    os_user: str = "",
) -> str:
    """Run, or go on with, a stored run under a lease; returns `applied`, `partial`, `failed` or `paused`.

    A run that has ended is left alone. `stop` asks for a pause; `approvers` gives what the operator's
    file says now; the `gate` judges each action; `os_user` is for the audit log. Raises `Refused` when
    the plan is stale, not approved or not what its digest says (nothing was sent), and when the lease
    is lost; `StateProblem` when the ledger cannot be written. The journal holds what was done.
    """
    if (run := ledger.get_run(run_id)) is None:
        raise Refused(f"the ledger holds no run {run_id}", next_step="`fleetc runs` lists them")
    state = fold(ledger.events(run_id))
    if run.status in FINAL or state.finished:
        return _ended(ledger, run, state)
    consent = checks.Consent(plan, ledger, run_id, approvers)
    begun = _Begun(run_id, plan, ledger, platform, clock, lease)
    shared = begun.shared(state, consent.confirm, stop)
    return _Execution(shared, ledger, run, state, concurrency=concurrency, os_user=os_user).run(consent, gate)


def abandon(
    run_id: str,
    reason: str,
    *,
    plan: Plan,
    ledger: Ledger,
    platform: Platform,
    clock: Clock,
    lease: Lease,
    gate: Gate | None = None,
    os_user: str = "",
) -> str:
    """End a stored run under a lease without another call; returns how it ended: `partial`, or `failed`.

    The account is read, and what the run did is remembered as at any end. What had not begun is
    skipped for `reason`; what had begun and was not read back has an effect that nobody knows.
    Raises `Refused` when the account cannot be read (the run is as it was), and as `execute` does.
    """
    if (run := ledger.get_run(run_id)) is None:
        raise Refused(f"the ledger holds no run {run_id}", next_step="`fleetc runs` lists them")
    state = fold(ledger.events(run_id))
    if run.status in FINAL or state.finished:
        return _ended(ledger, run, state)
    begun = _Begun(run_id, plan, ledger, platform, clock, lease)
    shared = begun.shared(state, bool, threading.Event())
    return _Execution(shared, ledger, run, state, concurrency=1, os_user=os_user).abandon(reason, gate)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A run under a lease, and what it works with."""

    run: str
    plan: Plan
    ledger: Ledger
    platform: Platform
    clock: Clock
    lease: Lease

    def shared(self, state: RunState, may_start: Callable[[], object], stop: threading.Event) -> Shared:
        """What its steps share; the journal's thread runs from then on."""
        ledger, clock, lease, platform = self.ledger, self.clock, self.lease, self.platform
        return Shared(
            run=self.run,
            plan=self.plan,
            platform=platform,
            clock=clock,
            journal=Journal(ledger, lease, clock, last=state.seq, may_start=may_start),
            patience=Patience(clock, stop),
            heart=Heart(ledger, clock, self.run, lease, stop),
            epoch=lease.epoch,
            settled_at=clock.monotonic() + platform.profile.request_settle_seconds,
            rows={row.op_id: row for row in ledger.calls(self.run)},
        )


def _ended(ledger: Ledger, run: Run, state: RunState) -> str:
    """The status of a run that has ended; a worker killed right before it was stored left it out."""
    if run.status in FINAL:
        return run.status
    ledger.update_run(run.id, status=state.status, finished_at=state.last_at)
    return state.status


class _Execution:
    """One run under one lease, in the thread that calls `run`; steps have threads of their own."""

    def __init__(
        self, shared: Shared, ledger: Ledger, run: Run, state: RunState, *, concurrency: int, os_user: str
    ) -> None:
        self.shared, self.ledger, self.stored, self.state = shared, ledger, run, state
        self.plan, self.stop = shared.plan, shared.patience.stop
        self.concurrency, self.os_user = max(1, concurrency), os_user

    def run(self, consent: checks.Consent, gate: Gate | None) -> str:
        try:
            return self._run(consent, gate)
        finally:
            self.shared.heart.end()
            self.shared.journal.close()

    def _run(self, consent: checks.Consent, gate: Gate | None) -> str:
        if self.state.seq:
            self.ledger.update_run(self.stored.id, pause_requested=False)
        self.shared.heart.start()
        try:
            self.shared.meet_leftovers(self._told)
            approved = self._check(consent)
            if gate is not None:
                gate.open(self._observe(), approved.counted)
            over = self._over(consent)
        except PauseRun as pause:
            return self._pause(Held(pause.reason, pause.stuck))
        except Refused as refusal:
            self._refuse(refusal)
            raise
        self._begin(approved)
        paused = Work(self.shared, self.state, gate, over).do(self.concurrency)
        if paused is not None:
            return self._pause(paused)
        try:
            return self._close(gate)
        except PauseRun as pause:
            return self._pause(Held(pause.reason, pause.stuck))

    def _over(self, consent: checks.Consent) -> Held | None:
        """Why nothing begins any more in a run that is resumed: what let it go has ended meanwhile."""
        if not self.state.seq:
            return None
        now = self.shared.clock.now()
        try:
            checks.refuse_ended_override(self.plan, now)
        except Refused as refusal:
            return Held(refusal.message, stuck=True)
        expired = consent.expired(now)
        return Held(expired, stuck=True) if expired else None

    def abandon(self, reason: str, gate: Gate | None) -> str:
        """End the run where it is; it can be done again when the account cannot be read."""
        self.ledger.update_run(self.stored.id, pause_requested=False)
        try:
            self.shared.heart.start()
            self.shared.meet_leftovers(self._told)
            observed = self._observe()
            if gate is not None:
                gate.open(observed, ())
            leave(self.shared, self.state, reason)
            return self._close(gate, abandoned=reason)
        except PauseRun as pause:
            raise Refused(
                f"the account cannot be read: {pause.reason}",
                state="nothing was sent, and the run has not ended yet",
                next_step="run the command again when the platform answers",
            ) from None
        finally:
            self.shared.heart.end()
            self.shared.journal.close()

    # before the first call

    def _check(self, consent: checks.Consent) -> Weighed:
        plan, run = self.plan, self.stored
        checks.refuse_other_plan(plan, run.digest, self.shared.platform.account)
        self._refuse_other_rules()
        if not self.state.seq:
            checks.refuse_denied(plan)
            checks.refuse_ended_override(plan, self.shared.clock.now())
        if all(row.state == "planned" for row in self.shared.rows.values()):
            checks.refuse_stale(plan, self._observe())
        if not self.state.seq and consent.begin(self.shared.clock.now()):
            failpoint("P0", run.id)
        return consent.confirm()

    def _refuse_other_rules(self) -> None:
        """A run that has begun waits when other rules were applied meanwhile: it has done things."""
        try:
            checks.refuse_other_rules(self.plan, self.ledger)
        except Refused as refusal:
            if self.state.seq:
                raise PauseRun(refusal.message, stuck=True) from None
            raise

    def _observe(self) -> Observation:
        """A reading of the account, again a few times while it is not complete; leftovers aside."""
        for _ in range(_COMPLETE_READS):
            observed = self.shared.patience.read(self.shared.platform.observe, self._told)
            if observed.complete:
                break
        return msgspec.structs.replace(observed, resources=set_aside(observed.resources, self.shared.aside))

    def _told(self, reason: str, attempt: int, wait: float) -> None:
        """Reading the whole account belongs to no action, so that no event shows its waits."""

    def _refuse(self, refusal: Refused) -> None:
        if self.shared.journal.failure is not None:
            return
        result: dict[str, object] = {
            **result_record(self.plan, self.state, {}, {}),
            "status": "refused",
            "code": refusal.code,
            "message": refusal.message,
            "next_step": refusal.next_step,
        }
        self._finish("refused", result)

    def _begin(self, approved: Weighed) -> None:
        run, clock = self.stored, self.shared.clock
        here = {"host": os.uname().nodename, "pid": os.getpid(), "epoch": self.shared.epoch}
        self.ledger.update_run(run.id, status="running", heartbeat=clock.now(), **here)
        self.ledger.set_request(self.plan.digest, "used")
        glass = [f"{each.approver}: {each.comment}" for each in approved.broken_glass]
        self._audit(
            "run-start", {"plan": self.plan.digest, **here, **({"break_glass": glass} if glass else {})}
        )
        event: RunEvent
        if self.state.seq:
            event = self.shared.event(RunResumed, by=run.by, **here)
        else:
            event = self.shared.event(
                RunStarted,
                plan=self.plan.digest,
                environment=run.environment,
                account=run.account,
                by=run.by,
                approved_by=approved.approvers,
                break_glass=tuple(glass),
                total=len(self.plan.chosen),
                **here,
            )
        self.shared.journal.write((), (event,))

    # the end

    def _pause(self, held: Held) -> str:
        next_step = f"fleetc apply --resume {self.stored.id}"
        if held.stuck:
            next_step = f"fleetc apply --abandon {self.stored.id} --reason TEXT, and then plan again"
        event = self.shared.event(RunPaused, reason=held.reason, next_step=next_step)
        self.shared.journal.write((), (event,))
        self.ledger.update_run(self.stored.id, status="paused", pause_requested=False)
        return "paused"

    def _close(self, gate: Gate | None, *, abandoned: str = "") -> str:
        failpoint("P2", self.stored.id)
        self.stop.clear()
        observed = self._observe()
        state = fold(self.ledger.events(self.stored.id))
        found = closing.drift(self.plan, state, observed)
        recorded = closing.remember(self.shared, self.ledger, state, observed)
        self.ledger.record_applied(self.plan.account, closing.applied(self.shared, state, gate))
        result = result_record(self.plan, state, found, recorded)
        if abandoned:
            result |= {"abandoned": abandoned}
        status = str(result["status"])
        self._finish(status, result)
        failpoint("P3", self.stored.id)
        return status

    def _finish(self, status: str, result: dict[str, object]) -> None:
        clock = self.shared.clock
        self._audit("run-end", {"plan": self.plan.digest, "status": status})
        self.shared.journal.write((), (self.shared.event(RunFinished, status=status, result=result),))
        self.ledger.update_run(self.stored.id, status=status, finished_at=rfc3339(clock.now()))

    def _audit(self, kind: str, detail: dict[str, object]) -> None:
        self.ledger.audit(self.stored.by, self.os_user, kind, self.stored.id, detail)
