"""Which values a verdict rests on: a condition run once more, with every read noted."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from fleetc.ir.address import kind_of
from fleetc.plan.actions import Action
from fleetc.plan.verdicts import Bound
from fleetc.policy.code import ENV, Frame, State
from fleetc.policy.conditions import Condition, Leaf, holds, leaves
from fleetc.policy.messages import shown
from fleetc.policy.types import Side, features
from fleetc.policy.world import UNKNOWN

__all__ = ["in_doubt", "mend", "tripped", "unnamed"]

_MOST = 8

Read = tuple[str, str, str, State]


class _EnoughError(Exception):
    """Enough was read to show."""


class _First(list[Read]):
    """The first reads of a part of a condition."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: set[tuple[str, ...]] = set()

    def append(self, read: Read) -> None:
        """Keep a read; raises `_EnoughError` when there are as many as are shown."""
        super().append(read)
        if read[3] is not UNKNOWN and not _only_leads(read):
            self._shown.add(read[1:3])
            if len(self._shown) == _MOST:
                raise _EnoughError


def tripped(
    condition: Condition | Leaf, frame: Frame, action: Action | None = None, *, sure: bool = False
) -> tuple[tuple[Bound, ...], tuple[str, ...]]:
    """The first values that a condition reads in a frame, and the names of those that nobody knows.

    When the condition is `sure` to hold, nobody asks for the latter, and the first reads are enough.
    """
    reads: list[Read] = []
    traced = replace(frame, variables=dict(frame.variables))
    for leaf in leaves(condition):
        part = traced.trace = _First() if sure else []
        with suppress(_EnoughError):
            leaf.code.run(traced)
        reads += part
    origins = {change.path: change.origin for change in action.fields} if action else {}
    found: dict[str, Bound] = {}
    unknown: dict[str, None] = {}
    for read in reads:
        name = _name(read, frame.own)
        if read[3] is UNKNOWN:
            unknown[_unset(read[2]) if read[0] == ENV else f"{read[1]}.{read[2]}"] = None
        elif len(found) < _MOST and not _only_leads(read):
            origin = origins.get(read[2], "") if read[0] == Side.NEW else ""
            found.setdefault(name, Bound(name, _value(read), origin))
    return tuple(found.values()), tuple(list(unknown)[:_MOST])


def _unset(fact: str) -> str:
    return f"env.{fact} (not set)"


def in_doubt(condition: Condition | Leaf | None, frame: Frame) -> tuple[str, ...]:
    """The names of what a condition wants to know, and nobody does; none where it is sure."""
    if condition is None or holds(condition, frame) is not UNKNOWN:
        return ()
    return tripped(condition, frame)[1]


def unnamed(frame: Frame) -> tuple[str, ...]:
    """What to call unknown where no value can be named: it is of what an incomplete snapshot lacks."""
    return ("a value it needs",) if frame.world.complete else ("what the incomplete snapshot does not have",)


def mend(written: str, unknown: Iterable[str], frame: Frame) -> str:
    """The help of a rule, and how to set the facts of `env` that its verdict wanted to know."""
    named = (name.removeprefix("env.").partition(" ")[0] for name in unknown if name.startswith("env."))
    facts = " and ".join(f"`{fact}`" for fact in dict.fromkeys(named))
    if not facts:
        return written
    where = f"[environments.{frame.circumstances.facts.get('name', 'NAME')}] of the operator's file"
    return "; ".join(filter(None, (written, f"set {facts} in {where}")))


def _name(read: Read, own: str) -> str:
    side, address, field, _ = read
    return f"{side}.{field}" if address == own and side in (Side.OLD, Side.NEW) else f"{address}.{field}"


def _only_leads(read: Read) -> bool:
    """Whether a value is but a step on the way to another one: a reference that the address has."""
    spec = features(kind_of(read[1]))[read[2]].spec
    return spec is not None and spec.derived and bool(spec.refers_to)


def _value(read: Read) -> str:
    return shown(read[3], features(kind_of(read[1]))[read[2]].type)


def names(bounds: Iterable[Bound]) -> str:
    """Some values on one line."""
    return ", ".join(f"{bound.name} {bound.value}" for bound in bounds)
