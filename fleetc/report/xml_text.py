"""Text in XML and HTML, as text and in attributes."""

from __future__ import annotations

__all__ = ["marked"]

_MARKS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_QUOTES = str.maketrans({'"': "&quot;", "'": "&#39;"})


def marked(text: str, *, quotes: bool = True) -> str:
    """A text that cannot end the element or the attribute it stands in."""
    plain = text.translate(_MARKS)
    return plain.translate(_QUOTES) if quotes else plain
