"""A damaged plan file is told in words, never with the names of Python's types."""

from __future__ import annotations

import re

import pytest

from fleetc.errors import InputProblem
from fleetc.plan.documents import load_plan


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"{",
        b'{"format": 1}',
        b'{"format": "fleetc.plan/1", "digest": true}',
        b"[" * 9999,
    ],
)
def test_a_damaged_plan_file_is_told_in_words(data: bytes) -> None:
    with pytest.raises(InputProblem) as caught:
        load_plan(data)
    assert caught.value.code == "F0720"
    assert not re.search(r"`(str|int|float|bool|dict|list)`", caught.value.message)
