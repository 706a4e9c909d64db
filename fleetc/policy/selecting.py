"""Selectors in rules: read when the rules are, and known to mean something."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fleetc.lang import rules_ast as ast
from fleetc.lang.selector_ast import Both, Either, Mark, Not, Predicate, Reach, Selector, SelectorProblem
from fleetc.lang.selector_parser import parse
from fleetc.plan.actions import Plan
from fleetc.plan.selectors import select
from fleetc.plan.universe import of_plan
from fleetc.policy.reporting import Report

__all__ = ["check_selector"]

_NAMES = ("account", "environment", "platform", "profile", "commit", "tree", "desired")
_SNAPSHOT = ("snapshot", "snapshot_digest", "snapshot_taken_at")
_EMPTY = msgspec.convert(dict.fromkeys((*_NAMES, *_SNAPSHOT), "") | {"actions": (), "summary": {}}, Plan)
_NOTHING = of_plan(_EMPTY)
_NOT_HERE = {
    "verdict": "the verdicts are what the rules are about to say",
    "since": "rules read no other revision",
}


def check_selector(selection: ast.Selection, report: Report) -> bool:
    """Whether a selector can be read and means something; what is wrong goes to `report`."""
    try:
        for term in _terms(parse(selection.text)):
            name = term.name
            if name in _NOT_HERE:
                report.add("F0843", f"`{name}:` cannot stand in a rule: {_NOT_HERE[name]}", selection.span)
                return False
            select(selection.text[term.start : term.end], _NOTHING)
    except SelectorProblem as problem:
        report.add("F0843", problem.message, selection.span, help=problem.next_step)
        return False
    return True


def _terms(selector: Selector) -> Iterator[Predicate | Mark]:
    match selector:
        case Predicate() | Mark():
            yield selector
        case Reach() | Not():
            yield from _terms(selector.inner)
        case Both() | Either():
            for part in selector.parts:
                yield from _terms(part)
        case _:
            return
