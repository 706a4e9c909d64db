"""Many addresses as few texts, in the fleet file's own notation: `node/edge-tokyo-[01-06,08-40]`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

__all__ = ["ranges"]

# The last run of digits that the notation can hold, with what stands before and behind it.
_NUMBER = re.compile(r"(.*?)([0-9]{1,9})([^0-9]*)", re.DOTALL | re.ASCII)


def ranges(addresses: Iterable[str]) -> tuple[str, ...]:
    """Texts that stand for exactly these addresses, in the order of their first ones.

    The texts are addresses with at most one range in the parent and one in the name. An address
    cannot hold a bracket, so that nothing is ambiguous.
    """
    names: dict[tuple[str, str], list[str]] = {}
    for text in addresses:
        kind, _, rest = text.partition("/")
        parent, _, name = rest.rpartition("/")
        names.setdefault((kind, parent), []).append(name)
    parents: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (kind, parent), members in names.items():
        parents.setdefault((kind, tuple(_joined(members))), []).append(parent)
    return tuple(
        "/".join(filter(None, (kind, parent, name)))
        for (kind, members), outer in parents.items()
        for parent in _joined(outer)
        for name in members
    )


def _joined(names: Iterable[str]) -> Iterator[str]:
    """Names that differ in their last number alone, joined."""
    series: dict[tuple[str, str], list[str]] = {}
    for name in names:
        found = _NUMBER.fullmatch(name)
        before, number, behind = found.groups() if found else (name, "", "")
        series.setdefault((before, behind), []).append(number)
    for (before, behind), numbers in series.items():
        for body in _bodies(numbers):
            yield f"{before}{body}{behind}"


def _bodies(numbers: list[str]) -> Iterator[str]:
    """What stands for the numbers: those padded to one width together, those not padded together."""
    padded = {len(number) for number in numbers if len(number) > 1 and number[0] == "0"}
    by_width: dict[int, list[int]] = {}
    for number in numbers:
        if not number:
            yield ""
        else:
            width = len(number) if len(number) in padded else 1
            by_width.setdefault(width, []).append(int(number))
    for width, members in by_width.items():
        parts = [
            f"{low:0{width}d}-{high:0{width}d}" if low < high else f"{low:0{width}d}"
            for low, high in _runs(sorted(set(members)))
        ]
        yield parts[0] if len(members) == 1 else f"[{','.join(parts)}]"


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    first = last = numbers[0]
    for number in numbers[1:]:
        if number > last + 1:
            yield first, last
            first = number
        last = number
    yield first, last
