"""Selection: which actions are ticked, closed over what each requires (design 2.4).

Ticks are one 0/1 byte an action, in plan order. Closures run over int adjacency arrays, in time
linear in what they reach; actions that require each other are ticked and left out together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import NamedTuple

import msgspec

from fleetc.ir.adjacency import Adjacency
from fleetc.plan.actions import Action, Limit, Plan
from fleetc.plan.digest import Digests, plan_digest
from fleetc.plan.fingerprint import withheld as left_out
from fleetc.plan.fingerprint import withheld_as
from fleetc.plan.limits import judge_again

__all__ = ["Outcome", "Outcomes", "Rows", "SelectionIndex", "Toggled", "reduce_plan"]


class Toggled(msgspec.Struct, frozen=True):
    """What a toggle did: the new ticks, and the rows that moved without being named.

    `refused` are named rows that cannot be ticked: they, or something they require, are blocked.
    """

    ticked: bytes
    pulled_in: tuple[int, ...] = ()
    pushed_out: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()


_FLIPPED = bytes([1]) + bytes(255)


def _either(first: bytes, second: bytes | bytearray) -> bytes:
    return (int.from_bytes(first) | int.from_bytes(second)).to_bytes(len(first))


def _without(first: bytes, second: bytes | bytearray) -> bytes:
    on = int.from_bytes(first)
    return (on ^ (on & int.from_bytes(second))).to_bytes(len(first))


def _differing(first: bytes, second: bytes) -> bytes:
    return (int.from_bytes(first) ^ int.from_bytes(second)).to_bytes(len(first))


class Rows:
    """Who requires whom among actions, and the closure of it.

    `barred` has a 1 for each row that is blocked, or requires one that is.
    """

    def __init__(self, actions: Sequence[Action]) -> None:
        self.size = len(actions)
        numbers = {action.id: row for row, action in enumerate(actions)}
        self.needs = Adjacency.of_rows(
            [numbers[need] for need in action.requires if need in numbers] for action in actions
        )
        self.needed_by = self.needs.turned()
        blocked = [row for row, action in enumerate(actions) if action.blocked]
        self.barred = bytes(self.needed_by.reach(blocked))

    def closed(self, ticked: bytes) -> bytes:
        """`ticked` without what requires something that is not ticked, or cannot be."""
        free = _without(ticked, self.barred)
        missing = compress(range(self.size), free.translate(_FLIPPED))
        return _without(ticked, self.needed_by.reach(missing))


class SelectionIndex:
    """Toggles over one plan. `ticked` are the ticks of the plan as it stands.

    `barred` has a 1 for each row that cannot be ticked.
    """

    def __init__(self, plan: Plan) -> None:
        self.rows = Rows(plan.actions)
        self.ticked = bytes(action.selected for action in plan.actions)
        self.barred = self.rows.barred

    def toggle(self, ticked: bytes, rows: Sequence[int], on: bool) -> Toggled:
        """Tick `rows` with all they require, or leave them out with all that requires them.

        Raises `ValueError` when `ticked` is not of this plan.
        """
        if len(ticked) != self.rows.size:
            raise ValueError("ticks of another plan")
        return self._tick(ticked, rows) if on else self._leave(ticked, rows)

    def _tick(self, ticked: bytes, rows: Sequence[int]) -> Toggled:
        barred = self.rows.barred
        refused: tuple[int, ...] = ()
        if 1 in barred:
            refused = tuple(row for row in rows if barred[row])
            rows = [row for row in rows if not barred[row]]
        after = _either(ticked, self.rows.needs.reach(rows))
        return Toggled(after, pulled_in=_beside(rows, ticked, after), refused=refused)

    def _leave(self, ticked: bytes, rows: Sequence[int]) -> Toggled:
        after = _without(ticked, self.rows.needed_by.reach(rows))
        return Toggled(after, pushed_out=_beside(rows, ticked, after))


def _beside(named: Sequence[int], before: bytes, after: bytes) -> tuple[int, ...]:
    """The rows that differ, without those that were named."""
    differ = bytearray(_differing(before, after))
    for row in named:
        differ[row] = 0
    return tuple(compress(range(len(differ)), differ))


class Outcome(NamedTuple):
    """What `reduce_plan` would say of a selection, without the plan."""

    digest: str
    limits: tuple[Limit, ...]
    requires_approval: bool


class Outcomes:
    """The outcome of one selection of a plan after the other; what no tick changes is kept."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        own = bytes(action.selected for action in plan.actions)
        self._last = own, Outcome(plan.digest, plan.limits, plan.requires_approval)
        self._asking = bytes(bool(action.calls) or action.op.in_ledger for action in plan.actions)
        self._made: tuple[Rows, Digests] | None = None

    def of(self, ticked: bytes) -> Outcome:
        """The outcome of `ticked`, closed first; nothing to do for the ones that were asked last."""
        if ticked != self._last[0]:
            self._last = ticked, self._outcome(ticked)
        return self._last[1]

    def _outcome(self, ticked: bytes) -> Outcome:
        if self._made is None:
            self._made = Rows(self._plan.actions), Digests(self._plan)
        rows, digests = self._made
        closed = rows.closed(ticked)
        limits = judge_again(self._plan.limits, self._plan.actions, closed)
        asks = _without(self._asking, closed) != self._asking
        return Outcome(digests.of(closed, limits), limits, asks)


def reduce_plan(plan: Plan, ticked: bytes, *, by: str = "") -> Plan:
    """The plan of another selection: limits judged again, a digest of its own.

    What is left out of `plan` now is withheld by `by`; what was left out before stays withheld by
    whoever left it out. Ticks that are not closed are closed first, by leaving out.
    """
    closed = Rows(plan.actions).closed(ticked)
    earlier = {item.address: item for item in plan.withheld}
    actions = tuple(_reticked(action, bool(on), by) for action, on in zip(plan.actions, closed, strict=True))
    withheld = tuple(
        earlier.get(withheld_as(action)) or left_out(action) for action in actions if not action.selected
    )
    limits = judge_again(plan.limits, actions, closed)
    reduced = msgspec.structs.replace(plan, actions=actions, withheld=withheld, limits=limits)
    return msgspec.structs.replace(reduced, digest=plan_digest(reduced))


def _reticked(action: Action, on: bool, by: str) -> Action:
    if action.selected == on:
        return action
    return msgspec.structs.replace(action, selected=on, withheld_by="" if on else by)
