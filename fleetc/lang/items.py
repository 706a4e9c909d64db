"""The items of one list of a large file, found by their lines: which differ from another revision's.

A `Listing` is taken of a file that was read whole, and only of a file so plain that its lines alone
say where each item stands. In a later revision the items are then where these lines are again, as
long as all around the list is the same, byte by byte, and what is new in an item keeps to lines of
its own. Anything else is no listing, or no comparison: then the whole file has to be read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import msgspec

from fleetc.lang.blocks import undecorated
from fleetc.lang.source import SourceFile

__all__ = ["Excerpt", "Listing", "Pieces", "excerpt", "listing_of", "pieces_of", "same_around"]

_COUNTED = (b":", b",", b"-", b"[", b"{")
_MOST_VALUES = 16_000_000  # what a file may hold by a count that is never too low
_TOP = re.compile(rb"(?:\A|\n)([^ \n#][^\n]*)")
_KEY = re.compile(rb"([a-z_]+):(?: [^\n]*)?")
_BLANK = re.compile(rb"(?: *(?:#[^\n]*)?\n)*")
_CONTROLS = bytes({*range(0x20), 0x7F} - {10})


class Listing(msgspec.Struct, frozen=True):
    """Where the list stands in the bytes of a file.

    Its first item begins at `begin`, with `mark` but for the line break; behind `end` come other
    keys, or nothing. `rest` are the stretches around the list that an excerpt keeps.
    """

    begin: int
    end: int
    mark: bytes
    rest: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Pieces:
    """The items of a list that ends at `end`, each from behind its mark up to the line break at its end."""

    mark: bytes
    end: int
    texts: list[bytes]

    def names(self) -> list[bytes]:
        """The first line of each item: its name, when that is plain."""
        return [text.partition(b"\n")[0] for text in self.texts]

    def text(self, number: int) -> bytes:
        """The lines of an item."""
        return self.mark[1:] + self.texts[number] + b"\n"

    def differences(self, old: Pieces) -> list[int] | None:
        """The numbers of the items that another revision has otherwise.

        None when it has more or less of them, or one of the new texts is not plain.
        """
        if len(old.texts) != len(self.texts):
            return None
        pairs = enumerate(zip(self.texts, old.texts, strict=True))
        found = [number for number, (new, was) in pairs if new != was]
        plain = _inside(self.mark).fullmatch
        for number in found:
            new = self.texts[number]
            clean = new.isascii() and len(new.translate(None, _CONTROLS)) == len(new)
            same_name = new.partition(b"\n")[0] == old.texts[number].partition(b"\n")[0]
            if not (clean and same_name and plain(new) and undecorated(new + b"\n")):
                return None
        return found


@dataclass(frozen=True)
class Excerpt(SourceFile):
    """Whole lines of a larger file. Places in it are those in the larger one.

    `lines` are the numbers of lines of the excerpt (0-based) from which on `gaps` lines of the
    larger file are left out.
    """

    lines: tuple[int, ...] = ()
    gaps: tuple[int, ...] = ()

    def locate(self, offset: int) -> tuple[int, int]:
        """1-based line and column, in the larger file, of a character offset in the excerpt."""
        line, column = super().locate(offset)
        return line + self.gaps[bisect_right(self.lines, line - 1) - 1], column


def listing_of(
    data: bytes, section: str, identity: str, *, known: Sequence[str], without: str
) -> Listing | None:
    """The listing of the top-level list `section` whose items begin with `identity`.

    None when the file is not plain, or has another key at its top than `known`. The stretch of the
    key `without` is none that an excerpt keeps. That each item's line begins an item, and not a
    line of some text, is left to the caller to find out from their names.
    """
    if not undecorated(data) or 2 * sum(map(data.count, _COUNTED)) > _MOST_VALUES:
        return None
    tops = [(found.start(1), _KEY.fullmatch(found[1])) for found in _TOP.finditer(data)]
    names = [key[1].decode() if key else "" for _, key in tops]
    if len(set(names)) < len(names) or not set(names) <= {*known} or section not in names:
        return None
    if not names or not _BLANK.fullmatch(data, 0, tops[0][0]):
        return None
    starts = [0, *(at for at, _ in tops[1:]), len(data)]
    number = names.index(section)
    head = re.compile(rb"%b: *\n(?: *(?:#[^\n]*)?\n)*( +)- %b: " % (section.encode(), identity.encode()))
    first = head.match(data, tops[number][0])
    if first is None:
        return None
    begin, end = first.start(1), starts[number + 1]
    mark = b"\n%b- %b: " % (first[1], identity.encode())
    if _foreign(mark).search(data, begin - 1, end):
        return None
    rest = [(starts[at], starts[at + 1]) for at, name in enumerate(names) if name not in (section, without)]
    return Listing(begin, end, mark, tuple(sorted([*rest, (starts[number], begin)])))


def pieces_of(data: bytes, listing: Listing, end: int) -> Pieces:
    """The items of the list, which ends at `end` in these bytes."""
    return Pieces(listing.mark, end, data[listing.begin - 1 : end - 1].split(listing.mark)[1:])


def same_around(new: bytes, old: bytes, listing: Listing) -> int:
    """Where the list of `old` ends in `new`; 0 when anything around it differs."""
    end = len(new) - len(old) + listing.end
    if end <= listing.begin or new[: listing.begin] != old[: listing.begin]:
        return 0
    return end if new[end:] == old[listing.end :] and new[end - 1 : end] == b"\n" else 0


def excerpt(path: str, data: bytes, listing: Listing, pieces: Pieces, wanted: Sequence[int]) -> Excerpt:
    """The file with these items of the list alone, ascending, and what the listing keeps around them."""
    shift, mark = pieces.end - listing.end, len(listing.mark)
    starts = [*accumulate((len(text) + mark for text in pieces.texts), initial=listing.begin)]
    around = ((a, b) if b <= listing.begin else (a + shift, b + shift) for a, b in listing.rest)
    stretches = sorted([*around, *((starts[number], starts[number + 1]) for number in wanted)])
    lines, gaps, at, line = [0], [0], 0, 0
    for start, stop in stretches:
        lines.append(line)
        gaps.append(gaps[-1] + data.count(b"\n", at, start))
        line += data.count(b"\n", start, stop)
        at = stop
    return Excerpt(path, b"".join(data[a:b] for a, b in stretches), tuple(lines), tuple(gaps))


def _foreign(mark: bytes) -> re.Pattern[bytes]:
    """A line of a list that neither begins an item nor belongs to one."""
    column = len(mark) - len(mark.lstrip())
    return re.compile(rb"\n(?!%b) {0,%d}[^ \n#]" % (re.escape(mark[1:]), column - 1))


def _inside(mark: bytes) -> re.Pattern[bytes]:
    """An item's text whose further lines are blank, comments, or stand deeper than its dash."""
    column = len(mark) - len(mark.lstrip()) - 1
    return re.compile(rb"[^\n]+(?:\n(?: *(?:#[^\n]*)?| {%d} *[^ #\n][^\n]*))*" % (column + 1))
