"""Conditions that can never hold, as far as it can be seen without looking at any fleet.

A condition is brought into the form "any of these, each of which is all of those". What is said of
one thing is then tried with each value that it is compared with, and with one that it is not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import product
from typing import NamedTuple

from fleetc.lang import rules_ast as ast
from fleetc.lang.matching import matcher
from fleetc.lang.rules_ast import Scalar
from fleetc.lang.rules_text import expression as text
from fleetc.lang.selector_ast import Glob

__all__ = ["always", "never"]

_MOST = 64
_OTHER = "\0"
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}

Atom = tuple[ast.Expression, bool]
Known = Mapping[str, Collection[Scalar]]


class _Said(NamedTuple):
    """What is said of the value of a path, or a count; `holds` is false when it is said not to be so."""

    operator: str
    value: Scalar
    holds: bool

    def fits(self, value: Scalar) -> bool:
        """Whether a value is as is said."""
        return self._is(value) is self.holds

    def _is(self, value: Scalar) -> bool:
        equal = type(value) is type(self.value) and value == self.value
        if self.operator in ("==", "!="):
            return equal is (self.operator == "==")
        if self.operator == "matches":
            match = matcher(Glob(str(self.value)))
            return isinstance(value, str) and bool(match(value) or match(value.rpartition("/")[2]))
        if not (type(value) is int and type(self.value) is int):
            return False
        less, wanted = value < self.value, self.operator[0] == "<"
        return (equal and len(self.operator) == 2) or (not equal and less is wanted)


def never(expression: ast.Expression, known: Known | None = None) -> bool:
    """Whether a condition cannot hold. `known` has the only values that some paths can have."""
    return _impossible(_clauses(expression, holds=True), known or {})


def always(expression: ast.Expression, known: Known | None = None) -> bool:
    """Whether a condition cannot fail."""
    return _impossible(_clauses(expression, holds=False), known or {})


def _impossible(clauses: list[tuple[Atom, ...]] | None, known: Known) -> bool:
    return clauses is not None and all(_contradicts(clause, known) for clause in clauses)


def _clauses(expression: ast.Expression, *, holds: bool) -> list[tuple[Atom, ...]] | None:
    """All that has to hold at once, for each way in which the whole can; None for too many ways."""
    match expression:
        case ast.Not():
            return _clauses(expression.inner, holds=not holds)
        case ast.Both() | ast.Either():
            parts = [_clauses(part, holds=holds) for part in expression.parts]
            found = [part for part in parts if part is not None]
            if len(found) < len(parts):
                return None
            if isinstance(expression, ast.Both) is holds:
                size = 1
                for part in found:
                    size *= len(part)
                return None if size > _MOST else [sum(way, ()) for way in product(*found)]
            joined = [clause for part in found for clause in part]
            return None if len(joined) > _MOST else joined
        case _:
            return [((expression, holds),)]


def _contradicts(clause: Iterable[Atom], known: Known) -> bool:
    by_text: dict[str, list[_Said]] = {}
    opaque: dict[ast.Expression, bool] = {}
    for expression, holds in clause:
        found = _said(expression, holds)
        if isinstance(found, bool):
            if not found:
                return True
        elif found is None:
            if opaque.setdefault(expression, holds) is not holds:
                return True
        else:
            by_text.setdefault(found[0], []).append(found[1])
    return any(not _possible(said, known.get(name)) for name, said in by_text.items())


def _said(expression: ast.Expression, holds: bool) -> tuple[str, _Said] | bool | None:
    """What is said of which path; whether it is so, for literals; None for anything else."""
    match expression:
        case ast.Literal():
            return (expression.value is True) is holds
        case ast.Compare(operator="in"):
            return None
        case ast.Compare(operator=operator, left=ast.Literal() as left, right=ast.Literal() as right):
            return _Said(operator, right.value, holds).fits(left.value)
        case ast.Compare(operator=operator, left=other, right=ast.Literal() as literal):
            return text(other), _Said(operator, literal.value, holds)
        case ast.Compare(operator=operator, left=ast.Literal() as literal, right=other):
            return text(other), _Said(_TURNED[operator], literal.value, holds)
        case ast.Path():
            return text(expression), _Said("==", True, holds)
        case _:
            return None


def _possible(said: list[_Said], known: Collection[Scalar] | None) -> bool:
    """Whether there is a value of which all this is so."""
    values: dict[tuple[type, Scalar], Scalar] = {}
    for value in [None, True, False, _OTHER, *_near(said)] if known is None else known:
        values[type(value), value] = value
    if any(all(each.fits(value) for each in said) for value in values.values()):
        return True
    settled = known is not None or any(each.operator == "==" and each.holds for each in said)
    return not settled and any(each.operator == "matches" for each in said)


def _near(said: list[_Said]) -> Iterable[Scalar]:
    """The values that are compared with, and the numbers beside them."""
    for each in said:
        yield each.value
        if type(each.value) is int:
            yield each.value - 1
            yield each.value + 1
