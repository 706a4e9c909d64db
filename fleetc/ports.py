"""Protocols: the outside world as the core sees it.

Each port has one contract suite in `tests/contract/` that every implementation passes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Protocol

import msgspec

from fleetc.events import RunEvent
from fleetc.ir.profile import Profile
from fleetc.ir.state import Baseline, LiveResource, Observation, Snapshot, snapshot_name
from fleetc.ir.values import Value
from fleetc.plan.actions import Action, Plan

__all__ = [
    "Approval",
    "AuditRow",
    "CallReply",
    "CallRow",
    "Clock",
    "Lease",
    "Ledger",
    "Platform",
    "Request",
    "Run",
    "SnapshotRow",
    "SnapshotStore",
]


class Clock(Protocol):
    """Time and randomness. Wall time is for display; deadlines use the monotonic clock."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def jitter(self) -> float:
        """A random number from 0 up to and without 1."""
        ...

    def token(self) -> str:
        """16 random hex digits."""
        ...


class CallReply(msgspec.Struct, frozen=True):
    """What a call answered: the platform id of what it made or touched, and the raw answer."""

    platform_id: str
    data: dict[str, Any]


class Platform(Protocol):
    """One account on one platform. Methods raise `PlatformProblem`s only."""

    @property
    def name(self) -> str:
        """`local`, `recorded`, `powernode`."""
        ...

    @property
    def account(self) -> str:
        """The account that the credential belongs to."""
        ...

    @property
    def profile(self) -> Profile:
        """What it can do."""
        ...

    def observe(self) -> Observation:
        """Read everything. Terminated instances are absent.

        Where several stand at one address, a reference by name means the newest; one to an older
        is its platform id.
        """
        ...

    def change_counter(self) -> int | None:
        """A number that moves with every change of the account, or None."""
        ...

    def last_tag(self) -> str:
        """The tag of the newest call that was done with one; empty when there is none, or none is kept."""
        ...

    def find(self, address: str) -> tuple[LiveResource, ...]:
        """What stands at a natural key now: none, one, or several, the newest last."""
        ...

    def get(self, kind: str, platform_id: str) -> LiveResource | None:
        """The resource of that id, or None when it is gone (a terminated instance is gone)."""
        ...

    def call(self, name: str, arguments: dict[str, Value], *, tag: str) -> CallReply:
        """Send one call of the profile's recipes. `tag` names it in the platform's own log."""
        ...


class SnapshotRow(msgspec.Struct, frozen=True):
    """One line of `snapshot list`."""

    serial: int
    account: str
    taken_at: str
    source: str
    label: str
    count: int
    complete: bool
    digest: str
    counter: int | None = None

    @property
    def name(self) -> str:
        """What it is called: `snap-12`."""
        return snapshot_name(self.serial)


class SnapshotStore(Protocol):
    """Snapshots of accounts, with validity intervals."""

    def put(self, observation: Observation, *, taken_at: str, source: str, label: str = "") -> Snapshot:
        """Store an observation; the row costs what changed since the account's last one."""
        ...

    def get(self, account: str, serial: int) -> Snapshot:
        """Read one back exactly; raises `StateProblem` when there is none."""
        ...

    def part(self, account: str, serial: int, addresses: Iterable[str]) -> Snapshot:
        """One with the resources of these addresses only; raises `StateProblem` as `get` does."""
        ...

    def between(self, account: str, before: int, after: int) -> tuple[Snapshot, Snapshot]:
        """Two snapshots, each with those resources only that the other has not, or not equal."""
        ...

    def prune(self, account: str, gone: Collection[int]) -> int:
        """Remove snapshots but the newest for good; gives the bytes that the store shrank by."""
        ...

    def list(self, account: str = "") -> tuple[SnapshotRow, ...]:
        """All rows, newest first; of one account, or of all for the empty string."""
        ...


class Request(msgspec.Struct, frozen=True):
    """An approval request: `status` is waiting, approved, rejected, expired, used, superseded."""

    id: str
    digest: str
    account: str
    environment: str
    status: str
    opened_at: str
    opened_by: str


class Approval(msgspec.Struct, frozen=True):
    """One decision to let one digest run; `expires_at` and `at` are seconds since the epoch."""

    id: int
    digest: str
    account: str
    commit: str
    approver: str
    counts: dict[str, int]
    at: float
    expires_at: float
    comment: str = ""
    used_by: str = ""
    revoked: bool = False


class Run(msgspec.Struct, frozen=True):
    """One apply. `status`: starting, running, paused, applied, partial, failed, refused."""

    id: str
    digest: str
    account: str
    environment: str
    status: str
    by: str
    started_at: str
    finished_at: str = ""
    heartbeat: float = 0.0
    pid: int = 0
    host: str = ""
    epoch: int = 0
    pause_requested: bool = False


class Lease(msgspec.Struct, frozen=True):
    """Who may write to an account. `epoch` grows with every new holder."""

    account: str
    owner: str
    purpose: str
    epoch: int
    expires_at: float


class CallRow(msgspec.Struct, frozen=True):
    """The journal's row of one call.

    `op_id` is as `fleetc.plan.actions.op_id` gives it. `state`: planned, intent, sent, effect, unknown,
    verified, failed, conflict, skipped, abandoned.
    """

    op_id: str
    run: str
    action: str
    number: int
    state: str
    epoch: int = 0
    attempt: int = 0
    base_hash: str = ""
    symbolic_digest: str = ""
    arguments: str = ""
    platform_id: str = ""
    live_hash: str = ""
    reason: str = ""
    sent_at: float = 0.0


class AuditRow(msgspec.Struct, frozen=True):
    """One row of the hash-chained audit log."""

    seq: int
    at: str
    actor: str
    os_user: str
    kind: str
    subject: str
    detail: dict[str, Any]
    previous: str
    hash: str


class Ledger(Protocol):
    """Plans, requests, approvals, runs, journal, events, leases, baselines, audit.

    Every method is one durable transaction (rollback journal, `synchronous=FULL`).
    """

    def stamp(self) -> str:
        """A text that is another one after anything was written."""
        ...

    # plans and requests
    def put_plan(self, plan: Plan) -> None:
        """Store a plan under its digest; one made again on a newer state replaces the body."""
        ...

    def get_plan(self, digest: str) -> Plan | None:
        """The plan of a digest, or None; raises `StateProblem` when it is damaged."""
        ...

    def find_plans(self, prefix: str) -> tuple[str, ...]:
        """The digests that begin with `prefix`, sorted."""
        ...

    def plan_snapshots(self, account: str) -> dict[str, str]:
        """The digest of each plan of an account to the name of the snapshot that it is against."""
        ...

    def open_request(self, plan: Plan) -> Request:
        """Open the plan's request, or give the one that waits, is approved or rejected."""
        ...

    def requests(self, account: str = "") -> tuple[Request, ...]:
        """All requests, newest first; of one account, or of all for the empty string."""
        ...

    def set_request(self, digest: str, status: str) -> None:
        """Give the request of a digest another status; nothing happens when there is none."""
        ...

    # approvals
    def add_approval(self, approval: Approval) -> Approval:
        """Store an approval; the result has its number in `id`."""
        ...

    def approvals(self, digest: str) -> tuple[Approval, ...]:
        """All approvals of a digest, oldest first, also used, expired and revoked ones."""
        ...

    def revoke_approval(self, number: int) -> bool:
        """Take an unused approval back; false when there is none, or it was used already."""
        ...

    def consume_approvals(self, digest: str, run: str, now: float) -> tuple[Approval, ...]:
        """Mark all valid, unused ones as used by `run`, at once; empty when there are none."""
        ...

    # withheld actions, baselines, the last applied commit
    def withheld(self, account: str) -> dict[str, tuple[str, str]]:
        """Address to (by whom, fingerprint of the change)."""
        ...

    def set_withheld(self, account: str, rows: dict[str, tuple[str, str] | None]) -> None:
        """Set the rows of these addresses, at once; None takes one away."""
        ...

    def baselines(self, account: str, addresses: Iterable[str] | None = None) -> dict[str, Baseline]:
        """The baselines of an account, by address: all, or those of `addresses`."""
        ...

    def set_baselines(self, account: str, rows: dict[str, Baseline | None]) -> None:
        """Set the baselines of these addresses, at once; None takes one away."""
        ...

    def protections(self, account: str) -> frozenset[str]:
        """The addresses that are protected by what was applied to an account."""
        ...

    def set_protections(self, account: str, rows: dict[str, bool], digest: str) -> None:
        """Protect these addresses or end their protection, at once, by the plan of `digest`."""
        ...

    def applied_commit(self, account: str) -> str:
        """The commit of the last applied plan; empty when there is none."""
        ...

    def set_applied_commit(self, account: str, commit: str) -> None:
        """Set the commit of the last applied plan."""
        ...

    # leases
    def take_lease(self, account: str, owner: str, purpose: str, seconds: float, now: float) -> Lease:
        """Take or take over an expired lease with a new epoch; raises `Refused` naming the holder."""
        ...

    def renew_lease(self, lease: Lease, seconds: float, now: float) -> Lease:
        """The lease with a later end; raises `Refused` when its epoch is over."""
        ...

    def release_lease(self, lease: Lease) -> None:
        """Let the account go; nothing happens when the lease was lost before."""
        ...

    def lease(self, account: str) -> Lease | None:
        """The lease of an account, also an expired one; None when it is free."""
        ...

    # runs
    def create_run(self, run: Run, actions: tuple[Action, ...]) -> None:
        """Store a run with one journal row in state `planned` for each call, numbered from 0."""
        ...

    def get_run(self, run: str) -> Run | None:
        """The run of that id, or None."""
        ...

    def runs(self, account: str = "") -> tuple[Run, ...]:
        """All runs, newest first; of one account, or of all for the empty string."""
        ...

    def update_run(self, run: str, **changes: object) -> None:
        """Set members of a run by name, at once."""
        ...

    def calls(self, run: str) -> tuple[CallRow, ...]:
        """The journal rows of a run, in the order of the plan."""
        ...

    # journal: one group commit; the epoch is checked in the same transaction
    def write(self, lease: Lease, rows: tuple[CallRow, ...], events: tuple[RunEvent, ...]) -> None:
        """Write rows and events if the lease's epoch still holds; else raises `Refused`."""
        ...

    def events(self, run: str, after: int = 0) -> Iterator[RunEvent]:
        """The events of a run with numbers above `after`, in order."""
        ...

    # audit
    def audit(self, actor: str, os_user: str, kind: str, subject: str, detail: dict[str, Any]) -> AuditRow:
        """Add a row to the chain; raises `StateProblem` when rows are missing at its end."""
        ...

    def audit_rows(self) -> Iterator[AuditRow]:
        """All rows, oldest first."""
        ...

    def verify_audit(self) -> AuditRow | None:
        """The first row that does not fit, or None."""
        ...
