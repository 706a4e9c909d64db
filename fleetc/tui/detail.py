"""The detail of one row as lines: in full for a pane of its own, brief for four lines below."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content

from fleetc.ir.values import Value
from fleetc.lang.text import few
from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Cause, Op
from fleetc.plan.groups import Fold
from fleetc.report.values import halves_text
from fleetc.tui.choice import Choice
from fleetc.tui.fields import FOLDED, change_in_short, field_lines, name_width, one_line
from fleetc.tui.findings import Texts, counted, section, sign, tail
from fleetc.tui.rows import Rows
from fleetc.tui.states import Known
from fleetc.tui.text import (
    OP_GLYPH,
    OP_STYLE,
    OP_WORD,
    Part,
    fit,
    glyph,
    lined,
    name_of,
    paragraph,
    rule,
    shown,
)
from fleetc.tui.words import clock, in_short

__all__ = ["Seen", "brief", "fold_in_short", "full", "in_short", "subject", "title"]

_CAUSE = {
    Cause.GIT: "git: the file asks for it",
    Cause.DRIFT: "drift: the platform was changed by hand",
    Cause.CONFLICT: "conflict: both the file and the platform changed",
    Cause.ADOPT: "adopt: it stands there already",
    Cause.FORCED: "forced by the replacement of what it refers to",
}
_LISTED = 50
_NAMED = 3
_MOST = 2000


class Seen(NamedTuple):
    """What a detail is of: the plan of the row under the cursor, the tree, and what is known beside."""

    choice: Choice
    rows: Rows
    known: Known


def subject(choice: Choice, rows: Rows) -> Action | None:
    """The action under the cursor, or what all of a fold are; None on another group."""
    if rows.leaf >= 0:
        return choice.plan.actions[rows.leaf - choice.first]
    found = choice.branch.fold(rows.key(rows.cursor)) if rows.cursor >= 0 else None
    return found.like if found else None


def fold_in_short(found: Fold, chosen: int) -> str:
    """What happens to each of a fold, or why none of it is chosen."""
    like = found.like
    if not chosen:
        return like.reason or (f"withheld by {like.withheld_by}" if like.withheld_by else "left out")
    if len(like.fields) != 1 or like.op in (Op.CREATE, Op.DELETE):
        return in_short(like)
    (change,) = like.fields
    return f"{change.path} {change_in_short(change, like.kind)}"


def title(choice: Choice, rows: Rows, waves: Sequence[int]) -> Content:
    """What the detail is about, in one line."""
    if rows.cursor < 0:
        return Content("")
    action, row = subject(choice, rows), rows.cursor
    chosen = f"   {rows.chosen(row)} of {rows.size(row)} chosen"
    if action is None:
        return Content.assemble(shown(rows.outline.group_at[row].title, "bold"), chosen)
    name, more = f"{rows.size(row)} x {action.kind}", chosen
    if rows.leaf >= 0:
        name = action.address
        more = f"   wave {waves[rows.leaf - choice.first]}/{max(waves)}" if waves else ""
    return Content.assemble(
        shown(name, "bold"),
        "   ",
        Content.styled(f"{_sign(action)} {OP_WORD[action.op]}", OP_STYLE[action.op]),
        more,
    )


def _sign(action: Action) -> str:
    return glyph(action.op, gap=action.gap).plain.strip()


def full(seen: Seen, width: int, unchanged: bool, most: int = FOLDED) -> list[Content]:
    """All there is to say about the row under the cursor; of one value `most` lines."""
    choice, rows, known = seen
    if rows.cursor < 0:
        return []
    if found := choice.branch.fold(rows.key(rows.cursor)):
        return _fold(seen, found, width, most)
    if rows.leaf < 0:
        return _group(choice, rows, known.texts, width)
    number = rows.leaf - choice.first
    action = choice.plan.actions[number]
    lines = field_lines(action, width, unchanged, most)
    reason = "" if choice.verdicts.denial(action.id) else choice.why(number)
    lines += [rule(width), *_cause(action, reason, width), *_live(choice.plan, action, width)]
    lines += _before(known.before.get(action.id, ()), width)
    told = [*choice.verdicts.of(action.id), *choice.verdicts.about(action.address)]
    if verdicts := section("Verdicts", told, known.texts, width):
        lines += [rule(width), *verdicts]
    lines += [rule(width), *_linked(choice, "Needs", choice.needs(number), known.waves, width)]
    return lines + _linked(choice, "Needed by", choice.needed_by(number), known.waves, width)


def brief(seen: Seen, width: int, height: int) -> list[Content]:
    """The same in a few lines: title, fields one a line, verdict and needs."""
    choice, rows, known = seen
    if rows.cursor < 0:
        return []
    hint = "(enter: full screen)" if rows.leaf >= 0 else "(enter: open or close)"
    head = lined(width, [Part(title(choice, rows, known.waves))], [Part(shown(hint, "$faint"), 1)])
    action = subject(choice, rows)
    if action is None:
        return [head, *_overall(choice, rows, width), *_group(choice, rows, known.texts, width)][:height]
    room = height - 2
    more = len(action.fields) - room
    fields = [one_line(change, action, width, name_width(action)) for change in action.fields[:room]]
    if rows.leaf < 0:
        return [head, *fields, fit(shown(f" {choice.branch.names(rows.key(rows.cursor))}"), width)]
    number = rows.leaf - choice.first
    needs = f"needs {len(choice.needs(number))}   needed by {len(choice.needed_by(number))}"
    last = [Part(shown(needs))]
    verdict = tail(choice.verdicts, action.id, told=False)
    if (reason := choice.why(number)) and not choice.denied(number):
        last.insert(0, Part(shown(reason, "bold")))
    if more > 0:
        last.insert(0, Part(shown(f"{more} more field" + "s" * (more > 1))))
    if verdict:
        last.insert(0, Part(verdict))
    return [head, *fields, lined(width, last, gap=3)]


# cause, needs, groups


def _before(approvers: Sequence[str], width: int) -> list[Content]:
    """Who approved exactly this before, so that a second look costs seconds."""
    names = few([name_of(each) for each in approvers], _NAMED)
    return paragraph(shown(f" Before  approved by {names}, exactly the same"), width, 9) if names else []


def _fold(seen: Seen, found: Fold, width: int, most: int) -> list[Content]:
    """What all of a fold have in common, where they are, and what rules say of them."""
    choice, like = seen.choice, found.like
    head = fit(shown(f" Fields {len(like.fields)} changed in each"), width)
    lines = [head, *field_lines(like, width, False, most)[1:], rule(width)]
    lines += [*_cause(like, like.reason, width), rule(width)]
    actions = (choice.plan.actions[row].id for row in found.rows[:_MOST])
    told = {f.rule: f for action in actions for f in choice.verdicts.of(action)}
    if verdicts := section("Verdicts, of one for each rule", tuple(told.values()), seen.known.texts, width):
        lines += [*verdicts, rule(width)]
    names = choice.branch.ranges(found, _MOST)
    count = f" {len(found)} equal changes, at" + (f" (the first {_MOST})" if len(found) > _MOST else "")
    lines.append(fit(shown(count), width))
    for text in names[:_LISTED]:
        lines += paragraph(shown(f"   {text}"), width, 3)
    if len(names) > _LISTED:
        lines.append(fit(shown(f"   and {len(names) - _LISTED} more such", "$faint"), width))
    return lines


def _cause(action: Action, reason: str, width: int) -> list[Content]:
    lines = paragraph(shown(f" Cause   {_CAUSE[action.cause]}"), width, 9)
    if action.moved_from:
        lines += paragraph(shown(f" Was     {action.moved_from}"), width, 9)
    if reason:
        lines += paragraph(Content.assemble(" Note    ", shown(reason, "bold")), width, 9)
    if halves := halves_text(action):
        lines += paragraph(shown(f" Order   {halves}"), width, 9)
    if action.calls:
        calls = Counter(call.name for call in action.calls)
        text = ", ".join(f"{name} x{n}" if n > 1 else name for name, n in calls.items())
        lines += paragraph(shown(f" Calls   {text}"), width, 9)
    return lines


def _live(plan: Plan, action: Action, width: int) -> list[Content]:
    """Where the values before come from."""
    if not plan.snapshot or all(change.before is None for change in action.fields):
        return []
    at = f", seen {clock(plan.snapshot_taken_at)}" if plan.snapshot_taken_at else ""
    return [fit(shown(f" Live    as in {plan.snapshot}{at}"), width)]


def _linked(choice: Choice, name: str, rows: list[int], waves: Sequence[int], width: int) -> list[Content]:
    lines = [fit(shown(f" {name} ({len(rows)})"), width)]
    for row in rows[:_LISTED]:
        mark = "[x]" if choice.ticked[row] else "[ ]"
        wave = [Part(shown(f"wave {waves[row]}", "$faint"), 1)] if waves else []
        lines.append(lined(width, [Part(shown(f" {mark} {choice.addresses[row]}"))], wave))
    if len(rows) > _LISTED:
        lines.append(fit(shown(f"  and {len(rows) - _LISTED} more", "$faint"), width))
    return lines


def _group(choice: Choice, rows: Rows, texts: Texts, width: int) -> list[Content]:
    lines = [
        fit(
            Content.assemble(
                " ",
                Content.styled(f"{OP_GLYPH[op]:>3}", OP_STYLE[op]),
                f" {OP_WORD[op]:<16}{rows.chosen_of(op, rows.cursor):>6} of {rows.size_of(op, rows.cursor)}",
            ),
            width,
        )
        for op in Op
        if rows.size_of(op, rows.cursor)
    ]
    if counts := counted(rows, rows.cursor):
        lines.append(fit(Content.assemble("     verdicts        ", counts), width))
    if rows.key(rows.cursor) == choice.branch.group.key:
        lines += _noticed(choice.plan, width)
        if verdicts := section("Verdicts on the whole plan", choice.verdicts.whole, texts, width):
            lines += [rule(width), *verdicts]
    return lines


def _overall(choice: Choice, rows: Rows, width: int) -> list[Content]:
    """The strictest verdict on the whole plan in one line, on its environment's row."""
    found = choice.verdicts.overall if rows.key(rows.cursor) == choice.branch.group.key else None
    return [fit(Content.assemble(" ", sign(found), shown(f": {found.message}")), width)] if found else []


def _noticed(plan: Plan, width: int) -> list[Content]:
    """What the diff noticed beside the changes."""
    seen: tuple[tuple[str, Sequence[Value]], ...] = (
        ("adopt", plan.adopt),
        ("unmanaged", plan.unmanaged),
        ("forget", plan.forget),
        ("protect", plan.protects),
        ("probable rename", [f"moved: from {r.source} to {r.target}" for r in plan.renames]),
        ("failed over", plan.failed_over),
        ("same on both sides", plan.converged),
        ("unknown", plan.unknown),
        ("status", [f"{address} {status}" for address, status in plan.status.items()]),
        ("warning", plan.warnings),
    )
    lines: list[Content] = []
    for name, items in seen:
        if items or name in ("adopt", "unmanaged"):
            lines.append(fit(shown(f"     {name:<16}{len(items):>6}"), width))
            for item in items[:_LISTED]:
                lines += paragraph(shown(f"         {item}", "$faint"), width, 9)
    return lines
