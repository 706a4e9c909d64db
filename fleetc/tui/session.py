"""What the UI needs of the world: one plan, its approval, and runs.

Every method is called from one thread, never two at a time, and that thread is not the one the
session was made on. Attributes are plain values. Methods raise `FleetcError`s, which the UI shows
as one line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from fleetc.events import RunEvent
from fleetc.plan.actions import Plan
from fleetc.ports import Lease, Run

if TYPE_CHECKING:
    from fleetc.run.authority import Weighed
    from fleetc.service.approving import Given, Waiting
    from fleetc.service.requested import Requested
    from fleetc.service.standing import Standing

__all__ = ["Session"]


class Session(Protocol):
    """A plan of one environment, as one person works on it. `ticked` has one 0/1 byte an action."""

    @property
    def plan(self) -> Plan:
        """The whole plan; another one after `replan`."""
        ...

    @property
    def environment(self) -> str:
        """The environment's name, as it has to be typed."""
        ...

    @property
    def who(self) -> str:
        """The person who acts."""
        ...

    @property
    def read_only(self) -> str:
        """Why nothing can be approved or applied here; empty when it can."""
        ...

    @property
    def max_age(self) -> float:
        """Seconds after which the plan's snapshot is too old to approve on."""
        ...

    def now(self) -> float:
        """Seconds since the epoch by the session's clock."""
        ...

    def snapshot_age(self) -> float | None:
        """Seconds since the plan's snapshot was taken; None for a recorded state."""
        ...

    def lock(self) -> Lease | None:
        """The lease that somebody holds on the account now."""
        ...

    def standing(self, ticked: bytes) -> Standing:
        """How the plan reduced to `ticked` stands: digest, request, limits, rules, approvals."""
        ...

    def rule_texts(self) -> Mapping[tuple[bool, str], str]:
        """The rules that judge the plan as they are written, by `Finding.accepted` and `Finding.place`."""
        ...

    def approved_before(self) -> Mapping[str, tuple[str, ...]]:
        """The actions that were approved before, exactly the same, by whom."""
        ...

    def approve(self, ticked: bytes, typed: str, comment: str) -> Given:
        """Approve the reduced plan; `typed` is `<environment> <destroyed>`. Raises `Refused`."""
        ...

    def apply(self, ticked: bytes) -> str:
        """Start a worker for the reduced plan; the run's id. Raises `Refused`."""
        ...

    def run(self, run: str) -> Run | None:
        """A run by id."""
        ...

    def latest_run(self) -> Run | None:
        """The newest run of the account."""
        ...

    def run_plan(self, run: str) -> Plan | None:
        """The plan that a run applies."""
        ...

    def events(self, run: str, after: int) -> tuple[RunEvent, ...]:
        """Events of a run with a number over `after`, in order."""
        ...

    def pause(self, run: str) -> None:
        """Ask the worker to start no further call."""
        ...

    def resume(self, run: str) -> None:
        """Start a worker that finishes a paused or broken-off run."""
        ...

    def replan(self) -> Plan:
        """Observe and plan again."""
        ...

    def requests(self) -> tuple[Waiting, ...]:
        """The approval requests of the environment, newest first, as they stand now."""
        ...

    def requests_mark(self) -> object:
        """A value that is another one when a request, or an approval of an open one, has changed."""
        ...

    def requested(self, digest: str) -> Requested:
        """What a request asks for, in short."""
        ...

    def open_request(self, digest: str) -> Plan:
        """Work on the plan of a request."""
        ...

    def approve_request(self, digest: str, typed: str) -> Given:
        """Approve the plan of a request as it is. Raises `Refused`."""
        ...

    def reject_request(self, digest: str, reason: str) -> None:
        """Reject the plan of a request. Raises `Refused`."""
        ...

    def revoke_request(self, digest: str, of: str, reason: str) -> Weighed:
        """Take back an unused approval: one's own, or that `of` somebody else. Raises `Refused`."""
        ...

    def source_line(self, origin: str) -> str:
        """The text of the line that a field's origin names."""
        ...

    def command(self, ticked: bytes) -> str:
        """The headless command that does the same with this selection."""
        ...
