"""How two environments differ: as text, and as Markdown to paste."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fleetc.lang.text import visible
from fleetc.plan.parity import Count, Difference, Parity, Side
from fleetc.plan.ranges import ranges
from fleetc.report.markup import code, literal
from fleetc.report.page import Page
from fleetc.report.values import value_text

__all__ = ["render_parity", "render_parity_markdown"]

_MOST = 40


def render_parity(first: Side, second: Side, found: Parity, *, color: bool, width: int) -> str:
    """Counts that differ, what is on one side only, what differs and how, equal differences once."""
    page = Page(color=color, width=width)
    page.line(_title(first, second), hang=2, tone="strong")
    if found.counts:
        page.blank()
        page.line(f"Counts ({first.environment} | {second.environment})")
        words = [_counted(count) for count in found.counts]
        room = max(map(len, words))
        for word, count in zip(words, found.counts, strict=True):
            page.line(f"{word:<{room}}  {count.first} | {count.second}", indent=4, hang=2)
    for name, addresses in ((first.environment, found.first), (second.environment, found.second)):
        _listed(page, f"Only in {name}", addresses)
    if found.different:
        page.blank()
        many = sum(len(each.members) for each in found.different)
        page.line(f"Different ({first.environment} | {second.environment}): {many}")
        for each in found.different:
            _difference(page, each)
    page.blank()
    page.line(_total(found), tone="strong")
    return page.text()


def render_parity_markdown(first: Side, second: Side, found: Parity) -> str:
    """The same as Markdown: tables of counts and of differences, lists of what is on one side only."""
    lines = [f"### {literal(_title(first, second))}", "", f"**{literal(_total(found))}**", ""]
    sides = f"{code(first.environment)} | {code(second.environment)}"
    if found.counts:
        lines += [f"| Count | {sides} |", "|---|---|---|"]
        lines += [f"| {literal(_counted(c))} | {c.first} | {c.second} |" for c in found.counts]
        lines.append("")
    if found.different:
        lines += [f"| Different | Field | {sides} |", "|---|---|---|---|"]
        lines += [row for each in found.different for row in _rows(each)]
        lines.append("")
    for name, addresses in ((first.environment, found.first), (second.environment, found.second)):
        if addresses:
            lines += [f"**Only in {literal(name)}: {len(addresses)}**", ""]
            lines += [f"- {code(text)}" for text in _cut(ranges(addresses))] + [""]
    return "\n".join(lines).rstrip() + "\n"


def _title(first: Side, second: Side) -> str:
    names = (f"{side.environment} (account {visible(side.graph.account)})" for side in (first, second))
    return " and ".join(names) + ", as declared"


def _total(found: Parity) -> str:
    if found.equal:
        return f"No difference: {found.same} resources are the same on both sides."
    different = sum(len(each.members) for each in found.different)
    alone = len(found.first) + len(found.second)
    return f"{different} different, {alone} on one side only, {found.same} the same."


def _counted(count: Count) -> str:
    return f"{count.kind}, {count.field} {visible(count.value)}" if count.field else count.kind


def _listed(page: Page, title: str, addresses: Sequence[str]) -> None:
    if addresses:
        page.blank()
        page.line(f"{title}: {len(addresses)}")
        for text in _cut(ranges(addresses)):
            page.line(visible(text), indent=4, hang=2)


def _difference(page: Page, each: Difference) -> None:
    who = " ~ ".join(", ".join(map(visible, texts)) for texts in _who(each))
    page.line(who, indent=4, hang=2)
    room = max(len(path) for path, _, _ in each.fields)
    for path, one, other in each.fields:
        page.line(f"{path:<{room}}  {value_text(one)} | {value_text(other)}", indent=8, hang=room + 2)


def _rows(each: Difference) -> Iterator[str]:
    who = " ~ ".join(", ".join(map(code, texts)) for texts in _who(each))
    for path, one, other in each.fields:
        yield f"| {who} | {literal(path)} | {code(value_text(one))} | {code(value_text(other))} |"
        who = ""


def _who(each: Difference) -> list[list[str]]:
    """The resources, folded; of both sides where they are not called the same."""
    first, second = (_cut(ranges(pair[side] for pair in each.members)) for side in (0, 1))
    return [first] if first == second else [first, second]


def _cut(texts: Sequence[str]) -> list[str]:
    more = len(texts) - _MOST
    return [*texts[:_MOST], *([f"and {more} more"] if more > 0 else [])]
