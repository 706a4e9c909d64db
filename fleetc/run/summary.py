"""A run in numbers, for lists and for those who look back at it: pure, over its events.

`Tally` needs the first and the last event only where a run has ended, so that a list of many runs
reads two events of each that is seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from fleetc.events import ActionConflicted, ActionFailed, RunEvent, RunFinished, RunStarted
from fleetc.ir.timestamps import seconds_of
from fleetc.plan.actions import Action, Plan
from fleetc.run.state import RunState, fold

__all__ = [
    "Comparison",
    "Differs",
    "FirstFailure",
    "Summary",
    "Tally",
    "compared",
    "left_over",
    "summary",
    "tally",
]


class Tally(msgspec.Struct, frozen=True):
    """How far a run came. `seconds` is from its start to its last event, `wave` the highest begun."""

    done: int = 0
    failed: int = 0
    skipped: int = 0
    total: int = 0
    wave: int = 0
    seconds: float = 0.0
    events: int = 0


class FirstFailure(msgspec.Struct, frozen=True):
    """What went wrong first."""

    at: str
    address: str
    wave: int
    code: str
    message: str


class Summary(msgspec.Struct, frozen=True):
    """What there is to say about a run.

    `failures` has each code (or "conflict") with how many actions ended so and what the first of
    them said, the most frequent first. `left` counts the actions that are not done. `reason` and
    `next_step` are those of a pause.
    """

    tally: Tally
    plan: str = ""
    by: str = ""
    host: str = ""
    approved_by: tuple[str, ...] = ()
    break_glass: tuple[str, ...] = ()
    started_at: str = ""
    last_at: str = ""
    status: str = ""
    failures: tuple[tuple[str, int, str], ...] = ()
    first: FirstFailure | None = None
    left: int = 0
    reason: str = ""
    next_step: str = ""


class Differs(msgspec.Struct, frozen=True):
    """An action that ended differently in two runs; an empty status is that of one without it."""

    address: str
    op: str
    before: str
    after: str


class Comparison(msgspec.Struct, frozen=True):
    """Two runs side by side; `same` counts the actions that ended alike in both."""

    first: str
    second: str
    before: Tally
    after: Tally
    same: int
    differs: tuple[Differs, ...]


def tally(events: Sequence[RunEvent]) -> Tally:
    """The tally of a run, of its first and last event where it has ended, else of all of them."""
    if not events:
        return Tally()
    first, last = events[0], events[-1]
    seconds = max(0.0, seconds_of(last.at) - seconds_of(first.at))
    if isinstance(last, RunFinished):
        found = {name: _count(last.result, name) for name in _KEPT}
        total = first.total if isinstance(first, RunStarted) else sum(found.values())
        return Tally(
            found["applied_actions"],
            found["failed_actions"] + found["conflicts"],
            found["skipped_actions"],
            total,
            seconds=seconds,
            events=last.seq,
        )
    return _of_state(fold(events), seconds)


_KEPT = ("applied_actions", "failed_actions", "conflicts", "skipped_actions")


def _count(result: Mapping[str, Any], name: str) -> int:
    found = result.get(name, ())
    return len(found) if isinstance(found, list | tuple) else 0


def _of_state(state: RunState, seconds: float) -> Tally:
    counts = state.counts
    return Tally(
        counts["ok"],
        counts["failed"] + counts["conflict"],
        counts["skipped"],
        state.total,
        state.wave,
        seconds,
        state.seq,
    )


def summary(events: Sequence[RunEvent]) -> Summary:
    """The summary of a run, of all its events."""
    if not events:
        return Summary(Tally())
    state = fold(events)
    started = events[0]
    bad = [action for action in state.actions.values() if action.status in ("failed", "conflict")]
    codes = Counter(action.code or action.status for action in bad)
    said = {action.code or action.status: action.message for action in reversed(bad)}
    seconds = max(0.0, seconds_of(state.last_at) - seconds_of(started.at))
    return Summary(
        _of_state(state, seconds),
        state.plan,
        state.by,
        state.host,
        state.approved_by,
        started.break_glass if isinstance(started, RunStarted) else (),
        state.started_at,
        state.last_at,
        state.status,
        tuple((code, count, said[code]) for code, count in codes.most_common()),
        _first(events, state),
        state.total - state.counts["ok"],
        state.reason,
        state.next_step,
    )


def _first(events: Iterable[RunEvent], state: RunState) -> FirstFailure | None:
    """The first failure that the run did not get over."""
    for event in events:
        if isinstance(event, ActionFailed | ActionConflicted):
            action = state.actions[event.action]
            if action.status in ("failed", "conflict"):
                return FirstFailure(event.at, event.address, action.wave, action.code, event.message)
    return None


def left_over(plan: Plan, state: RunState) -> tuple[Action, ...]:
    """The chosen actions of a run's plan that are not done, in its order."""
    done = {name for name, action in state.actions.items() if action.status == "ok"}
    return tuple(action for action in plan.chosen if action.id not in done)


def compared(first: Sequence[RunEvent], second: Sequence[RunEvent]) -> Comparison:
    """Two runs side by side, by what they did to which address."""
    states = fold(first), fold(second)
    ends = [{(a.address, a.op): a.status for a in state.actions.values()} for state in states]
    keys = dict.fromkeys([*ends[0], *ends[1]])
    differs = [
        Differs(address, op, ends[0].get((address, op), ""), ends[1].get((address, op), ""))
        for address, op in keys
    ]
    found = tuple(each for each in differs if each.before != each.after)
    return Comparison(
        states[0].run, states[1].run, tally(first), tally(second), len(keys) - len(found), found
    )
