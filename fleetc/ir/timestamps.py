"""Wall times as RFC 3339 text, UTC, for display and for records (never for deadlines)."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["day_of", "rfc3339", "seconds_of"]


def rfc3339(seconds: float, *, milliseconds: bool = False) -> str:
    """`2026-08-22T12:04:31Z` for seconds since the epoch."""
    moment = datetime.fromtimestamp(seconds, UTC)
    spec = "milliseconds" if milliseconds else "seconds"
    return moment.isoformat(timespec=spec).replace("+00:00", "Z")


def seconds_of(text: str) -> float:
    """Seconds since the epoch of an RFC 3339 time; a time without a zone is UTC.

    Raises `ValueError` for anything else.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def day_of(seconds: float) -> str:
    """The UTC day of seconds since the epoch: `2026-08-22`."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
