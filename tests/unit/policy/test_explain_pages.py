"""The examples of the pages about rules: the wrong one fires the code, the right one does not."""

from __future__ import annotations

import re

import pytest

from fleetc.ir.lower import compile_fleet
from fleetc.ir.timestamps import seconds_of
from fleetc.lang.codes import CODES, explain
from fleetc.lang.diagnostics import Diagnostic
from fleetc.lang.source import SourceFile
from fleetc.policy.checking import check
from fleetc.policy.code import Circumstances
from fleetc.policy.declared import broken_invariants
from fleetc.policy.lints import lint
from fleetc.policy.testing import run_tests

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOW = seconds_of("2027-01-01T12:00:00Z")
PAGES = [code for code in CODES if "F0837" <= code < "F0850"]


class Alone:
    """A reader of one fleet file."""

    def __init__(self, text: str) -> None:
        self.text = text

    def paths(self) -> tuple[str, ...]:
        return ("fleet.yaml",)

    def read(self, path: str) -> bytes:
        return self.text.encode()


def found(section: str) -> list[Diagnostic]:
    blocks: dict[str, str] = {}
    for kind, body in FENCE.findall(section):
        blocks.setdefault(kind, body)
    ruling = check([SourceFile("prod.rules", blocks["rules"].encode())])
    diagnostics = [*ruling.diagnostics, *lint(ruling, NOW)]
    if ruling.rules is not None:
        diagnostics += [each.failure for each in run_tests(ruling.rules) if each.failure]
        if "yaml" in blocks:
            graph = compile_fleet(Alone(blocks["yaml"])).graph
            assert graph is not None
            at = Circumstances(now=NOW, calendars=ruling.rules.calendars)
            diagnostics += broken_invariants(graph, ruling.rules, ruling.declarations, at)
    return diagnostics


@pytest.mark.parametrize("code", PAGES)
def test_the_wrong_example_fires_its_code(code: str) -> None:
    page = explain(code)
    assert page is not None
    diagnostics = found(page.wrong)
    assert code in {each.code for each in diagnostics}
    assert {each.code for each in diagnostics if each.severity == "error"} <= {code}


@pytest.mark.parametrize("code", PAGES)
def test_the_right_example_does_not(code: str) -> None:
    page = explain(code)
    assert page is not None
    diagnostics = found(page.right)
    assert code not in {each.code for each in diagnostics}
    assert not [each for each in diagnostics if each.severity == "error"]


def test_there_are_pages() -> None:
    assert len(PAGES) >= 10
