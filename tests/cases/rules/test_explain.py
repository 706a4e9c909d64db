"""The example of every code about rules files fires it and nothing else, and the mended one fires nothing."""

from __future__ import annotations

import re

import pytest

from fleetc.lang.codes import explain
from fleetc.lang.source import SourceFile
from fleetc.policy.checking import Ruling, check

CODES = ("F0830", "F0831", "F0832", "F0833", "F0834", "F0835", "F0836")
FENCE = re.compile(r"^```rules\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def checked(section: str) -> Ruling:
    (text,) = FENCE.findall(section)
    return check([SourceFile("fleet.rules", text.encode())])


@pytest.mark.parametrize("code", CODES)
def test_the_wrong_example_fires_exactly_its_code(code: str) -> None:
    explanation = explain(code)
    assert explanation is not None
    ruling = checked(explanation.wrong)
    assert {each.code for each in ruling.diagnostics} == {code}
    assert ruling.rules is None


@pytest.mark.parametrize("code", CODES)
def test_the_right_example_fires_nothing(code: str) -> None:
    explanation = explain(code)
    assert explanation is not None
    ruling = checked(explanation.right)
    assert ruling.diagnostics == ()
    assert ruling.rules is not None
