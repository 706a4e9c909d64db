"""A run as rules see it: whether the fleet stays as they want it, whatever becomes of the rest (design 3.2).

A plan is judged with all that is ticked, and a run can stop anywhere in between. So an action starts
only when no invariant breaks, and no rule speaks up about it, that did not before:

- with what is done so far and this action, whatever becomes of those under way that have to do with
  it. Else it waits for others: what is allowed only because of another change comes after it.
- with all that is not known to have failed. Else it never starts: what it leans on will not come.

What may be done or not (its effect is unknown, or it is half done) counts as both. A replacement with
a gap whose new one did not come counts as gone.

What is not promised: where no order of the actions keeps an invariant (two that have to swap under an
exact count), one goes first once nothing else is left to wait for, and if the other then fails, the
invariant stays broken. What stands between the steps of one action (the gap of a replacement) is not
judged when it starts, and only holds back what comes after when it stays so. Of more than four doubtful
actions that have to do with one another, all, none, each alone and each left out are tried, and not every
combination; of those under way beside an action that a rule speaks up about, all and none. An invariant
that looks at very many resources is looked at a few times for each action that it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, combinations
from typing import NamedTuple

from fleetc.plan.verdicts import Finding, Verdict
from fleetc.policy.conditions import leaves
from fleetc.policy.judge import BrokenKey, Judge, Ruling
from fleetc.policy.ruleset import RuleSet

__all__ = ["Block", "Progress", "watched"]

_UNDER_WAY = 3
"""So many actions under way that share an invariant with another one does not make it wait."""
_EVERY_WAY = 4


class Block(NamedTuple):
    """Why an action may not start now: `finding`, None for too many under way with it.

    `waits` when it may later; then `things` are what it looks at, None for everything.
    """

    finding: Finding | None
    waits: bool
    things: frozenset[object] | None = None


def watched(rules: RuleSet) -> bool:
    """Whether what some rules say of one action depends on the others."""
    return bool(rules.invariants) or _looking(rules)


def _looking(rules: RuleSet) -> bool:
    """Whether the condition of a rule looks at more than its own change."""
    wheres = (body.where for rule in rules.rules for body in rule.bodies.values() if body.where is not None)
    return any(leaf.code.changing for where in wheres for leaf in leaves(where))


class Progress:
    """What a run has done so far, and what may come of it.

    `whole` and `sofar` are two judges of the plan as it is ticked, by `sets`, which said `ruling` of it;
    they belong to this object from then on. `counts` tells whether a finding is one to stop for.
    """

    def __init__(
        self,
        whole: Judge,
        sofar: Judge,
        sets: Iterable[RuleSet],
        ruling: Ruling,
        counts: Callable[[Finding], bool],
    ) -> None:
        self._whole, self._sofar, self._counts = whole, sofar, counts
        self._looking = any(map(_looking, sets))
        sofar.turn(row for row, action in enumerate(sofar.actions) if action.selected)
        self._known = {(f.subject, f.rule, f.accepted) for f in ruling.findings if f.binds}
        self._under_way: dict[int, set[object]] = {}
        self._doubtful: dict[int, set[object]] = {}

    def begin(self, action: str) -> None:
        """An action starts."""
        row = self._whole.rows[action]
        self._under_way[row] = self._sofar.touched(row)

    def end(self, action: str, *, done: bool | None) -> set[object]:
        """An action has ended; `done` is None when nobody knows. Gives what it touches."""
        row = self._whole.rows[action]
        touched = self._under_way.pop(row, None) or self._sofar.touched(row)
        if done is None:
            self._doubtful[row] = touched
        else:
            (self._sofar if done else self._whole).turn((row,))
        return touched

    def lose(self, action: str) -> None:
        """What is live of an action's resource is gone."""
        row = self._whole.rows[action]
        for judge in (self._whole, self._sofar):
            judge.lose(row)

    def blocks(self, action: str, *, last: bool = False) -> Block | None:
        """Why an action may not start now; with `last` there is nothing that it could wait for."""
        row = self._whole.rows[action]
        return self._never(row) or (None if last else self._early(row))

    def _never(self, row: int) -> Block | None:
        """What would be wrong with all that is not known to have failed."""
        near = self._near(self._whole, row, self._doubtful)
        for on in _ways(near):
            off = [other for other in near if other not in on]
            with _turned(self._whole, off), _turned(self._sofar, on):
                found = self._worse(self._whole, row, self._sofar.broken())
            if found is not None:
                return Block(found, waits=False)
        return None

    def _early(self, row: int) -> Block | None:
        """What would be wrong with what is done so far and this action."""
        with _turned(self._sofar, (row,)):
            under_way = self._near(self._sofar, row, self._under_way)
            doubtful = self._near(self._sofar, row, self._doubtful)
        if len(under_way) > _UNDER_WAY:
            return Block(None, waits=True, things=frozenset().union(*map(self._under_way.get, under_way)))  # type: ignore[arg-type]
        every = [tuple(self._under_way)] if self._looking else []
        for on in dict.fromkeys((*_ways([*under_way, *doubtful]), *every)):
            with _turned(self._sofar, on):
                broken = self._sofar.broken()
                before = {key for key in self._sofar.resting_on(self._sofar.touched(row)) if key in broken}
                with _turned(self._sofar, (row,)):
                    found = self._worse(self._sofar, row, before)
                    things = self._looked(row) if found is not None and not found.subject else None
            if found is not None:
                return Block(found, waits=True, things=things)
        return None

    def _worse(self, judge: Judge, row: int, before: Container[BrokenKey]) -> Finding | None:
        """What is said of an action, or is broken and rests on it, and was not so before."""
        for finding in judge.findings_of(row):
            if (finding.subject, finding.rule, finding.accepted) not in self._known and self._stops(finding):
                return finding
        broken = judge.broken()
        new = [key for key in judge.resting_on(judge.touched(row)) if key in broken and key not in before]
        return next((broken[key] for key in sorted(new) if self._stops(broken[key])), None)

    def _stops(self, finding: Finding) -> bool:
        return finding.binds and finding.verdict.rank >= Verdict.REQUIRE.rank and self._counts(finding)

    def _near(self, judge: Judge, row: int, others: dict[int, set[object]]) -> list[int]:
        """Those of some actions that an invariant which looks at this one looks at too."""
        if not others:
            return []
        judge.broken()
        looked = frozenset().union(*judge.resting_on(judge.touched(row)).values())
        return [other for other, touched in others.items() if not looked.isdisjoint(touched)]

    def _looked(self, row: int) -> frozenset[object]:
        resting = self._sofar.resting_on(self._sofar.touched(row))
        return frozenset().union(*resting.values())


def _ways(rows: Sequence[int]) -> Iterable[tuple[int, ...]]:
    """What may have come of doubtful actions: which of them are done."""
    size = len(rows)
    sizes: Iterable[int] = range(size + 1) if size <= _EVERY_WAY else (0, 1, size - 1, size)
    return chain.from_iterable(combinations(rows, each) for each in sizes)


@contextmanager
def _turned(judge: Judge, rows: Sequence[int]) -> Iterator[None]:
    """While it lasts, the ticks of some actions are turned over."""
    if rows:
        judge.turn(rows)
    try:
        yield
    finally:
        if rows:
            judge.turn(rows)
