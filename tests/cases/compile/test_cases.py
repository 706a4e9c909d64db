"""Every case of the Markdown files beside this one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fleetc.errors import SourceProblem
from fleetc.ir.lower import Compiled, compile_fleet

HERE = Path(__file__).parent
FENCE = re.compile(r"^```(yaml|addresses)(?: path=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BELOW = re.compile(r"^\s*#\s*(\^)\s*((?:F\d{4}\s*)+)")
BESIDE = re.compile(r"#\s*((?:F\d{4}\s*)+)$")


@dataclass
class Case:
    name: str
    files: dict[str, str] = field(default_factory=dict)
    addresses: list[str] | None = None

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise SourceProblem(f"no file {path}")
        return self.files[path].encode()


def cases() -> list[Case]:
    found = []
    for path in sorted(HERE.glob("*.md")):
        for section in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            case = Case(f"{path.stem}: {section.splitlines()[0]}")
            for kind, name, body in FENCE.findall(section):
                if kind == "addresses":
                    case.addresses = body.split()
                else:
                    case.files[name or "fleet.yaml"] = body
            found.append(case)
    return found


def expected(case: Case) -> set[tuple[str, int, int, str]]:
    """(path, line, column or 0, code) of each diagnostic that the comments name."""
    wanted = set()
    for path, text in case.files.items():
        line = 0
        for number, content in enumerate(text.splitlines(), 1):
            below = BELOW.match(content)
            if below is None:
                line = number
                beside = BESIDE.search(content)
                wanted |= {(path, line, 0, code) for code in (beside[1].split() if beside else ())}
            else:
                wanted |= {(path, line, below.start(1) + 1, code) for code in below[2].split()}
    return wanted


def matched(compiled: Compiled, wanted: set[tuple[str, int, int, str]]) -> set[tuple[str, int, int, str]]:
    """What was found, in the form of `expected`; a caret counts when it is under the place."""
    found = set()
    named = {code for *_, code in wanted}
    for item in compiled.diagnostics:
        if item.severity == "note" and item.code not in named:
            continue
        span = item.primary.span
        end = span.end_column if span.end_line == span.line else 10_000
        hits = {
            want
            for want in wanted
            if want[0] == span.path
            and want[1] == span.line
            and want[3] == item.code
            and (want[2] == 0 or span.column <= want[2] < max(end, span.column + 1))
        }
        found |= hits or {(span.path, span.line, span.column, item.code)}
    return found


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_case(case: Case) -> None:
    compiled = compile_fleet(case)
    wanted = expected(case)
    shown = [f"{item.primary.span} {item.code} {item.message}" for item in compiled.diagnostics]
    assert matched(compiled, wanted) == wanted, shown
    failed = any(item.severity == "error" for item in compiled.diagnostics)
    assert (compiled.graph is None) == failed
    if case.addresses is not None:
        assert compiled.graph is not None, shown
        assert list(compiled.graph.resources) == case.addresses


def test_every_case_says_what_must_come_of_it() -> None:
    silent = [case.name for case in cases() if not expected(case) and case.addresses is None]
    assert not silent
