"""What the UI needs of the world: one plan, its approval, and runs.

Every method is called from one thread, never two at a time, and that thread is not the one the
session was made on. Attributes are plain values. Methods raise `FleetcError`s, which the UI shows
as one line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from fleetc.events import RunEvent
from fleetc.plan.actions import Plan
from fleetc.ports import Lease, Run

if TYPE_CHECKING:
    from fleetc.ir.difference import Difference
    from fleetc.ir.state import LiveResource, Snapshot
    from fleetc.run.authority import Weighed
    from fleetc.run.summary import Comparison, Summary, Tally
    from fleetc.service.approving import Given, Waiting
    from fleetc.service.drifting import DriftReport
    from fleetc.service.lookups import Done, Past
    from fleetc.service.pointing import Editable, Told
    from fleetc.service.requested import Requested
    from fleetc.service.shelf import Contents, Shelf
    from fleetc.service.standing import Standing

__all__ = ["Looks", "Session"]


class Looks(Protocol):
    """Looks things up for one plan, on the session's thread."""

    def traits(self, trait: str) -> Sequence[str]:
        """The `template` or `region` of each action; empty where there is none."""
        ...

    def why(self, address: str) -> Told:
        """Why an address is in the plan or not, and how the values that change came."""
        ...

    def past(self, address: str) -> Past:
        """What snapshots and runs tell of a resource."""
        ...

    def editable(self, origin: str) -> Editable:
        """The file to open for an origin (`path:line:column`)."""
        ...


class Session(Protocol):
    """A plan of one environment, as one person works on it. `ticked` has one 0/1 byte an action.

    `told` hears what planning again is doing, and ends it by raising.
    """

    told: Callable[[str], None]

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

    def moved(self) -> str:
        """The commit that the plan's revision names by now, in short, when it is another one."""
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

    def runs(self) -> tuple[Run, ...]:
        """The runs of the account, newest first."""
        ...

    def runs_mark(self) -> object:
        """A value that is another one when a run began, paused, went on or ended."""
        ...

    def tallies(self, runs: Sequence[Run]) -> Mapping[str, Tally]:
        """How far some runs came, by id."""
        ...

    def run_summary(self, run: str) -> Summary:
        """What there is to say about a run."""
        ...

    def compare_runs(self, first: str, second: str) -> Comparison:
        """Two runs side by side."""
        ...

    def plan_rest(self, run: str) -> tuple[Plan, str]:
        """Work on a new plan of what a run left; the plan, and what there is to say of it."""
        ...

    def export_run(self, run: str, path: str) -> str:
        """Write all that is held of a run to a new file, as JSON lines; the file's whole path."""
        ...

    def abandon(self, run: str, reason: str) -> None:
        """End a paused or broken-off run where it is, for good; no call is sent. Raises `Refused`."""
        ...

    def replan(self) -> Plan:
        """Observe and plan again."""
        ...

    def draft(self) -> Plan:
        """Observe and plan again; the plan is worked on once it is taken."""
        ...

    def take_draft(self) -> Plan:
        """Work on the plan that was drafted last."""
        ...

    def looks(self, plan: Plan) -> Looks:
        """What can be looked up of a plan, the one worked on or the draft, beside what it says."""
        ...

    @property
    def done(self) -> tuple[Done, ...]:
        """What was done here, oldest first, each as the headless command that does it."""
        ...

    def save(self, ticked: bytes, path: str) -> str:
        """Write the plan with this selection, or (a name in `.txt`) the chosen addresses, to a new file.

        Gives its whole path; raises `UsageProblem` for a file that is there already.
        """
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

    def drift(self) -> DriftReport:
        """What has drifted as of the plan's snapshot, and since when."""
        ...

    def observed(self, address: str) -> LiveResource | None:
        """What stood at an address as of the plan's snapshot; None for nothing, or when it is not known."""
        ...

    def shelf(self) -> Shelf:
        """The stored snapshots of the account, newest first."""
        ...

    def shelf_mark(self) -> object:
        """A value that is another one when a snapshot was taken, or a run began or ended."""
        ...

    def contents(self, snapshot: str) -> Contents:
        """What a stored snapshot holds, in numbers."""
        ...

    def snapshot(self, snapshot: str) -> Snapshot:
        """A stored snapshot with all its resources."""
        ...

    def difference(self, before: str, after: str) -> Difference:
        """What differs between two stored snapshots."""
        ...

    def save_snapshot(self, snapshot: str, path: str) -> str:
        """Write a snapshot to a new file, and give its whole path. Raises `UsageProblem`."""
        ...

    @property
    def past(self) -> str:
        """The time of the snapshot that is looked at in place of live, in RFC 3339; else empty."""
        ...

    def look_back(self, snapshot: str) -> Plan:
        """Plan the same revision against a stored snapshot, for study only."""
        ...

    def look_live(self) -> Plan:
        """Work on the plan again that was there before the first look back."""
        ...

    def source_line(self, origin: str) -> str:
        """The text of the line that a field's origin names."""
        ...

    def command(self, ticked: bytes) -> str:
        """The headless command that does the same with this selection."""
        ...
