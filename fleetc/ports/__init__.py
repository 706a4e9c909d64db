"""Protocols: the outside world as the core sees it.

`outside` has time and the platform, `ledger` what is remembered of decisions and runs, `rows` the
values that both take and give. Each port has one contract suite in `tests/contract/` that every
implementation passes.
"""

from __future__ import annotations

from fleetc.ports.ledger import Ledger
from fleetc.ports.outside import Clock, Paged, Platform, SnapshotStore
from fleetc.ports.rows import (
    Applied,
    Approval,
    AuditRow,
    CallReply,
    CallRow,
    Lease,
    Request,
    Run,
    SnapshotRow,
)

__all__ = [
    "Applied",
    "Approval",
    "AuditRow",
    "CallReply",
    "CallRow",
    "Clock",
    "Lease",
    "Ledger",
    "Paged",
    "Platform",
    "Request",
    "Run",
    "SnapshotRow",
    "SnapshotStore",
]
