"""Comparisons: which make sense, and what they come to."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from fleetc.lang import rules_ast as ast
from fleetc.lang.matching import matcher
from fleetc.lang.selector_ast import Glob
from fleetc.lang.suggest import near
from fleetc.policy.code import Code, Span, State, own_name
from fleetc.policy.functions import items_of, marked
from fleetc.policy.types import BOOLEAN, Base, Type
from fleetc.policy.world import OTHERS, UNKNOWN, Unknown

__all__ = ["compared", "ordered_wrong"]

_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMBERS = (Base.NUMBER, Base.DURATION)


def ordered_wrong(at: ast.Compare, left: Type, right: Type) -> tuple[str, str] | None:
    """What is wrong with a comparison of two types, and the mend; None when nothing is."""
    if at.operator in _ORDERS:
        fine = left.base == right.base and left.base in _NUMBERS
        fine = fine or {left.base, right.base} <= {Base.ANY, Base.NUMBER}
        return None if fine else (f"`{at.operator}` compares numbers, not {left} and {right}", "")
    if at.operator == "matches":
        return _matches_wrong(at, left)
    if at.operator == "in":
        if right.base is not Base.SET or right.item is None:
            return (f"`in` looks into a set, and this is {right}", "write == for one value")
        right = right.item
    if not _alike(left, right):
        return (f"{left} is never equal to {right}", "")
    return _never(at.left, right) or _never(at.right, left)


def _matches_wrong(at: ast.Compare, left: Type) -> tuple[str, str] | None:
    if left.base not in (Base.TEXT, Base.RESOURCE, Base.ANY):
        return (f"`matches` compares a text with a pattern, and this is {left}", "")
    if not (isinstance(at.right, ast.Literal) and isinstance(at.right.value, str)):
        return ("`matches` needs a pattern in quotation marks", 'write matches "hub-*"')
    return None


def _alike(left: Type, right: Type) -> bool:
    if Base.NONE in (left.base, right.base):
        return True
    if Base.ANY in (left.base, right.base):
        return not {left.base, right.base} & {Base.SET, Base.MAPPING, Base.RESOURCE}
    if {left.base, right.base} == {Base.TEXT, Base.RESOURCE}:
        return True
    if left.base is Base.SET and right.base is Base.SET:
        return left.item is not None and right.item is not None and _alike(left.item, right.item)
    if left.base is Base.RESOURCE and right.base is Base.RESOURCE:
        return left.kind == right.kind
    return left.base == right.base and left.base is not Base.MAPPING


def _never(literal: ast.Expression, other: Type) -> tuple[str, str] | None:
    """Why a literal is none of the values that there are."""
    if not isinstance(literal, ast.Literal) or not isinstance(literal.value, str) or not other.values:
        return None
    if literal.value in other.values:
        return None
    similar = near(literal.value, other.values)
    mend = f'use "{similar}"' if similar else f"known: {', '.join(other.values)}"
    return (f"`{literal.value}` is no value of this field", mend)


def compared(at: ast.Compare, left: Code, right: Code) -> Code:
    """The comparison as a condition."""
    asked = left.fact or right.fact
    if asked and Base.NONE in (left.type.base, right.type.base) and at.operator in ("==", "!="):
        return _is_set(asked, negated=at.operator == "==")
    test = _tester(at, left, right)
    first, second = left.run, right.run
    code = left.like(BOOLEAN, lambda frame: test(first(frame), second(frame)), right)
    if not (left.direct and isinstance(at.right, ast.Literal)):
        return code
    value = at.right.value
    if at.operator == "matches":
        return replace(code, test=test)
    if isinstance(value, str) and left.type.base is Base.TEXT:
        return replace(code, test=_text_test(value, negated=at.operator == "!="))
    return replace(code, test=lambda found: test(found, value))


def _is_set(fact: str, *, negated: bool) -> Code:
    """Whether the environment sets a fact: that much is known of each."""
    return Code(BOOLEAN, lambda frame: (fact in frame.circumstances.facts) is not negated)


def _text_test(text: str, *, negated: bool) -> Callable[[State], State]:
    """`==` or `!=` of a text that may not be known and one that stands in the rule."""
    if negated:
        return lambda found: found if found is UNKNOWN else found != text
    return lambda found: found if found is UNKNOWN else found == text


def _tester(at: ast.Compare, left: Code, right: Code) -> Callable[..., State]:
    """What a comparison makes of two values."""
    if at.operator in _ORDERS:
        return partial(_order, at.operator)
    if at.operator == "matches":
        assert isinstance(at.right, ast.Literal)
        return _pattern(str(at.right.value), named=left.type.base is Base.RESOURCE)
    names = _names(left.type, right.type)
    if at.operator == "in":
        return partial(_within, names=names)
    negated = at.operator == "!="
    if left.type.base is Base.SET and right.type.base is Base.SET:
        return lambda a, b: _not_if(negated, _same_sets(a, b, names=names))
    return lambda a, b: _not_if(negated, _equal(a, b, names=names))


def _names(left: Type, right: Type) -> tuple[bool, bool]:
    """Which side has resources that are compared with texts: by their own names."""
    first, second = (left.item or left).base, (right.item or right).base
    mixed = {first, second} == {Base.TEXT, Base.RESOURCE}
    return mixed and first is Base.RESOURCE, mixed and second is Base.RESOURCE


def _not_if(negated: bool, value: State) -> State:
    return value if value is UNKNOWN or not negated else not value


def _plain(value: State, *, named: bool) -> State:
    return own_name(value) if named and isinstance(value, str) else value


def _equal(left: State, right: State, *, names: tuple[bool, bool]) -> State:
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    first, second = _span(left), _span(right)
    if first is not None and second is not None:
        return _spans_equal(first, second)
    left, right = _plain(left, named=names[0]), _plain(right, named=names[1])
    return type(left) is type(right) and left == right


def _spans_equal(left: Span, right: Span) -> State:
    if left.high < right.low or right.high < left.low:
        return False
    return True if left.low == left.high == right.low == right.high else UNKNOWN


def _span(value: State) -> Span | None:
    if isinstance(value, Span):
        return value
    return Span(value, value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _order(order: str, left: State, right: State) -> State:
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    first, second = _span(left), _span(right)
    if first is None or second is None:
        return False
    found = {_ORDERS[order](a, b) for a in first for b in second}
    return found.pop() if len(found) == 1 else UNKNOWN


def _pattern(pattern: str, *, named: bool) -> Callable[..., State]:
    start = pattern.removesuffix("*")
    if start != pattern and not named and not set("*?[") & set(start):
        return _beginning(start)
    match = matcher(Glob(pattern))

    def matches(value: State, _pattern: State = None) -> State:
        if not isinstance(value, str):
            return UNKNOWN if value is UNKNOWN else False
        return bool(match(value) or (named and match(own_name(value))))

    return matches


def _beginning(start: str) -> Callable[..., State]:
    """The pattern that asks for a beginning only: by far the most are so, and over many names."""

    def begins(value: Any, _pattern: State = None) -> State:
        try:
            return bool(value.startswith(start))
        except AttributeError:
            return UNKNOWN if value is UNKNOWN else False

    return begins


def _within(left: State, right: State, *, names: tuple[bool, bool]) -> State:
    if right is UNKNOWN:
        return UNKNOWN
    items = right if isinstance(right, tuple) else ()
    if left is UNKNOWN:
        return UNKNOWN if items else False
    found = [UNKNOWN if item is OTHERS else _equal(left, item, names=names) for item in items]
    return True if True in found else UNKNOWN if UNKNOWN in found else False


def _same_sets(left: State, right: State, *, names: tuple[bool, bool]) -> State:
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    first, second = (
        {marked(_plain(item, named=named)) for item in items_of(each)}
        for each, named in zip((left, right), names, strict=True)
    )
    if any(isinstance(item, Unknown) for item in first | second):
        return UNKNOWN
    return first == second
