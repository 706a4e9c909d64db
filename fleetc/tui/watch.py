"""One run as it is watched: its plan by waves, and the fold of its events. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fleetc.events import ActionStarted, RunEvent
from fleetc.ir.timestamps import seconds_of
from fleetc.plan.actions import Plan
from fleetc.plan.order import steps
from fleetc.ports import Run
from fleetc.run.state import ActionState, RunState, fold
from fleetc.tui.rows import Group, Rows

__all__ = ["STATUSES", "Seen", "Watched"]

STATUSES = ("waiting", "running", "ok", "failed", "conflict", "skipped")
_OK = STATUSES.index("ok")
_DONE = bytes(code == _OK for code in range(256))
_BAD = bytes(code > _OK for code in range(256))


class Seen(NamedTuple):
    """One look at a run: its row, the events new since the last look, and the time."""

    run: Run | None
    events: tuple[RunEvent, ...]
    now: float


class Watched:
    """A run's actions in waves, with one status byte each (an index of `STATUSES`)."""

    def __init__(self, run: str, plan: Plan | None) -> None:
        self.run = run
        self.actions = plan.chosen if plan is not None else ()
        self.state = RunState()
        self.started: dict[str, str] = {}
        self.codes = bytearray(len(self.actions))
        self.wave: dict[str, int] = _waves(plan) if plan is not None else {}
        self._number = {action.id: number for number, action in enumerate(self.actions)}
        self.waves = max(self.wave.values(), default=0)
        self.rows = Rows(self._groups(), [action.address for action in self.actions], bytes(self.codes))
        self.by_row = self.rows.outline.spread(bytes(self.codes))
        self.failures_only = False
        self._narrowed = False
        self._span: dict[int, tuple[str, str]] = {}
        self._shut: set[int] = set()

    def _groups(self) -> tuple[Group, ...]:
        members: dict[int, list[int]] = {}
        for number, action in enumerate(self.actions):
            members.setdefault(self.wave[action.id], []).append(number)
        return tuple(
            Group(f"wave:{wave}", " ".join(dict.fromkeys(self.actions[n].kind for n in leaves)), (), leaves)
            for wave, leaves in sorted(members.items())
        )

    def take(self, events: Sequence[RunEvent]) -> list[RunEvent]:
        """Fold a batch, and bring the rows up to date; gives back those that are new, by number."""
        new = self.absorb(events)
        if new:
            self.settle()
        return new

    def absorb(self, events: Sequence[RunEvent]) -> list[RunEvent]:
        """Fold one of several batches: `settle` is for after the last."""
        new = [event for event in events if event.seq > self.state.seq]
        if not new:
            return new
        self.state = fold(new, self.state)
        for event in new:
            if isinstance(event, ActionStarted):
                self.started[event.action] = event.at
            name = getattr(event, "action", "")
            if name in self._number:
                self.codes[self._number[name]] = STATUSES.index(self.state.actions[name].status)
                began, _ = self._span.get(self.wave[name], (event.at, ""))
                self._span[self.wave[name]] = began, event.at
        return new

    def settle(self) -> None:
        """Bring the rows up to date with the codes."""
        codes = bytes(self.codes)
        self.by_row = self.rows.outline.spread(codes)
        self.rows.marks = self.by_row.translate(_DONE)
        if self.failures_only or self._narrowed:
            self._narrowed = self.failures_only
            self.rows.narrow(codes.translate(_BAD) if self.failures_only else None)
        self._shut_done()

    def _shut_done(self) -> None:
        """Close each wave that is done, once: somebody who opens it again wants to see it."""
        outline, cursor = self.rows.outline, self.rows.cursor
        for row in outline.groups:
            if row not in self._shut and self.wave_word(row) == "done":
                self._shut.add(row)
                if not row < cursor < outline.end[row]:
                    self.rows.fold(row, False)

    def wave_seconds(self, wave: int) -> float:
        """Seconds from the first event of a wave to its last so far."""
        began, ended = self._span.get(wave, ("", ""))
        return max(0.0, seconds_of(ended) - seconds_of(began)) if ended else 0.0

    def left_seconds(self, now: float) -> float | None:
        """About how long a run that goes on will take still; None while nothing is known.

        As long for each action that is left as it took for one that has ended.
        """
        ended = len(self.actions) - self.count("waiting") - self.count("running")
        if self.state.status != "running" or not ended:
            return None
        return self.elapsed(now) * (len(self.actions) - ended) / ended

    def root(self, leaf: int) -> str:
        """The id of the action that an action which was skipped waits for in the end; empty for none."""
        seen: set[str] = set()
        name = self.action(leaf).because
        while (state := self.state.actions.get(name)) and state.because and name not in seen:
            seen.add(name)
            name = state.because
        return name

    def standing(self, name: str) -> str:
        """The status of an action by its id."""
        state = self.state.actions.get(name)
        return state.status if state else "waiting"

    def count(self, status: str) -> int:
        """How many actions have a status."""
        return self.codes.count(STATUSES.index(status))

    @property
    def bad(self) -> bytes:
        """1 for each action that failed, conflicted or was skipped."""
        return bytes(self.codes).translate(_BAD)

    def action(self, leaf: int) -> ActionState:
        """The state of one action; waiting when nothing was heard of it."""
        name = self.actions[leaf].id
        return self.state.actions.get(name) or ActionState(name, "waiting")

    def elapsed(self, now: float) -> float:
        """Seconds since the run began, until its end or pause."""
        state = self.state
        if not state.started_at:
            return 0.0
        still = not state.finished and state.status != "paused"
        return max(0.0, (now if still else seconds_of(state.last_at)) - seconds_of(state.started_at))

    def running_for(self, leaf: int, now: float) -> float:
        """Seconds since an action started."""
        at = self.started.get(self.actions[leaf].id, "")
        return max(0.0, now - seconds_of(at)) if at else 0.0

    def wave_word(self, row: int) -> str:
        """The word for a whole wave, from its leaves."""
        end = self.rows.outline.end[row]
        found = {status: self.by_row.count(code, row + 1, end) for code, status in enumerate(STATUSES)}
        size = end - row - 1
        if found["ok"] == size:
            return "done"
        if found["running"]:
            return "running"
        if found["failed"] or found["conflict"]:
            return "FAILED"
        if found["waiting"] == size:
            return "waiting"
        return "blocked" if found["skipped"] == size else "partly"


def _waves(plan: Plan) -> dict[str, int]:
    found: dict[str, int] = {}
    for step in steps(plan):
        found.setdefault(plan.actions[step.action].id, step.wave)
    return found
