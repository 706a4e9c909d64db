"""Selectors in rules, run over the actions of a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from fleetc.plan.actions import Plan
from fleetc.plan.selectors import select
from fleetc.plan.universe import Universe, of_plan
from fleetc.policy.code import Code
from fleetc.policy.conditions import leaves
from fleetc.policy.ruleset import RuleSet

__all__ = ["masks_of", "selections", "selectors_in"]


def masks_of(plan: Plan) -> Callable[[str], bytes]:
    """What gives the mask of a selector over the actions of a plan; what is nowhere is not selected."""
    universe: Universe = of_plan(plan)
    return lambda text: select(text, universe, lenient=True)


class _Masks(dict[str, bytes]):
    """Masks by selector, each made when it is asked for."""

    def __init__(self, masks: Callable[[str], bytes]) -> None:
        super().__init__()
        self._masks = masks

    def __missing__(self, text: str) -> bytes:
        self[text] = found = self._masks(text)
        return found


def selections(masks: Callable[[str], bytes]) -> Mapping[str, bytes]:
    """The masks of the selectors that rules ask for."""
    return _Masks(masks)


def selectors_in(rules: RuleSet) -> tuple[str, ...]:
    """The texts of all selectors in some rules."""
    texts: dict[str, None] = {}
    for code in _codes(rules):
        texts |= {column[1]: None for column in sorted(code.base) if column[0] == "select"}
    return tuple(texts)


def _codes(rules: RuleSet) -> Iterator[Code]:
    bodies = [body for rule in rules.rules for body in rule.bodies.values()]
    wheres = [body.where for body in bodies]
    wheres += [where for waiver in rules.waivers for where in waiver.bodies.values()]
    for where in wheres:
        yield from (leaf.code for leaf in leaves(where)) if where is not None else ()
    for wording in (body.wording for body in bodies):
        parts = (*wording.message.parts, *wording.help.parts)
        yield from (part for part in parts if not isinstance(part, str))
