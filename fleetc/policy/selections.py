"""Selectors in rules, run over the actions of a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from fleetc.plan.actions import Plan
from fleetc.plan.selectors import select
from fleetc.plan.universe import Universe, of_plan
from fleetc.policy.conditions import Condition, Leaf, leaves
from fleetc.policy.ruleset import RuleSet

__all__ = ["masks_of", "selections"]


def masks_of(plan: Plan) -> Callable[[str], bytes]:
    """What gives the mask of a selector over the actions of a plan; what is nowhere is not selected."""
    universe: Universe = of_plan(plan)
    return lambda text: select(text, universe, lenient=True)


def selections(rules: RuleSet, masks: Callable[[str], bytes]) -> Mapping[str, bytes]:
    """The masks of all selectors in some rules."""
    texts: dict[str, None] = {}
    for condition in _conditions(rules):
        for leaf in leaves(condition):
            texts |= {column[1]: None for column in leaf.columns if column[0] == "select"}
    return {text: masks(text) for text in texts}


def _conditions(rules: RuleSet) -> Iterator[Condition | Leaf]:
    for rule in rules.rules:
        yield from (body.where for body in rule.bodies.values() if body.where is not None)
    for waiver in rules.waivers:
        yield from (where for where in waiver.bodies.values() if where is not None)
