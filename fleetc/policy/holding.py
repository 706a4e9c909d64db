"""When a hold ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from fleetc.policy.calendar import Calendar, closes, opens
from fleetc.policy.code import Frame
from fleetc.policy.conditions import Condition, Leaf, holds

__all__ = ["ends", "turns"]

_STEPS = 400
_YEAR = 370 * 86400.0


def ends(
    where: Condition | Leaf | None, window: str, frame: Frame, calendars: Mapping[str, Calendar]
) -> float | None:
    """The first time at which the window is open and the condition does not hold, within a year.

    The condition can only turn where a calendar opens or closes: those moments are tried one by one.
    """
    at, last = frame.circumstances.now, frame.circumstances.now + _YEAR
    for _ in range(_STEPS):
        opened = opens(calendars[window], at)
        if opened is None or opened > last:
            return None
        circumstances = replace(frame.circumstances, now=opened)
        if where is None or holds(where, replace(frame, circumstances=circumstances)) is False:
            return opened
        following = min(turns(calendars, opened), default=None)
        if following is None:
            return None
        at = following
    return None


def turns(calendars: Mapping[str, Calendar], at: float) -> Iterator[float]:
    """When each calendar opens or closes next."""
    for calendar in calendars.values():
        closing = closes(calendar, at)
        turn = closing if closing is not None else opens(calendar, at)
        if turn is not None and turn > at:
            yield turn
