"""Text from outside in Markdown: shown literally, or as code."""

from __future__ import annotations

import re

from fleetc.lang.text import visible

__all__ = ["code", "literal"]

_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~@-])")


def literal(text: str) -> str:
    """Text from outside, shown literally: no markup, no mention of a person."""
    return _MARKUP.sub(r"\\\1", visible(text)).replace("\\@", "&#64;").replace("\\-", "-")


def code(text: str) -> str:
    """Text as code; a table cell cannot hold a bar, and a fence must be longer than what is inside."""
    shown = visible(text).replace("|", "\\|")
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
