"""Every code's own example fires it, and the mended example does not and compiles."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest

from fleetc.errors import SourceProblem
from fleetc.lang.codes import CODES, explain
from fleetc.lang.diagnostics import Diagnostic, has_errors
from fleetc.lang.source import SourceFile
from fleetc.lang.yaml_tree import compose

_FENCE = re.compile(r"^```(yaml(?: path=(\S+))?|python-bytes)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMPILE = [code for code in CODES if code[:3] in {"F00", "F01", "F02", "F03", "F04", "F05"}]


@dataclass
class Example:
    """The files of an example, as a reader."""

    files: dict[str, bytes] = field(default_factory=dict)

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))

    def kind(self, path: str) -> str:
        return "file" if path in self.files else "missing"

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise SourceProblem(f"no file {path}")
        return self.files[path]


def example(section: str) -> Example:
    found = Example()
    for fence, path, body in _FENCE.findall(section):
        raw = eval(body, {"__builtins__": {}}) if fence == "python-bytes" else body.encode()
        found.files[path or "fleet.yaml"] = raw
    assert "fleet.yaml" in found.files, "the example has no fleet.yaml"
    return found


def findings(files: Example, code: str) -> tuple[Diagnostic, ...]:
    if code.startswith("F00"):
        return compose(SourceFile("fleet.yaml", files.files["fleet.yaml"]))[1]
    from fleetc.ir.lower import compile_fleet

    return compile_fleet(files).diagnostics


@pytest.mark.parametrize("code", _COMPILE)
def test_the_wrong_example_fires_exactly_its_code(code: str) -> None:
    explanation = explain(code)
    assert explanation is not None
    found = findings(example(explanation.wrong), code)
    assert code in {item.code for item in found}
    assert {item.code for item in found if item.severity == "error"} <= {code}


@pytest.mark.parametrize("code", _COMPILE)
def test_the_right_example_compiles_without_the_code(code: str) -> None:
    from fleetc.ir.lower import compile_fleet

    explanation = explain(code)
    assert explanation is not None
    compiled = compile_fleet(example(explanation.right))
    assert not has_errors(compiled.diagnostics), compiled.diagnostics
    assert compiled.graph is not None
    assert code not in {item.code for item in compiled.diagnostics}


@pytest.mark.parametrize("code", list(CODES))
def test_every_explanation_is_whole(code: str) -> None:
    found = explain(code)
    assert found is not None
    assert found.code == code
    assert found.title == CODES[code]
    assert all((found.meaning, found.wrong, found.right, found.why))


def test_an_unknown_code_has_no_explanation() -> None:
    assert explain("F9999") is None
    assert explain("../F0001") is None


def test_a_code_may_be_written_in_lower_case() -> None:
    assert explain("f0021") == explain("F0021")
