"""What became of an action that did not come to a good end: nothing, or nobody knows (design 2.6)."""

from __future__ import annotations

from collections.abc import Sequence

from fleetc.plan.actions import Action
from fleetc.plan.changes import Op
from fleetc.ports import CallRow
from fleetc.run.gate import Outcome
from fleetc.run.state import ActionState

__all__ = ["outcome_of", "took_effect"]

_TOOK = frozenset({"effect", "verified"})
_READ_BACK = frozenset({"F0922", "F0923"})
"""Failures after the call was done: it did not come out as wanted."""
_IN_DOUBT = frozenset({"sent", "effect", "unknown"})


def outcome_of(action: Action, ended: ActionState, rows: Sequence[CallRow]) -> Outcome:
    """What became of an action, by its state and the journal's rows of its calls.

    In doubt it is `unknown`: also when only some of its calls are done.
    """
    match ended.status:
        case "ok":
            return "done"
        case "running":
            return "begun"
    old_gone = any(
        call.half == "delete" and row.state in _TOOK for call, row in zip(action.calls, rows, strict=True)
    )
    if action.op is Op.REPLACE and action.gap and old_gone:
        return "gone"
    doubtful = ended.state == "unknown" or ended.code in _READ_BACK
    if doubtful or any(row.state in _TOOK | _IN_DOUBT for row in rows):
        return "unknown"
    return "not done"


def took_effect(action: Action, state: ActionState, rows: Sequence[CallRow]) -> bool:
    """Whether an action changed something, or may have; of one that goes on, whether a call was sent."""
    outcome = outcome_of(action, state, rows)
    if outcome == "begun":
        return any(row.state in _TOOK | _IN_DOUBT for row in rows)
    return outcome != "not done"
