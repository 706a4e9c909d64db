"""What the frame says about where one is, and why approve or apply is off (design 4.3). Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fleetc.plan.actions import Limit, Plan
from fleetc.ports import Lease, Run
from fleetc.tui.choice import Choice
from fleetc.tui.text import age

if TYPE_CHECKING:
    from fleetc.service.session import Standing

__all__ = ["HEARTBEAT", "World", "apply_off", "approve_off", "heartbeat", "revision", "standing"]

HEARTBEAT = 20.0
"""Seconds without a heartbeat after which a run counts as disconnected."""
_ENDED = ("applied", "partial", "failed", "refused", "paused")


@dataclass(frozen=True, slots=True)
class World:
    """What was last heard from the session; `standing` belongs to the selection `ticked`.

    `age` is that of the snapshot, `max_age` from when on it is too old to approve on, in seconds.
    """

    age: float | None = None
    lock: Lease | None = None
    ticked: bytes = b""
    standing: Standing | None = None
    max_age: float = math.inf

    def of(self, ticked: bytes) -> Standing | None:
        """The standing of a selection, when that is the one that was asked about."""
        return self.standing if self.standing is not None and self.ticked == ticked else None

    def approved(self, ticked: bytes) -> bool:
        """Whether a selection is known to be approved."""
        stands = self.of(ticked)
        return stands is not None and stands.status == "approved"

    @property
    def stale(self) -> bool:
        """Whether the snapshot is too old to approve on."""
        return self.age is not None and self.age > self.max_age


def revision(plan: Plan) -> str:
    """Which text the plan was made from."""
    if plan.worktree:
        return "worktree"
    commit = plan.commit[:7]
    if not plan.revision or plan.revision.startswith(commit):
        return commit
    return f"{plan.revision}@{commit}" if commit else plan.revision


def _off(choice: Choice, read_only: str) -> str:
    if read_only:
        return read_only
    if choice.plan.study:
        return choice.plan.study
    if choice.plan.unknown:
        return "incomplete snapshot: r observes again"
    return "" if choice.count else "nothing is chosen"


def approve_off(choice: Choice, world: World, read_only: str) -> str:
    """Why what is chosen cannot be approved here and now; empty when it can."""
    if reason := _off(choice, read_only):
        return reason
    if not choice.calls:
        return "nothing to approve: no call would be sent"
    if world.stale:
        return f"the snapshot is {age(world.age)} old: observe again (r)"
    if world.approved(choice.ticked):
        return "approved already"
    over = [limit.text for limit in standing(choice, world)[1] if limit.over]
    if over and not choice.plan.override:
        return f"over a limit ({over[0]}): plan again with --override REASON"
    return ""


def apply_off(choice: Choice, world: World, read_only: str) -> str:
    """Why what is chosen cannot be applied here and now; empty when it can."""
    if reason := _off(choice, read_only):
        return reason
    if world.lock is not None:
        return f"{world.lock.purpose} by {world.lock.owner} holds the lock: 2 watches"
    if choice.calls and not world.approved(choice.ticked):
        return "not approved"
    return ""


def standing(choice: Choice, world: World) -> tuple[str, tuple[Limit, ...]]:
    """How the selection stands in words, and its limits."""
    stands = world.of(choice.ticked)
    if stands is None:
        return "", choice.plan.limits
    if not stands.requires_approval:
        return "needs no approval", stands.limits
    words = {"": "not approved", "waiting": "not approved", "used": "applied already"}
    return words.get(stands.status, stands.status), stands.limits


def heartbeat(run: Run, now: float) -> tuple[str, bool]:
    """The age of a run's last heartbeat in words, and whether the run is cut off."""
    if run.status in _ENDED or run.finished_at:
        return "", False
    if not run.heartbeat:
        return "no heartbeat yet", False
    since = max(0.0, now - run.heartbeat)
    if since > HEARTBEAT:
        return f"no heartbeat for {int(since)} s", True
    return f"heartbeat {since:.1f}s ago", False
