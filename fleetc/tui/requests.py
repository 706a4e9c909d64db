"""What can be decided of an approval request. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleetc.plan.verdicts import Verdict
from fleetc.tui.items import Listed

if TYPE_CHECKING:
    from fleetc.service.approving import Waiting
    from fleetc.service.requested import Requested

__all__ = ["Asked", "digest_of"]

_OPEN = ("waiting", "approved")


def digest_of(item: Waiting) -> str:
    """The digest of a request's plan, by which it is known."""
    return item.request.digest


class Asked(Listed["Waiting"]):
    """A request, and the environment whose session decides about it."""

    @property
    def digest(self) -> str:
        """The digest of its plan."""
        return digest_of(self.item)

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
