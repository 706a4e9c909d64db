"""A drawing as one HTML file: picture, list of all resources, search.

It loads nothing and sends nothing: its policy allows its own style and script by their digests, and
nothing else. Without scripts the picture and the list are there, and the boxes lead to the list.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from importlib.resources import files

from fleetc.ir.graph import ResourceGraph
from fleetc.lang.text import visible
from fleetc.report.graph_drawing import Drawing
from fleetc.report.graph_svg import STYLE, headline, picture
from fleetc.report.resource_text import field_text
from fleetc.report.resource_view import FieldView, ResourceView, Viewer
from fleetc.report.xml_text import marked

__all__ = ["render_html"]

_NAMED = 12


def render_html(graph: ResourceGraph, drawing: Drawing) -> str:
    """The whole page."""
    style, script = _asset("graph_page.css"), _asset("graph_page.js")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src {_digest(style)} {_digest(STYLE)}",
            f"script-src {_digest(script)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    head = marked(headline(drawing))
    about = f"graph {graph.digest[:12]}"
    svg = picture(drawing, lambda number, inner: f'<a href="#list-{number}">{inner}</a>')
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{head}</title>\n<style>{style}</style>\n</head>\n<body>",
            f'<header><h1>{head}</h1><p>{about}</p><div id="tools" hidden>',
            '<input type="search" id="search" placeholder="Search addresses, fields, values  ( / )"',
            'aria-label="Search"><output id="found"></output>',
            '<button type="button" id="fit">Fit</button></div></header>',
            f'<main>\n<div id="picture">{svg}</div>\n<aside id="list">',
            *_sections(graph, drawing),
            f"</aside>\n</main>\n<script>{script}</script>\n</body>\n</html>\n",
        )
    )


def _asset(name: str) -> str:
    return files("fleetc.report").joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _sections(graph: ResourceGraph, drawing: Drawing) -> Iterator[str]:
    """For each box its resources, with their fields."""
    viewer = Viewer(graph)
    anchors = {address: f"r-{each.order}" for address, each in graph.resources.items()}
    known = {address: anchors[address] for box in drawing.boxes for address in box.members}
    for number, box in enumerate(drawing.boxes):
        title = marked(visible(box.title))
        yield f'<section id="list-{number}"><h2><a href="#box-{number}">{title}</a>'
        yield f"<small>{marked(visible(', '.join(box.lines)))}</small></h2>"
        for address in box.members:
            yield from _resource(viewer.view(address), known)
        yield "</section>"


def _resource(view: ResourceView, anchors: Mapping[str, str]) -> Iterator[str]:
    yield f'<details id="{anchors[view.address]}"><summary>{marked(visible(view.address))}</summary>'
    yield f'<p class="place">{marked(visible(view.place))}</p><table>'
    for field in view.fields:
        yield _field(field, view.address)
    yield "</table>"
    for title, links in (("needs", view.needs), ("needed by", view.needed_by)):
        if links:
            first = list(links.items())[:_NAMED]
            shown = ", ".join(_link(address, fields, anchors) for address, fields in first)
            more = f" and {len(links) - _NAMED} more" if len(links) > _NAMED else ""
            yield f'<p class="links">{title} {shown}{more}</p>'
    yield "</details>"


def _field(field: FieldView, own: str) -> str:
    value, place, steps = field_text(field, own)
    lines = "".join(f"<br>{marked(line)}" for line in steps)
    return (
        f"<tr><th>{marked(field.name)}</th><td>{marked(value)}"
        f'<span class="place">{marked(place)}{lines}</span></td></tr>'
    )


def _link(address: str, fields: tuple[str, ...], anchors: Mapping[str, str]) -> str:
    name = marked(visible(address))
    shown = f'<a href="#{anchors[address]}">{name}</a>' if address in anchors else name
    return f"{shown} ({marked(', '.join(fields))})"
