"""Conditions over many changes at once.

A condition is cut at its `and`, `or` and `not` into leaves. A leaf is run once for each distinct
combination of what it reads of a change, not once for each change; and only for those that the
parts before it leave undecided, the cheap parts first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fleetc.lang import rules_ast as ast
from fleetc.policy.code import CELL, Code, Column, Frame, State, both, either, no
from fleetc.policy.expressions import Expressions, Scope
from fleetc.policy.world import UNKNOWN

__all__ = ["Condition", "Leaf", "condition_of", "decide"]


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A condition without parts; `columns` are its code's reads in a fixed order."""

    code: Code
    columns: tuple[Column, ...]
    written: ast.Expression


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """`every` of some parts, any of them, or (`negated`) not the only one."""

    parts: tuple[Condition | Leaf, ...]
    every: bool = True
    negated: bool = False


def condition_of(expression: ast.Expression, scope: Scope, checker: Expressions) -> Condition | Leaf:
    """The condition of an expression that is true or false."""
    match expression:
        case ast.Both():
            return _several(expression.parts, scope, checker, every=True)
        case ast.Either():
            return _several(expression.parts, scope, checker, every=False)
        case ast.Not():
            return Condition((condition_of(expression.inner, scope, checker),), negated=True)
        case _:
            code = checker.condition(expression, scope)
            return Leaf(code, tuple(sorted(code.reads)), expression)


def _several(
    parts: tuple[ast.Expression, ...], scope: Scope, checker: Expressions, *, every: bool
) -> Condition:
    found = [condition_of(part, scope, checker) for part in parts]
    return Condition(tuple(sorted(found, key=_cost)), every)


def _cost(part: Condition | Leaf) -> int:
    if isinstance(part, Condition):
        return max(map(_cost, part.parts))
    return sum(_COSTS.get(column[0], 1) for column in part.columns)


_COSTS = {"name": 100, "address": 100, CELL: 1000}


def decide(
    part: Condition | Leaf, rows: Sequence[int], run: Callable[[Leaf, Sequence[int]], Sequence[State]]
) -> list[State]:
    """What a condition is for each row; `run` gives what a leaf is for some rows."""
    if isinstance(part, Leaf):
        return list(run(part, rows))
    if part.negated:
        return [no(value) for value in decide(part.parts[0], rows, run)]
    ends, join = (False, both) if part.every else (True, either)
    found: list[State] = [not ends] * len(rows)
    left = list(range(len(rows)))
    for inner in part.parts:
        if not left:
            break
        values = decide(inner, [rows[place] for place in left], run)
        for place, value in zip(left, values, strict=True):
            found[place] = join((found[place], value))
        left = [place for place in left if found[place] is not ends]
    return found


def holds(part: Condition | Leaf, frame: Frame) -> State:
    """What a condition is in one frame."""
    if isinstance(part, Leaf):
        value = part.code.run(frame)
        return value if value is UNKNOWN else value is True
    values = [holds(inner, frame) for inner in part.parts]
    if part.negated:
        return no(values[0])
    return both(values) if part.every else either(values)


def leaves(part: Condition | Leaf) -> Iterable[Leaf]:
    """All leaves of a condition."""
    if isinstance(part, Leaf):
        yield part
    else:
        for inner in part.parts:
            yield from leaves(inner)
