"""Files and functions stay small enough to be read at once."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.guards.tree import ROOT, modules, name_of, parsed

FILE_LINES = 400
FUNCTION_LINES = 40


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or 0) - node.lineno + 1


@pytest.mark.parametrize("folder", ["fleetc", "tests"])
def test_no_file_is_longer_than_400_lines(folder: str) -> None:
    def lines(path: Path) -> int:
        return len(path.read_text(encoding="utf-8").splitlines())

    found = {name_of(path): lines(path) for path in (ROOT / folder).rglob("*.py")}
    assert {name: count for name, count in found.items() if count > FILE_LINES} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    found = {
        f"{name_of(path)}:{node.name}": _length(node)
        for path in modules()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert len(found) > 100
    assert {name: count for name, count in found.items() if count > FUNCTION_LINES} == {}
