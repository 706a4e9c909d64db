"""Which requirements approvals meet, and who is still missing (design 3.2).

Within one requirement each person counts for one place only, and the places are filled as well as
they can be; different requirements do not share.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from fleetc.plan.verdicts import Quorum, Requirement
from fleetc.policy.people import People

__all__ = ["Shortfall", "filled", "missing_words", "shortfalls"]


class Shortfall(msgspec.Struct, frozen=True):
    """A requirement that is not met: how many more of which quorum."""

    requirement: Requirement
    missing: tuple[tuple[Quorum, int], ...]

    @property
    def text(self) -> str:
        """`1 more of netops (team:netops, user:dana) and 1 of sre (team:sre)`."""
        return " and ".join(_words(quorum, count) for quorum, count in self.missing)


def _words(quorum: Quorum, count: int) -> str:
    more = "" if count == quorum.count else "more "
    return f"{count} {more}of {quorum.group} ({', '.join(quorum.members)})"


def shortfalls(
    requirements: Iterable[Requirement],
    approvers: Iterable[str],
    people: People,
    authors: Iterable[str] = (),
) -> tuple[Shortfall, ...]:
    """The requirements that the approvers (names of any spelling) do not meet.

    `authors` are those who fill no place where others have to.
    """
    persons = sorted({people.identity(name) for name in approvers})
    wrote = tuple(authors)
    others = [person for person in persons if not people.wrote(person, wrote)]
    found = []
    for requirement in requirements:
        having = filled(requirement.quorums, others if requirement.others else persons, people)
        pairs = zip(requirement.quorums, having, strict=True)
        missing = tuple((quorum, quorum.count - count) for quorum, count in pairs if count < quorum.count)
        if missing:
            found.append(Shortfall(requirement, missing))
    return tuple(found)


def missing_words(found: Iterable[Shortfall]) -> tuple[str, ...]:
    """Who is missing, each text once, with what it is for."""
    texts = (f"{each.text} for {each.requirement.rule}" for each in found)
    return tuple(dict.fromkeys(texts))


def filled(quorums: Sequence[Quorum], persons: Iterable[str], people: People) -> tuple[int, ...]:
    """How many places of each quorum different persons fill at best, all quorums together.

    A largest matching of persons to places, by augmenting paths (Kuhn 1955): each person takes a
    free place, or one whose holder can move on.
    """
    holders: list[list[str]] = [[] for _ in quorums]
    fits: dict[str, list[int]] = {}
    for person in persons:
        places = [n for n, quorum in enumerate(quorums) if people.belongs(person, quorum.members)]
        fits[person] = places
        _seat(person, quorums, holders, fits)
    return tuple(map(len, holders))


def _seat(
    person: str, quorums: Sequence[Quorum], holders: list[list[str]], fits: dict[str, list[int]]
) -> None:
    """Give a person a place, moving others on where that makes one free (breadth first)."""
    came: dict[int, tuple[str, int]] = {}  # quorum: who could move to it, and from which one
    waiting = [(person, -1)]
    while waiting:
        mover, source = waiting.pop(0)
        for place in fits[mover]:
            if place in came:
                continue
            came[place] = (mover, source)
            if len(holders[place]) < quorums[place].count:
                _move(place, came, holders)
                return
            waiting += [(holder, place) for holder in holders[place]]


def _move(place: int, came: dict[int, tuple[str, int]], holders: list[list[str]]) -> None:
    while place >= 0:
        mover, source = came[place]
        holders[place].append(mover)
        if source >= 0:
            holders[source].remove(mover)
        place = source
