"""Playing the events of a run that is over, as if it were going on. Pure; who plays it has the clock."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence

from fleetc.events import RunEvent
from fleetc.ir.timestamps import seconds_of

__all__ = ["GAP", "SPEEDS", "Player"]

GAP = 3.0
"""Seconds that a silence of the run lasts at most: a night in which it was paused is no show."""
SPEEDS = (1, 4, 16, 64, 1024)


class Player:
    """The events of a run, and how many of them were shown: `at`. `speed` is a factor of time."""

    def __init__(self, events: Sequence[RunEvent]) -> None:
        self.events = events
        self.at = 0
        self.playing = False
        self._speed = 0
        self._clock = 0.0
        self._due = array("d")
        self._moments = array("d", (seconds_of(event.at) for event in events))
        due = before = 0.0
        for number, moment in enumerate(self._moments):
            due += min(GAP, max(0.0, moment - before)) if number else 0.0
            before = moment
            self._due.append(due)

    @property
    def speed(self) -> int:
        """How many times as fast as the run was."""
        return SPEEDS[self._speed]

    @property
    def ended(self) -> bool:
        """Whether every event was shown."""
        return self.at >= len(self.events)

    @property
    def now(self) -> float:
        """The time of the run that is shown, in seconds since the epoch."""
        if not self.at:
            return self._moments[0] if self._moments else 0.0
        return self._moments[self.at - 1] + max(0.0, self._clock - self._due[self.at - 1])

    def faster(self, steps: int) -> None:
        """Play faster, or slower with a negative number."""
        self._speed = max(0, min(len(SPEEDS) - 1, self._speed + steps))

    def advance(self, seconds: float, most: int) -> Sequence[RunEvent]:
        """Let time go by while it plays; gives the events that are due, `most` of them at once."""
        if not self.playing or self.ended:
            self.playing = False
            return ()
        self._clock += seconds * self.speed
        due = min(bisect_right(self._due, self._clock), self.at + most)
        return self._show(due)

    def step(self) -> Sequence[RunEvent]:
        """The next event."""
        return self._show(min(self.at + 1, len(self.events)))

    def go(self, at: int) -> Sequence[RunEvent]:
        """Go to a place; gives all events up to it, from the first one on."""
        self.at = max(0, min(at, len(self.events)))
        self._clock = self._due[self.at - 1] if self.at else 0.0
        return self.events[: self.at]

    def _show(self, end: int) -> Sequence[RunEvent]:
        shown = self.events[self.at : end]
        if shown:
            self.at = end
            self._clock = max(self._clock, self._due[end - 1])
        return shown
