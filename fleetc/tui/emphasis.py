"""What differs within a text, so that nobody has to compare letter by letter. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

__all__ = ["Differing", "Item", "changed_lines", "differing", "in_order"]

_TOKEN = re.compile(r"[^\W\d_]+|\d+|\s+|.", re.DOTALL)
_MOST = 300
_ALIKE = 0.25
"""Texts with less in common than this differ as a whole."""


class Differing(NamedTuple):
    """The pieces (begin, end) of both texts that the other one does not have there."""

    before: tuple[tuple[int, int], ...]
    after: tuple[tuple[int, int], ...]


class Item(NamedTuple):
    """One of a list: `mark` is `-` for what goes, `+` for what comes, blank for what stays."""

    mark: str
    value: str


def differing(before: str, after: str) -> Differing:
    """The pieces in which two texts differ, word by word; none when they have hardly anything in common."""
    if before == after:
        return Differing((), ())
    old, new = _tokens(before), _tokens(after)
    if len(old) > _MOST or len(new) > _MOST:
        return _middle(before, after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return Differing((), ())
    starts, ends = _starts(old), _starts(new)
    gone, come = [], []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal" and b > a:
            gone.append((starts[a], starts[b]))
        if tag != "equal" and d > c:
            come.append((ends[c], ends[d]))
    return Differing(tuple(gone), tuple(come))


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text[: 20 * _MOST]) if len(text) <= 20 * _MOST else [*"x" * (_MOST + 1)]


def _starts(tokens: Sequence[str]) -> list[int]:
    places = [0]
    for token in tokens:
        places.append(places[-1] + len(token))
    return places


def _middle(before: str, after: str) -> Differing:
    """What is between what both begin with and what both end with."""
    most = min(len(before), len(after))
    head = next((n for n in range(most) if before[n] != after[n]), most)
    tail = next((n for n in range(most - head) if before[-1 - n] != after[-1 - n]), most - head)
    gone, come = (head, len(before) - tail), (head, len(after) - tail)
    return Differing(*((piece,) if piece[1] > piece[0] else () for piece in (gone, come)))


def in_order(before: Sequence[str], after: Sequence[str]) -> list[Item]:
    """The items of two lists as one: what goes and what comes at their places."""
    matcher = SequenceMatcher(None, list(before), list(after), autojunk=False)
    found: list[Item] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            found += [Item(" ", each) for each in before[a:b]]
        else:
            found += [Item("-", each) for each in before[a:b]]
            found += [Item("+", each) for each in after[c:d]]
    return found


def changed_lines(before: str, after: str) -> list[Item]:
    """The lines of two texts that differ, each with the line before and after; `.` stands for a gap."""
    old, new = before.splitlines(), after.splitlines()
    if len(old) * len(new) > 4_000_000:
        return [*(Item("-", line) for line in old), *(Item("+", line) for line in new)]
    return list(_near(in_order(old, new)))


def _near(items: Sequence[Item]) -> Iterator[Item]:
    keep = bytearray(len(items) + 2)
    for number, item in enumerate(items, 1):
        if item.mark != " ":
            keep[number - 1 : number + 2] = b"\1\1\1"
    gap = False
    for number, item in enumerate(items, 1):
        if keep[number]:
            yield item
        elif not gap:
            yield Item(".", "")
        gap = not keep[number]
