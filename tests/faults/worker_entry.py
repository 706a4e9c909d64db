"""Real worker processes for fault tests: each job is a fork that runs the product's worker.

Started as a script it reads one job a line (JSON) from stdin, forks, lets the child be the worker,
waits for its end and answers with one line: the exit code, negative for a signal. Everything is
imported once, so that a job costs a fork. With `--once JOB` it is the worker itself.

A job may name a bug: a small change of the product, put in before the worker starts, that the
invariants must notice.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import msgspec

from fleetc.plan.leftovers import renamed
from fleetc.plan.order import Step, steps
from fleetc.ports import Approval
from fleetc.run import calls, checks, failpoints, journal, shared
from fleetc.run import steps as steps_module
from fleetc.run import work as work_module
from fleetc.run.recovery import Decision, Verdict
from fleetc.service.worker import run_worker
from tests.faults.sites import Site


def _resend_without_look() -> None:
    def send(*_: object, **__: object) -> Decision:
        return Decision(Verdict.SEND)

    calls.after_unknown = send  # type: ignore[attr-defined]


def _intent_skipped() -> None:
    write = journal.Journal.write

    def without(self: journal.Journal, rows: Any = (), events: Any = (), *, starts: bool = False) -> None:
        write(self, [row for row in rows if row.state not in {"intent", "sent"}], events, starts=starts)

    journal.Journal.write = without  # type: ignore[method-assign]


def _base_ignored() -> None:
    def anything(*_: object) -> Decision:
        return Decision(Verdict.SEND)

    checks.refuse_stale = lambda *_: None
    steps_module.before_first = anything  # type: ignore[attr-defined]


def _wrong_delete_order() -> None:
    def reversed_deletes(plan: Any) -> tuple[Step, ...]:
        found = steps(plan)
        ends = {s.index for s in found if s.half == "delete" or plan.actions[s.action].op == "delete"}
        return tuple(
            msgspec.structs.replace(s, waits_for=(), needs=(), wave=len(found) - s.wave)
            if s.index in ends
            else s
            for s in found
        )

    work_module.steps = reversed_deletes  # type: ignore[attr-defined]


def _ended_before_set_anew() -> None:
    def hasty(plan: Any) -> tuple[Step, ...]:
        found = steps(plan)
        updates = {s.index for s in found if plan.actions[s.action].op == "update"}

        def without(step: Step) -> Step:
            if step.half != "delete":
                return step
            waits, needs = (tuple(n for n in of if n not in updates) for of in (step.waits_for, step.needs))
            return msgspec.structs.replace(step, waits_for=waits, needs=needs, wave=0)

        return tuple(map(without, found))

    work_module.steps = hasty  # type: ignore[attr-defined]


def _old_taken_for_new() -> None:
    get = shared.Shared.get

    def by_name(self: shared.Shared, *args: Any) -> Any:
        found = get(self, *args)
        return found and renamed(found, self.formerly)

    shared.Shared.get = by_name  # type: ignore[method-assign]


def _approval_not_checked() -> None:
    def given(plan: Any, *_: object) -> tuple[Approval, ...]:
        return (Approval(0, plan.digest, plan.account, "", "nobody", {}, 0.0, 0.0),)

    checks.approvals_of = given


BUGS: dict[str, Callable[[], None]] = {
    "resend without look": _resend_without_look,
    "intent skipped": _intent_skipped,
    "base ignored": _base_ignored,
    "wrong delete order": _wrong_delete_order,
    "ended before set anew": _ended_before_set_anew,
    "old taken for new": _old_taken_for_new,
    "approval not checked": _approval_not_checked,
}


def work(job: dict[str, Any]) -> int:
    """Be the worker of a job."""
    failpoints._NAME, _, failpoints._GLOB = job.get("failpoint", "").partition("@")
    if job.get("bug"):
        BUGS[job["bug"]]()
    site = Site(Path(job["folder"]), job.get("config"), job.get("concurrency", 8))
    return run_worker(site, job.get("run", "run-1"))  # type: ignore[arg-type]


def _forked(job: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            os.dup2(os.open(job["folder"] + "/worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
            code = work(job)
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main() -> None:
    """Serve jobs, or be one."""
    if sys.argv[1:2] == ["--once"]:
        sys.exit(work(json.loads(sys.argv[2])))
    for line in sys.stdin:
        sys.stdout.write(f"{_forked(json.loads(line))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
