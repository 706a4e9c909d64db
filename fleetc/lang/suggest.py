"""Near names, for suggestions."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["near"]


def near(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate nearest to `name`, if its edit distance is at most a third of the length.

    Case counts as a difference only between otherwise equal candidates; the first of equals wins.
    """
    from rapidfuzz.distance import OSA

    best: str | None = None
    allowed = len(name) // 3
    folded = name.casefold()
    for candidate in candidates:
        distance = OSA.distance(folded, candidate.casefold(), score_cutoff=allowed)
        if distance <= allowed and (best is None or distance < allowed):
            best, allowed = candidate, distance
    return best
