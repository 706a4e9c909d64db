"""The fields of a change as lines: before and after with what differs in them, and where they come from.

Secrets say that they change, and by a fingerprint of this session whether two are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import blake2b

from textual.content import Content

from fleetc.ir.values import Value
from fleetc.lang.text import visible
from fleetc.model.kinds import KINDS
from fleetc.model.secrets import looks_secret
from fleetc.plan.actions import Action
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.service.clock import SystemClock
from fleetc.tui.emphasis import Item, changed_lines, differing, in_order
from fleetc.tui.text import OP_STYLE, Part, fit, lined, paragraph, shown
from fleetc.tui.words import place, value

__all__ = ["FOLDED", "change_in_short", "field_lines", "fingerprint", "name_width", "one_line"]

FOLDED = 6
"""Lines of one value, unless the pane has the screen for itself."""
_SAME = 2
_KEY = SystemClock().token().encode()
_STYLES = {"-": "$destroy", "+": "bold $create", " ": "", ".": "$faint"}


@cache
def fingerprint(text: str) -> str:
    """Six digits that are the same for the same secret in this session, and tell nothing of it."""
    return blake2b(text.encode("utf-8", "surrogatepass"), key=_KEY, digest_size=3).hexdigest()


def name_width(action: Action) -> int:
    """The width of the column of names."""
    return min(18, max((len(visible(change.path)) for change in action.fields), default=0))


def field_lines(action: Action, width: int, unchanged: bool, most: int = FOLDED) -> list[Content]:
    """All fields of an action that change, and with `unchanged` those that stay.

    A value takes at most `most` lines.
    """
    changed = {change.path for change in action.fields}
    rest = {name: item for name, item in action.wanted.items() if name not in changed}
    count = f"Fields {len(changed)} of {len(changed) + len(rest)} changed"
    hint = "(.: hide unchanged)" if unchanged else "(.: unchanged)"
    lines = [lined(width, [Part(shown(count))], [Part(shown(hint, "$faint"), 1)] if rest else [])]
    names = name_width(action)
    for change in action.fields:
        lines += _field(change, action, width, names, most)
    if unchanged:
        for name, item in rest.items():
            text = _hidden(item, name) or value(item)
            lines += paragraph(shown(f"   {name:<{names}} {text}", "$faint"), width, 4 + names, most)
    return lines


def _field(change: FieldChange, action: Action, width: int, names: int, most: int) -> list[Content]:
    op = action.op
    alone = op in (Op.CREATE, Op.DELETE)
    if change.path == "" or alone:
        line = one_line(change, action, width, names)
        if "..." not in line.plain[-20:]:
            return [line]
    indent = 4 + names
    mark = Content.styled(f" {_mark(change, op)} ", _mark_style(op))
    head = Content.assemble(mark, shown(f"{change.path:<{names}} "))
    if block := _block(change):
        lines = _lines_of(head, block, width, most)
    elif text := _alone(change, op) if alone else _whole(change, action.kind):
        lines = paragraph(Content.assemble(head, text), width, indent, most)
    else:
        lines = _two(head, change, width, indent, most)
    return lines + _from(change, width, indent)


def _two(head: Content, change: FieldChange, width: int, indent: int, most: int) -> list[Content]:
    """Before and after: on one line where they fit, else one below the other."""
    before, after = _emphasised(change)
    if before.cell_length + after.cell_length + 4 + indent <= width:
        return [fit(Content.assemble(head, before, " -> ", after), width)]
    lines = paragraph(Content.assemble(head, before), width, indent, most)
    return lines + paragraph(Content.assemble(" " * (indent - 3), "-> ", after), width, indent, most)


def _from(change: FieldChange, width: int, indent: int) -> list[Content]:
    cause = "" if change.cause is Cause.GIT else f"  ({change.cause})"
    if not change.origin and not cause:
        return []
    where = f"from {place(change.origin)}" if change.origin else ""
    hint = "  (o: source)" if ":" in change.origin else ""
    return [fit(shown(f"{' ' * indent}{where}{cause}{hint}", "$faint"), width)]


def one_line(change: FieldChange, action: Action, width: int, names: int) -> Content:
    """A change on one line, with its place."""
    op = action.op
    text = _alone(change, op) if op in (Op.CREATE, Op.DELETE) else _change(change, action.kind)
    mark = Content.styled(f"{_mark(change, op)} ", _mark_style(op))
    field = Content.assemble(mark, shown(f"{change.path:<{names}} "), text)
    return lined(width, [Part(field, 9)], [Part(shown(place(change.origin), "$faint"), 1)])


def change_in_short(change: FieldChange, kind: str) -> str:
    """A change as plain text, for the end of a row."""
    return _change(change, kind).plain


def _mark(change: FieldChange, op: Op) -> str:
    if op is Op.REPLACE:
        return "!"
    return {Op.CREATE: "+", Op.DELETE: "-"}.get(op, "~") if change.path else "~"


def _mark_style(op: Op) -> str:
    return OP_STYLE[op] if op is not Op.DELETE else "$destroy"


# what differs


def _change(change: FieldChange, kind: str) -> Content:
    """A change in one piece: of a list, or of what is only set again, after says it all."""
    whole = _whole(change, kind)
    if whole is not None:
        return whole
    before, after = _emphasised(change)
    return Content.assemble(before, " -> ", after)


def _alone(change: FieldChange, op: Op) -> Content:
    """The one side that a create or a delete has."""
    item = change.after if op is Op.CREATE else change.before
    return shown(_hidden(item, change.path) or value(item))


def _emphasised(change: FieldChange) -> tuple[Content, Content]:
    """Both sides, with the pieces that differ marked."""
    texts = value(change.before), value(change.after)
    before, after = shown(texts[0], "$faint"), shown(texts[1], "bold")
    if not isinstance(change.before, str) or not isinstance(change.after, str):
        return before, after
    found = differing(before.plain, after.plain)
    for begin, end in found.before:
        before = before.stylize("underline", begin, end)
    for begin, end in found.after:
        after = after.stylize("underline", begin, end)
    return before, after


def _whole(change: FieldChange, kind: str) -> Content | None:
    """A change that is told as one: a secret, what is set again, a list, a mapping; None for others."""
    before, after = change.before, change.after
    if hidden := _hidden_change(change):
        return shown(hidden)
    if change.cause is Cause.FORCED and before == after:
        return shown(f"{value(after)} (set again)")
    if isinstance(before, list | tuple) and isinstance(after, list | tuple):
        return _list(before, after, unordered=_is_set(kind, change.path))
    if isinstance(before, dict) and isinstance(after, dict):
        return _mapping(before, after)
    return None


@cache
def _is_set(kind: str, field: str) -> bool:
    spec = KINDS[kind].field(field) if kind in KINDS else None
    return spec is not None and spec.unordered


def _list(before: Sequence[Value], after: Sequence[Value], *, unordered: bool) -> Content:
    """A list with what goes and what comes: of a set those first, else at their places."""
    old, new = [value(each) for each in before], [value(each) for each in after]
    if unordered:
        items = [Item("-", each) for each in old if each not in new]
        items += [Item("+", each) for each in new if each not in old]
        return _items("[", [*items, *(Item(" ", each) for each in new if each in old)], "]")
    return _items("[", in_order(old, new), "]")


def _mapping(before: Mapping[str, Value], after: Mapping[str, Value]) -> Content:
    """A mapping with the members that go, come or change, and how many stay."""
    items: list[Item] = []
    same = 0
    for key in [*before, *(key for key in after if key not in before)]:
        change = FieldChange(key, before.get(key), after.get(key), Cause.GIT)
        hidden = _hidden_change(change)
        if key in before and key in after and before[key] == after[key]:
            same += 1
        elif hidden and key in before and key in after:
            items.append(Item("~", f"{key}: {hidden}"))
        elif key not in after:
            items.append(Item("-", f"{key}: {hidden or value(before[key])}"))
        elif key not in before:
            items.append(Item("+", f"{key}: {hidden or value(after[key])}"))
        else:
            items.append(Item("~", f"{key}: {value(before[key])} -> {value(after[key])}"))
    return _items("{", [*items, *([Item(".", f"{same} same")] if same else [])], "}")


def _items(start: str, items: Sequence[Item], end: str) -> Content:
    pieces = [
        shown(f"{each.mark.strip(' .')}{each.value}", _STYLES.get(each.mark, "bold"))
        for each in _short(items)
    ]
    return Content.assemble(start, Content(", ").join(pieces), end)


def _short(items: Sequence[Item]) -> list[Item]:
    """The items, with how many in the place of many that stay, between others."""
    found: list[Item] = []
    run: list[Item] = []
    for each in [*items, None]:
        if each is not None and each.mark == " ":
            run.append(each)
            continue
        found += [Item(".", f"{len(run)} same")] if len(run) > _SAME else run
        run = []
        if each is not None:
            found.append(each)
    return found


# secrets


def _hidden(item: Value, key: str) -> str:
    """What is shown of a secret; empty for what is none."""
    key = key.rpartition(".")[2]
    return f"(secret, fingerprint {fingerprint(str(item))})" if looks_secret(item, key) else ""


def _hidden_change(change: FieldChange) -> str:
    before, after = _hidden(change.before, change.path), _hidden(change.after, change.path)
    if not before and not after:
        return ""
    sides = [text or value(item) for text, item in ((before, change.before), (after, change.after))]
    return f"changed: {sides[0]} -> {sides[1]}" if change.before is not None else sides[1]


# several lines


def _block(change: FieldChange) -> list[Item]:
    """The lines that differ, of a text that has more than one; empty for others."""
    texts = [item if isinstance(item, str) else "" for item in (change.before, change.after)]
    if not any("\n" in text.strip("\n") for text in texts) or _hidden_change(change):
        return []
    return changed_lines(*texts)


def _lines_of(head: Content, items: Sequence[Item], width: int, most: int) -> list[Content]:
    lines = [fit(head, width)]
    for each in items[:most]:
        text = "..." if each.mark == "." else f"{each.mark} {each.value.expandtabs(4)}"
        lines.append(fit(shown(f"    {text}", _STYLES[each.mark]), width))
    if len(items) > most:
        lines.append(
            fit(shown(f"    ... {len(items) - most} more lines (enter shows them)", "$faint"), width)
        )
    return lines
