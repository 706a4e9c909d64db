"""Order: the steps of a plan's chosen actions, each with what it waits for (design 2.4, 2.6).

A replacement is two steps: its delete half, then its create half. What is created or updated
waits for what it refers to; what is deleted waits for what refers to it. A plan's `requires` says
only that two actions belong together; which of them goes first follows from the kinds: the one
that refers to the other has the higher rank. A rename goes before what refers to it. A
replacement's delete half goes after what referred to it has let go, and after what its create half
needs, unless that is replaced too: nothing is taken away that cannot be made again. Where that
would close a ring, it does not wait.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Op
from fleetc.plan.references import rank

__all__ = ["Step", "steps"]


class Step(msgspec.Struct, frozen=True):
    """One step of a plan.

    - `action`: row of the action in the plan; `half` is `delete` or `create` for a replacement.
    - `calls`: the numbers of its calls within the action, in order.
    - `waits_for`: numbers of the steps that must have ended before it starts.
    - `needs`: those of them whose failure skips it.
    - `wave`: the longest path that leads to it, from 1; for display only.
    """

    index: int
    action: int
    half: str
    calls: tuple[int, ...]
    waits_for: tuple[int, ...]
    needs: tuple[int, ...]
    wave: int


class _Draft:
    """Steps while they are linked: numbers of first and last step by row, and the edges.

    A step needs `hard` and `early` ones and waits for `soft` ones too; those of the last two are
    given up where they would close a ring.
    """

    def __init__(self, actions: Sequence[Action]) -> None:
        self.halves: list[tuple[int, str]] = []
        self.first: dict[int, int] = {}
        self.last: dict[int, int] = {}
        for row, action in enumerate(actions):
            if not action.selected:
                continue
            self.first[row] = len(self.halves)
            parts = ("delete", "create") if action.op is Op.REPLACE else ("",)
            self.halves += [(row, half) for half in parts]
            self.last[row] = len(self.halves) - 1
        self.hard: list[set[int]] = [set() for _ in self.halves]
        self.soft: list[set[int]] = [set() for _ in self.halves]
        self.early: list[set[int]] = [set() for _ in self.halves]

    def waits(self) -> list[set[int]]:
        """What each step waits for."""
        return [set.union(*sets) for sets in zip(self.hard, self.soft, self.early, strict=True)]

    def open_rings(self, waves: Sequence[int]) -> None:
        """Give up the soft waiting among steps of which none can come first nor last."""
        backward = _waves(_turned(self.waits()))
        stuck = {n for n, pair in enumerate(zip(waves, backward, strict=True)) if pair == (0, 0)}
        for number in stuck:
            self.soft[number] -= stuck
            self.early[number] -= stuck

    def need(self, row: int, step: int) -> None:
        """The action needs `step`; a replacement takes nothing away before that is done."""
        self.hard[self.last[row]].add(step)
        if self.first[row] != self.last[row]:
            self.early[self.first[row]].add(step)


def steps(plan: Plan) -> tuple[Step, ...]:
    """The steps of the chosen actions, in plan order; their waiting has no cycle."""
    actions = plan.actions
    draft = _Draft(actions)
    numbers = {action.id: row for row, action in enumerate(actions) if action.selected}
    for row in draft.first:
        if draft.first[row] != draft.last[row]:
            draft.hard[draft.last[row]].add(draft.first[row])
        for need in actions[row].requires:
            if need in numbers:
                _require(draft, actions, row, numbers[need])
        for other in actions[row].after:
            if other in numbers:
                draft.need(row, draft.last[numbers[other]])
    waves = _waves(draft.waits())
    if 0 in waves:
        draft.open_rings(waves)
        waves = _waves(draft.waits())
    return tuple(_step(draft, actions, number, wave) for number, wave in enumerate(waves))


def _require(draft: _Draft, actions: Sequence[Action], row: int, need: int) -> None:
    """Turn one *requires* into waiting."""
    action, other = actions[row], actions[need]
    first, last = draft.first, draft.last
    refers = rank(action.kind) > rank(other.kind)
    if action.op is Op.DELETE or (refers and other.op is Op.MOVE):
        draft.hard[first[row]].add(last[need])
    elif refers:
        if other.op is Op.REPLACE:
            draft.hard[last[row]].add(last[need])
        else:
            draft.need(row, last[need])
    elif other.op is Op.REPLACE:
        draft.hard[first[row]].add(first[need])
    elif action.id not in other.requires:
        draft.soft[first[row]].add(last[need])


def _turned(waits: Sequence[set[int]]) -> list[set[int]]:
    """The same edges the other way round."""
    followers: list[set[int]] = [set() for _ in waits]
    for number, before in enumerate(waits):
        for earlier in before:
            followers[earlier].add(number)
    return followers


def _waves(waits: Sequence[set[int]]) -> list[int]:
    """The wave of each step; 0 for one that stands in a ring, or behind one."""
    followers = _turned(waits)
    left = [len(before) for before in waits]
    waves = [0] * len(waits)
    ready = [number for number, count in enumerate(left) if not count]
    for number in ready:
        waves[number] = 1 + max((waves[earlier] for earlier in waits[number]), default=0)
        for follower in followers[number]:
            left[follower] -= 1
            if not left[follower]:
                ready.append(follower)
    return waves


def _step(draft: _Draft, actions: Sequence[Action], number: int, wave: int) -> Step:
    row, half = draft.halves[number]
    calls = tuple(n for n, call in enumerate(actions[row].calls) if call.half == half)
    needs = draft.hard[number] | draft.early[number]
    waits = needs | draft.soft[number]
    return Step(number, row, half, calls, tuple(sorted(waits)), tuple(sorted(needs)), wave)
