"""Every case of the Markdown files in `syntax`: a rules file, and what is said of it.

`pytest tests/cases/rules/test_syntax.py --update-golden` writes what is said anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleetc.lang.render import render
from fleetc.lang.rules_parser import parse_rules
from fleetc.lang.source import SourceFile, SourceSet

FILES = sorted(Path(__file__).with_name("syntax").glob("*.md"))
CASE = re.compile(r"^## ([^\n]*)\n\n```rules\n(.*?)^```\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def said(text: str) -> str:
    """What is wrong, a line each, with the help below it."""
    file = SourceFile("a.rules", text.encode())
    lines = []
    for each in parse_rules(file)[1]:
        lines.append(render([each], SourceSet((file,), "a.rules"), "concise"))
        lines += [f"help: {each.help}\n"] if each.help else []
    return "".join(lines)


def cases() -> Iterator[tuple[str, str, str]]:
    for path in FILES:
        yield from CASE.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "expected"), [pytest.param(*rest, id=name) for name, *rest in cases()])
def test_a_case_is_answered_in_these_words(text: str, expected: str) -> None:
    assert said(text) == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_section_is_a_case(path: Path, request: pytest.FixtureRequest) -> None:
    text = path.read_text(encoding="utf-8")
    if request.config.getoption("--update-golden"):
        text = CASE.sub(
            lambda case: f"## {case[1]}\n\n```rules\n{case[2]}```\n\n```text\n{said(case[2])}```", text
        )
        path.write_text(text, encoding="utf-8")
    assert len(CASE.findall(text)) == text.count("\n## ") > 10
