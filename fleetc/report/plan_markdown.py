"""A plan as Markdown, to paste into a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from fleetc.lang.text import visible
from fleetc.plan.actions import Action, Limit, Plan
from fleetc.plan.changes import FieldChange, Rename
from fleetc.plan.groups import Fold, fold
from fleetc.plan.renames import joined
from fleetc.report.markup import code, literal
from fleetc.report.plan_text import approval_lines, members_text, moved_entries, total_line
from fleetc.report.range_text import NOTHING, same_changes
from fleetc.report.values import CAUSES, change_text, halves_text, mark
from fleetc.report.verdicts_text import sections

__all__ = ["item", "render_plan", "render_range"]

_MOST = 50
_LONGEST = 2000
_ROWS = 100
_ROOM = 20_000


def render_plan(plan: Plan) -> str:
    """The plan: totals, one table row a change, its fields folded away, limits, next step.

    Equal changes are one row, and the addresses of it stand with its fields. What would make it
    too long for a comment is counted, not shown.
    """
    lines = [
        f"### fleetc plan `{plan.digest[:12]}` for {literal(plan.environment)}",
        "",
        f"**{literal(total_line(plan))}**",
        "",
        *_changes(plan),
        *_judged(plan),
    ]
    return "\n".join(lines).rstrip() + "\n"


def render_range(before: str, asks: Plan, plan: Plan) -> str:
    """What one revision asks against another, and then what it asks of the platform."""
    after = f"{plan.revision} ({plan.commit[:12]})"
    lines = [f"### What {code(after)} asks against {code(before)}", ""]
    lines += [f"**{literal(total_line(asks) if asks.actions else NOTHING)}**", "", *_changes(asks)]
    lines += [f"### And of {literal(plan.environment)}, as it is now: plan `{plan.digest[:12]}`", ""]
    lines += [f"**{literal(total_line(plan))}**", ""]
    if same_changes(asks, plan):
        lines += ["These are the same changes, and nothing else.", ""]
    else:
        lines += _changes(plan)
    return "\n".join([*lines, *_judged(plan)]).rstrip() + "\n"


def _changes(plan: Plan) -> list[str]:
    if not plan.actions:
        return []
    folds = fold(plan.actions)
    more = [f"| | | and {len(folds) - _ROWS} more | |"] if len(folds) > _ROWS else []
    return [
        *("| | Operation | Resource | Why |", "|---|---|---|---|"),
        *(_row(each) for each in folds[:_ROWS]),
        *more,
        *("", "<details><summary>Fields</summary>", ""),
        *_cut(_fields(plan, folds)),
        *("</details>", ""),
    ]


def _cut(lines: list[str]) -> list[str]:
    """The lines that fit; a comment of a pull request holds some 65,000 characters."""
    room = _ROOM
    for number, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            return [*lines[:number], "", f"and {len(lines) - number} more lines: `fleetc plan --unfold`", ""]
    return lines


def _judged(plan: Plan) -> list[str]:
    lines = [*_sections(plan), *_verdicts(plan)]
    for title, limits in (("Limits", plan.limits), ("Budgets", plan.budgets)):
        if plan.actions and limits:
            lines += [f"**{title}**", "", *(_limit(limit) for limit in limits), ""]
    return [*lines, *(literal(line) for line in approval_lines(plan))]


def _limit(limit: Limit) -> str:
    name = limit.name.removeprefix("budget ")
    text = f"{name}: {limit.text}" if name != limit.name else limit.text
    return f"- {'**over:** ' if limit.over else ''}{literal(text)}"


def _verdicts(plan: Plan) -> list[str]:
    """What rules say, a section for each verdict."""
    lines: list[str] = []
    for section in sections(plan):
        lines += [f"**{literal(section.title)}: {section.total}**", ""]
        for entry in section.entries[:_MOST]:
            lines.append(f"- {literal(entry.head)}")
            lines += [f"  - {literal(line)}" for line in entry.lines]
        if len(section.entries) > _MOST:
            lines.append(f"- and {len(section.entries) - _MOST} more")
        lines.append("")
    ignored = [f"{at}, by {name}" for at, name in plan.ignored.items()]
    return [*_cut(lines), *_listed("Left as it is live, by ignore", ignored)]


def item(environment: str, said: str) -> str:
    """One line for each of several environments: what its plan came to."""
    return f"- {code(environment)}: {literal(said)}"


def _row(found: Fold) -> str:
    action = found.like
    tick = "x" if action.selected else "#" if action.blocked else " "
    why = f"withheld by {action.withheld_by}" if action.withheld_by else action.reason
    cause = CAUSES[action.cause]
    was = f"from {action.moved_from}" if action.moved_from else ""
    reason = "; ".join(filter(None, [was, cause, why, halves_text(action)]))
    return f"| [{tick}] | `{mark(action)}` {action.op} | {_name(found)} | {literal(reason)} |"


def _name(found: Fold) -> str:
    if len(found) == 1:
        return code(found.like.address)
    return f"**{len(found)} x {literal(found.like.kind)}**"


def _fields(plan: Plan, folds: Sequence[Fold]) -> list[str]:
    lines: list[str] = []
    for each in folds:
        action = each.like
        if len(each) > 1:
            lines += [f"{_name(each)}: {literal(members_text(each, plan.actions, _LONGEST))}", ""]
        elif action.fields:
            lines += [code(action.address), ""]
        if action.fields:
            lines += [*(_field(action, f) for f in action.fields), ""]
    return lines


def _field(action: Action, item: FieldChange) -> str:
    before, after = change_text(action, item)
    values = f"{code(before)} → {code(after)}" if before else code(after)
    origin = f" ({literal(item.origin)})" if item.origin else ""
    return f"- {literal(item.path)}: {values}{origin}"


def _sections(plan: Plan) -> list[str]:
    states = [f"{address} is {state}" for address, state in plan.status.items()]
    return [
        *_listed("Adopts (no call)", plan.adopt),
        *_listed("Forgets (no call)", [a for a in plan.forget if a not in plan.released]),
        *_listed("Forgets, and leaves on the platform (no call)", plan.released),
        *_listed("Protects from now on (no call)", plan.protects),
        *_renames(plan.renames),
        *_listed("Unmanaged, left alone", plan.left_alone),
        *_listed("Failed over", plan.failed_over),
        *_listed("Status not as it should be", states),
        *_listed("Unknown", plan.unknown),
        *_listed("Warnings", plan.warnings),
    ]


def _renames(renames: Sequence[Rename]) -> list[str]:
    if not renames:
        return []
    entries = joined(renames)
    lines = [visible(line) for line in moved_entries(entries[:_MOST])]
    more = [f"# and {len(entries) - _MOST} more"] if len(entries) > _MOST else []
    title = f"**Probable renames: {len(renames)}.** To keep what is live, add to the fleet file:"
    return [title, "", "```yaml", *lines, *more, "```", ""]


def _listed(title: str, items: Sequence[str]) -> list[str]:
    if not items:
        return []
    more = [f"- and {len(items) - _MOST} more"] if len(items) > _MOST else []
    return [f"**{title}: {len(items)}**", "", *(f"- {literal(item)}" for item in items[:_MOST]), *more, ""]
