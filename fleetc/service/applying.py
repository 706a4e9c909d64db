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
from fleetc.ports import Run
from fleetc.service.approving import refuse_study

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
]

STALLED_AFTER = 20.0
_POLL = 0.05
_LAST = (RunFinished, RunPaused)


def begin(workspace: Workspace, plan: Plan, who: Person) -> Run:
    """Record a run of an approved plan; the worker is not started yet.

    Raises `Refused` for a study plan and for one without a valid approval.
    """
    refuse_study(plan)
    ledger, now = workspace.ledger(), workspace.clock.now()
    valid = [a for a in ledger.approvals(plan.digest) if not (a.used_by or a.revoked or a.expires_at < now)]
    if plan.requires_approval and not valid:
        raise Refused(
            f"plan {plan.digest[:12]} has no valid approval: none was given, or it was used or expired",
            code="F0702",
            state="nothing was sent",
            next_step=f"fleetc approve {plan.digest[:12]}",
        )
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


def resumable(workspace: Workspace, run_id: str) -> Run:
    """The run, if a new worker may go on with it; a finished one is returned too.

    Raises `Refused` while another worker is alive.
    """
    run = find_run(workspace, run_id)
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


def find_run(workspace: Workspace, run_id: str) -> Run:
    """A run by its id; raises `Refused` when there is none."""
    run = workspace.ledger().get_run(run_id)
    if run is None:
        raise Refused(f"the ledger holds no run {run_id}", next_step="`fleetc runs` lists them")
    return run


@dataclass(frozen=True, slots=True)
class Followed:
    """A run to follow from event number `after` on; `worker` is the pid of a worker of ours, or 0."""

    workspace: Workspace
    run: str
    after: int = 0
    worker: int = 0


def follow(followed: Sequence[Followed]) -> Iterator[tuple[Followed, RunEvent | FleetcError]]:
    """The events of some runs as they are written, until each has ended or paused.

    A run whose worker ended without a word, or whose heartbeat has not come for `STALLED_AFTER`
    seconds, ends with a `FleetcError` that says how to go on; the others are followed further.
    """
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
    statuses = {a.id: state.actions[a.id].status if a.id in state.actions else "waiting" for a in plan.chosen}
    words = {"waiting": "not done", "running": "partly done"}
    unfinished = [
        {"id": a.id, "op": a.op, "address": a.address, "state": words[statuses[a.id]]}
        for a in plan.chosen
        if statuses[a.id] in words
    ]
    return result_record(plan, state, {}, {}) | {"status": "paused", "unfinished_actions": unfinished}


def pause(workspace: Workspace, run_id: str) -> None:
    """Ask a run to start no further call; those in flight finish."""
    workspace.ledger().update_run(find_run(workspace, run_id).id, pause_requested=True)
