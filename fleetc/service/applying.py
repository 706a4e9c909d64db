"""Use cases of apply: start a worker, follow a run, ask it to pause (design 2.6).

The front only starts and watches. The worker lives in a session of its own, so that closing the
terminal or killing the front changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fleetc.errors import ExitCode, FleetcError, Refused
from fleetc.events import RunEvent, RunFinished, RunPaused
from fleetc.ir.timestamps import rfc3339
from fleetc.policy.access import Permission
from fleetc.ports import Approval, Run
from fleetc.run.authority import Needs
from fleetc.run.checks import not_approved, refuse_denied, refuse_ended_override, refuse_other_rules
from fleetc.service.access import readable, require
from fleetc.service.approvable import refuse_decided
from fleetc.service.approving import refuse_study, weighed
from fleetc.service.asked import counts
from fleetc.service.binding import refuse_unbound

if TYPE_CHECKING:
    from fleetc.plan.actions import Plan
    from fleetc.service.identity import Person
    from fleetc.service.workspace import Workspace

__all__ = [
    "STALLED_AFTER",
    "Followed",
    "begin",
    "broken_off",
    "ended",
    "find_run",
    "follow",
    "pause",
    "paused_record",
    "resumable",
    "runs",
]

STALLED_AFTER = 20.0
_POLL = 0.05
_LAST = (RunFinished, RunPaused)


def begin(workspace: Workspace, plan: Plan, who: Person) -> Run:
    """Record a run of an approved plan; the worker is not started yet.

    A plan that rules let go without a person gets their approval here. Raises `Refused` for a
    study plan, for one of an account that the operator binds to another environment, for one that was
    rejected or that a rule denies, for one whose override has ended, and for one whose valid approvals do not come to what it needs.
    """
    require(workspace, Permission.APPLY, plan.account, who)
    refuse_study(plan)
    refuse_unbound(workspace.operator(), plan.environment, plan.account, f"plan {plan.digest[:12]}:")
    ledger, now = workspace.ledger(), workspace.clock.now()
    refuse_decided(workspace, plan, ("rejected",), "nothing was sent")
    refuse_denied(plan)
    refuse_other_rules(plan, ledger)
    refuse_ended_override(plan, now)
    _allow(workspace, plan, who)
    found = weighed(workspace, plan)
    if not found.met:
        raise not_approved(plan, found)
    run = Run(
        id=f"run-{workspace.clock.token()[:8]}",
        digest=plan.digest,
        account=plan.account,
        environment=plan.environment,
        status="starting",
        by=who.identity,
        started_at=rfc3339(now),
    )
    ledger.create_run(run, plan.actions)
    return run


def _allow(workspace: Workspace, plan: Plan, who: Person) -> None:
    """Record the approval of each rule that lets the plan go, once."""
    ledger, now = workspace.ledger(), workspace.clock.now()
    have = {a.approver for a in ledger.approvals(plan.digest) if a.valid(now)}
    for name in Needs.of(plan).lifted_by:
        if (approver := f"rule:{name}") in have:
            continue
        ledger.add_approval(
            Approval(
                id=0,
                digest=plan.digest,
                account=plan.account,
                commit=plan.commit,
                approver=approver,
                counts=counts(plan),
                at=now,
                expires_at=now + workspace.policy(plan.account).expiry,
                kind="rule",
            )
        )
        ledger.audit(
            approver, who.os_user, "approve", plan.digest, {"rule": name, "applied_by": who.identity}
        )


def resumable(workspace: Workspace, run_id: str, who: Person) -> Run:
    """The run, if a new worker may go on with it for `who`; a finished one is returned too.

    Raises `Refused` while another worker is alive, and for who may not apply.
    """
    run = find_run(workspace, run_id)
    require(workspace, Permission.APPLY, run.account, who)
    age = workspace.clock.now() - run.heartbeat
    lease = workspace.ledger().lease(run.account)
    held = lease is not None and lease.expires_at > workspace.clock.now()
    here = run.host == os.uname().nodename
    if run.status == "running" and held and age < STALLED_AFTER and not (here and not _alive(run.pid)):
        raise Refused(
            f"{run.id} is still running (pid {run.pid} on {run.host}, heartbeat {age:.0f} s ago)",
            code="F0905",
            state="nothing was sent by this command",
            next_step=f"fleetc watch {run.id}",
        )
    return run


def broken_off(run: Run) -> bool:
    """Whether a run's worker was on this host and is gone, though the run says that it goes on."""
    return run.status == "running" and run.host == os.uname().nodename and not _alive(run.pid)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def runs(workspace: Workspace) -> tuple[Run, ...]:
    """The runs of the accounts that the OS user may read, newest first."""
    return readable(workspace, workspace.ledger().runs())


def find_run(workspace: Workspace, run_id: str) -> Run:
    """A run by its id; raises `Refused` when there is none."""
    run = workspace.ledger().get_run(run_id)
    if run is None:
        raise Refused(f"the ledger holds no run {run_id}", next_step="`fleetc runs` lists them")
    return run


@dataclass(frozen=True, slots=True)
class Followed:
    """A run to follow from event number `after` on; `worker` is the pid of a worker of ours, or 0.

    `who` has begun it or gone on with it, and so may see how it goes; None for whoever only watches.
    """

    workspace: Workspace
    run: str
    after: int = 0
    worker: int = 0
    who: Person | None = None


def follow(followed: Sequence[Followed]) -> Iterator[tuple[Followed, RunEvent | FleetcError]]:
    """The events of some runs as they are written, until each has ended or paused.

    A run whose worker ended without a word, or whose heartbeat has not come for `STALLED_AFTER`
    seconds, ends with a `FleetcError` that says how to go on; the others are followed further.
    Raises `Refused` for who only watches and may not read the account of one.
    """
    for each in followed:
        if each.who is None:
            require(each.workspace, Permission.READ, find_run(each.workspace, each.run).account)
    looks = {each: _looks(each) for each in followed}
    while looks:
        for each in tuple(looks):
            try:
                events = next(looks[each], None)
            except FleetcError as problem:
                del looks[each]
                yield each, problem
                continue
            if events is None:
                del looks[each]
            yield from ((each, event) for event in events or ())
        if looks:
            followed[0].workspace.clock.sleep(_POLL)


def _looks(of: Followed) -> Iterator[tuple[RunEvent, ...]]:
    """What is new of one run at each look; the last look has its end."""
    ledger, clock, after = of.workspace.ledger(), of.workspace.clock, of.after
    quiet_since = clock.monotonic()
    while True:
        # Until a worker of ours has begun, the row still names the one before it.
        gone = not _alive(of.worker) if of.worker else broken_off(find_run(of.workspace, of.run))
        events = tuple(ledger.events(of.run, after))
        if events:
            after, quiet_since = events[-1].seq, clock.monotonic()
        yield events
        if events and isinstance(events[-1], _LAST):
            return
        run = find_run(of.workspace, of.run)
        beat = clock.now() - run.heartbeat
        if gone or (clock.monotonic() - quiet_since > STALLED_AFTER and beat > STALLED_AFTER):
            raise _lost(of.workspace, run)


def ended(of: Followed) -> bool:
    """Whether what is followed has come to its last event."""
    events = tuple(of.workspace.ledger().events(of.run, of.after))
    return bool(events) and isinstance(events[-1], _LAST)


def _lost(workspace: Workspace, run: Run) -> FleetcError:
    from fleetc.service.worker import last_words

    said = last_words(workspace, run.id)
    why = f": {said}" if said else ""
    if run.status == "refused":
        return Refused(
            f"{run.id} did not begin{why}",
            code="F0630",
            state="nothing was sent",
            next_step="wait until the account is free and plan again",
        )
    problem = FleetcError(
        f"the worker of {run.id} ended before the run did{why}",
        code="F0906",
        state="what it did is in the journal; what it may have been doing is looked up when it is resumed",
        next_step=f"fleetc apply --resume {run.id}",
    )
    problem.exit_code = ExitCode.PARTIAL
    return problem


def paused_record(workspace: Workspace, run_id: str) -> dict[str, object]:
    """The result record of a run that is paused.

    Its `unfinished_actions` are those not started ("not done") and those of whose calls only some
    are done ("partly done").
    """
    from fleetc.run.state import fold, result_record

    run = find_run(workspace, run_id)
    plan = workspace.ledger().get_plan(run.digest)
    if plan is None:
        raise FleetcError(f"the ledger does not hold the plan of {run.id}")
    state = fold(workspace.ledger().events(run.id))
    next_step = {"next_step": state.next_step} if state.next_step else {}
    statuses = {a.id: state.actions[a.id].status if a.id in state.actions else "waiting" for a in plan.chosen}
    words = {"waiting": "not done", "running": "partly done"}
    unfinished = [
        {"id": a.id, "op": a.op, "address": a.address, "state": words[statuses[a.id]]}
        for a in plan.chosen
        if statuses[a.id] in words
    ]
    paused = {"status": "paused", "unfinished_actions": unfinished, **next_step}
    return result_record(plan, state, {}, {}) | paused


def pause(workspace: Workspace, run_id: str, who: Person) -> None:
    """Ask a run to start no further call; those in flight finish. Raises `Refused` for who may not apply."""
    run = find_run(workspace, run_id)
    require(workspace, Permission.APPLY, run.account, who)
    workspace.ledger().update_run(run.id, pause_requested=True)
