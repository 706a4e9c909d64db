"""The worker: the one process that sends calls of a run (design 2.6).

It lives in a session of its own, with its output in the state folder, and never dies with a
terminal. The first SIGTERM (or SIGINT) asks for a pause, the second ends it at once; the journal
then says what is not known.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from fleetc.errors import ExitCode, FleetcError, Refused, StateProblem, UsageProblem
from fleetc.ir.timestamps import rfc3339
from fleetc.policy.access import Permission
from fleetc.ports import Clock, Lease, Ledger, Run
from fleetc.run.heart import LEASE_SECONDS
from fleetc.service.access import require
from fleetc.service.identity import Person, os_user

if TYPE_CHECKING:
    from fleetc.plan.actions import Plan
    from fleetc.service.workspace import Workspace

__all__ = ["last_words", "log_path", "run_worker", "spawn", "stored", "take_lease"]


def run_worker(workspace: Workspace, run_id: str, who: Person | None = None) -> int:
    """Do, or go on with, a stored run; returns the exit code and says why when it is refused.

    `who` (the OS user) is the one it is done for. Raises `UsageProblem` for a run or plan that the
    ledger does not hold, and `Refused` for who may not apply.
    """
    from fleetc.run.executor import execute
    from fleetc.run.state import FINAL, exit_code
    from fleetc.service.gating import gate_of

    stop = threading.Event()
    _listen(stop)
    ledger, clock = workspace.ledger(), workspace.clock
    run, plan = stored(ledger, run_id)
    require(workspace, Permission.APPLY, run.account, who)
    if run.status in FINAL:
        return int(exit_code(run.status))
    try:
        lease = take_lease(ledger, clock, run)
        try:
            status = execute(
                run_id,
                plan=plan,
                ledger=ledger,
                platform=workspace.platform(run.account),
                clock=clock,
                lease=lease,
                concurrency=workspace.policy(run.account).concurrency,
                stop=stop,
                approvers=partial(workspace.approvers, run.account, run.environment),
                gate=gate_of(workspace, plan, run_id),
                os_user=os_user(),
            )
        finally:
            ledger.release_lease(lease)
    except FleetcError as problem:
        _say(problem)
        return int(problem.exit_code)
    return int(exit_code(status))


def stored(ledger: Ledger, run_id: str) -> tuple[Run, Plan]:
    """A run with its plan; raises `UsageProblem` when the ledger does not hold both."""
    run = ledger.get_run(run_id)
    plan = ledger.get_plan(run.digest) if run is not None else None
    if run is None or plan is None:
        raise UsageProblem(f"the ledger holds no run {run_id} with its plan")
    return run, plan


def spawn(workspace: Workspace, run_id: str, who: Person) -> int:
    """Start a worker for `who` in a session of its own; returns its pid.

    Raises `StateProblem` when its log cannot be written.
    """
    log = log_path(workspace, run_id)
    claim = ["--as", who.identity] if who.claimed else []
    command = [sys.executable, "-P", "-m", "fleetc", *workspace.arguments(), "worker", run_id, *claim]
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own arguments
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=workspace.root,
                start_new_session=True,
            )
    except OSError as error:
        raise StateProblem(
            f"the worker cannot be started: {error.strerror}",
            state="nothing was sent",
            next_step=f"fleetc apply --resume {run_id}",
        ) from None
    threading.Thread(target=process.wait, name="reaper", daemon=True).start()
    return process.pid


def log_path(workspace: Workspace, run_id: str) -> Path:
    """Where a worker's own output goes: empty unless something is wrong."""
    return workspace.state_dir / "runs" / f"{run_id}.log"


def last_words(workspace: Workspace, run_id: str) -> str:
    """The last error in a worker's log, else its last line; empty when there is none."""
    try:
        lines = log_path(workspace, run_id).read_text("utf-8", "replace").split("\n")
    except OSError:
        return ""
    said = [line.strip() for line in reversed(lines) if line.strip()]
    errors = (line.removeprefix("error: ") for line in said if line.startswith("error: "))
    return next(errors, said[0] if said else "")


def _listen(stop: threading.Event) -> None:
    """Have signals ask for a pause; in a process with other threads in charge, leave them alone."""
    if threading.current_thread() is not threading.main_thread():
        return

    asked = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            os._exit(ExitCode.INTERRUPTED)
        asked = True
        stop.set()

    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)


def take_lease(ledger: Ledger, clock: Clock, run: Run) -> Lease:
    """Take the account's lease; that of a worker of this host that is dead is let go first.

    Raises `Refused` naming the holder while somebody alive has it; a run that never started is over.
    """
    held = ledger.lease(run.account)
    if held is not None and _is_dead(held.owner):
        ledger.release_lease(held)
    owner = f"{os.uname().nodename}:{os.getpid()}"
    try:
        return ledger.take_lease(run.account, owner, f"run {run.id}", LEASE_SECONDS, clock.now())
    except Refused:
        if run.status == "starting":
            ledger.update_run(run.id, status="refused", finished_at=rfc3339(clock.now()))
        raise


def _is_dead(owner: str) -> bool:
    host, _, pid = owner.rpartition(":")
    if host != os.uname().nodename or not pid.isdigit() or int(pid) == os.getpid():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _say(problem: FleetcError) -> None:
    lines = [f"error: {problem.message}", problem.state, problem.next_step]
    sys.stderr.write("\n".join(line for line in lines if line) + "\n")
