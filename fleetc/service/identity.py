"""Who is who: the person at the keyboard, and the authors that git names (design 2.5)."""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fleetc.errors import Refused, UsageProblem

if TYPE_CHECKING:
    from fleetc.service.workspace import Workspace

__all__ = ["Person", "authors_known", "is_author", "person"]


@dataclass(frozen=True, slots=True)
class Person:
    """An identity (`user:dana`) and the OS user behind it."""

    identity: str
    os_user: str

    @property
    def name(self) -> str:
        """The identity without its `user:`."""
        return self.identity.removeprefix("user:")


def person(workspace: Workspace, claimed: str = "") -> Person:
    """The person who acts: the OS user, or who is claimed (embedded platform only).

    Raises `Refused` for a claim on another platform and `UsageProblem` for an empty one.
    """
    os_user = _os_user()
    if not claimed:
        return Person(_identity(workspace.environment.operator.identities, os_user), os_user)
    if workspace.environment.platform != "local":
        raise Refused(
            "--as is for the embedded platform only",
            state="nothing was changed",
            next_step="log in as the person who approves",
        )
    name = claimed.strip().removeprefix("user:")
    if not name or any(character.isspace() for character in name):
        raise UsageProblem("--as needs a name without spaces")
    return Person(_identity(workspace.environment.operator.identities, name), os_user)


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise Refused(
            "this process has no user name",
            next_step="set LOGNAME, or run as a user of this machine",
        ) from None


def _identity(identities: Mapping[str, str], name: str) -> str:
    return _lookup(identities, name) or f"user:{name.casefold()}"


def _lookup(identities: Mapping[str, str], name: str) -> str:
    folded = name.casefold()
    return next((to for known, to in identities.items() if known.casefold() == folded), "")


def authors_known(identities: Mapping[str, str], authors: Iterable[str]) -> tuple[str, ...]:
    """The authors that no identity maps: nobody can be told from them."""
    return tuple(author for author in authors if not _lookup(identities, author))


def is_author(identities: Mapping[str, str], authors: Iterable[str], approver: Person) -> bool:
    """Whether the approver is one of the authors (e-mail addresses), as far as is known.

    An e-mail that no identity maps still excludes whoever has its local part as name.
    """
    for author in authors:
        mapped = _lookup(identities, author) or f"user:{author.partition('@')[0].casefold()}"
        if mapped.casefold() == approver.identity.casefold():
            return True
    return False
