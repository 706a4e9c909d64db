"""One line of text for each event of a run."""

from __future__ import annotations

from fleetc.events import (
    ActionConflicted,
    ActionFailed,
    ActionRetrying,
    ActionSkipped,
    ActionStarted,
    ActionSucceeded,
    RunEvent,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
)
from fleetc.lang.text import visible

__all__ = ["render_event"]


def render_event(event: RunEvent) -> str:
    """`12:09:41  start   create node/edge-tokyo-01`, without a line break."""
    word, text = _parts(event)
    return visible(f"{event.at[11:19]}  {word:<8}  {text}")


def _parts(event: RunEvent) -> tuple[str, str]:
    match event:
        case RunStarted():
            approved = ", ".join(event.approved_by) or "nobody (no call needs it)"
            many = "action" if event.total == 1 else "actions"
            broken = "".join(f"; !! BREAK-GLASS by {each}" for each in event.break_glass)
            return "run", f"{event.run}: {event.total} {many}, approved by {approved}{broken}"
        case RunResumed():
            return "resume", f"{event.run} by {event.by}"
        case ActionStarted():
            return "start", f"{event.op} {event.address}"
        case ActionRetrying():
            return "retry", f"{event.address}: {event.reason}, try {event.attempt} in {event.wait:.0f} s"
        case ActionSucceeded():
            return "ok", f"{event.op} {event.address}, read back as wanted, {event.seconds:.1f} s"
        case ActionFailed():
            return "FAILED", f"{event.op} {event.address}: {event.message} ({event.state})"
        case ActionConflicted():
            return "CONFLICT", f"{event.op} {event.address}: {event.message}"
        case ActionSkipped():
            return "skipped", f"{event.op} {event.address}: {event.reason}"
        case RunPaused():
            return "paused", f"{event.reason}; {event.next_step}"
        case RunFinished():
            return "end", event.status
