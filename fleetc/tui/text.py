"""Text on its way to the screen: the one place where outside text becomes `Content`.

A `Content` holds literal text and styles apart, so that brackets in a name mean nothing. Styles
are words of `Style.parse`; colours are the theme's own names (`$create`, `$faint`), so that they
can change or vanish (`NO_COLOR`) in one place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content

from fleetc.lang.text import visible
from fleetc.plan.changes import Op
from fleetc.plan.verdicts import Verdict
from fleetc.report.values import MADE_FIRST
from fleetc.tui.words import OP_GLYPH, OP_WORD, age, clock, moment, name_of, place, value

__all__ = [
    "KEPT",
    "OP_GLYPH",
    "OP_STYLE",
    "OP_WORD",
    "VERDICT_STYLE",
    "Part",
    "age",
    "clock",
    "cut",
    "fit",
    "glyph",
    "lined",
    "moment",
    "name_of",
    "paragraph",
    "place",
    "rule",
    "shown",
    "value",
]

_LONGEST = 2000
KEPT = 50
"""The `keep` of a part that is never dropped."""
OP_STYLE = {
    Op.CREATE: "$create",
    Op.MOVE: "",
    Op.UPDATE: "",
    Op.REPLACE: "bold $destroy",
    Op.DELETE: "bold reverse $destroy",
    Op.UNPROTECT: "bold $destroy",
    Op.ACCEPT: "bold $destroy",
}
VERDICT_STYLE = {
    Verdict.DENY: "bold reverse $destroy",
    Verdict.HOLD: "bold $destroy",
    Verdict.REQUIRE: "bold",
    Verdict.WARN: "$keys",
    Verdict.ALLOW: "$faint",
}


def shown(text: str, style: str = "") -> Content:
    """`text` as literal, visible content; what is longer than a screen can hold is cut."""
    return Content.styled(visible(text, _LONGEST), style)


def glyph(op: Op | None, *, gap: bool = True) -> Content:
    """The mark of an operation, three cells wide; blank for a mixed group.

    A replacement without a gap in service creates first, and its mark says so.
    """
    if op is None:
        return Content("   ")
    mark = OP_GLYPH[op] if gap or op is not Op.REPLACE else MADE_FIRST
    return Content.styled(mark.center(3), OP_STYLE[op])


def fit(content: Content, width: int) -> Content:
    """`content` at exactly `width` cells: padded, or cut with `...` at its end."""
    if content.cell_length <= width:
        return content.pad_right(width - content.cell_length)
    if width <= 3:
        return content.truncate(max(width, 0), pad=True)
    return Content.assemble(content.truncate(width - 3, pad=True), "...")


def cut(content: Content, most: int) -> Content:
    """`content`, with `...` at its end where it is longer than `most` cells."""
    return fit(content, most) if content.cell_length > most else content


class Part(NamedTuple):
    """A piece of a line; of those that do not fit, the one with the least `keep` goes first."""

    content: Content
    keep: int = 5


def lined(width: int, left: Sequence[Part], right: Sequence[Part] = (), gap: int = 2) -> Content:
    """One line of `width` cells: `left` and `right` parts, a space at each end.

    The first part always stays; it is cut when it has to be.
    """
    parts = [part for part in (*left, *right) if part.content]
    while len(parts) > 1 and _needed(parts, gap) > width:
        dropped = min(parts[1:], key=lambda part: part.keep)
        if dropped.keep >= KEPT:
            break
        parts = [part for part in parts if part is not dropped]
    space = Content(" " * gap)
    first = space.join(part.content for part in parts if part in left)
    last = space.join(part.content for part in parts if part not in left)
    if not last:
        return fit(Content.assemble(" ", first), width)
    room = width - last.cell_length - 2
    return Content.assemble(fit(Content.assemble(" ", first), room), " ", last, " ")


def _needed(parts: Sequence[Part], gap: int) -> int:
    return sum(part.content.cell_length + gap for part in parts) + 2 - gap


def paragraph(content: Content, width: int, indent: int, most: int = 6) -> list[Content]:
    """`content` wrapped between words to lines of `width` cells, at most `most`.

    Its first `indent` cells stand before the first line, and blanks before the later ones.
    """
    head, body = content.divide([indent])
    lines = body.wrap(max(width - indent, 8))
    kept = [
        fit(Content.assemble(" " * indent if number else head, line), width)
        for number, line in enumerate(lines[:most])
    ]
    if len(lines) > most:
        kept[-1] = fit(shown(f"{' ' * indent}... {len(lines) - most + 1} more lines", "$faint"), width)
    return kept


def rule(width: int) -> Content:
    """A line across."""
    return Content.styled("─" * width, "$faint")
