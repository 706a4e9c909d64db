"""How the actions of a plan stand in a tree: its environment, their kinds, equal ones as one row."""

from __future__ import annotations

from collections.abc import Sequence

from fleetc.ir.values import digest
from fleetc.plan.actions import Plan
from fleetc.plan.groups import Fold, fold
from fleetc.plan.plain import each_value, plain
from fleetc.plan.ranges import ranges
from fleetc.tui.rows import Group

__all__ = ["Branch"]

_READ = 1000
"""Of more addresses than this no ranges are made for a row: it has to be painted in no time."""


class Branch:
    """The branch of one plan; `group` is its top, and its leaves are numbered from `first`.

    Below the environment stand the kinds in plan order; in each what stands alone, then the folds,
    closed (`fleetc.plan.groups`). The key of a group holds the environment's name, so that
    branches of several plans go into one tree.
    """

    def __init__(self, plan: Plan, first: int = 0) -> None:
        self._plan = plan
        self._first = first
        self._folds: dict[str, Fold] = {}
        self._names: dict[str, str] = {}
        self._made_first: set[str] = set()
        kinds: dict[str, list[int]] = {}
        for number, action in enumerate(plan.actions):
            kinds.setdefault(action.kind, []).append(number)
        key = f"environment/{plan.environment}"
        groups = tuple(self._kind(f"{key}/{kind}", kind, rows) for kind, rows in kinds.items())
        self.group = Group(key, key, groups)

    def _kind(self, key: str, kind: str, rows: Sequence[int]) -> Group:
        folds = fold(self._plan.actions, rows)
        if not any(each.like.gap for each in folds):
            self._made_first.add(key)
        alone = [self._first + each.rows[0] for each in folds if len(each) == 1]
        return Group(key, kind, tuple(self._fold(key, each) for each in folds if len(each) > 1), alone)

    def _fold(self, above: str, found: Fold) -> Group:
        (like,) = each_value((found.like,), plain)
        key = f"{above}/{digest(like)}"
        self._folds[key] = found
        return Group(key, like.kind, (), [self._first + row for row in found.rows], closed=True)

    def fold(self, key: str) -> Fold | None:
        """The fold that a group stands for, if it stands for one."""
        return self._folds.get(key)

    def gap(self, key: str) -> bool:
        """Whether a replacement under the group of a kind ends the old one first."""
        return key not in self._made_first

    def names(self, key: str) -> str:
        """The addresses of a fold as ranges; of very many only the kind."""
        if key not in self._names:
            found = self._folds[key]
            many = len(found) > _READ
            self._names[key] = found.like.kind if many else ", ".join(self.ranges(found))
        return self._names[key]

    def ranges(self, found: Fold, most: int | None = None) -> tuple[str, ...]:
        """The addresses of a fold, or of its first ones, as ranges."""
        return ranges(self._plan.actions[row].address for row in found.rows[:most])
