"""Diagnostics as text for a terminal, as one line each, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from fleetc.lang.diagnostics import Diagnostic, Fix, Label, Severity
from fleetc.lang.snippet import snippet
from fleetc.lang.source import SourceSet, Span
from fleetc.lang.text import visible

__all__ = ["document", "render"]

_COLORS = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.NOTE: "1;36"}
_GUTTER = "34"
_SECONDARY = "36"


def render(
    diagnostics: Sequence[Diagnostic],
    sources: SourceSet,
    format: Literal["full", "concise", "json"],  # noqa: A002 - the word of the command line
    *,
    color: bool = False,
) -> str:
    """The diagnostics in one of the formats, ending in a line break unless there are none.

    `color` adds escape codes to `full`; the text of files and names never brings its own.
    """
    if format == "json":
        return json.dumps(document(diagnostics), indent=2) + "\n"
    if format == "concise":
        return "".join(f"{_concise(diagnostic)}\n" for diagnostic in diagnostics)
    painter = _Painter(color)
    return "\n".join("\n".join(_full(item, sources, painter)) + "\n" for item in diagnostics)


def document(diagnostics: Iterable[Diagnostic]) -> dict[str, Any]:
    """The JSON document `fleetc.diagnostics/1`: lines and columns 1-based, ends exclusive."""
    return {"format": "fleetc.diagnostics/1", "diagnostics": [_record(item) for item in diagnostics]}


def _concise(diagnostic: Diagnostic) -> str:
    place = visible(str(diagnostic.primary.span))
    return f"{place}: {diagnostic.code} {visible(diagnostic.message)}"


class _Painter:
    def __init__(self, color: bool) -> None:
        self._color = color

    def __call__(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._color and text else text


def _full(diagnostic: Diagnostic, sources: SourceSet, paint: _Painter) -> Iterator[str]:
    labels = (diagnostic.primary, *diagnostic.secondary)
    margin = " " * max(len(str(label.span.line)) for label in labels)
    severity = _COLORS[diagnostic.severity]
    head = paint(f"{diagnostic.severity}[{diagnostic.code}]", severity)
    yield f"{head}: {paint(visible(diagnostic.message), '1')}"
    bar = paint(f"{margin} |", _GUTTER)
    for number, label in enumerate(labels):
        arrow = "::>" if number else "-->"
        mark = ("-", _SECONDARY) if number else ("^", severity)
        if number:
            yield bar
        yield f"{margin}{paint(arrow, _GUTTER)} {visible(str(label.span))}"
        yield from _marked_line(label, sources, paint, margin, mark)
    edge = paint(f"{margin} =", _GUTTER)
    for line in _remarks(diagnostic):
        yield f"{edge} {line}"


def _marked_line(
    label: Label, sources: SourceSet, paint: _Painter, margin: str, mark: tuple[str, str]
) -> Iterator[str]:
    file = sources.get(label.span.path)
    if file is None or not file.text:
        return
    shown = snippet(file, label.span, secret=label.secret)
    bar = paint(f"{margin} |", _GUTTER)
    number = paint(f"{label.span.line:>{len(margin)}} |", _GUTTER)
    carets = paint(f"{mark[0] * shown.width} {visible(label.text)}".rstrip(), mark[1])
    yield bar
    yield f"{number} {shown.line}".rstrip()
    yield f"{bar} {' ' * shown.indent}{carets}"


def _remarks(diagnostic: Diagnostic) -> Iterator[str]:
    affected = diagnostic.affected
    if affected is not None:
        names = ", ".join(visible(name) for name in affected.sample)
        rest = ", ..." if affected.count > len(affected.sample) else ""
        what = "resource" if all("/" in name for name in affected.sample) else "node"
        yield f"reaches {affected.count:,} {what}{'' if affected.count == 1 else 's'}: {names}{rest}"
    for step in diagnostic.origin:
        place = f" at {visible(str(step.span))}" if step.span else ""
        yield f"came by {visible(step.step)} {visible(step.text)}".rstrip() + place
    for note in diagnostic.notes:
        yield f"note: {visible(note)}"
    if diagnostic.help:
        yield f"help: {visible(diagnostic.help)}"
    if diagnostic.code:
        yield f"`fleetc explain {diagnostic.code}`"


def _record(diagnostic: Diagnostic) -> dict[str, Any]:
    affected = diagnostic.affected
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "primary": _place(diagnostic.primary.span, label=diagnostic.primary.text),
        "secondary": [_place(label.span, label=label.text) for label in diagnostic.secondary],
        "notes": list(diagnostic.notes),
        "help": diagnostic.help,
        "fixes": [_fix(fix) for fix in diagnostic.fixes],
        "affected": affected and {"count": affected.count, "sample": list(affected.sample)},
    }


def _place(span: Span, **more: str) -> dict[str, Any]:
    return {
        "path": span.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        **more,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "message": fix.message,
        "applicability": str(fix.applicability),
        "edits": [_place(edit.span, text=edit.text) for edit in fix.edits],
    }
