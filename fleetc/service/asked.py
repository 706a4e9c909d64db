"""What the plans of requests ask for, each decoded once: plans can be large, and lists are asked for often."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from fleetc.plan.changes import Op
from fleetc.run.authority import Needs

if TYPE_CHECKING:
    from fleetc.plan.actions import Plan
    from fleetc.ports import Ledger

__all__ = ["Asked", "asked", "counts"]


class Asked(NamedTuple):
    """The ticked actions of a plan by operation, and what it needs to run."""

    counts: dict[str, int]
    needs: Needs


_known: WeakKeyDictionary[Ledger, dict[str, tuple[str, Asked]]] = WeakKeyDictionary()


def asked(ledger: Ledger, digest: str, stored_at: str) -> Asked | None:
    """What the plan of a digest asks for; None when the ledger does not hold it.

    It is read again when it was stored another time since. Raises `StateProblem` as `get_plan` does.
    """
    known = _known.setdefault(ledger, {})
    found = known.get(digest)
    if found is None or found[0] != stored_at:
        plan = ledger.get_plan(digest)
        if plan is None:
            return None
        found = known[digest] = stored_at, Asked(counts(plan), Needs.of(plan))
    return found[1]


def counts(plan: Plan) -> dict[str, int]:
    """Ticked actions by operation; every operation is present."""
    found = {str(op): 0 for op in Op}
    for action in plan.chosen:
        found[str(action.op)] += 1
    return found
