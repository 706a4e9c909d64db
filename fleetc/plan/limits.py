"""Limits: how much one plan may take away or change (design 2.4).

They judge what is ticked. A replacement counts as a delete, and so does what goes along with one;
creates never count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from fleetc.ir.address import kind_of
from fleetc.model.kinds import KINDS
from fleetc.plan.actions import Action, Limit
from fleetc.plan.changes import Op

__all__ = ["Allowance", "judge", "judge_again"]

_CHANGES, _DECLARED, _DELETES = "changes", "declared", "deletes "
_HARMLESS = (Op.CREATE, Op.UNPROTECT, Op.ACCEPT)


class Allowance(msgspec.Struct, frozen=True):
    """How much is allowed: a number, or a percentage of what is managed where that is more."""

    deletes: int = 3
    deletes_percent: int = 10
    changes: int = 10
    changes_percent: int = 30


DEFAULT = Allowance()


def judge(
    actions: Sequence[Action],
    selected: bytes,
    managed: Mapping[str, int],
    declared: int,
    allowance: Allowance = DEFAULT,
) -> tuple[Limit, ...]:
    """The limits that bear on a plan: one for each kind it may delete of, and those of the whole.

    `selected` has one byte an action, `managed` counts the live managed resources by kind,
    `declared` the resources that the fleet file declares.
    """
    kinds = {action.kind for action in actions if action.op.ends}
    kinds |= {kind_of(address) for action in actions for address in action.cascade}
    ends, along = _ends(actions, selected)
    limits = [_deletes(kind, ends[kind], managed.get(kind, 0), allowance) for kind in KINDS if kind in kinds]
    changed = sum(a.op not in _HARMLESS and bool(on) for a, on in zip(actions, selected, strict=True))
    limits.append(_changed(changed + along, sum(managed.values()), allowance))
    if kinds:
        limits.append(_left(sum(ends.values()), declared))
    return tuple(limits)


def judge_again(limits: Sequence[Limit], actions: Sequence[Action], selected: bytes) -> tuple[Limit, ...]:
    """The same limits for another selection of the same actions."""
    by_name = {limit.name: limit for limit in limits}
    deletes = {name.removeprefix(_DELETES): at for name, at in by_name.items() if name.startswith(_DELETES)}
    managed = {kind: limit.total for kind, limit in deletes.items()}
    whole = by_name[_CHANGES]
    managed[""] = whole.total - sum(managed.values())
    allowance = Allowance(changes=whole.least, changes_percent=whole.percent)
    for limit in deletes.values():
        allowance = msgspec.structs.replace(allowance, deletes=limit.least, deletes_percent=limit.percent)
    declared = by_name[_DECLARED].total if _DECLARED in by_name else 0
    return judge(actions, selected, managed, declared, allowance)


def _ends(actions: Sequence[Action], selected: bytes) -> tuple[Counter[str], int]:
    """How many of each kind end, and how many of all these only go along."""
    chosen = [action for action, on in zip(actions, selected, strict=True) if on and action.op.ends]
    along = {address for action in chosen for address in action.cascade}
    return Counter(action.kind for action in chosen) + Counter(map(kind_of, along)), len(along)


def _deletes(kind: str, count: int, total: int, allowance: Allowance) -> Limit:
    least, percent = allowance.deletes, allowance.deletes_percent
    everything = total >= 2 and count >= total
    allowed = max(least, total * percent // 100)
    text = f"deletes of {kind}: {count} of {total}"
    if everything:
        return Limit(_DELETES + kind, count, total, total - 1, True, f"{text}, all of them", least, percent)
    text += f", at most {allowed} = max({least}, {percent} % of {total})"
    return Limit(_DELETES + kind, count, total, allowed, count > allowed, text, least, percent)


def _changed(count: int, total: int, allowance: Allowance) -> Limit:
    least, percent = allowance.changes, allowance.changes_percent
    allowed = max(least, total * percent // 100)
    text = f"changes: {count} of {total}, at most {allowed} = max({least}, {percent} % of {total})"
    return Limit(_CHANGES, count, total, allowed, count > allowed, text, least, percent)


def _left(deletes: int, declared: int) -> Limit:
    over = declared == 0 and deletes > 0
    text = "nothing declared is left" if over else f"declared: {declared} resources are left"
    return Limit(_DECLARED, deletes, declared, 0 if declared == 0 else deletes, over, text)
