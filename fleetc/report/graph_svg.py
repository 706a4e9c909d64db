"""A drawing as SVG: one file, no script, no reference to anything outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from unicodedata import east_asian_width

from fleetc.lang.text import visible
from fleetc.model.kinds import KINDS
from fleetc.report.graph_drawing import Arrow, Box, Drawing
from fleetc.report.graph_layout import Point, lay_out
from fleetc.report.xml_text import marked

__all__ = ["STYLE", "colour", "headline", "picture", "render_svg"]

STYLE = """\
.paper { fill: #ffffff }
.box rect.card { fill: #ffffff; stroke: #c9ced6; stroke-width: 1 }
.box rect.pile { fill: #f3f4f6; stroke: #c9ced6; stroke-width: 1 }
.title, .note, .kind, .head, .foot { font-family: system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; font-size: 11px }
.title { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 13px }
.head { font-size: 15px }
.title, .head, .kind { font-weight: 600 }
.title, .head { fill: #16191f }
.note, .foot { fill: #59616e }
.arrow { fill: none; stroke: #98a1ae; stroke-width: 1.25 }
.many { stroke-width: 2 }
.inherits { stroke-dasharray: 4 3 }
.tip { fill: #98a1ae }
"""
_COLOURS = (
    *("#7a5195", "#bc5090", "#2f6db5", "#2a9d8f", "#c77d18", "#4c8c2b", "#c8453b", "#6b7280"),
    *("#0e7490", "#a16207", "#9333ea", "#be185d"),
)
_TITLE, _KIND, _NOTE = 7.85, 7.2, 6.4
_LINE, _PAD, _BAR = 15, 11, 5
_MARGIN, _HEAD, _PILE = 24, 34, 4
_LONGEST, _LONGEST_NOTE = 40, 48


def render_svg(drawing: Drawing) -> str:
    """The whole file."""
    return picture(drawing, lambda number, inner: inner) + "\n"


def headline(drawing: Drawing) -> str:
    """What the picture is of, in one line."""
    folded = f", in {len(drawing.boxes)} boxes" if len(drawing.boxes) < drawing.count else ""
    plural = "" if drawing.count == 1 else "s"
    return visible(f"{drawing.account}: {drawing.count} resource{plural}{folded}")


def picture(drawing: Drawing, wrap: Callable[[int, str], str]) -> str:
    """The `svg` element; `wrap` puts something round the box of a number."""
    plan = lay_out([_size(box) for box in drawing.boxes], [(a.source, a.target) for a in drawing.arrows])
    head = headline(drawing)
    width = max(plan.width + _PILE, _wide(head) * 9, _wide(_FOOT) * _NOTE) + 2 * _MARGIN
    height = plan.height + _PILE + _HEAD + 2 * _MARGIN + _LINE
    size = f"{_n(width)} {_n(height)}"
    extent = f'width="{_n(width)}" height="{_n(height)}" role="img" aria-label="{marked(head)}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" {extent}>',
        f"<style>{marked(STYLE, quotes=False)}</style>",
        '<rect class="paper" width="100%" height="100%"/>',
        f'<text class="head" x="{_MARGIN}" y="{_MARGIN + 12}">{marked(head)}</text>',
        f'<g transform="translate({_MARGIN} {_MARGIN + _HEAD})">',
        *(_arrow(drawing, *pair) for pair in zip(drawing.arrows, plan.routes, strict=True)),
    ]
    for number, box in enumerate(drawing.boxes):
        parts.append(wrap(number, _box(number, box, plan.corners[number], plan.widths[number])))
    parts += ["</g>", f'<text class="foot" x="{_MARGIN}" y="{_n(height - _MARGIN)}">{_FOOT}</text>', "</svg>"]
    return "\n".join(parts)


_FOOT = "An arrow leads to what a resource needs; a dashed one to what it extends."


def _lines(box: Box) -> list[str]:
    """What stands below the title."""
    return [_cut(visible(line), _LONGEST_NOTE) for line in box.lines]


def _size(box: Box) -> tuple[float, float]:
    lines = _lines(box)
    title = _wide(_cut(visible(box.title), _LONGEST)) * _TITLE
    texts = [title, _wide(lines[0]) * _KIND, *(_wide(line) * _NOTE for line in lines[1:])]
    return max(texts) + 2 * _PAD + _BAR, _LINE * (len(lines) + 1) + _PAD + 2


def _box(number: int, box: Box, corner: Point, width: float) -> str:
    height = _size(box)[1]
    title = _cut(visible(box.title), _LONGEST)
    x, y = corner
    text = _BAR + _PAD
    pile = f'<rect class="pile" x="{_PILE}" y="{_PILE}" width="{_n(width)}" height="{_n(height)}" rx="5"/>'
    rows = [
        f'<g class="box" id="box-{number}" transform="translate({_n(x)} {_n(y)})">',
        f"<title>{marked(visible(f'{box.kind} {box.title}'))}</title>",
        *([pile] if len(box.members) > 1 else []),
        f'<rect class="card" width="{_n(width)}" height="{_n(height)}" rx="5"/>',
        f'<rect fill="{colour(box.kind)}" width="{_BAR}" height="{_n(height)}" rx="2"/>',
        f'<text class="title" x="{text}" y="{_PAD + 9}">{marked(title)}</text>',
    ]
    for place, line in enumerate(_lines(box), 1):
        look = f'class="kind" fill="{colour(box.kind)}"' if place == 1 else 'class="note"'
        rows.append(f'<text {look} x="{text}" y="{_PAD + 9 + place * _LINE}">{marked(line)}</text>')
    return "\n".join([*rows, "</g>"])


def _arrow(drawing: Drawing, arrow: Arrow, route: Sequence[Point]) -> str:
    """A curve between each pair of points, straight on between pairs, and a tip at the end."""
    names = " inherits" * arrow.inherits + " many" * (arrow.count > len(arrow.fields))
    x, y = route[-1]
    x += _PILE * (len(drawing.boxes[arrow.target].members) > 1)
    return (
        f'<g class="link" id="arrow-{arrow.source}-{arrow.target}">'
        f"<title>{marked(visible(arrow.label))}</title>"
        f'<path class="arrow{names}" d="{"".join(_path((*route[:-1], (x + 7, y))))}"/>'
        f'<path class="tip" d="M{_n(x)} {_n(y)}l8 -3.5v7z"/></g>'
    )


def _path(route: Sequence[Point]) -> Iterator[str]:
    (x, y), *rest = route
    yield f"M{_n(x)} {_n(y)}"
    for number, (to_x, to_y) in enumerate(rest):
        if number % 2:
            yield f"H{_n(to_x)}"
        else:
            middle = (x + to_x) / 2
            yield f"C{_n(middle)} {_n(y)} {_n(middle)} {_n(to_y)} {_n(to_x)} {_n(to_y)}"
        x, y = to_x, to_y


def colour(kind: str) -> str:
    """The colour of a kind, as `#rrggbb`."""
    return _COLOURS[list(KINDS).index(kind) % len(_COLOURS)]


def _cut(text: str, most: int) -> str:
    """A text of at most so many columns, the last of them dots if it was longer."""
    if len(text) <= most and _wide(text) <= most:
        return text
    room = most - 2
    kept = [letter for letter in text[:most] if (room := room - _wide(letter)) >= 0]
    return "".join(kept) + ".."


def _wide(text: str) -> int:
    """Columns of a text; East Asian letters take two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _n(number: float) -> str:
    """A number with at most one decimal."""
    return f"{number:.1f}".removesuffix(".0")
