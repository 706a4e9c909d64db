"""An explanation of a diagnostic's code as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleetc.lang.text import visible

if TYPE_CHECKING:
    from fleetc.lang.codes import Explanation

__all__ = ["render_explanation"]


def render_explanation(found: Explanation) -> str:
    """Title and meaning, the wrong and the right example indented, and why the rule exists."""
    parts = [
        f"{found.code}: {found.title}",
        _lines(found.meaning),
        "Wrong:",
        _indented(found.wrong),
        "Right:",
        _indented(found.right),
        "Why:",
        _lines(found.why),
    ]
    return "\n\n".join(parts) + "\n"


def _lines(text: str) -> str:
    return "\n".join(visible(line) for line in text.strip().splitlines())


def _indented(example: object) -> str:
    return "\n".join(f"    {visible(line)}" for line in str(example).strip("\n").splitlines())
