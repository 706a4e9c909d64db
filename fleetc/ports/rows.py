"""The values that ports take and give: one line each of a stored list."""

from __future__ import annotations

from typing import Any

import msgspec

from fleetc.ir.state import snapshot_name

__all__ = [
    "Applied",
    "Approval",
    "AuditRow",
    "CallReply",
    "CallRow",
    "Lease",
    "Request",
    "Run",
    "SnapshotRow",
]


class CallReply(msgspec.Struct, frozen=True):
    """What a call answered: the platform id of what it made or touched, and the raw answer."""

    platform_id: str
    data: dict[str, Any]


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
    """One decision to let one digest run; `expires_at` and `at` are seconds since the epoch.

    `kind` is `person`, `rule` (the `approver` is then `rule:NAME`, a rule that lets it go) or
    `break-glass` (one person in an emergency, for whom quorums and windows do not count; `comment`
    says why).
    """

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
    kind: str = "person"

    @property
    def breaks_glass(self) -> bool:
        """Whether it lets a run go on through a hold."""
        return self.kind == "break-glass"

    def valid(self, now: float) -> bool:
        """Whether it can let a run begin now: not used, revoked or expired."""
        return not (self.used_by or self.revoked) and self.at <= now < self.expires_at


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


class Applied(msgspec.Struct, frozen=True):
    """One change that a run has done, or may have done, for budgets that count over time.

    `at` is in seconds since the epoch. `facts` are values of the resource at that time, by path,
    that budgets are counted by. A `doubtful` one failed, and nobody knows whether it took effect.
    """

    kind: str
    op: str
    address: str
    run: str
    at: float
    facts: dict[str, str | int | float | bool | None] = {}
    doubtful: bool = False


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
