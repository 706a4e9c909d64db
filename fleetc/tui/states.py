"""What the frame says about where one is, and why approve or apply is off (design 4.3). Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fleetc.ir.timestamps import rfc3339
from fleetc.plan.actions import Plan
from fleetc.ports import Lease, Run
from fleetc.tui.choice import Choice
from fleetc.tui.verdicts import Texts
from fleetc.tui.words import age, clock

if TYPE_CHECKING:
    from fleetc.service.standing import Standing
    from fleetc.tui.session import Session

__all__ = [
    "HEARTBEAT",
    "Known",
    "World",
    "apply_off",
    "approve_off",
    "barred",
    "heartbeat",
    "moved",
    "needs",
    "revision",
    "standing",
]

HEARTBEAT = 20.0
"""Seconds without a heartbeat after which a run counts as disconnected."""
_MEMBERS = re.compile(r" \([^()]*\)")
_ENDED = ("applied", "partial", "failed", "refused", "paused")


@dataclass(frozen=True, slots=True)
class World:
    """What was last heard from the session; `standing` belongs to the selection `ticked`.

    `age` is that of the snapshot, `max_age` from when on it is too old to approve on, in seconds.
    `moved` says where the plan's branch is by now, when that is another commit; `old` why the plan
    is not the newest that there should be.
    """

    age: float | None = None
    lock: Lease | None = None
    ticked: bytes = b""
    standing: Standing | None = None
    max_age: float = math.inf
    moved: str = ""
    old: str = ""

    def of(self, ticked: bytes) -> Standing | None:
        """The standing of a selection, when that is the one that was asked about."""
        return self.standing if self.standing is not None and self.ticked == ticked else None

    def approved(self, ticked: bytes) -> bool:
        """Whether a selection is known to be approved."""
        stands = self.of(ticked)
        return stands is not None and stands.approved

    @property
    def stale(self) -> bool:
        """Whether the snapshot is too old to approve on."""
        return self.age is not None and self.age > self.max_age


@dataclass(frozen=True, slots=True)
class Known:
    """What stays of a plan whatever is ticked, asked of the session once.

    `waves` has the wave of each action, from 1; `texts` its rules as they are written
    (`Session.rule_texts`), `before` who approved the very same change earlier, by action; `drifted`
    counts what has drifted; `observed` says how much was seen where nothing is to change. Nothing is
    known before it was `asked`.
    """

    asked: bool = False
    waves: Sequence[int] = ()
    texts: Texts = field(default_factory=dict)
    before: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    drifted: int = 0
    observed: str = ""


def revision(plan: Plan) -> str:
    """Which text the plan was made from."""
    if plan.worktree:
        return "worktree"
    commit = plan.commit[:7]
    if not plan.revision or plan.revision.startswith(commit):
        return commit
    return f"{plan.revision}@{commit}" if commit else plan.revision


def moved(plan: Plan, before: World, now: World) -> str:
    """What to say when the plan's branch has moved since it was looked at; empty when it has not."""
    if not now.moved or now.moved == before.moved:
        return ""
    return f"{plan.revision} moved to {now.moved}; this plan is for {plan.commit[:7]}"


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
    if not choice.asks:
        return "nothing to approve: no call would be sent"
    if world.stale:
        return f"the snapshot is {age(world.age)} old: observe again (r)"
    if reason := _denied(choice, world):
        return reason
    stands = world.of(choice.ticked)
    if stands is not None and stands.allowed_by:
        return f"it needs no approval: {', '.join(stands.allowed_by)} lets it go"
    if world.approved(choice.ticked):
        return "approved already"
    over = [limit.text for limit in (stands.limits if stands else choice.plan.limits) if limit.over]
    if over and not choice.plan.override:
        return f"over a limit ({over[0]}): plan again with --override REASON"
    return ""


def apply_off(choice: Choice, world: World, read_only: str) -> str:
    """Why what is chosen cannot be applied here and now; empty when it can."""
    if reason := _off(choice, read_only):
        return reason
    if world.lock is not None:
        return f"{world.lock.purpose} by {world.lock.owner} holds the lock: 2 watches"
    if reason := _denied(choice, world):
        return reason
    if not choice.asks or world.approved(choice.ticked):
        return ""
    stands = world.of(choice.ticked)
    return f"not approved: {needs(stands)}" if stands and stands.approvals else "not approved"


def _denied(choice: Choice, world: World) -> str:
    """Why nobody can approve what is chosen: by rules, also when they have not answered yet, or a rejection."""
    stands = world.of(choice.ticked)
    if stands is None:
        return "the rules are being asked" if choice.plan.rules or choice.plan.accepted else ""
    if stands.status == "rejected":
        return "it was rejected: choose otherwise, or change the fleet file"
    denied = stands.denied
    more = f" (and {len(denied) - 1} more)" if len(denied) > 1 else ""
    return f"denied by {denied[0].rule}: {denied[0].message}{more}" if denied else ""


def needs(stands: Standing) -> str:
    """Who has to approve still, in few words: without the members of the groups."""
    return f"needs {'; '.join(map(short, stands.missing))}"


def short(missing: str) -> str:
    """Who is missing, without the members of the groups."""
    return _MEMBERS.sub("", missing)


def standing(choice: Choice, world: World) -> str:
    """How the selection stands, in words."""
    stands = world.of(choice.ticked)
    if stands is None:
        return ""
    if not stands.requires_approval:
        return "needs no approval"
    if stands.denied:
        return "denied"
    if stands.status == "rejected":
        return "rejected"
    held = "held, " if stands.held else ""
    if stands.allowed_by:
        return f"{held}needs no approval: allowed by {', '.join(stands.allowed_by)}"
    if stands.status == "approved":
        return f"{held}approved"
    if stands.approvals or stands.requirements:
        by = f"approved by {len(stands.approvals)}, " if stands.approvals else "not approved, "
        return held + by + needs(stands) if stands.missing else held + by.rstrip(", ")
    words = {"": "not approved", "waiting": "not approved", "used": "applied already"}
    return held + words.get(stands.status, stands.status)


def barred(session: Session) -> str:
    """Why nothing that has to do with runs can be changed here; a plan that is for study bars none of it."""
    return "" if session.read_only == session.plan.study else session.read_only


def heartbeat(run: Run, now: float) -> tuple[str, bool]:
    """The age of a run's last heartbeat in words, and whether the run is cut off."""
    if run.status in _ENDED or run.finished_at:
        return "", False
    if not run.heartbeat:
        return "no heartbeat yet", False
    since = max(0.0, now - run.heartbeat)
    if since > HEARTBEAT:
        return f"no heartbeat for {int(since)} s (last {clock(rfc3339(run.heartbeat))})", True
    return f"heartbeat {since:.1f}s ago", False
