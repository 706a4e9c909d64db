"""Selectors over a plan: address globs, `kind:`, `change:` and `all`.

node/edge-*        addresses; `*` any text, `?` one character, `[ab]` one of them
kind:peer          actions on this kind
change:delete      by operation: create, update, replace, delete
all                everything
a b                what either of them matches
a, b               what both of them match; it binds closer than a space
not a              what it does not match
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import translate

from fleetc.errors import UsageProblem
from fleetc.lang.suggest import near
from fleetc.model.kinds import KINDS
from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Op

__all__ = ["rows_at", "select"]

_Test = Callable[[Action], bool]
_OPS = {op.value: op for op in Op}


def select(expression: str, plan: Plan) -> bytes:
    """One 0/1 byte an action; all 0 for a predicate that matches nothing here.

    Raises `UsageProblem` for a term that cannot mean anything: an unknown kind, operation or
    predicate, or an address or pattern that is nowhere in the plan.
    """
    groups = _COMMA.sub(",", _NOT.sub("!", expression.strip())).split()
    if not groups:
        raise UsageProblem("an empty selector selects nothing", code="F0801", next_step=_HELP)
    tests = [[_term(part, plan) for part in group.split(",")] for group in groups]
    return bytes(any(all(test(action) for test in group) for group in tests) for action in plan.actions)


def rows_at(address: str, plan: Plan) -> bytes:
    """The action of exactly this address; raises `UsageProblem` when the plan has none."""
    ticked = bytes(action.address == address for action in plan.actions)
    if not any(ticked):
        raise _no_address(address, plan)
    return ticked


_HELP = "use an address, a pattern such as 'node/edge-*', kind:KIND, change:OPERATION or all"


_NOT = re.compile(r"(?:^|(?<=[\s,]))not\s+")
_COMMA = re.compile(r"\s*,\s*")


def _term(term: str, plan: Plan) -> _Test:
    if term.startswith("!"):
        inner = _term(term[1:], plan)
        return lambda action: not inner(action)
    word, colon, rest = term.partition(":")
    if term == "all":
        return lambda action: True
    if not colon or "/" in word:
        return _address(term, plan)
    if word == "kind":
        kind = _one_of(rest, KINDS, "kind")
        return lambda action: action.kind == kind
    if word == "change":
        op = _OPS[_one_of(rest, _OPS, "operation")]
        return lambda action: action.op is op
    raise _unknown("predicate", word, ("kind", "change"))


def _address(text: str, plan: Plan) -> _Test:
    match = re.compile(translate(text)).match if any(mark in text for mark in "*?[") else text.__eq__
    if not any(match(action.address) for action in plan.actions):
        raise _no_address(text, plan)
    return lambda action: bool(match(action.address))


def _one_of(name: str, known: Iterable[str], what: str) -> str:
    names = tuple(known)
    if name not in names:
        raise _unknown(what, name, names)
    return name


def _unknown(what: str, name: str, known: tuple[str, ...]) -> UsageProblem:
    similar = near(name, known)
    hint = f"use `{similar}`" if similar else f"known: {', '.join(known)}"
    return UsageProblem(f"no {what} named `{name}`", code="F0801", next_step=hint)


def _no_address(text: str, plan: Plan) -> UsageProblem:
    similar = near(text, (action.address for action in plan.actions))
    hint = f"a similar one is there: `{similar}`" if similar else _HELP
    return UsageProblem(f"the plan has no action on `{text}`", code="F0802", next_step=hint)
