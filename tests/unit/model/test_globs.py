"""Patterns over paths mean what the plain expression means, and take no time that a pattern chooses."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetc.model.globs import fits

parts = st.text("ab*?", min_size=1, max_size=4).filter(lambda text: "**" not in text) | st.just("**")
patterns = st.lists(parts, min_size=1, max_size=4).map("/".join)
paths = st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=4).map("/".join)


def plainly(pattern: str) -> str:
    """The expression that says it directly, and may take for ever."""
    forms = {"**/": "(?:[^/]+/)*", "**": "[^/]*", "*": "[^/]*", "?": "[^/]"}
    return "".join(forms.get(piece, piece) for piece in re.findall(r"\*\*/|\*\*|.", pattern))


@given(patterns, paths)
def test_it_is_the_plain_expression(pattern: str, path: str) -> None:
    assert fits(pattern, path) == bool(re.fullmatch(plainly(pattern), path))


@pytest.mark.parametrize(
    ("pattern", "path", "whether"),
    [
        ("[ab]*.yaml", "a1.yaml", True),
        ("[!ab]*.yaml", "a1.yaml", False),
        ("[z-a]", "[z-a]", True),
        ("[", "[", True),
        ("a.yaml", "axyaml", False),
        ("**", "a/b", False),
        ("a/**/b", "a/b", True),
        ("*", "a\nb", True),
        ("", "", True),
    ],
)
def test_forms(pattern: str, path: str, whether: bool) -> None:
    assert fits(pattern, path) is whether


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("**/" * 20_000 + "b", "a/" * 200 + "a"),
        ("**/a/" * 20_000 + "b", "a/" * 200 + "a"),
        ("*a" * 30_000 + "b", "a" * 250),
        ("*a" * 120 + "b", "a" * 250),
        ("*?" * 120 + "b", "a" * 250),
    ],
)
def test_no_pattern_takes_for_ever(pattern: str, path: str) -> None:
    assert fits(pattern, path) is False
