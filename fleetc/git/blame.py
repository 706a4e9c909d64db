"""Who last changed a line: a walk back through history that compares trees first, then blobs.

A commit that has the same blob at the path as one of its parents changed nothing there and is
passed by without reading the file. Where the blobs differ, a line that stands in a parent too is
followed into it; a line that stands in none of them was changed by that commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from typing import Protocol

import msgspec

__all__ = ["Blame", "History", "Signed", "blame", "carried"]

MOST_COMMITS = 50_000
_BLOCK = 1 << 16
_FAR = 5_000
_SPACE, _NEWLINE = b" \n"


class Signed(msgspec.Struct, frozen=True):
    """Who wrote a commit and when: a name, RFC 3339 in UTC, and the first line of its message."""

    author: str
    time: str
    summary: str


class Blame(msgspec.Struct, frozen=True):
    """The commit that last changed a line; with `exact` false, it or one before it."""

    commit: str
    author: str
    time: str
    summary: str
    exact: bool = True


class History(Protocol):
    """A repository's history, as far as blame needs it; ids are hexadecimal texts."""

    def parents(self, commit: str) -> tuple[str, ...]:
        """The parents of a commit, the first one first."""
        ...

    def seconds(self, commit: str) -> int:
        """When it was committed, in seconds since 1970."""
        ...

    def blob(self, commit: str, path: str) -> str:
        """The id of the file at a path; empty when there is none."""
        ...

    def content(self, blob: str) -> bytes:
        """The bytes of a file."""
        ...

    def signed(self, commit: str) -> Signed:
        """Who wrote a commit."""
        ...


def blame(
    history: History, head: str, path: str, lines: Sequence[int], *, most: int | None = None
) -> dict[int, Blame]:
    """Who last changed each of the `lines` (from 1) of the file as it is at commit `head`.

    Lines that the file does not have are left out. After reading `most` versions of the file
    the rest is answered with the commit reached, not `exact`.
    """
    walk = _Walk(history, path, most)
    return walk.answers(head, lines)


class _Walk:
    """One walk. `waiting` holds, by commit, the byte offset there of each line still looked for."""

    def __init__(self, history: History, path: str, most: int | None) -> None:
        self.history = history
        self.path = path
        self.most = most
        self.read: dict[str, bytes] = {}
        self.versions = 0
        self.waiting: dict[str, dict[int, int]] = {}
        self.order: list[tuple[int, int, str]] = []
        self.found: dict[int, Blame] = {}

    def answers(self, head: str, lines: Sequence[int]) -> dict[int, Blame]:
        starts = _starts(self._text(self.history.blob(head, self.path)), lines)
        self._wait(head, starts)
        for _ in range(MOST_COMMITS):
            if not self.order:
                break
            commit = heappop(self.order)[2]
            self._look(commit, self.waiting.pop(commit))
        for commit, left in self.waiting.items():
            self._answer(commit, left, exact=False)
        return self.found

    def _wait(self, commit: str, starts: Mapping[int, int]) -> None:
        if starts and commit not in self.waiting:
            heappush(self.order, (-self.history.seconds(commit), len(self.order), commit))
        if starts:
            self.waiting.setdefault(commit, {}).update(starts)

    def _look(self, commit: str, starts: dict[int, int]) -> None:
        """Hand the lines of a commit on to its parents; those that none of them has are its own."""
        mine = self.history.blob(commit, self.path)
        theirs = {parent: self.history.blob(parent, self.path) for parent in self.history.parents(commit)}
        same = next((parent for parent, blob in theirs.items() if blob == mine), "")
        if same:
            self._wait(same, starts)
            return
        if self.most is not None and self.versions > self.most:
            self._answer(commit, starts, exact=False)
            return
        for parent, blob in theirs.items():
            if blob and starts:
                starts = self._hand_on(parent, starts, self._text(mine), self._text(blob))
        self._answer(commit, starts, exact=True)
        self.read = {blob: text for blob, text in self.read.items() if blob != mine}

    def _hand_on(self, parent: str, starts: dict[int, int], new: bytes, old: bytes) -> dict[int, int]:
        places = dict(zip(starts, carried(new, old, list(starts.values())), strict=True))
        self._wait(parent, {line: place for line, place in places.items() if place is not None})
        return {line: start for line, start in starts.items() if places[line] is None}

    def _answer(self, commit: str, starts: Mapping[int, int], *, exact: bool) -> None:
        if starts:
            who = self.history.signed(commit)
            said = Blame(commit, who.author, who.time, who.summary, exact)
            self.found.update(dict.fromkeys(starts, said))

    def _text(self, blob: str) -> bytes:
        if blob and blob not in self.read:
            self.read[blob] = self.history.content(blob)
            self.versions += 1
        return self.read.get(blob, b"")


def _starts(text: bytes, lines: Sequence[int]) -> dict[int, int]:
    """The byte offset at which each of the lines begins."""
    found: dict[int, int] = {}
    number, start = 1, 0
    for line in sorted(set(lines)):
        while number < line and start < len(text):
            end = text.find(b"\n", start)
            start = len(text) if end < 0 else end + 1
            number += 1
        if number == line and start < len(text):
            found[line] = start
    return found


def carried(new: bytes, old: bytes, starts: Sequence[int]) -> list[int | None]:
    """Where in `old` the lines stand that begin at `starts` in `new`; None for a new line.

    A line is the same when its text is, and the head of the item it belongs to: equal lines of
    two items (`lifecycle_class: spot`) are never taken for each other. What both versions begin
    and end with decides for most of them.
    """
    head = new.rfind(b"\n", 0, _common_head(new, old)) + 1
    tail = _common_tail(new, old, min(len(new), len(old)) - head)
    first = new.find(b"\n", len(new) - tail) + 1 if tail else 0
    shift = len(old) - len(new)
    places: list[int | None] = []
    for start in starts:
        owner = start if start < head else _owner(new, start)
        if start < head:
            places.append(start)
        elif first and owner >= first:
            places.append(start + shift)
        else:
            places.append(_within(new, old, start, owner, shift))
    return places


def _common_head(one: bytes, other: bytes) -> int:
    """How many bytes both begin with."""
    shared, most = 0, min(len(one), len(other))
    while shared < most and one[shared : shared + _BLOCK] == other[shared : shared + _BLOCK]:
        shared += _BLOCK
    low, high = min(shared, most), min(shared + _BLOCK, most)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def _common_tail(one: bytes, other: bytes, most: int) -> int:
    """How many bytes both end with, at most `most`."""
    low, high, step = 0, most, _BLOCK
    while low < high:
        step = min(step, high - low)
        here = slice(len(one) - low - step, len(one) - low)
        there = slice(len(other) - low - step, len(other) - low)
        if one[here] == other[there]:
            low += step
        elif step == 1:
            break
        else:
            high, step = low + step - 1, step // 2
    return low


def _owner(text: bytes, start: int) -> int:
    """Where the item begins that a line belongs to: its list item, else what is above it at the left."""
    indent, place = _indent(text, start), start
    while indent and not _heads(text[place + indent : _forward(text, place)]):
        found = _above(text, place, indent)
        if found < 0:
            break
        place, indent = found, _indent(text, found)
        if not indent:
            break
    return place


def _heads(line: bytes) -> bool:
    """Whether a line begins an item that is a mapping."""
    return line.startswith(b"- ") and b": " in line


def _above(text: bytes, start: int, indent: int) -> int:
    """The nearest line above that is less indented; -1 when none is near."""
    place = start
    for _ in range(_FAR):
        if place == 0:
            break
        place = _back(text, place)
        depth = _indent(text, place)
        if depth < indent and text[place + depth : place + depth + 1] not in (b"\n", b"#", b""):
            return place
    return -1


def _within(new: bytes, old: bytes, start: int, owner: int, shift: int) -> int | None:
    """Where a line stands in `old`: in the item with the same head."""
    line = new[start : _forward(new, start)]
    upto = new[owner : start + len(line)]
    for place in (owner, owner + shift):
        if place >= 0 and old.startswith(upto, place) and _begins(old, place):
            return place + start - owner
    there = _nearest(old, new[owner : _forward(new, owner)], owner)
    if there is None or owner == start:
        return there
    earlier = _equal(new, owner, line).index(start)
    same = _equal(old, there, line)
    return same[earlier] if earlier < len(same) else None


def _nearest(text: bytes, line: bytes, expected: int) -> int | None:
    """The place of a whole line that is nearest to where it is expected."""
    after = text.find(line, max(0, expected - len(line)))
    while after >= 0 and not _begins(text, after):
        after = text.find(line, after + 1)
    before = text.rfind(line, 0, expected)
    while before >= 0 and not _begins(text, before):
        before = text.rfind(line, 0, before + len(line) - 1)
    found = [place for place in (before, after) if place >= 0]
    return min(found, key=lambda place: abs(place - expected), default=None)


def _equal(text: bytes, owner: int, line: bytes) -> list[int]:
    """Where a line stands in the item that begins at `owner`, as often as it does."""
    indent, place = _indent(text, owner), _forward(text, owner)
    found = []
    for _ in range(_FAR):
        end = _forward(text, place)
        if place == end or (_indent(text, place) <= indent and text[place : place + 1] not in (b"\n", b"#")):
            break
        if text[place:end] == line:
            found.append(place)
        place = end
    return found


def _indent(text: bytes, start: int) -> int:
    place = start
    while place < len(text) and text[place] == _SPACE:
        place += 1
    return place - start


def _begins(text: bytes, place: int) -> bool:
    """Whether a line begins there."""
    return place == 0 or text[place - 1] == _NEWLINE


def _back(text: bytes, start: int) -> int:
    """The start of the line above."""
    return text.rfind(b"\n", 0, start - 1) + 1


def _forward(text: bytes, start: int) -> int:
    """The start of the line below, or the end."""
    end = text.find(b"\n", start)
    return len(text) if end < 0 else end + 1
