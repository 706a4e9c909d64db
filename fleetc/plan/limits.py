"""Limits: how much one plan may take away or change (design 2.4).

They judge what is ticked. A replacement counts as a delete, cascades are actions of their own,
creates never count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from fleetc.model.kinds import KINDS
from fleetc.plan.actions import Action, Limit
from fleetc.plan.changes import Op

__all__ = ["judge", "judge_again"]

_CHANGES, _DECLARED, _DELETES = "changes", "declared", "deletes "
_ENDS = (Op.DELETE, Op.REPLACE)


def judge(
    actions: Sequence[Action], selected: bytes, managed: Mapping[str, int], declared: int
) -> tuple[Limit, ...]:
    """The limits that bear on a plan: one for each kind it may delete of, and those of the whole.

    `selected` has one byte an action, `managed` counts the live managed resources by kind,
    `declared` the resources that the fleet file declares.
    """
    kinds = {action.kind for action in actions if action.op in _ENDS}
    ends = _ends(actions, selected)
    limits = [_deletes(kind, ends[kind], managed.get(kind, 0)) for kind in KINDS if kind in kinds]
    changed = sum(a.op is not Op.CREATE and bool(on) for a, on in zip(actions, selected, strict=True))
    limits.append(_changed(changed, sum(managed.values())))
    if kinds:
        limits.append(_left(sum(ends.values()), declared))
    return tuple(limits)


def judge_again(limits: Sequence[Limit], actions: Sequence[Action], selected: bytes) -> tuple[Limit, ...]:
    """The same limits for another selection of the same actions."""
    managed = {
        limit.name.removeprefix(_DELETES): limit.total for limit in limits if limit.name.startswith(_DELETES)
    }
    total = next((limit.total for limit in limits if limit.name == _CHANGES), 0)
    declared = next((limit.total for limit in limits if limit.name == _DECLARED), 0)
    managed[""] = total - sum(managed.values())
    return judge(actions, selected, managed, declared)


def _ends(actions: Sequence[Action], selected: bytes) -> Counter[str]:
    pairs = zip(actions, selected, strict=True)
    return Counter(action.kind for action, on in pairs if on and action.op in _ENDS)


def _deletes(kind: str, count: int, total: int) -> Limit:
    allowed = max(3, total // 10)
    if total >= 2 and count >= total:
        text = f"deletes of {kind}: {count} of {total}, all of them"
        return Limit(_DELETES + kind, count, total, min(allowed, total - 1), True, text)
    text = f"deletes of {kind}: {count} of {total}, at most {allowed} = max(3, 10 % of {total})"
    return Limit(_DELETES + kind, count, total, allowed, count > allowed, text)


def _changed(count: int, total: int) -> Limit:
    allowed = max(10, total * 3 // 10)
    text = f"changes: {count} of {total}, at most {allowed} = max(10, 30 % of {total})"
    return Limit(_CHANGES, count, total, allowed, count > allowed, text)


def _left(deletes: int, declared: int) -> Limit:
    over = declared == 0 and deletes > 0
    text = "nothing declared is left" if over else f"declared: {declared} resources are left"
    return Limit(_DECLARED, deletes, declared, 0 if declared == 0 else deletes, over, text)
