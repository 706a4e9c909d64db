"""What the UI needs of the world: one plan, its approval, and runs.

Every method is called from one thread, never two at a time, and that thread is not the one the
session was made on. Attributes are plain values. Methods raise `FleetcError`s, which the UI shows
as one line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from fleetc.events import RunEvent
from fleetc.plan.actions import Plan
from fleetc.ports import Approval, Lease, Run

if TYPE_CHECKING:
    from fleetc.service.session import Standing

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
        """Digest, request and limits of the plan reduced to `ticked`."""
        ...

    def approve(self, ticked: bytes, typed: str, comment: str) -> Approval:
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

    def source_line(self, origin: str) -> str:
        """The text of the line that a field's origin names."""
        ...

    def command(self, ticked: bytes) -> str:
        """The headless command that does the same with this selection."""
        ...
