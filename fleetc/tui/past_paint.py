"""The lines of the snapshots screen: a snapshot on one line and in full, trees, and row 1 in the past."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.content import Content

from fleetc.ir.difference import FieldDifference, ResourceDifference
from fleetc.ir.state import LiveResource
from fleetc.ir.values import Value
from fleetc.lang.text import few
from fleetc.tui.desk import Desk
from fleetc.tui.paint import environment, mark_cursor, plan_row, where_past
from fleetc.tui.past import OFFERS, DiffTree, Leaf, Marks, PastTree, SnapItem
from fleetc.tui.session import Session
from fleetc.tui.text import KEPT, Part, cut, fit, lined, paragraph, rule, shown
from fleetc.tui.words import field_value

if TYPE_CHECKING:
    from fleetc.service.shelf import Contents, Shelf

__all__ = [
    "brief",
    "full",
    "head",
    "past_row",
    "reading",
    "snapshot_row",
    "tally",
    "told_of",
    "tree_title",
    "when",
    "where",
]

_SIGN = {"added": "+", "changed": "~", "removed": "-", OFFERS: "*"}
_STYLE = {"added": "$create", "changed": "", "removed": "bold reverse $destroy", OFFERS: ""}
_NAMED = 3


def when(taken_at: str) -> str:
    """A time as `2026-08-22 12:04:31`."""
    return taken_at[:19].replace("T", " ")


def where(session: Session, name: str, taken_at: str, width: int) -> Content:
    """Row 1: which environment, and whether this is live or the snapshot of a `name`."""
    if name:
        return where_past(session.environment, taken_at, name, width)
    left = [Part(environment(session.environment), 20), Part(shown("Snapshots", "bold"), 12)]
    return lined(width, left, [Part(shown(session.who), 10)])


# the list


def head(count: int, shelves: Mapping[Desk, Shelf], width: int) -> Content:
    """How many there are, and the size of the store."""
    size = max((shelf.size for shelf in shelves.values()), default=0)
    left = [Part(shown(f"Snapshots {count:,}", "bold"), 9)]
    return lined(width, [*left, Part(shown(f"store {_bytes(size)}" if size else ""), 5)])


def _bytes(count: int) -> str:
    size, units = float(count), ["bytes", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size /= 1000
        units.pop(0)
    return f"{size:.0f} {units[0]}" if size >= 10 or units[0] == "bytes" else f"{size:.1f} {units[0]}"


def tally(shelf: Shelf | None) -> str:
    """What stands beside an environment's name."""
    if shelf is None:
        return "reading ..."
    count = len(shelf.kept)
    some = "1 snapshot" if count == 1 else f"{count:,} snapshots"
    return some if count else "no snapshot yet: r on the plan takes one"


def snapshot_row(item: SnapItem, marks: Marks, newest: bool, width: int) -> Content:
    """One snapshot: mark, time, whether it is whole, how much it holds, why it was taken."""
    row, why = item.kept.row, item.kept.why
    mark = "A" if item.name == marks.a else "B" if item.name == marks.b else " "
    part = shown("full", "$faint") if row.complete else shown("PART", "bold reverse")
    first = Content.assemble("  ", shown(mark, "bold"), " ", shown(when(row.taken_at)))
    parts = [
        Part(first, KEPT),
        Part(part, 7 if row.complete else 12),
        Part(shown(f"{row.count:>7,} res"), 9),
        Part(shown("newest" if newest else ""), 6),
        Part(shown(why), 11),
    ]
    return lined(width, parts, [Part(shown(row.name, "$faint"), 5)])


def full(item: SnapItem, found: Contents | None, marks: Marks, width: int) -> list[Content]:
    """All there is to say about a snapshot."""
    row, why = item.kept.row, item.kept.why
    lines = [
        lined(width, [Part(shown(f"{item.name}", "bold"), 9)], [Part(shown(row.source), 5)]),
        rule(width),
        fit(shown(f" taken at   {when(row.taken_at)}"), width),
        *paragraph(shown(f" why        {why}"), width, 12, 3),
        fit(shown(f" digest     {row.digest[:12]}"), width),
        *_completeness(row.complete, found, width),
        fit(shown(f" holds      {row.count:,} resources"), width),
    ]
    kinds = found.kinds if found else {}
    lines += [fit(shown(f"            {count:>7,} {kind}"), width) for kind, count in kinds.items()]
    return [*lines, rule(width), *_told(marks, width)]


def _completeness(complete: bool, found: Contents | None, width: int) -> list[Content]:
    if complete:
        return []
    why = "; ".join(found.problems) if found else "..."
    text = f" PART: what is not here may have been there ({why})"
    return paragraph(shown(text, "bold"), width, 1)


def brief(item: SnapItem, found: Contents | None, marks: Marks, width: int, height: int) -> list[Content]:
    """The same in `height` lines."""
    row, why = item.kept.row, item.kept.why
    kinds = "  ".join(f"{count:,} {kind}" for kind, count in found.kinds.items()) if found else "..."
    lines = [
        lined(width, [Part(shown(item.name, "bold"), 9), Part(shown(why), 5)], [Part(shown(row.source), 4)]),
        *_completeness(row.complete, found, width),
        *paragraph(shown(f" {kinds}"), width, 1, 2),
        *_told(marks, width),
    ]
    return lines[:height]


def _told(marks: Marks, width: int) -> list[Content]:
    chosen = f"A {marks.a or '(none)'}   B {marks.b or '(none: live)'}"
    return [
        fit(shown(f" {chosen}", "bold"), width),
        *paragraph(
            shown(" a b mark   d diff A->B   , . step B   p plan against B   esc back to live", "$keys"),
            width,
            1,
        ),
    ]


# the tree


def tree_title(tree: PastTree, width: int) -> Content:
    """What the tree is of and how much it has, or what it is filtered by."""
    if tree.expression:
        found = f"{tree.rows.matched:,} of {len(tree.rows.keys):,} shown"
        return lined(width, [Part(shown(found, "bold"), KEPT), Part(shown(f"/ {tree.expression}"), 8)])
    if not isinstance(tree, DiffTree):
        return lined(width, [Part(shown(f"{tree.title} holds {len(tree.rows.keys):,}", "bold"), 9)])
    before, after = tree.found.before, tree.found.after
    counts = Content(" ").join(
        shown(f"{_SIGN[change]}{count:,}", _STYLE[change] if count else "$faint")
        for change, count in tree.counts.items()
    )
    names = f"A {_short(before.taken_at, before.name)} -> B {_short(after.taken_at, after.name)}"
    what = counts if tree.rows.keys else shown("nothing differs", "bold")
    whole = before.complete and after.complete
    part = [] if whole else [Part(shown("PART", "bold reverse"), 12)]
    return lined(width, [Part(shown(names, "bold"), 9), Part(what, 11), *part], gap=1)


def told_of(tree: PastTree) -> str:
    """What there is to say of a tree that was just made."""
    if not isinstance(tree, DiffTree):
        return f"looking at {tree.title}, not live"
    partial = [each.name for each in (tree.found.before, tree.found.after) if not each.complete]
    unsure = (
        f"; {' and '.join(partial)} did not see all: what is missing there may be there" if partial else ""
    )
    return f"{tree.title}: {len(tree.rows.keys):,} differ{unsure}"


def _short(taken_at: str, name: str) -> str:
    return when(taken_at)[5:16] if taken_at else name


def past_row(tree: PastTree, row: int, width: int) -> Content:
    """One row of a tree at exactly `width` cells."""
    rows = tree.rows
    leaf = rows.outline.leaf[row]
    if leaf < 0:
        return mark_cursor(rows, row, _group(tree, row, width), 0)
    return mark_cursor(rows, row, _leaf(tree.leaves[leaf], width), 2)


def _group(tree: PastTree, row: int, width: int) -> Content:
    rows = tree.rows
    arrow = "v" if rows.is_open(row) else ">"
    change = rows.key(row).partition("/")[0]
    sign = shown(f"{_SIGN[change]} ", _STYLE[change]) if isinstance(tree, DiffTree) else Content("")
    size, matching = rows.size(row), rows.matching(row)
    count = f"({size:,})" if matching == size else f"({matching:,} of {size:,})"
    title = shown(f"{rows.outline.group_at[row].title}  {count}", "bold")
    return fit(Content.assemble(f" {arrow} ", sign, title), width)


def _leaf(each: Leaf, width: int) -> Content:
    if isinstance(each, LiveResource):
        return plan_row(Content.assemble("     ", shown(each.address)), shown(each.id, "$faint"), width)
    if isinstance(each, FieldDifference):
        return fit(Content.assemble("     ", shown(f"{each.path}  {_change(each)}")), width)
    sign = shown(f"{_SIGN[each.change]} ", _STYLE[each.change])
    first = Content.assemble("     ", sign, shown(each.address))
    if len(each.fields) == 1:
        (field,) = each.fields
        note = shown(f"{field.path} {_change(field)}", "$faint")
    else:
        note = shown(few([field.path for field in each.fields], _NAMED), "$faint")
    return plan_row(first, cut(note, max(width - first.cell_length - 2, 12)), width)


def _change(field: FieldDifference) -> str:
    return f"{field_value(field.path, field.before)} -> {field_value(field.path, field.after)}"


def reading(tree: PastTree, leaf: int, width: int) -> list[Content]:
    """A leaf in full: the fields of a resource, or those that differ."""
    each = tree.leaves[leaf]
    if isinstance(tree, DiffTree) and isinstance(each, ResourceDifference) and not each.fields:
        side = tree.found.after if each.change == "added" else tree.found.before
        each = side.by_address.get(each.address, each)
    if isinstance(each, LiveResource):
        lines = [fit(shown(f" {each.kind}   id {each.id}", "bold"), width)]
        return [*lines, *(line for name, item in each.fields.items() for line in _field(name, item, width))]
    fields = (each,) if isinstance(each, FieldDifference) else each.fields
    lines = [] if isinstance(each, FieldDifference) else [fit(shown(f" {each.change}", "bold"), width)]
    for field in fields:
        lines.append(fit(shown(f" ~ {field.path}", "bold"), width))
        for letter, item in (("A", field.before), ("B", field.after)):
            lines += paragraph(shown(f"   {letter}  {field_value(field.path, item)}"), width, 6, 20)
    return lines


def _field(name: str, item: Value, width: int) -> list[Content]:
    return paragraph(shown(f"   {name}: {field_value(name, item)}"), width, 5, 20)
