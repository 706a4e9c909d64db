"""Waits of a run: retries with full jitter, the platform's rate limit, pause requests.

A rate limit holds for the account, so all calls wait at one gate. A wait ends early, with
`PauseRun`, as soon as a pause is asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from fleetc.errors import NotSent, PlatformProblem, RateLimited, ResultUnknown
from fleetc.ports import Clock

__all__ = ["LONGEST_WAIT", "Patience", "PauseRun", "Retried"]

LONGEST_WAIT = 900.0  # seconds: a platform that asks for more pauses the run
_LONGEST_BACKOFF = 30.0
_FIRST_BACKOFF = 0.25
_MOST_RETRIES = 24
_SLICE = 0.1

T = TypeVar("T")
Retried = Callable[[str, int, float], None]
"""Told before each wait: the reason, the number of the next try, and the seconds."""


class PauseRun(Exception):
    """No further call starts; the run is paused for `reason`.

    With `stuck`, no time makes it pass, but another plan.
    """

    def __init__(self, reason: str, *, stuck: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.stuck = reason, stuck


class Patience:
    """The waits of one run; `stop` is set when a pause was asked for."""

    def __init__(self, clock: Clock, stop: threading.Event) -> None:
        self._clock = clock
        self.stop = stop
        self._open_at = 0.0
        self._lock = threading.Lock()

    def sleep(self, seconds: float) -> None:
        """Wait; raises `PauseRun` when a pause is asked for before or meanwhile."""
        self.until(self._clock.monotonic() + seconds)

    def until(self, moment: float) -> None:
        """Wait until a time of the monotonic clock; raises `PauseRun` as `sleep` does."""
        while (left := moment - self._clock.monotonic()) > 0:
            self.check()
            self._clock.sleep(min(left, _SLICE))
        self.check()

    def check(self) -> None:
        """Raise `PauseRun` when a pause was asked for."""
        if self.stop.is_set():
            raise PauseRun("a pause was asked for")

    def gate(self) -> None:
        """Wait until the platform takes calls again."""
        while (moment := self._open_at) > self._clock.monotonic():
            self.until(moment)
        self.check()

    def after(self, problem: PlatformProblem, attempt: int, told: Retried) -> None:
        """Wait after try number `attempt` failed without being done.

        Raises `PauseRun` when the platform asks for too long, or when too many tries failed.
        """
        if isinstance(problem, RateLimited):
            wait = self._limited(problem)
        else:
            wait = self._clock.jitter() * min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2.0**attempt)
        if attempt >= _MOST_RETRIES:
            raise PauseRun(f"{attempt} tries in a row failed: {problem.message}")
        told(problem.message, attempt + 1, wait)
        self.sleep(wait)

    def _limited(self, problem: RateLimited) -> float:
        asked = problem.retry_after
        if asked > LONGEST_WAIT:
            raise PauseRun(f"the platform takes no calls for {asked:.0f} seconds")
        spread = self._clock.jitter() * max(0.05, 0.1 * asked)
        wait = max(0.0, asked) + spread
        with self._lock:
            self._open_at = max(self._open_at, self._clock.monotonic() + wait)
        return wait

    def read(self, reading: Callable[[], T], told: Retried) -> T:
        """What `reading` gives, tried again while the platform cannot be reached."""
        attempt = 0
        while True:
            try:
                return reading()
            except (NotSent, RateLimited, ResultUnknown) as problem:
                attempt += 1
                self.after(problem, attempt, told)
