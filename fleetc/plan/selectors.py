"""Selectors over a plan: address globs, `kind:`, `change:` and `all`.

    node/edge-*                 addresses; `*` any text, `?` one character, `[ab]` one of them
    kind:peer   kind:peer,node  actions on these kinds
    change:delete               by operation: create, update, replace, delete
    all                         everything

A comma within a term joins alternatives, terms beside each other join as well, and `&` between
two terms keeps what both of them match: `kind:node&node/edge-*`.
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
    predicate, or an address without a wildcard that is not in the plan.
    """
    terms = expression.split()
    if not terms:
        raise UsageProblem("an empty selector selects nothing", code="F0801", next_step=_HELP)
    ticked = bytearray(len(plan.actions))
    for term in terms:
        tests = [_term(part, plan) for part in term.split("&")]
        for row, action in enumerate(plan.actions):
            if all(test(action) for test in tests):
                ticked[row] = 1
    return bytes(ticked)


def rows_at(address: str, plan: Plan) -> bytes:
    """The action of exactly this address; raises `UsageProblem` when the plan has none."""
    ticked = bytes(action.address == address for action in plan.actions)
    if not any(ticked):
        raise _no_address(address, plan)
    return ticked


_HELP = "use an address, a pattern such as 'node/edge-*', kind:KIND, change:OPERATION or all"


def _term(term: str, plan: Plan) -> _Test:
    word, colon, rest = term.partition(":")
    if term == "all":
        return lambda action: True
    if not colon or "/" in word:
        return _addresses(term, plan)
    if word == "kind":
        kinds = {_one_of(name, KINDS, "kind") for name in rest.split(",")}
        return lambda action: action.kind in kinds
    if word == "change":
        ops = {_OPS[_one_of(name, _OPS, "operation")] for name in rest.split(",")}
        return lambda action: action.op in ops
    raise _unknown("predicate", word, ("kind", "change"))


def _addresses(term: str, plan: Plan) -> _Test:
    tests = [_address(text, plan) for text in term.split(",")]
    return lambda action: any(test(action) for test in tests)


def _address(text: str, plan: Plan) -> _Test:
    if any(mark in text for mark in "*?["):
        match = re.compile(translate(text)).match
        return lambda action: match(action.address) is not None
    if not any(action.address == text for action in plan.actions):
        raise _no_address(text, plan)
    return lambda action: action.address == text


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
