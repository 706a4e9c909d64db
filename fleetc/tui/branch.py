"""How the actions of a plan stand in a tree: its environment, groups, equal ones as one row."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property

from fleetc.ir.values import digest
from fleetc.plan.actions import Plan
from fleetc.plan.groups import Fold, classes, fold
from fleetc.plan.plain import each_value, plain
from fleetc.plan.ranges import ranges
from fleetc.tui.rows import Group

__all__ = ["Branch", "By", "Stem"]

_READ = 1000
"""Of more addresses than this no ranges are made for a row: it has to be painted in no time."""


class By(StrEnum):
    """What the changes of an environment are grouped by."""

    KIND = "kind"
    ENVIRONMENT = "environment"
    TEMPLATE = "template"
    REGION = "region"
    WAVE = "wave"


class Stem:
    """A plan with what all of its branches share."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.kinds = [action.kind for action in plan.actions]

    @cached_property
    def classes(self) -> array[int]:
        """A number for each action; two that fold have the same one. Takes a second at 100,000."""
        return classes(self.plan.actions)


class Branch:
    """The branch of one plan; `group` is its top, and its leaves are numbered from `first`.

    Below the environment stand groups of what has the same title (`titles` has one for each action;
    without, the kinds): kinds in plan order, others sorted, the empty one last. In each stands
    first what stands alone, then the folds, closed (`fleetc.plan.groups`). The key of a group holds
    the environment's name, so that branches of several plans go into one tree.
    """

    def __init__(
        self, stem: Stem, first: int = 0, by: By = By.KIND, titles: Sequence[str] | None = None
    ) -> None:
        self.by = by
        self._plan = stem.plan
        self._stem = stem
        self._first = first
        self._folds: dict[str, Fold] = {}
        self._names: dict[str, str] = {}
        self._made_first: set[str] = set()
        key = f"environment/{stem.plan.environment}"
        if by is By.ENVIRONMENT:
            self.group = self._group(key, key, range(len(stem.kinds)))
        else:
            self.group = Group(key, key, tuple(self._groups(key, stem.kinds if titles is None else titles)))

    def _groups(self, key: str, titles: Sequence[str]) -> list[Group]:
        found: dict[str, list[int]] = {}
        for number, title in enumerate(titles):
            found.setdefault(title, []).append(number)
        order = list(found) if self.by is By.KIND else sorted(found, key=_sorted)
        lead = "" if self.by is By.KIND else f"{self.by} "
        return [
            self._group(f"{key}/{lead}{title}", lead + (title or "(none)"), found[title]) for title in order
        ]

    def _group(self, key: str, title: str, rows: Sequence[int]) -> Group:
        folds = fold(self._plan.actions, rows, self._stem.classes)
        if not any(each.like.gap for each in folds):
            self._made_first.add(key)
        alone = [self._first + each.rows[0] for each in folds if len(each) == 1]
        return Group(key, title, tuple(self._fold(key, each) for each in folds if len(each) > 1), alone)

    def _fold(self, above: str, found: Fold) -> Group:
        (like,) = each_value((found.like,), plain)
        key = f"{above}/{digest(like)}"
        self._folds[key] = found
        return Group(key, like.kind, (), [self._first + row for row in found.rows], closed=True)

    def fold(self, key: str) -> Fold | None:
        """The fold that a group stands for, if it stands for one."""
        return self._folds.get(key)

    def gap(self, key: str) -> bool:
        """Whether a replacement under a group ends the old one first."""
        return key not in self._made_first

    def names(self, key: str) -> str:
        """The addresses of a fold as ranges; of very many only the kind."""
        if key not in self._names:
            found = self._folds[key]
            many = len(found) > _READ
            self._names[key] = found.like.kind if many else ", ".join(self.ranges(found))
        return self._names[key]

    def short(self, key: str) -> str:
        """The same without the kind, where the group above says it."""
        kind = self._folds[key].like.kind
        return self.names(key).replace(f"{kind}/", "") if self.by is By.KIND else self.names(key)

    def ranges(self, found: Fold, most: int | None = None) -> tuple[str, ...]:
        """The addresses of a fold, or of its first ones, as ranges."""
        return ranges(self._plan.actions[row].address for row in found.rows[:most])


def _sorted(title: str) -> tuple[bool, bool, int, str]:
    """Numbers by their value, then words, the empty title last."""
    number = title.isdecimal() and len(title) < 10
    return not title, not number, int(title) if number else 0, title
