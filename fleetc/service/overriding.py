"""How long an override holds: as it is typed, and as it stands in the plan."""

from __future__ import annotations

from fleetc.errors import UsageProblem
from fleetc.ir.timestamps import rfc3339, seconds_of
from fleetc.service.table import seconds_in

__all__ = ["override_end"]

_USUAL = 7200.0
_LONGEST = 30 * 86400.0


def override_end(reason: str, expires: str, now: float) -> str:
    """When an override ends, RFC 3339: after 2 hours unless `expires` says so; empty without a reason.

    `expires` is a duration (`90m`, `3d`) or a time. Raises `UsageProblem` for anything else, for a
    time that is over, and for one more than 30 days away.
    """
    if not reason:
        if expires:
            raise UsageProblem("--override-expires needs an override", next_step="add --override REASON")
        return ""
    end = _end(expires, now)
    if end is None or not now < end <= now + _LONGEST:
        what = "is neither a duration nor a time" if end is None else "is over, or more than 30 days away"
        raise UsageProblem(
            f"--override-expires {expires!r} {what}",
            next_step="write it as 90m, 12h, 3d or 2026-08-22T12:00:00Z",
        )
    return rfc3339(end)


def _end(expires: str, now: float) -> float | None:
    if not expires:
        return now + _USUAL
    seconds = seconds_in(expires)
    if seconds is not None:
        return now + seconds
    try:
        return seconds_of(expires)
    except (ValueError, OverflowError):
        return None
