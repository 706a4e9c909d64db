"""Text from outside: shown by code points, cut with a count, and harmless within JSON."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetc.lang.text import cut, visible, visible_json


@given(
    st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_json_with_what_is_hidden_escaped_is_the_same_value_and_shows_nothing_hidden(value: object) -> None:
    for indent in (None, 2):
        text = json.dumps(value, ensure_ascii=False, indent=indent)
        shown = visible_json(text)
        assert json.loads(shown) == value
        assert all(visible(line) == line for line in shown.split("\n"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('"a\u202eb"', '"a\\u202eb"'),
        ('"\x7f\x9b"', '"\\u007f\\u009b"'),
        ('"\U000e0041"', '"\\udb40\\udc41"'),
        ('{\n  "a": "\u00e9\u4e16\U0001f600"\n}', '{\n  "a": "\u00e9\u4e16\U0001f600"\n}'),
    ],
)
def test_what_a_terminal_obeys_is_escaped_and_letters_stay(text: str, shown: str) -> None:
    assert visible_json(text) == shown


def test_every_character_of_json_that_is_shown_comes_back() -> None:
    text = "".join(map(chr, (n for n in range(sys.maxunicode + 1) if not 0xD800 <= n <= 0xDFFF)))
    assert json.loads(visible_json(json.dumps(text, ensure_ascii=False))) == text


@pytest.mark.parametrize(
    ("size", "shown"), [(5, "xxxxx"), (6, "xxxxx... (1 more character)"), (7, "xxxxx... (2 more characters)")]
)
def test_a_longer_text_is_cut_with_a_count(size: int, shown: str) -> None:
    assert cut("x" * size, 5) == shown
