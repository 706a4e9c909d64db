"""Names of two environments, mapped so that what is the same but for the environment is called the same.

A name is made of words, with `-`, `_` or `.` between them. The words of an environment's own name
that the other one does not have are left out of every name on both sides: between `staging` and
`prod-eu`, `edge-staging-01` and `edge-prod-eu-01` are both `edge-01`. What the author of the fleets
calls otherwise is said in pairs: `stg=prd`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

__all__ = ["NOTHING", "apart", "mapped"]

NOTHING = "*"
"""What is left of a name that is only the environment's."""

_BETWEEN = re.compile(r"[-_.]")


def apart(first: str, second: str) -> frozenset[str]:
    """The words that one of two environments' names has and the other has not."""
    return frozenset(_BETWEEN.split(first)) ^ frozenset(_BETWEEN.split(second))


def mapped(
    names: Iterable[str], words: Iterable[str], pairs: Sequence[tuple[str, str]] = ()
) -> dict[str, str]:
    """Each name with `pairs` put for each other and `words` left out.

    No two come to the same: of those that would, the ones it changes stay as they are.
    """
    renamed = [(_whole(old), new) for old, new in pairs]
    left_out = _whole(*words) if words else None
    found = {}
    for name in names:
        text = name
        for pattern, new in renamed:
            text = pattern.sub(lambda match, new=new: new + match["after"], text)  # type: ignore[misc]
        found[name] = _tidy(left_out.sub("", text)) if left_out else text
    return _distinct(found)


def _distinct(found: dict[str, str]) -> dict[str, str]:
    while True:
        uses = Counter(found.values())
        clashing = [name for name, text in found.items() if uses[text] > 1 and text != name]
        if not clashing:
            return found
        found |= {name: name for name in clashing}


def _whole(*words: str) -> re.Pattern[str]:
    """One of the texts, where it is whole words of a name, with what separates it from the next."""
    either = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.compile(rf"(?<![^-_.])(?:{either})(?P<after>[-_.]|$)")


def _tidy(name: str) -> str:
    return name.rstrip("-_.") or NOTHING
