"""Who is who: identities, their other names, and teams, as the operator's file has them.

An identity is `user:NAME` in lower case. A person has one, whatever other names (an OS user, an
e-mail address, another spelling) the operator's file maps to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

__all__ = ["TEAM", "USER", "People"]

USER, TEAM = "user:", "team:"


@dataclass(frozen=True)
class People:
    """`identities` maps a name to an identity, `teams` a team's name to the names of its members."""

    identities: Mapping[str, str] = field(default_factory=dict)
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def _known(self) -> dict[str, str]:
        return {_bare(name): _bare(identity) for name, identity in self.identities.items()}

    @cached_property
    def _members(self) -> dict[str, frozenset[str]]:
        return {name.casefold(): frozenset(self._of_team(name)) for name in self.teams}

    def identity(self, name: str) -> str:
        """The identity behind a name, with or without `user:`, in any case; its own when nobody maps it."""
        met = [_bare(name)]
        while (following := self._known.get(met[-1])) is not None:
            if following in met:  # names that map to each other are one person
                return USER + min(met[met.index(following) :])
            met.append(following)
        return USER + met[-1]

    def knows(self, name: str) -> bool:
        """Whether the operator's file says who somebody of that name is."""
        return _bare(name) in self._known

    def belongs(self, identity: str, members: Iterable[str]) -> bool:
        """Whether an identity is among members as they are written: `user:dana`, `team:sre`, `*`.

        A team that nobody has named has no members.
        """
        return any(self._is(identity, member) for member in members)

    def has_team(self, name: str) -> bool:
        """Whether the operator's file names a team, in any case."""
        return name.casefold() in self._members

    def persons(self, members: Iterable[str]) -> frozenset[str]:
        """The identities that members as they are written (`user:dana`, `team:sre`) come to."""
        found: set[str] = set()
        for member in members:
            if member.casefold().startswith(TEAM):
                found |= self._members.get(member.casefold().removeprefix(TEAM), frozenset())
            else:
                found.add(self.identity(member))
        return frozenset(found)

    def _is(self, identity: str, member: str) -> bool:
        if member == "*":
            return True
        if member.casefold().startswith(TEAM):
            return identity in self._members.get(member.casefold().removeprefix(TEAM), ())
        return identity == self.identity(member)

    def _of_team(self, name: str) -> Iterable[str]:
        """The identities of a team, also those of teams within it."""
        folded = {team.casefold(): members for team, members in self.teams.items()}
        met, waiting = {name.casefold()}, [name.casefold()]
        while waiting:
            for member in folded.get(waiting.pop(), ()):
                if not member.casefold().startswith(TEAM):
                    yield self.identity(member)
                elif (inner := member.casefold().removeprefix(TEAM)) not in met:
                    met.add(inner)
                    waiting.append(inner)

    def unknown(self, authors: Iterable[str]) -> tuple[str, ...]:
        """The authors (e-mail addresses, or identities) of whom nobody knows who they are."""
        return tuple(a for a in authors if not a.casefold().startswith(USER) and not self.knows(a))

    def wrote(self, identity: str, authors: Iterable[str]) -> bool:
        """Whether an identity is one of the authors, as far as is known.

        An address that nobody maps still stands for whoever has its local part as name.
        """
        names = [name for author in authors for name in self._names(author)]
        return identity in map(self.identity, names)

    def _names(self, author: str) -> tuple[str, ...]:
        return (author,) if self.knows(author) else (author, author.partition("@")[0])


def _bare(name: str) -> str:
    """A name without its prefix, folded: two spellings of one name are one."""
    return name.strip().casefold().removeprefix(USER)
