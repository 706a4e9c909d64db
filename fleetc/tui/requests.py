"""The approval requests of all environments as rows of one list. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fleetc.plan.verdicts import Verdict
from fleetc.tui.desk import Desk, Desks
from fleetc.tui.rows import Group, Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fleetc.service.approving import Waiting
    from fleetc.service.requested import Requested

__all__ = ["Asked", "Asks"]

_OPEN = ("waiting", "approved")


class Asked(NamedTuple):
    """A request, and the environment whose session decides about it."""

    desk: Desk
    item: Waiting

    @property
    def digest(self) -> str:
        """The digest of its plan."""
        return self.item.request.digest

    def revocable(self, now: float) -> str:
        """Whose approval can be taken back: one's own, else the newest; empty for nobody's."""
        names = [each.approver for each in self.item.approvals if each.valid(now) and each.kind != "rule"]
        own = f"user:{self.desk.session.who}"
        return own if own in names else next(reversed(names), "")

    def off(self, verb: str, told: Requested, now: float) -> str:
        """Why it cannot be approved, rejected or revoked now; empty when it can."""
        status = self.item.request.status
        if verb == "revoke":
            return "" if self.revocable(now) else "nobody has approved it"
        if verb == "reject":
            return "" if status in (*_OPEN, "expired") else f"it is {status}"
        if status not in (*_OPEN, "expired"):
            return f"it is {status}"
        denied = next((each for each in told.findings if each.verdict is Verdict.DENY), None)
        if denied is not None:
            return f"denied by {denied.rule}: {denied.message}"
        if over := [limit.text for limit in told.limits if limit.over and not told.override]:
            return f"over a limit ({over[0]}): plan again with --override REASON"
        return "approved already" if status == "approved" else ""


class Asks:
    """The requests by environment, and the rows they stand in; keys are digests."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks
        self._of: dict[Desk, Sequence[Waiting]] = dict.fromkeys(desks.all, ())
        self._settle(None)

    def take(self, desk: Desk, items: Sequence[Waiting]) -> None:
        """Take other requests of an environment; the cursor stays on its request."""
        self._of[desk] = items
        self._settle(self.rows)

    def _settle(self, before: Rows | None) -> None:
        self.asked = [Asked(desk, item) for desk, items in self._of.items() for item in items]
        groups, first = [], 0
        for desk, items in self._of.items():
            key = f"environment/{desk.environment}"
            groups.append(Group(key, key, (), range(first, first + len(items))))
            first += len(items)
        self.rows = Rows(groups, [each.digest for each in self.asked], bytes(len(self.asked)))
        if before is not None and len(before.keys):
            self.rows.carry(before)
        elif self.asked:
            self.rows.go(self.rows.outline.row_of[0])

    @property
    def items(self) -> list[Waiting]:
        """All requests."""
        return [each.item for each in self.asked]

    def of_row(self, row: int) -> Asked | None:
        """The request of a row; None for an environment's."""
        leaf = self.rows.outline.leaf[row] if row >= 0 else -1
        return self.asked[leaf] if leaf >= 0 else None

    def at_cursor(self) -> Asked | None:
        """The request under the cursor."""
        return self.of_row(self.rows.cursor)

    def desk_at_cursor(self) -> Desk | None:
        """The environment under the cursor."""
        row = self.rows.cursor
        return self.desk_of(row) if row >= 0 else None

    def desk_of(self, row: int) -> Desk:
        """The environment that a row stands in."""
        tops = [top for top in self.rows.outline.groups if top <= row]
        return self._desks.all[len(tops) - 1]

    def top(self, desk: Desk) -> int:
        """The row of an environment."""
        return self.rows.outline.groups[self._desks.all.index(desk)]
