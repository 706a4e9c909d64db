"""Names and ranges of names.

Declared names are `[a-z0-9][a-z0-9._-]*`, host names follow RFC 1123 (section 2.1); both have at
most 64 characters. A range `edge-[01-40]` stands for several host names of one shape.
"""

from __future__ import annotations

import itertools
import re

from fleetc.model.check import Place

__all__ = ["LONGEST", "MOST_IN_RANGE", "check_name", "expand", "is_host", "is_name"]

LONGEST = 64
MOST_IN_RANGE = 10_000

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_RANGE = re.compile(r"\[([^\[\]]*)\]")
_PART = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", re.ASCII)

is_name = _NAME.fullmatch
is_host = _HOST.fullmatch


def check_name(name: str, *, host: bool, place: Place) -> bool:
    """Whether a name has the right form; reports what is wrong with it."""
    if len(name) <= LONGEST and (is_host if host else is_name)(name):
        return True
    what = "host name" if host else "name"
    if not name.isascii():
        odd = next(char for char in name if not char.isascii())
        place.wrong(
            "F0206",
            f"the {what} `{name}` holds U+{ord(odd):04X}",
            "not an ASCII character",
            help="names are ASCII: write the Latin letter",
        )
    elif len(name) > LONGEST:
        place.wrong(
            "F0205",
            f"the {what} has {len(name)} characters",
            f"at most {LONGEST}",
            help=f"shorten it to {LONGEST} characters",
        )
    else:
        _malformed(name, what, host, place)
    return False


def _malformed(name: str, what: str, host: bool, place: Place) -> None:
    rule = (
        "letters, digits and `-` between dots, no `-` at the ends of a part"
        if host
        else "lower-case letters, digits, `.`, `_` and `-`, the first one a letter or digit"
    )
    label = "ranges stand only where a host is named" if "[" in name and not host else ""
    place.wrong("F0204", f"`{name}` is not a {what}", label, help=f"a {what} is made of {rule}")


def expand(text: str, place: Place) -> tuple[str, ...]:
    """The names a text with ranges stands for, the leftmost range slowest; empty after an error."""
    pieces = _RANGE.split(text)
    if len(pieces) == 1 or any("[" in piece or "]" in piece for piece in pieces[::2]):
        place.wrong("F0210", f"`{text}` is not a range", "", help="write a range as `[01-40]`")
        return ()
    choices: list[list[str]] = []
    size = 1
    for number, piece in enumerate(pieces):
        if number % 2 == 0:
            choices.append([piece])
            continue
        bounds = _bounds(piece, text, place)
        size *= sum(high - low + 1 for low, high, _ in bounds)
        if not bounds or _too_many(size, place):
            return ()
        choices.append([f"{n:0{width}d}" for low, high, width in bounds for n in range(low, high + 1)])
        if len(set(choices[-1])) < len(choices[-1]):
            place.wrong(
                "F0210", f"`[{piece}]` names a number twice", "", help="write ranges that do not overlap"
            )
            return ()
    return tuple("".join(parts) for parts in itertools.product(*choices))


def _too_many(size: int, place: Place) -> bool:
    if size <= MOST_IN_RANGE:
        return False
    place.wrong(
        "F0209",
        f"the range stands for {size} names",
        f"at most {MOST_IN_RANGE}",
        help="split it into several entries",
    )
    return True


def _bounds(body: str, text: str, place: Place) -> list[tuple[int, int, int]]:
    """(low, high, width) of each part of a range's body; empty after an error."""
    parts = [_PART.fullmatch(part) for part in body.split(",")]
    if not all(parts):
        place.wrong(
            "F0210", f"`[{body}]` is not a range", "", help="write a range as `[01-40]` or `[01-06,08-40]`"
        )
        return []
    pairs = [(match[1], match[2] or match[1]) for match in parts if match]
    ends = [end for pair in pairs for end in pair]
    padded = any(len(end) > 1 and end[0] == "0" for end in ends)
    if padded and len({len(end) for end in ends}) > 1:
        place.wrong(
            "F0208",
            f"`[{body}]` pads its numbers unequally",
            "",
            help="write all numbers with the same count of digits",
        )
        return []
    for low, high in pairs:
        if int(low) > int(high):
            place.wrong(
                "F0207", f"`[{body}]` runs backwards", f"{low} is over {high}", help=f"write `[{high}-{low}]`"
            )
            return []
    width = len(ends[0]) if padded else 1
    return [(int(low), int(high), width) for low, high in pairs]
