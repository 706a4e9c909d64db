"""Use cases on past runs: list them, tell one, compare two, plan what one left, export one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from fleetc.errors import Refused
from fleetc.lang.text import few
from fleetc.policy.access import Permission
from fleetc.run.state import FINAL, fold
from fleetc.run.summary import Comparison, Summary, Tally, compared, left_over, summary, tally
from fleetc.service.access import require
from fleetc.service.applying import find_run
from fleetc.service.several import plan_of

if TYPE_CHECKING:
    from fleetc.ports import Run
    from fleetc.service.planning import Ask, Made
    from fleetc.service.workspace import Workspace

__all__ = [
    "Rest",
    "compare_runs",
    "plan_rest",
    "rest_of",
    "run_audit",
    "runs_mark",
    "runs_of",
    "summary_of",
    "tallies",
]

_FORMAT = "fleetc.run-audit/1"


@dataclass(frozen=True, slots=True)
class Rest:
    """A new plan of what a run left: of `left` addresses it has all but the `gone` ones.

    Those do not differ from the fleet file any more.
    """

    made: Made
    run: str
    left: int
    gone: tuple[str, ...]

    @property
    def said(self) -> str:
        """What the plan is of, in a line."""
        of = f"a new plan of what {self.run} left: {self.left - len(self.gone)} of {self.left}"
        return f"{of}; as wanted already: {few(self.gone, 3)}" if self.gone else of


def runs_of(workspace: Workspace, account: str) -> tuple[Run, ...]:
    """The runs of an account, newest first. Raises `Refused` for who may not read it."""
    require(workspace, Permission.READ, account)
    return workspace.ledger().runs(account) if workspace.stored("ledger") else ()


def runs_mark(workspace: Workspace, account: str) -> object:
    """A value that is another one when a run of the account began, paused, went on or ended."""
    return workspace.ledger().runs_mark(account) if workspace.stored("ledger") else ()


def tallies(workspace: Workspace, runs: Sequence[Run]) -> dict[str, Tally]:
    """How far some runs came, by id; of one that has ended only two events are read."""
    ledger = workspace.ledger()
    return {
        run.id: tally(ledger.run_ends(run.id) if run.status in FINAL else tuple(ledger.events(run.id)))
        for run in runs
    }


def summary_of(workspace: Workspace, run_id: str) -> Summary:
    """What there is to say about a run. Raises `Refused` for none, and for who may not read it."""
    return summary(_events(workspace, run_id))


def compare_runs(workspace: Workspace, first: str, second: str) -> Comparison:
    """Two runs side by side; raises as `summary_of`."""
    return compared(_events(workspace, first), _events(workspace, second))


def _events(workspace: Workspace, run_id: str) -> tuple[Any, ...]:
    run = find_run(workspace, run_id)
    require(workspace, Permission.READ, run.account)
    return tuple(workspace.ledger().events(run.id))


def rest_of(workspace: Workspace, run_id: str) -> tuple[str, ...]:
    """The addresses that a run left undone, in the order of its plan.

    Raises `Refused` when it left nothing, and for who may not plan.
    """
    run = find_run(workspace, run_id)
    require(workspace, Permission.SYNC, run.account)
    left = left_over(plan_of(workspace, run), fold(workspace.ledger().events(run.id)))
    if not left:
        raise Refused(
            f"{run.id} left nothing: every action is done and read back",
            code="F0640",
            state="nothing was planned",
            next_step="`fleetc plan` looks for other changes",
        )
    return tuple(dict.fromkeys(action.address for action in left))


def plan_rest(workspace: Workspace, run_id: str, ask: Ask) -> Rest:
    """Observe again and plan what a run left, and nothing else: what is done is not sent again.

    Of `ask` only the revision and the like count. Raises what `rest_of` and `planning.make_plan` raise.
    """
    from fleetc.service.planning import make_plan

    left = rest_of(workspace, run_id)
    made = make_plan(
        workspace,
        replace(ask, against="live", at="", study="", select=(), exclude=(), only=(), without=(), rest=left),
    )
    known = {action.address for action in made.plan.actions}
    rest = Rest(made, run_id, len(left), tuple(address for address in left if address not in known))
    return replace(rest, made=replace(made, notes=(*made.notes, f"note: {rest.said}")))


def run_audit(workspace: Workspace, run_id: str) -> bytes:
    """All that the ledger holds of a run, as JSON lines.

    The first line is the run, then come the approvals of its plan, the audit rows about the two,
    and the events in order; each line says what it is by `record`, or by `event`. Raises `Refused`
    for no such run, and for who may not read it.
    """
    run = find_run(workspace, run_id)
    require(workspace, Permission.READ, run.account)
    encode = msgspec.json.Encoder(order="deterministic").encode
    return b"".join(encode(record) + b"\n" for record in _records(workspace, run))


def _records(workspace: Workspace, run: Run) -> Iterator[Any]:
    ledger = workspace.ledger()
    yield {"format": _FORMAT, "record": "run", **msgspec.to_builtins(run)}
    for approval in ledger.approvals(run.digest):
        yield {"record": "approval", **msgspec.to_builtins(approval)}
    for row in ledger.audit_rows():
        if row.subject in (run.id, run.digest):
            yield {"record": "audit", **msgspec.to_builtins(row)}
    yield from ledger.events(run.id)
