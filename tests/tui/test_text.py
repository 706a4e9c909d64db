"""Long values are broken between words, beside their name."""

from __future__ import annotations

import pytest
from textual.content import Content

from fleetc.tui.text import paragraph

NAME = " + modules "


@pytest.mark.parametrize("width", [24, 30, 51, 200])
def test_a_paragraph_breaks_between_words_and_keeps_its_column(width: int) -> None:
    words = "[chrony, nginx, hardening, system-base]"
    lines = [line.plain for line in paragraph(Content(NAME + words), width, len(NAME))]
    assert lines[0].startswith(NAME + "[chrony,")
    assert all(line.startswith(" " * len(NAME)) for line in lines[1:])
    assert " ".join(line[len(NAME) :].strip() for line in lines) == words
    assert all(len(line) <= width for line in lines)


def test_a_word_longer_than_the_pane_is_cut_into_lines_with_an_end() -> None:
    lines = [line.plain for line in paragraph(Content(NAME + "x" * 500), 31, len(NAME))]
    assert len(lines) == 6
    assert "more lines" in lines[-1]
