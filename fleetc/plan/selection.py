"""Selection: which actions are ticked, closed over what each requires (design 2.4).

Ticks are one 0/1 byte an action, in plan order. Closures run over int adjacency arrays, in time
linear in what they reach; actions that require each other are ticked and left out together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from fleetc.ir.adjacency import Adjacency
from fleetc.plan.actions import Action, Plan
from fleetc.plan.digest import plan_digest
from fleetc.plan.fingerprint import withheld as left_out
from fleetc.plan.fingerprint import withheld_as
from fleetc.plan.limits import judge_again

__all__ = ["Rows", "SelectionIndex", "Toggled", "group_state", "reduce_plan"]


class Toggled(msgspec.Struct, frozen=True):
    """What a toggle did: the new ticks, and the rows that moved without being named.

    `refused` are named rows that cannot be ticked: they, or something they require, are blocked.
    """

    ticked: bytes
    pulled_in: tuple[int, ...] = ()
    pushed_out: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()


class Rows:
    """The closure of *requires* over a sequence of actions."""

    def __init__(self, actions: Sequence[Action]) -> None:
        self.size = len(actions)
        numbers = {action.id: row for row, action in enumerate(actions)}
        pairs = [
            (row, numbers[need])
            for row, action in enumerate(actions)
            for need in action.requires
            if need in numbers
        ]
        self._needs = Adjacency(self.size, pairs)
        self._needed_by = Adjacency(self.size, [(target, source) for source, target in pairs])
        blocked = [row for row, action in enumerate(actions) if action.blocked]
        self.barred = bytes(self._needed_by.reach(blocked))

    def needs(self, rows: Iterable[int]) -> bytearray:
        """`rows` and all they require, however far."""
        return self._needs.reach(rows)

    def needed_by(self, rows: Iterable[int]) -> bytearray:
        """`rows` and all that require them, however far."""
        return self._needed_by.reach(rows)

    def closed(self, ticked: bytes) -> bytes:
        """`ticked` without what requires something that is not ticked, or cannot be."""
        missing = (row for row in range(self.size) if not ticked[row] or self.barred[row])
        out = self.needed_by(missing)
        return bytes(0 if gone else on for on, gone in zip(ticked, out, strict=True))


class SelectionIndex:
    """Toggles over one plan. `ticked` are the ticks of the plan as it stands."""

    def __init__(self, plan: Plan) -> None:
        self._rows = Rows(plan.actions)
        self.ticked = bytes(action.selected for action in plan.actions)

    def toggle(self, ticked: bytes, rows: Sequence[int], on: bool) -> Toggled:
        """Tick `rows` with all they require, or leave them out with all that requires them.

        Raises `ValueError` when `ticked` is not of this plan.
        """
        if len(ticked) != self._rows.size:
            raise ValueError("ticks of another plan")
        return self._tick(ticked, rows) if on else self._leave(ticked, rows)

    def _tick(self, ticked: bytes, rows: Sequence[int]) -> Toggled:
        barred = self._rows.barred
        named = {row for row in rows if not barred[row]}
        moved = self._rows.needs(named)
        after = bytes(map(max, ticked, moved))
        pulled = tuple(r for r, now in enumerate(moved) if now and not ticked[r] and r not in named)
        return Toggled(after, pulled_in=pulled, refused=tuple(row for row in rows if barred[row]))

    def _leave(self, ticked: bytes, rows: Sequence[int]) -> Toggled:
        named = set(rows)
        moved = self._rows.needed_by(named)
        after = bytes(0 if gone else on for on, gone in zip(ticked, moved, strict=True))
        pushed = tuple(r for r, gone in enumerate(moved) if gone and ticked[r] and r not in named)
        return Toggled(after, pushed_out=pushed)


def group_state(ticked: bytes, rows: Iterable[int]) -> Literal["all", "some", "none"]:
    """How much of a group is ticked: a function of its leaves alone."""
    states = {bool(ticked[row]) for row in rows}
    if len(states) == 2:
        return "some"
    return "all" if states == {True} else "none"


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
