"""What one revision asks against another, as text for a terminal."""

from __future__ import annotations

from typing import Any

from fleetc.lang.text import visible
from fleetc.plan.actions import Plan
from fleetc.plan.fingerprint import fingerprint
from fleetc.report.page import Page
from fleetc.report.plan_text import render_changes, render_plan

__all__ = ["NOTHING", "render_range", "same_changes"]

NOTHING = "No changes: both ask for the same."


def render_range(
    before: str,
    asks: Plan,
    plan: Plan,
    *,
    color: bool = False,
    width: int = 80,
    calls: bool = False,
    unfold: bool = False,
) -> str:
    """What the plan's revision asks against `before`, and then the plan against the platform."""
    look: dict[str, Any] = {"color": color, "width": width}
    same = same_changes(asks, plan)
    first = f"What {visible(plan.revision)} ({plan.commit[:12]}) asks against {visible(before)}"
    second = f"And of the platform as it is{': the same changes, and nothing else' if same else ''}"
    found = render_changes(asks, **look, unfold=unfold) if asks.actions else f"{NOTHING}\n"
    whole = render_plan(plan, **look, calls=calls, unfold=unfold, changes=not same or calls)
    return "\n".join((_title(first, **look), found.lstrip("\n"), _title(second, **look), whole))


def same_changes(asks: Plan, plan: Plan) -> bool:
    """Whether two plans do the same to the same resources."""
    return sorted(map(fingerprint, asks.actions)) == sorted(map(fingerprint, plan.actions))


def _title(text: str, *, color: bool, width: int) -> str:
    page = Page(color=color, width=width)
    page.line(text, hang=2, tone="strong")
    return page.text()
