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

from array import array
from collections.abc import Iterable, Sequence
from itertools import chain

import msgspec

from fleetc.ir.adjacency import Adjacency
from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Op
from fleetc.plan.references import rank
from fleetc.plan.renaming import Renaming

__all__ = ["Step", "steps", "waves"]

_Pair = tuple[int, int]


class Step(msgspec.Struct, frozen=True, gc=False):
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
    makes in one half and ends in the other. A step needs `hard` and `early` ones and waits for `soft`
    ones too; those of the last two are given up where they would close a ring. Each of the three is
    a list of pairs, a step and one that it waits for; a pair may stand in it twice.
    """

    def __init__(self, actions: Sequence[Action], chosen: bytes) -> None:
        self.rows = array("i")
        self.halves: list[str] = []
        self.makes, self.ends, self.first, self.last = (array("i", [-1]) * len(actions) for _ in range(4))
        for row, action in enumerate(actions):
            if not chosen[row]:
                continue
            halves = _halves(action)
            number = {half: len(self.halves) + n for n, half in enumerate(halves)}
            self.rows.extend([row] * len(halves))
            self.halves += halves
            self.first[row], self.last[row] = number[halves[0]], number[halves[-1]]
            self.makes[row] = number.get("create", self.last[row])
            self.ends[row] = number.get("delete", self.last[row])
        self.hard: list[_Pair] = []
        self.soft: list[_Pair] = []
        self.early: list[_Pair] = []

    def waves(self) -> Sequence[int]:
        """The wave of each step; soft waiting that would close a ring is given up."""
        waves = _waves(len(self.rows), self._waits())
        if 0 in waves:
            self._open_rings(waves)
            waves = _waves(len(self.rows), self._waits())
        return waves

    def _waits(self) -> Iterable[_Pair]:
        return chain(self.hard, self.soft, self.early)

    def _open_rings(self, waves: Sequence[int]) -> None:
        """Give up the soft waiting among steps of which none can come first nor last."""
        backward = _waves(len(self.rows), ((later, earlier) for earlier, later in self._waits()))
        stuck = bytes(pair == (0, 0) for pair in zip(waves, backward, strict=True))
        self.soft, self.early = (
            [pair for pair in pairs if not (stuck[pair[0]] and stuck[pair[1]])]
            for pairs in (self.soft, self.early)
        )

    def need(self, row: int, step: int) -> None:
        """What the action makes needs `step`; it takes nothing away before that is done."""
        self.hard.append((self.makes[row], step))
        if self.ends[row] < self.makes[row]:
            self.early.append((self.ends[row], step))


def _halves(action: Action) -> tuple[str, ...]:
    if len(action.calls) == 1:
        return (action.calls[0].half,)
    return tuple(dict.fromkeys(call.half for call in action.calls)) or ("",)


def steps(plan: Plan) -> tuple[Step, ...]:
    """The steps of the chosen actions, in plan order; their waiting has no cycle."""
    actions = plan.actions
    draft = _linked(actions, bytes(action.selected for action in actions))
    waves_of = draft.waves()
    needs = Adjacency.of_pairs(len(draft.rows), [*draft.hard, *draft.early])
    soft = Adjacency.of_pairs(len(draft.rows), draft.soft)
    found = []
    for number, wave in enumerate(waves_of):
        row, half = draft.rows[number], draft.halves[number]
        calls = tuple(n for n, call in enumerate(actions[row].calls) if call.half == half)
        needed = set(needs.of(number))
        waits = tuple(sorted(needed.union(soft.of(number))))
        found.append(Step(number, row, half, calls, waits, tuple(sorted(needed)), wave))
    return tuple(found)


def waves(actions: Sequence[Action]) -> Sequence[int]:
    """The wave of the first step of each action, from 1, if all of them were chosen."""
    draft = _linked(actions, b"\1" * len(actions))
    return array("i", map(draft.waves().__getitem__, draft.first))


def _linked(actions: Sequence[Action], chosen: bytes) -> _Draft:
    draft = _Draft(actions, chosen)
    numbers = {action.id: row for row, action in enumerate(actions) if chosen[row]}
    for row in numbers.values():
        for number in range(draft.first[row], draft.last[row]):
            draft.hard.append((number + 1, number))
        for need in actions[row].requires:
            if need in numbers:
                _require(draft, actions, row, numbers[need])
        for other in actions[row].after:
            if other in numbers:
                draft.need(row, draft.last[numbers[other]])
    return draft


def _require(draft: _Draft, actions: Sequence[Action], row: int, need: int) -> None:
    """Turn one *requires* into waiting."""
    action, other = actions[row], actions[need]
    higher = rank(action.kind) > rank(other.kind)
    refers = higher and action.op is not Op.DELETE
    if higher and other.moved_from:
        draft.hard.append((draft.first[row], draft.first[need]))
        if not refers or (draft.makes[need] != draft.first[need] and not _names(action, other)):
            return
    if refers:
        if other.gap:
            draft.hard.append((draft.makes[row], draft.makes[need]))
        else:
            draft.need(row, draft.makes[need])
    elif not action.gap:
        draft.hard.append((draft.ends[row], draft.last[need]))
    elif other.op is Op.REPLACE:
        draft.hard.append((draft.ends[row], draft.ends[need]))
    elif action.moved_from or action.id not in other.requires:
        draft.soft.append((draft.ends[row], draft.last[need]))


def _names(action: Action, other: Action) -> bool:
    """Whether what the action leaves names `other`, and not only what it finds."""
    return other.address in Renaming({other.address: other.address}).named(action.address, action.wanted)


def _waves(size: int, waits: Iterable[_Pair]) -> Sequence[int]:
    """The wave of each step; 0 for one that stands in a ring, or behind one."""
    followers = Adjacency.of_pairs(size, [(earlier, later) for later, earlier in waits])
    left = array("i", bytes(4 * size))
    for later in followers.ends:
        left[later] += 1
    found = array("i", bytes(4 * size))
    ready = [number for number, count in enumerate(left) if not count]
    for number in ready:
        found[number] += 1
        for later in followers.of(number):
            found[later] = max(found[later], found[number])
            left[later] -= 1
            if not left[later]:
                ready.append(later)
    for number, count in enumerate(left):
        if count:
            found[number] = 0
    return found
