"""Changes that were approved before: known again in a later plan, whatever else is in it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from fleetc.plan.fingerprint import fingerprint

if TYPE_CHECKING:
    from fleetc.plan.actions import Action, Plan
    from fleetc.service.workspace import Workspace

__all__ = ["approved_before", "keep_marks", "marks_of"]

_SIZE = 16
_MOST = 50


def mark(action: Action) -> bytes:
    """16 bytes that are equal for exactly the same change of exactly the same resource.

    What the platform would delete along belongs to it.
    """
    parts = (fingerprint(action), action.platform_id, *action.cascade)
    return hashlib.sha256("\0".join(parts).encode()).digest()[:_SIZE]


def marks_of(plan: Plan) -> bytes:
    """The marks of what is ticked, sorted, one after the other."""
    return b"".join(sorted(map(mark, plan.chosen)))


def keep_marks(workspace: Workspace, plan: Plan) -> None:
    """Remember what is approved with a plan."""
    workspace.ledger().put_marks(plan, marks_of(plan))


def approved_before(workspace: Workspace, plan: Plan) -> dict[str, tuple[str, ...]]:
    """The actions that were in a plan approved earlier, exactly the same, by whom: the latest first.

    Looks at the account's newest 50 approvals of people, also used and expired ones. An approval
    of this plan itself is none of them.
    """
    if not workspace.stored("ledger"):
        return {}
    earlier = [each for each in workspace.ledger().marks(plan.account, _MOST) if each[0] != plan.digest]
    if not earlier:
        return {}
    marks = [mark(action) for action in plan.actions]
    missing: dict[str, set[bytes]] = {}
    for _, approvers, body in earlier:
        for approver in approvers:
            left = missing.setdefault(approver, set(marks))
            if left:
                left -= left.intersection(body[at : at + _SIZE] for at in range(0, len(body), _SIZE))
    found = {
        action.id: tuple(name for name, left in missing.items() if own not in left)
        for action, own in zip(plan.actions, marks, strict=True)
    }
    return {id_: approvers for id_, approvers in found.items() if approvers}
