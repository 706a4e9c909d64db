"""Globs: `*` any text, `?` one character, `[ab]` one of them; never a regular expression."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate

from fleetc.lang.selector_ast import Glob

__all__ = ["matcher"]


def matcher(pattern: Glob) -> Callable[[str], object]:
    """What tells whether a text is the pattern's."""
    return pattern.text.__eq__ if pattern.plain else re.compile(translate(pattern.text)).match
