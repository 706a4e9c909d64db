"""What rules would have said to past plans, as text and as JSON values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from fleetc.lang.text import visible
from fleetc.plan.verdicts import Verdict
from fleetc.policy.replaying import Difference, Past
from fleetc.report.page import Page, Tone

__all__ = ["backtest_document", "backtest_text"]

_MOST = 12


def backtest_text(found: Sequence[Past], *, width: int = 80, color: bool = False) -> str:
    """The plans that would have got other verdicts, and those that could not be judged."""
    page = Page(color=color, width=width)
    for past in found:
        if past.differences or past.skipped:
            page.blank()
            page.line(f"{past.digest[:12]}  {past.status}  {visible(past.created_at)}", tone="strong")
        if past.skipped:
            page.line(f"skipped: {visible(past.skipped)}", indent=2, hang=2, tone="dim")
        for difference in past.differences[:_MOST]:
            page.line(_line(difference), indent=2, hang=4, tone=_tone(difference))
        if len(past.differences) > _MOST:
            page.line(f"and {len(past.differences) - _MOST} more", indent=2, tone="dim")
    page.blank()
    page.line(_total(found))
    return page.text()


def _line(difference: Difference) -> str:
    sign = "+" if difference.new else "-"
    on = visible(difference.subject) or "the whole plan"
    said = f": {visible(difference.message)}" if difference.message else ""
    return f"{sign} {difference.verdict} by {visible(difference.rule)} on {on}{said}"


def _tone(difference: Difference) -> Tone:
    return "alarm" if difference.new and difference.verdict is Verdict.DENY else ""


def _total(found: Sequence[Past]) -> str:
    if not found:
        return "No plan was approved or applied here yet."
    judged = [past for past in found if not past.skipped]
    other = sum(bool(past.differences) for past in judged)
    denied = sum(any(d.new and d.verdict is Verdict.DENY for d in past.differences) for past in judged)
    skipped = f"; {len(found) - len(judged)} skipped" if len(judged) < len(found) else ""
    plans = f"{len(judged)} past plan{'' if len(judged) == 1 else 's'} judged"
    return f"{plans}: {other} would have got other verdicts, {denied} of them a new denial{skipped}."


def backtest_document(found: Sequence[Past]) -> dict[str, Any]:
    """The JSON values, format `fleetc.backtest/1`."""
    return {"format": "fleetc.backtest/1", "plans": msgspec.to_builtins(list(found))}
