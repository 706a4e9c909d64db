"""Lines and columns of offsets, and lines by number, against the plain way of counting them."""

from __future__ import annotations

import random
import re

import pytest

from fleetc.lang.source import SourceFile


@pytest.mark.parametrize("breaks", [("\n",), ("\r\n", "\n"), ("\r",), ("\n", "\r\n", "\r")])
@pytest.mark.parametrize("words", [("", "a: b", "# \u00e9"), ("x" * 5000, ""), ("- a",)])
def test_places_and_lines_of_a_long_text(breaks: tuple[str, ...], words: tuple[str, ...]) -> None:
    rng = random.Random(1)
    text = "".join(rng.choice(words) + rng.choice(breaks) for _ in range(3000)) + rng.choice(words)
    starts = [0, *(match.end() for match in re.finditer("\r\n|\r|\n", text))]
    file = SourceFile("fleet.yaml", text.encode())
    for number in {1, 2, len(starts) - 1, len(starts), *rng.sample(range(1, len(starts)), 300)}:
        start = starts[number - 1]
        stop = starts[number] if number < len(starts) else len(text)
        assert file.line(number) == text[start:stop].rstrip("\r\n")
        for offset in (start, (start + stop) // 2, max(start, stop - 1)):
            assert file.locate(offset) == (number, offset - start + 1)
    assert file.locate(len(text)) == (len(starts), len(text) - starts[-1] + 1)
    assert file.line(0) == file.line(len(starts) + 1) == ""
