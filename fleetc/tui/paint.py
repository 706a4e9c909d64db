"""The lines of the plan review: row 1, counts, guards, and the rows of its tree."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from textual.content import Content

from fleetc.lang.text import few
from fleetc.plan.actions import Limit, Plan
from fleetc.plan.changes import Op
from fleetc.tui import detail, states
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Unplanned
from fleetc.tui.findings import agreed, counted, decision, sign, tail
from fleetc.tui.rows import Rows, Tick
from fleetc.tui.session import Session
from fleetc.tui.text import (
    KEPT,
    OP_GLYPH,
    OP_STYLE,
    Part,
    age,
    clock,
    cut,
    fit,
    glyph,
    lined,
    name_of,
    paragraph,
    shown,
)

__all__ = [
    "before_lines",
    "environment",
    "guards",
    "header",
    "mark_cursor",
    "plan_row",
    "review_row",
    "stakes",
    "where_past",
    "where_plan",
    "where_unplanned",
]

_PRODUCTION = re.compile(r"(?i)(?<![a-z])(?:prod|production|live)(?![a-z])")
_SHORT = 20
_ELSEWHERE = ("", "$create", "$keys")
_ALWAYS = (Op.CREATE, Op.UPDATE, Op.REPLACE, Op.DELETE)


def environment(name: str) -> Content:
    """The environment as a word nobody overlooks, in a colour that it always has: orange for production."""
    colour = "$destroy" if _PRODUCTION.search(name) else _ELSEWHERE[sum(name.encode()) % len(_ELSEWHERE)]
    return Content.assemble(
        shown("fleetc", "bold"), " ", shown(f" {name.upper()} ", f"bold reverse {colour}".rstrip())
    )


def where_plan(session: Session, plan: Plan, world: states.World, width: int, wide: bool) -> Content:
    """Row 1 of the plan review."""
    if session.past:
        return where_past(session.environment, session.past, states.revision(plan), width)
    left = [
        Part(environment(session.environment), 20),
        Part(shown(f"plan {plan.digest[:12]}"), 15),
        Part(shown(states.revision(plan)), 8),
        Part(_snapshot(plan, world, wide), 12),
    ]
    odd = [
        (world.old, "OLD PLAN"),
        (world.moved, f"MOVED to {world.moved}" if wide else "MOVED"),
        (plan.unknown, "PARTIAL"),
    ]
    left += [Part(shown(word, "bold reverse"), 14) for found, word in odd if found]
    right = [Part(shown(session.who), 10), Part(_lock(world, wide), 11 if world.lock else 3)]
    if session.read_only:
        word = f"READ-ONLY ({session.read_only})"
        short = word if wide or len(word) <= _SHORT else "READ-ONLY"
        right.insert(0, Part(shown(short, "bold reverse"), 13))
    return lined(width, left, right)


def where_past(name: str, taken_at: str, more: str, width: int) -> Content:
    """Row 1 while the past is looked at, reversed; `more` is what is looked at there."""
    at = taken_at[:19].replace("T", " ")
    said = f"looking at {at}, not live" if width >= 100 else f"{at} (not live)"
    left = [
        Part(shown(f"fleetc  {name.upper()}  TIME TRAVEL", "bold"), KEPT),
        Part(shown(said), 15),
        Part(shown(more), 5),
    ]
    return lined(width, left, [Part(shown("read-only", "bold"), 10)]).stylize("reverse")


def where_unplanned(branch: Unplanned, width: int) -> Content:
    """Row 1 on an environment without a plan."""
    return lined(
        width, [Part(environment(branch.environment), 20), Part(shown("NO PLAN", "bold reverse"), 14)]
    )


def _snapshot(plan: Plan, world: states.World, wide: bool) -> Content:
    taken = clock(plan.snapshot_taken_at)
    if world.stale:
        return shown(f"STALE {age(world.age)}", "bold reverse")
    if world.age is None:
        return shown(f"vs {plan.snapshot}" if plan.snapshot else "")
    if wide:
        return shown(f"vs snapshot {taken} ({age(world.age)} old)")
    return shown(f"snap {age(world.age)}")


def _lock(world: states.World, wide: bool) -> Content:
    if world.lock is None:
        return shown("lock: free" if wide else "", "$faint")
    return shown(f"LOCKED by {world.lock.owner}" if wide else "LOCKED", "bold reverse")


def header(choice: Choice, width: int, wide: bool) -> Content:
    """How many changes there are, by operation, and how many are chosen."""
    plan, every = choice.plan, len(choice.addresses)
    ops = {op: flags.count(1) for op, flags in choice.ops.items()}
    counts = Content(" ").join(
        Content.styled(f"{OP_GLYPH[op]}{ops[op]}", OP_STYLE[op] if ops[op] else "$faint")
        for op in Op
        if ops[op] or op in _ALWAYS
    )
    noticed = [
        Part(shown(f"{name} {len(items)}", "$faint"), 2)
        for name, items in (("adopt", plan.adopt), ("unmanaged", plan.unmanaged))
        if items
    ]
    chosen = f"selected {choice.count} of {every}"
    left = [Part(shown(f"Changes {every}", "bold"), 9), Part(counts, 8), *noticed]
    return lined(width, left, [Part(shown(chosen, "bold"), 9)], gap=3 if wide else 2)


def guards(choice: Choice, world: states.World, width: int, wide: bool) -> Content:
    """The limits and budgets with their arithmetic; what is over first, whatever else has to go."""
    stands = world.of(choice.ticked)
    limits = (*stands.limits, *stands.budgets) if stands else (*choice.plan.limits, *choice.plan.budgets)
    parts = [Part(shown(f"OVER {_named(limit)}", "bold reverse"), 12) for limit in limits if limit.over]
    within = [limit for limit in limits if not limit.over and limit.name != "declared"]
    parts += [Part(shown(_limit(limit, wide)), 5) for limit in within]
    if barred := choice.barred.count(1):
        parts.append(Part(shown(f"denied {barred} (cannot be chosen)"), 10))
    if not parts:
        parts = [Part(shown("no limit bears on this plan", "$faint"))]
    parts[0] = Part(Content.assemble("Guards: ", parts[0].content))
    return lined(width, parts)


def _named(limit: Limit) -> str:
    return limit.text if limit.text.startswith(limit.name) else f"{limit.name}: {limit.text}"


def _limit(limit: Limit, wide: bool) -> str:
    if wide and limit.name.startswith("budget "):
        return _named(limit)
    share = f" = {limit.count / limit.total:.0%}" if limit.total else ""
    if wide:
        return f"{limit.name} {limit.count}/{limit.total}{share} (limit {limit.allowed})"
    return f"{limit.name} {limit.count}/{limit.allowed}"


def review_row(choice: Choice, rows: Rows, row: int, width: int) -> Content:
    """One row of the plan's tree at exactly `width` cells."""
    leaf, depth = rows.outline.leaf[row], rows.outline.depth[row]
    if leaf < 0:
        found = choice.branch.fold(rows.key(row))
        return _fold_row(choice, rows, row, width) if found else _group_row(choice, rows, row, width)
    number = leaf - choice.first
    action = choice.plan.actions[number]
    style = "$faint" if not choice.ticked[number] else ""
    barred = choice.denied(number) and not choice.ticked[number]
    head = Content.assemble(
        " " * (3 + 2 * depth),
        (Tick.BARRED if barred else rows.tick(row)).value,
        " ",
        glyph(action.op, gap=action.gap),
        " ",
        shown(action.address, style),
    )
    room = width - head.cell_length - 2
    return mark_cursor(rows, row, plan_row(head, _note(choice, number, room), width), 2 * depth - 2)


def _group_row(choice: Choice, rows: Rows, row: int, width: int) -> Content:
    size, depth = rows.size(row), rows.outline.depth[row]
    counts = {op: rows.size_of(op, row) for op in Op}
    only = next((op for op, count in counts.items() if count == size), None)
    arrow = "v" if rows.is_open(row) else ">"
    group = rows.outline.group_at[row]
    mark = glyph(only, gap=choice.branch.gap(rows.key(row)))
    name = [shown(group.title, "bold")] if depth == 0 else [mark, " ", shown(f"{group.title}  ({size})")]
    head = Content.assemble(" " * (1 + 2 * depth), f"{arrow} {rows.tick(row).value} ", *name)
    tail = Content("  ").join(filter(None, (counted(rows, row), Content(f"{rows.chosen(row)}/{size}"))))
    if depth == 0:
        whole = choice.verdicts.overall if rows.key(row) == choice.branch.group.key else None
        if whole:
            tail = Content.assemble(sign(whole), "  ", tail)
        shares = (Content.styled(f"{OP_GLYPH[op]}{counts[op]}", OP_STYLE[op]) for op in Op if counts[op])
        longer = Content.assemble(tail, "  ", Content(" ").join(shares))
        tail = longer if longer.cell_length + head.cell_length + 2 <= width else tail
    return mark_cursor(rows, row, plan_row(head, tail, width), 0)


def _fold_row(choice: Choice, rows: Rows, row: int, width: int) -> Content:
    """Equal changes as one: how many of what, and what happens to each."""
    key, size = rows.key(row), rows.size(row)
    found = choice.branch.fold(key)
    assert found is not None
    arrow = "v" if rows.is_open(row) else ">"
    lead = f"{' ' * (1 + 2 * rows.outline.depth[row])}{arrow} {rows.tick(row).value} "
    names = f"{size} x {choice.branch.short(key)}"
    head = Content.assemble(lead, glyph(found.like.op, gap=found.like.gap), " ", shown(names))
    notes = [detail.fold_in_short(found, rows.chosen(row))]
    if rows.chosen(row) not in (0, size):
        notes.insert(0, f"{rows.chosen(row)} chosen")
    if rows.matching(row) != size:
        notes.insert(0, f"{rows.matching(row)} match")
    tail = shown("  ".join(notes), "" if rows.chosen(row) else "bold")
    if counts := counted(rows, row):
        tail = Content.assemble(counts, "  ", tail)
    least = len(lead) + len(f"{size} x ") + 16
    head = cut(head, max(width - tail.cell_length - 2, least))
    return mark_cursor(rows, row, plan_row(head, tail, width), 0)


def plan_row(head: Content, tail: Content, width: int) -> Content:
    """`head` at the left and `tail` at the right; a long tail is cut first."""
    room = max(width - head.cell_length - 2, 12)
    if tail.cell_length > room:
        tail = fit(tail, room)
    return Content.assemble(fit(head, max(width - tail.cell_length - 2, 0)), " ", tail, " ")


def mark_cursor(rows: Rows, row: int, content: Content, at: int) -> Content:
    """`content` with `>` in the cell `at`, on the row that has the cursor."""
    if row != rows.cursor or content.plain[at : at + 1] != " ":
        return content
    return Content.assemble(content[:at], ">", content[at + 1 :])


def _note(choice: Choice, leaf: int, room: int) -> Content:
    """What stands at the right of a row: what rules say, and why it is out or which fields change.

    Where there is not the room for both, what rules say of a chosen row stays.
    """
    action = choice.plan.actions[leaf]
    on = bool(choice.ticked[leaf])
    verdict = tail(choice.verdicts, action.id, told=on and choice.verdicts.denial(action.id) is None)
    style = {Op.CREATE: "$faint", Op.DELETE: "bold"}.get(action.op, "")
    short = f"needed by {forced}" if (forced := choice.forced_by(leaf)) else detail.in_short(action)
    text = shown(short, style) if on else shown(choice.why(leaf), "bold")
    if not verdict:
        return text
    if not on and choice.verdicts.denial(action.id):
        return verdict
    both = Content.assemble(text, "  ", verdict)
    return both if both.cell_length <= room else verdict if on else text


def stakes(choice: Choice, world: states.World, known: states.Known, width: int) -> list[Content]:
    """What a decision is about, for its dialog: what is done and destroyed, who has to agree, the limits."""
    counts = [(op, choice.chosen_of(op)) for op in Op]
    done = Content("   ").join(
        Content.styled(f"{OP_GLYPH[op]}{count} {op}", OP_STYLE[op]) for op, count in counts if count
    )
    lines = [
        Content.assemble("environment  ", shown(choice.plan.environment, "bold")),
        shown(f"selection    {choice.count} of {len(choice.addresses)}"),
        Content.assemble("does         ", done),
        Content.assemble(
            "destroys     ", shown(f"{choice.destroyed}", "bold"), "  ", shown(few(choice.condemned(3), 3))
        ),
    ]
    if stands := world.of(choice.ticked):
        lines.insert(1, shown(f"digest       {stands.digest[:12]}"))
        people = agreed(stands.requirements, stands.approvals, stands.missing, width)
        people += before_lines(Counter(_earlier(choice, known)), width)
        lines += decision(stands.binding, (*stands.limits, *stands.budgets), people, width)
    return lines


def _earlier(choice: Choice, known: states.Known) -> Iterator[str]:
    """Who approved the very same change before, once for each that is ticked."""
    for action, on in zip(choice.plan.actions, choice.ticked, strict=True):
        if on and action.id in known.before:
            yield from known.before[action.id]


def before_lines(by: Mapping[str, int], width: int) -> list[Content]:
    """How many of the changes were approved before, exactly the same, by whom."""
    words = ", ".join(f"{count} by {name_of(name)}" for name, count in by.items())
    return paragraph(shown(f"same before  {words}"), width, 13, 2) if words else []
