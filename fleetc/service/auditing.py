"""Use cases of the audit log: look at it, and check its chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleetc.policy.access import Permission
from fleetc.service.access import may, require_any

if TYPE_CHECKING:
    from fleetc.ports import AuditRow
    from fleetc.service.workspace import Workspace

__all__ = ["audit_rows", "first_bad"]


def audit_rows(workspace: Workspace) -> tuple[AuditRow, ...]:
    """The rows that the OS user may read, oldest first.

    Left out are those about a plan, a run or an account that is not readable. Raises `Refused` for
    who may read no account at all.
    """
    require_any(workspace, Permission.READ)
    ledger = workspace.ledger()
    rows = tuple(ledger.audit_rows())
    grants = workspace.operator().access.grants
    if grants is None:
        return rows
    about = {request.digest: request.account for request in ledger.requests()}
    about |= {run.id: run.account for run in ledger.runs()}
    about |= {account: account for account in (*about.values(), *grants)}
    allowed = {account: may(workspace, Permission.READ, account) for account in set(about.values())}
    return tuple(row for row in rows if allowed.get(about.get(row.subject, ""), True))


def first_bad(workspace: Workspace) -> tuple[AuditRow | None, int]:
    """The first row that does not fit the chain, or None, and how many rows there are.

    Raises `Refused` for who may read no account at all.
    """
    require_any(workspace, Permission.READ)
    ledger = workspace.ledger()
    return ledger.verify_audit(), sum(1 for _ in ledger.audit_rows())
