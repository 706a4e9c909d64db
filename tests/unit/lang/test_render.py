"""How diagnostics look: golden texts, alignment, and nothing hidden reaches a terminal."""

from __future__ import annotations

import json
import unicodedata

import pytest

from fleetc.lang.diagnostics import (
    Affected,
    Applicability,
    Diagnostic,
    Edit,
    Fix,
    Label,
    OriginStep,
    Severity,
)
from fleetc.lang.render import document, render
from fleetc.lang.source import SourceFile, SourceSet

FILE = SourceFile(
    "fleet.yaml", b"a: 1\n" * 12 + b"  - name: edge-cdn\n" + b"b: 2\n" * 10 + b"    template: edge-cdm\n"
)
SOURCES = SourceSet((FILE,), "fleet.yaml")


def at(file: SourceFile, text: str, label: str = "") -> Label:
    start = file.text.index(text)
    return Label(file.span(start, start + len(text)), label)


def fault(file: SourceFile = FILE, text: str = "edge-cdm") -> Diagnostic:
    primary = at(file, text, "not defined in this fleet")
    return Diagnostic("F0201", Severity.ERROR, f"no template named `{text}`", primary)


WHOLE = Diagnostic(
    "F0201",
    Severity.ERROR,
    "no template named `edge-cdm`",
    at(FILE, "edge-cdm", "not defined in this fleet"),
    secondary=(at(FILE, "edge-cdn", "a template with a similar name"),),
    notes=("templates are declared under `templates`",),
    help="use `edge-cdn`",
    fixes=(Fix("use `edge-cdn`", (Edit(at(FILE, "edge-cdm").span, "edge-cdn"),), Applicability.MACHINE),),
    origin=(OriginStep("alias", "*x", at(FILE, "b: 2").span),),
    affected=Affected(47, ("edge-01", "edge-02")),
)

FULL = """\
error[F0201]: no template named `edge-cdm`
  --> fleet.yaml:24:15
   |
24 |     template: edge-cdm
   |               ^^^^^^^^ not defined in this fleet
   |
  ::> fleet.yaml:13:11
   |
13 |   - name: edge-cdn
   |           -------- a template with a similar name
   = reaches 47 nodes: edge-01, edge-02, ...
   = came by alias *x at fleet.yaml:14:1
   = note: templates are declared under `templates`
   = help: use `edge-cdn`
   = `fleetc explain F0201`
"""


def test_the_full_form() -> None:
    assert render([WHOLE], SOURCES, "full") == FULL


def test_colour_adds_escape_codes_and_nothing_else() -> None:
    colored = render([WHOLE], SOURCES, "full", color=True)
    assert "\x1b[1;31merror[F0201]\x1b[0m" in colored
    plain = colored
    for code in ("0", "1", "34", "36", "1;31"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert plain == FULL


def test_the_concise_form_is_one_line_each() -> None:
    two = render([WHOLE, fault()], SOURCES, "concise")
    assert two == "fleet.yaml:24:15: F0201 no template named `edge-cdm`\n" * 2


def test_the_json_document_has_exactly_its_keys() -> None:
    found = json.loads(render([WHOLE], SOURCES, "json"))
    assert found == document([WHOLE])
    assert found["format"] == "fleetc.diagnostics/1"
    (record,) = found["diagnostics"]
    assert list(record) == [
        "code",
        "severity",
        "message",
        "primary",
        "secondary",
        "notes",
        "help",
        "fixes",
        "affected",
    ]
    assert record["primary"] == {
        "path": "fleet.yaml",
        "line": 24,
        "column": 15,
        "end_line": 24,
        "end_column": 23,
        "label": "not defined in this fleet",
    }
    assert record["fixes"][0]["edits"][0]["text"] == "edge-cdn"
    assert record["affected"] == {"count": 47, "sample": ["edge-01", "edge-02"]}


def test_no_diagnostics_render_to_nothing() -> None:
    assert render([], SOURCES, "full") == ""
    assert render([], SOURCES, "concise") == ""


@pytest.mark.parametrize(
    "line",
    [
        "\tname: edge-cdm",
        "a: \t edge-cdm\t# x",
        "世界: edge-cdm 世",
        "e\u0301: edge-cdm",
        "x" * 5000 + " edge-cdm " + "y" * 5000,
    ],
)
def test_the_caret_stands_below_its_text(line: str) -> None:
    file = SourceFile("fleet.yaml", line.encode())
    rows = render([fault(file)], SourceSet((file,), "fleet.yaml"), "full").splitlines()
    shown, carets = rows[3], rows[4]
    assert len(shown) < 200
    assert columns(shown[: shown.index("edge-cdm")]) == carets.index("^")
    assert carets.count("^") == len("edge-cdm")


def columns(text: str) -> int:
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


@pytest.mark.parametrize("form", ["full", "concise", "json"])
def test_nothing_hidden_reaches_the_terminal(form: str) -> None:
    bad = "a\x1b[31m\u202e\u200b\x9b\x07"
    file = SourceFile(f"{bad}.yaml", f"k: {bad}\n".encode())
    label = Label(file.span(3, 3 + len(bad)), bad)
    found = Diagnostic(
        "F0201",
        Severity.ERROR,
        bad,
        label,
        secondary=(label,),
        notes=(bad,),
        help=bad,
        origin=(OriginStep("alias", bad, label.span),),
        affected=Affected(1, (bad,)),
    )
    text = render([found], SourceSet((file,), file.path), form)  # type: ignore[arg-type]
    assert all(sign == "\n" or sign.isprintable() for sign in text)


def test_a_place_over_several_lines_is_marked_to_the_end_of_its_first() -> None:
    file = SourceFile("fleet.yaml", b"k: [1,\n  2]\n")
    found = Diagnostic("F0101", Severity.ERROR, "x", Label(file.span(3, 11)))
    assert "  |    ^^^\n" in render([found], SourceSet((file,), "fleet.yaml"), "full")


def test_a_file_that_is_not_at_hand_is_only_named() -> None:
    text = render([fault()], SourceSet((), ""), "full")
    assert text == (
        "error[F0201]: no template named `edge-cdm`\n  --> fleet.yaml:24:15\n   = `fleetc explain F0201`\n"
    )


def test_a_secret_place_is_not_shown() -> None:
    file = SourceFile("fleet.yaml", b"config:\n  password: hunter2 # and more\n")
    span = file.span(file.text.index("hunter2"), file.text.index("hunter2") + 7)
    found = Diagnostic("F0308", Severity.WARNING, "looks like a secret", Label(span, "here", secret=True))
    for form in ("full", "concise", "json"):
        shown = render((found,), SourceSet((file,), "fleet.yaml"), form)
        assert "hunter2" not in shown
        assert "and more" not in shown
    assert "password: ***" in render((found,), SourceSet((file,), "fleet.yaml"), "full")
