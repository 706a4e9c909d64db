"""Who is at the keyboard: the OS user that the process runs as, never what a variable says (design 2.5)."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fleetc.errors import Refused, UsageProblem
from fleetc.lang.text import visible
from fleetc.policy.people import USER

if TYPE_CHECKING:
    from fleetc.service.workspace import Workspace

__all__ = ["Person", "os_user", "person"]


@dataclass(frozen=True, slots=True)
class Person:
    """An identity (`user:dana`) and the OS user behind it; `claimed` when it is not that user's own."""

    identity: str
    os_user: str
    claimed: bool = False

    @property
    def name(self) -> str:
        """The identity without its `user:`."""
        return self.identity.removeprefix(USER)


def person(workspace: Workspace, claimed: str = "") -> Person:
    """The person who acts: the OS user, or who is claimed (embedded platform only).

    Raises `Refused` for a claim on another platform and `UsageProblem` for an empty one.
    """
    people = workspace.operator().people
    if not claimed:
        return Person(people.identity(os_user()), os_user())
    if workspace.environment.platform != "local":
        raise Refused(
            "--as is for the embedded platform only",
            state="nothing was changed",
            next_step="log in as the person who approves",
        )
    name = claimed.strip().removeprefix(USER)
    if not name or any(character.isspace() for character in name) or visible(name) != name:
        raise UsageProblem("--as needs a name without spaces and hidden characters")
    return Person(people.identity(name), os_user(), claimed=True)


def os_user() -> str:
    """The name of the user that this process runs as; `uid-1000` when the machine has none for it."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid-{number}"
