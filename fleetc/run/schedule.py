"""The order of steps as a ready queue: in-degree counts, no barriers (pure, one thread).

A step is ready when all it waits for has ended. One that needs a failed step is skipped, and so
is what needs it in turn; one that only waits for a failed step goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush

from fleetc.plan.order import Step

__all__ = ["Schedule"]


class Schedule:
    """The steps still to do; `known` are outcomes from an earlier worker, by step (true: done)."""

    def __init__(self, steps: Sequence[Step], known: Mapping[int, bool]) -> None:
        self.steps = steps
        self._known = known
        self._skipped: list[tuple[Step, Step]] = []
        self._because: dict[int, int] = {}
        self._left = len(steps)
        self._behind: list[list[int]] = [[] for _ in steps]
        self._open = [0] * len(steps)
        for step in steps:
            earlier = {*step.waits_for, *step.needs}
            self._open[step.index] = len(earlier)
            for index in earlier:
                self._behind[index].append(step.index)
        self._ready = [(step.wave, step.index) for step in steps if not self._open[step.index]]
        heapify(self._ready)

    @property
    def finished(self) -> bool:
        """Whether every step has ended or was skipped."""
        return self._left == 0

    def next(self) -> Step | None:
        """A step that may run now, lowest wave first, or None."""
        while self._ready:
            _, index = heappop(self._ready)
            if index not in self._known:
                return self.steps[index]
            self.ended(index, done=self._known[index])
        return None

    def ended(self, index: int, *, done: bool) -> None:
        """A step has ended: what waited for it may become ready, or be skipped."""
        ends = [(index, done)]
        while ends:
            index, done = ends.pop()
            self._left -= 1
            for later in self._behind[index]:
                self._open[later] -= 1
                if not done and index in self.steps[later].needs:
                    self._because.setdefault(later, index)
                if self._open[later]:
                    continue
                if later not in self._because:
                    heappush(self._ready, (self.steps[later].wave, later))
                    continue
                if later not in self._known:
                    self._skipped.append((self.steps[later], self.steps[self._because[later]]))
                ends.append((later, False))

    def take_skipped(self) -> list[tuple[Step, Step]]:
        """The steps skipped since the last time, each with the step it needed."""
        taken, self._skipped = self._skipped, []
        return taken
