"""Patterns over paths, matched in time that is linear in the path, whatever the pattern."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby

__all__ = ["fits"]

_FOLDERS = "**"
_PIECE = re.compile(r"\*+|\?|\[!?[^\]/]+\]|.", re.DOTALL)


def fits(pattern: str, path: str) -> bool:
    """Whether a path has the form of a pattern.

    `*`, `?` and `[abc]` stay within a folder, `**/` stands for any number of folders.
    """
    wanted = _parts(pattern)
    end = len(wanted)
    reached = _opened({0}, wanted)
    for part in path.split("/"):
        after = set()
        for place in reached:
            if place < end and (regex := wanted[place]) is None:
                after.add(place)
            elif place < end and regex is not None and regex.fullmatch(part):
                after.add(place + 1)
        reached = _opened(after, wanted)
    return end in reached


def _opened(places: set[int], wanted: tuple[re.Pattern[str] | None, ...]) -> set[int]:
    """The places, and those behind a `**/` that stands for no folder."""
    return places | {place + 1 for place in places if place < len(wanted) and wanted[place] is None}


@lru_cache(maxsize=256)
def _parts(pattern: str) -> tuple[re.Pattern[str] | None, ...]:
    """What each part of a path must match; None for any number of folders."""
    *folders, name = pattern.split("/")
    single = [part for part, same in groupby(folders) for _ in (same if part != _FOLDERS else [part])]
    return (*(None if part == _FOLDERS else _part(part) for part in single), _part(name))


def _part(text: str) -> re.Pattern[str]:
    """One part. What follows a star is taken where it is first found, and never looked for again."""
    fixed = [""]
    for piece in _PIECE.findall(text):
        if piece[0] == "*":
            fixed.append("")
        else:
            fixed[-1] += _one(piece)
    first, *middle, last = fixed if len(fixed) > 1 else (*fixed, "")
    found = "".join(f"(?>.*?{each})" for each in middle)
    try:
        return re.compile(first + found + (f".*{last}" if len(fixed) > 1 else ""), re.DOTALL)
    except re.error:  # a set such as `[z-a]`
        return re.compile(re.escape(text))


def _one(piece: str) -> str:
    """The expression of what stands for one character."""
    if piece == "?":
        return "."
    if len(piece) == 1:
        return re.escape(piece)
    inside = piece[1:-1].replace("\\", "\\\\")
    return f"[{'^' + inside[1:] if inside[0] == '!' else inside}]"
