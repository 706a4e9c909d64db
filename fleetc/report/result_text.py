"""The result record of a run (`fleetc.result/1`, design 2.6) as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fleetc.lang.text import visible
from fleetc.plan.ranges import ranges
from fleetc.report.page import Page, Tone

__all__ = ["render_result"]

_TONES: dict[str, Tone] = {"applied": "add", "partial": "alarm", "failed": "alarm", "refused": "alarm"}


def render_result(result: Mapping[str, Any], *, color: bool = False, width: int = 80) -> str:
    """Each action as done, not done or unknown, what was left out, what drifted, what is next.

    Those of one number after another that came to the same stand as a range.
    """
    page = Page(color=color, width=width)
    status = str(result.get("status", ""))
    run = visible(str(result.get("run", "")))
    page.line(f"Run {run}: {status}" if run else status, tone=_TONES.get(status, "strong"))
    if result.get("message"):
        page.line(visible(f"{result['message']} [{result.get('code', '')}]"), indent=2, hang=2)
    if result.get("abandoned"):
        page.line(visible(f"abandoned: {result['abandoned']}"), indent=2, hang=2)
    _actions(page, "done", result.get("applied_actions"), lambda item: "")
    _actions(page, "failed", result.get("failed_actions"), _failure)
    _actions(page, "conflict, not done", result.get("conflicts"), lambda item: str(item.get("message", "")))
    _actions(page, "skipped, not done", result.get("skipped_actions"), _skipped)
    _actions(page, "unfinished", result.get("unfinished_actions"), lambda item: str(item.get("state", "")))
    for title in ("adopted", "forgotten", "protected", "withheld"):
        _names(page, title, result.get(title), ranges(result.get(title) or ()))
    drift = result.get("drift_after_apply") or {}
    rows = [f"{address}: {', '.join(map(str, fields)) or 'missing'}" for address, fields in drift.items()]
    _names(page, "drift after apply", rows, rows)
    page.line(visible(_next(result)), hang=2)
    return page.text()


def _actions(page: Page, title: str, items: Sequence[Mapping[str, Any]] | None, say: Any) -> None:
    if not items:
        return
    page.line(f"{title}: {len(items)}", indent=2)
    alike: dict[tuple[str, str], list[str]] = {}
    for item in items:
        alike.setdefault((str(item.get("op", "")), say(item)), []).append(str(item.get("address", "")))
    for (op, said), addresses in alike.items():
        for text in ranges(addresses):
            page.line(visible(f"{op} {text}  {said}".rstrip()), indent=4, hang=4)


def _failure(item: Mapping[str, Any]) -> str:
    return f"{item.get('state', '')}: {item.get('message', '')} [{item.get('code', '')}]"


def _skipped(item: Mapping[str, Any]) -> str:
    return str(item.get("reason") or f"because of {item.get('because', '')}")


def _names(page: Page, title: str, items: Sequence[str] | None, texts: Sequence[str]) -> None:
    if not items:
        return
    page.line(f"{title}: {len(items)}", indent=2)
    for text in texts:
        page.line(visible(text), indent=4, hang=2)


def _next(result: Mapping[str, Any]) -> str:
    if result.get("next_step"):
        return f"Next: {result['next_step']}"
    if result.get("status") == "paused":
        return f"Next: fleetc apply --resume {result.get('run', '')}"
    if result.get("status") != "applied" or result.get("drift_after_apply"):
        return "Next: fleetc plan shows what is left"
    what = "fleetc plan shows what was withheld" if result.get("withheld") else "nothing"
    return f"Read back as wanted. Next: {what}"
