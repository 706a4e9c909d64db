"""Order: the steps of a plan's chosen actions, each with what it waits for (design 2.4, 2.6).

A replacement is two steps, its create half and its delete half, in the order of its calls. What is
created or updated waits for what it refers to; what is deleted waits for what refers to it. A
plan's `requires` says only that two actions belong together; which of them goes first follows from
the kinds: the one that refers to the other has the higher rank. A rename is a step before the other
changes of its action, and before all that refers to it: it needs nothing but the renames of what it
refers to.

Where both can stand side by side, the new one is made first, then all that refers to the old one is
made anew or set to the new one, and only then the old one is ended. With a gap in service the old
one goes first: after what referred to it has let go, and after what its create half needs, unless
that has a gap too. Nothing is taken away that cannot be made again. Where that would close a ring,
it does not wait.
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
    """Steps while they are linked: by row the first, the one that makes, the one that ends, the last.

    All are one step but for a rename, which is a step before the others, and for a replacement, which
    makes in one half and ends in the other. A step needs `hard` and `early` ones and waits for `soft` ones too; those of the last two are given
    up where they would close a ring.
    """

    def __init__(self, actions: Sequence[Action]) -> None:
        self.halves: list[tuple[int, str]] = []
        self.makes: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        self.first: dict[int, int] = {}
        self.last: dict[int, int] = {}
        for row, action in enumerate(actions):
            if not action.selected:
                continue
            halves = _halves(action)
            number = {half: len(self.halves) + n for n, half in enumerate(halves)}
            self.halves += [(row, half) for half in halves]
            self.first[row], self.last[row] = number[halves[0]], number[halves[-1]]
            self.makes[row] = number.get("create", self.last[row])
            self.ends[row] = number.get("delete", self.last[row])
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
        """What the action makes needs `step`; it takes nothing away before that is done."""
        self.hard[self.makes[row]].add(step)
        if self.ends[row] < self.makes[row]:
            self.early[self.ends[row]].add(step)


def _halves(action: Action) -> tuple[str, ...]:
    return tuple(dict.fromkeys(call.half for call in action.calls)) or ("",)


def steps(plan: Plan) -> tuple[Step, ...]:
    """The steps of the chosen actions, in plan order; their waiting has no cycle."""
    actions = plan.actions
    draft = _Draft(actions)
    numbers = {action.id: row for row, action in enumerate(actions) if action.selected}
    for row, last in draft.last.items():
        for number in range(draft.first[row], last):
            draft.hard[number + 1].add(number)
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
    higher = rank(action.kind) > rank(other.kind)
    refers = higher and action.op is not Op.DELETE
    if higher and other.moved_from:
        draft.hard[draft.first[row]].add(draft.first[need])
        if not refers:
            return
    if refers:
        if other.gap:
            draft.hard[draft.makes[row]].add(draft.makes[need])
        else:
            draft.need(row, draft.makes[need])
    elif not action.gap:
        draft.hard[draft.ends[row]].add(draft.last[need])
    elif other.op is Op.REPLACE:
        draft.hard[draft.ends[row]].add(draft.ends[need])
    elif action.moved_from or action.id not in other.requires:
        draft.soft[draft.ends[row]].add(draft.last[need])


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
