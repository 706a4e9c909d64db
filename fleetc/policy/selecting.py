"""Selectors in rules: read when the rules are, and known to mean something."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from fleetc.lang import rules_ast as ast
from fleetc.lang.selector_ast import Both, Either, Mark, Not, Predicate, Reach, Selector, SelectorProblem
from fleetc.policy.reporting import Report

if TYPE_CHECKING:
    from fleetc.plan.universe import Universe

__all__ = ["check_selector"]

_NAMES = ("account", "environment", "platform", "profile", "commit", "tree", "desired")
_SNAPSHOT = ("snapshot", "snapshot_digest", "snapshot_taken_at")
_NOT_HERE = {
    "verdict": "the verdicts are what the rules are about to say",
    "since": "rules read no other revision",
}


def check_selector(selection: ast.Selection, report: Report) -> bool:
    """Whether a selector can be read and means something; what is wrong goes to `report`."""
    from fleetc.lang.selector_parser import parse
    from fleetc.plan.selectors import select

    try:
        for term in _terms(parse(selection.text)):
            name = term.name
            if name in _NOT_HERE:
                report.add("F0843", f"`{name}:` cannot stand in a rule: {_NOT_HERE[name]}", selection.span)
                return False
            select(selection.text[term.start : term.end], _nothing())
    except SelectorProblem as problem:
        report.add("F0843", problem.message, selection.span, help=problem.next_step)
        return False
    return True


@cache
def _nothing() -> Universe:
    """The actions of a plan that has none: what a selector means is asked of them."""
    from fleetc.plan.actions import Plan
    from fleetc.plan.universe import of_plan

    texts = dict.fromkeys((*_NAMES, *_SNAPSHOT), "")
    return of_plan(msgspec.convert({**texts, "actions": (), "summary": {}}, Plan))


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
