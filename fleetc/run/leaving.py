"""What is written down of the actions of a run that is abandoned: which are not done, which nobody knows."""

from __future__ import annotations

import msgspec

from fleetc.events import ActionFailed, ActionSkipped, RunEvent
from fleetc.plan.actions import Action
from fleetc.ports import CallRow
from fleetc.run.shared import Shared
from fleetc.run.state import RunState

__all__ = ["leave"]

_OPEN = frozenset({"planned", "intent", "sent", "effect", "unknown"})
_TOUCHED = frozenset({"sent", "effect", "unknown", "verified"})


def leave(shared: Shared, state: RunState, reason: str) -> None:
    """End each action that has not come to its end, and the rows of its calls; nothing is sent.

    One of whose calls any may have had an effect fails with `unknown`; every other one is skipped.
    """
    rows: list[CallRow] = []
    events: list[RunEvent] = []
    for action in shared.plan.chosen:
        calls = shared.rows_of(action)
        rows += (_left(shared, row, reason) for row in calls if row.state in _OPEN)
        known = state.actions.get(action.id)
        if known is None or known.status == "running":
            events.append(_end(shared, action, calls, f"the run was abandoned: {reason}"))
    shared.rows.update((row.op_id, row) for row in rows)
    shared.journal.write(rows, events)


def _left(shared: Shared, row: CallRow, reason: str) -> CallRow:
    return msgspec.structs.replace(row, state="abandoned", epoch=shared.epoch, reason=reason)


def _end(shared: Shared, action: Action, calls: list[CallRow], reason: str) -> RunEvent:
    common = {"action": action.id, "op": str(action.op), "address": action.address}
    if any(row.state in _TOUCHED for row in calls):
        return shared.event(ActionFailed, code="F0907", message=reason, state="unknown", live=None, **common)
    return shared.event(ActionSkipped, because="", reason=reason, **common)
