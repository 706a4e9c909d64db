"""Windows and freezes: sets of instants, told by the wall clock of a time zone (design 3.2).

Seconds of a wall clock are counted from its own 1970-01-01 00:00, so that plain arithmetic does for
them. An instant and its wall time differ by the zone's offset, which is constant between two
transitions; a search goes from one such stretch to the next.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from math import floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

__all__ = ["HORIZON_DAYS", "Calendar", "closes", "describe", "opens", "within", "zone", "zones"]

HORIZON_DAYS = 2 * 370
"""How far ahead a search goes when it is not told: two years and some days."""

_DAY = 86400
_EPOCH = date(1970, 1, 1).toordinal()
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ZONE = re.compile(r"(?=.{1,64}\Z)[A-Z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")


@dataclass(frozen=True, slots=True)
class Calendar:
    """A window or a freeze: what is given of days, time of day and dates has to hold, all at once.

    - `tz`: a zone that `zone` knows.
    - `days`: days of the week, 0 is Monday; none means each.
    - `start_time`, `end_time`: minutes of the day, 0 to 1440, the end not included. An end that is
      not after the start is on the next day; that night is part of the day on which it began, for
      `days` and for the dates.
    - `first`, `last`: dates, both included.
    """

    tz: str
    days: tuple[int, ...] = ()
    start_time: int | None = None
    end_time: int | None = None
    first: date | None = None
    last: date | None = None


def zone(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name; None for another name.

    What a system keeps beside those names (`localtime`, `right/…`) means something else on the next
    machine, or counts leap seconds: it is no name here.
    """
    from zoneinfo import ZoneInfo

    if not _ZONE.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no such zone, no zone file, a folder of zones
        return None


def zones() -> Collection[str]:
    """The names that `zone` knows, in order; slow (it reads all zone files), for suggestions."""
    from zoneinfo import available_timezones

    return sorted(filter(_ZONE.fullmatch, available_timezones()))


def within(calendar: Calendar, at: float) -> bool:
    """Whether an instant, in seconds since the epoch, is in the calendar.

    In an hour that the clock shows twice both passes are; one that it skips has no instants. Raises
    `KeyError` for an unknown zone, as all functions here that take a calendar.
    """
    now = floor(at)
    wall = now + _offset(_zone(calendar), now)
    return _next_inside(calendar, wall) == wall


def opens(calendar: Calendar, at: float, horizon_days: int = HORIZON_DAYS) -> float | None:
    """The first instant from `at` on that is in the calendar: `at` itself when it is.

    None when there is none within the horizon.
    """
    return at if within(calendar, at) else _turn(calendar, at, horizon_days, inside=True)


def closes(calendar: Calendar, at: float, horizon_days: int = HORIZON_DAYS) -> float | None:
    """The first instant after `at` that is not in the calendar.

    None when there is none within the horizon, and when `at` is not in the calendar either.
    """
    return _turn(calendar, at, horizon_days, inside=False) if within(calendar, at) else None


def describe(calendar: Calendar, at: float) -> str:
    """`open until Thu 16:00 Europe/Berlin`, or `opens Mon 2026-11-30 09:00 Europe/Berlin`.

    A closing that is a week ahead or more has its date too; a time that the clock shows twice has
    its offset.
    """
    if not within(calendar, at):
        opening = opens(calendar, at)
        if opening is None:
            return f"does not open within {HORIZON_DAYS} days"
        return f"opens {_moment(calendar, opening)}"
    closing = closes(calendar, at)
    if closing is None:
        return f"open, and does not close within {HORIZON_DAYS} days"
    today, then = (datetime.fromtimestamp(floor(each), _zone(calendar)).date() for each in (at, closing))
    return f"open until {_moment(calendar, closing, dated=(then - today).days >= len(_DAYS))}"


def _moment(calendar: Calendar, at: float, *, dated: bool = True) -> str:
    moment = datetime.fromtimestamp(at, _zone(calendar))
    day = f" {moment.date()}" if dated else ""
    twice = moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()
    offset = f"{moment:%z} " if twice else ""
    return f"{_DAYS[moment.weekday()]}{day} {moment:%H:%M} {offset}{calendar.tz}"


# instants


def _zone(calendar: Calendar) -> ZoneInfo:
    found = zone(calendar.tz)
    if found is None:
        raise KeyError(calendar.tz)
    return found


def _offset(where: ZoneInfo, at: int) -> int:
    """What the wall clock is ahead of UTC by, in seconds: less than a day, either way."""
    offset = datetime.fromtimestamp(at, where).utcoffset()
    assert offset is not None
    return floor(offset.total_seconds())


def _turn(calendar: Calendar, at: float, horizon_days: int, *, inside: bool) -> float | None:
    """The first instant after `at`, itself not of that sort, that is inside, or is not."""
    following = _next_inside if inside else _next_outside
    where, now, last = _zone(calendar), floor(at), at + horizon_days * _DAY
    while now <= last:
        near = following(calendar, now - _DAY)
        if near is None:
            return None
        now = max(now, near - _DAY)  # no offset is a day: before that, no wall clock shows it
        offset = _offset(where, now)
        end = _end_of_stretch(where, now, offset)
        wall = following(calendar, now + offset)
        if wall is not None and wall - offset < end:
            return float(wall - offset) if wall - offset <= last else None
        now = end
    return None


def _end_of_stretch(where: ZoneInfo, now: int, offset: int) -> int:
    """The first instant with another offset, or the next day's: no zone has two transitions in a day."""
    same, other = now, now + _DAY
    if _offset(where, other) == offset:
        return other
    while other - same > 1:
        middle = (same + other) // 2
        if _offset(where, middle) == offset:
            same = middle
        else:
            other = middle
    return other


# wall times


def _hours(calendar: Calendar) -> tuple[int, int]:
    """Where a day's hours start and stop, in seconds from its midnight; at most a day apart."""
    start = calendar.start_time or 0
    end = 24 * 60 if calendar.end_time is None else calendar.end_time
    return start * 60, (end if end > start else end + 24 * 60) * 60


def _next_inside(calendar: Calendar, wall: int) -> int | None:
    """The first wall time from `wall` on that is in the calendar."""
    start, stop = _hours(calendar)
    earliest = (wall - stop) // _DAY + 1  # the first day whose hours have not stopped
    if calendar.first is not None:
        earliest = max(earliest, calendar.first.toordinal() - _EPOCH)
    for day in range(earliest, earliest + len(_DAYS)):
        if _has(calendar, day):
            return max(wall, day * _DAY + start)
    return None


def _next_outside(calendar: Calendar, wall: int) -> int | None:
    """The first wall time from `wall` on that is not in the calendar."""
    if _next_inside(calendar, wall) != wall:
        return wall
    start, stop = _hours(calendar)
    day = (wall - stop) // _DAY + 1
    if stop - start < _DAY:
        return day * _DAY + stop
    for after in range(day + 1, day + 1 + len(_DAYS)):
        if not _has(calendar, after):
            return after * _DAY + start
    return None if calendar.last is None else (calendar.last.toordinal() - _EPOCH + 1) * _DAY + start


def _has(calendar: Calendar, day: int) -> bool:
    """Whether a day, counted from 1970-01-01 (a Thursday), is one of the calendar's."""
    if calendar.days and (day + 3) % len(_DAYS) not in calendar.days:
        return False
    ordinal = day + _EPOCH
    return (calendar.first is None or calendar.first.toordinal() <= ordinal) and (
        calendar.last is None or ordinal <= calendar.last.toordinal()
    )
