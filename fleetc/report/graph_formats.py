"""A drawing as text that other programs draw or read: DOT, Mermaid, JSON."""

from __future__ import annotations

from collections.abc import Sequence

from fleetc.ir.graph import ResourceGraph
from fleetc.lang.text import visible
from fleetc.model.kinds import KINDS
from fleetc.plan.web import links
from fleetc.report.graph_drawing import Box, Drawing
from fleetc.report.graph_svg import colour, headline

__all__ = ["drawing_document", "render_dot", "render_mermaid"]

_PLAIN = frozenset(" _-.,/@+()[]\u00d7\u00b7")


def render_dot(drawing: Drawing) -> str:
    """A digraph for Graphviz; an arrow leads to what a resource needs, the needed stands left."""
    lines = [
        "digraph fleet {",
        f"  graph [rankdir=RL, label={_dot(headline(drawing))}, labelloc=t, labeljust=l];",
        '  node [shape=box, style=rounded, fontname="Helvetica", fontsize=11];',
        "  graph [fontname=Helvetica]; edge [color=gray50, arrowsize=0.7];",
    ]
    for number, box in enumerate(drawing.boxes):
        lines.append(f'  n{number} [label={_dot(*_lines(box))}, color="{colour(box.kind)}"];')
    for arrow in drawing.arrows:
        style = ", style=dashed" if arrow.inherits else ""
        lines.append(f"  n{arrow.source} -> n{arrow.target} [tooltip={_dot(arrow.label)}{style}];")
    return "\n".join([*lines, "}"]) + "\n"


def render_mermaid(drawing: Drawing) -> str:
    """A Mermaid flowchart, to paste between fences into Markdown."""
    lines = ["flowchart RL"]
    for number, box in enumerate(drawing.boxes):
        label = "<br/>".join(_mermaid(line) for line in _lines(box))
        lines.append(f'  n{number}["{label}"]:::kind_{box.kind}')
    lines += [
        f"  n{arrow.source} {'-.->' if arrow.inherits else '-->'} n{arrow.target}" for arrow in drawing.arrows
    ]
    kinds = {box.kind for box in drawing.boxes}
    lines += [
        f"  classDef kind_{kind} stroke:{colour(kind)},stroke-width:2px" for kind in KINDS if kind in kinds
    ]
    return "\n".join(lines) + "\n"


def drawing_document(graph: ResourceGraph, drawing: Drawing) -> dict[str, object]:
    """The chosen resources and the references between them, and how a picture folds them."""
    addresses = [address for box in drawing.boxes for address in box.members]
    chosen = [graph.resources[a] for a in sorted(addresses, key=lambda a: graph.resources[a].order)]
    inside = set(addresses)
    return {
        "format": "fleetc.picture/1",
        "account": graph.account,
        "digest": graph.digest,
        "resources": [
            {
                "address": each.address,
                "kind": each.kind,
                "fields": each.fields,
                "origin": str(graph.locate(each.address, "").span),
            }
            for each in chosen
        ],
        "references": [
            {"source": each.address, "target": target, "fields": fields}
            for each in chosen
            for target, fields in links(graph, each).items()
            if target in inside
        ],
        "boxes": [
            {"title": box.title, "kind": box.kind, "notes": box.notes, "members": box.members}
            for box in drawing.boxes
        ],
        "arrows": [
            {"source": arrow.source, "target": arrow.target, "fields": arrow.fields, "count": arrow.count}
            for arrow in drawing.arrows
        ],
    }


def _lines(box: Box) -> Sequence[str]:
    return (box.title, *box.lines)


def _dot(*lines: str) -> str:
    """A quoted DOT string; a backslash begins an escape there."""
    quoted = (visible(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(quoted) + '"'


def _mermaid(text: str) -> str:
    """A text in which Mermaid, its Markdown and its directives find nothing to act on."""
    return "".join(
        letter if letter.isalnum() or letter in _PLAIN else f"#{ord(letter)};" for letter in visible(text)
    )
