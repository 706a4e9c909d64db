"""Why something is in a plan or not, as text and as JSON values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from fleetc.ir.values import Value
from fleetc.lang.text import cut, visible
from fleetc.plan.actions import Plan
from fleetc.plan.plain import plain
from fleetc.policy.reasons import Chain, FieldWay
from fleetc.report.page import Page, Tone
from fleetc.report.values import value_text

__all__ = ["why_document", "why_text"]

_LONGEST = 800  # characters of one step; JSON has them all


def why_text(
    plan: Plan, chains: Sequence[Chain], *, only_against: bool, color: bool = False, width: int = 80
) -> str:
    """The chains of an address; with `only_against`, what keeps it out comes alone."""
    page = Page(color=color, width=width)
    for chain in chains:
        page.blank()
        words = ", ".join(filter(None, [chain.operation, chain.standing]))
        page.line(f"{visible(chain.address)}  {words}, in plan {plan.digest[:12]}", hang=2, tone="strong")
        against = [step for step in chain.steps if step.keeps]
        if only_against and not against:
            page.line("Nothing keeps it out. `fleetc why` says why it is in the plan.", indent=2)
            continue
        for field in () if only_against else chain.fields:
            page.line(_field(chain, field), indent=2, hang=4)
        steps = against if only_against else chain.steps
        room = max((len(step.label) for step in steps), default=0)
        for step in steps:
            tone: Tone = "alarm" if step.keeps else ""
            page.line(
                f"{step.label:<{room}}  {cut(visible(step.text), _LONGEST)}",
                indent=2,
                hang=room + 2,
                tone=tone,
            )
    return page.text()


def _field(chain: Chain, field: FieldWay) -> str:
    own = chain.address
    was = _value(field.baseline, own) if field.verified else "never"
    live, wanted = _value(field.live, own), _value(field.desired, own)
    origin = f" ({visible(field.origin)})" if field.origin else ""
    return f"{field.field}: {field.cause}; verified {was}, live {live}, wanted {wanted}{origin}"


def _value(value: Value, own: str) -> str:
    return value_text(value, own)


def why_document(plan: Plan, chains: Sequence[Chain]) -> dict[str, Any]:
    """The JSON values, format `fleetc.why/1`."""
    return {"format": "fleetc.why/1", "plan": plan.digest, "chains": [_chain(chain) for chain in chains]}


def _chain(chain: Chain) -> dict[str, Any]:
    fields = [
        msgspec.structs.replace(
            each, baseline=plain(each.baseline), live=plain(each.live), desired=plain(each.desired)
        )
        for each in chain.fields
    ]
    return msgspec.to_builtins(msgspec.structs.replace(chain, fields=tuple(fields)))  # type: ignore[no-any-return]
