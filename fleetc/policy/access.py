"""Who may do what, per account (the operator's file, `[access]`).

Without `[access]` the machine's owner is alone, and everything is allowed. With it, nothing is but
what is granted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fleetc.policy.people import People

__all__ = ["EVERY_ACCOUNT", "OPEN", "ROLES", "Access", "Permission", "permissions_of"]

EVERY_ACCOUNT = "*"


class Permission(StrEnum):
    """What somebody may do with an account."""

    READ = "system.gitops.read"
    WRITE = "system.gitops.write"
    SYNC = "system.gitops.sync"
    APPROVE = "gitops.approve"
    APPLY = "gitops.apply"
    OVERRIDE = "gitops.override"


ROLES: dict[str, tuple[Permission, ...]] = {
    "viewer": (Permission.READ,),
    "operator": (Permission.READ, Permission.SYNC, Permission.APPLY),
    "approver": (Permission.READ, Permission.APPROVE),
    "admin": tuple(Permission),
}
"""Short words for several permissions."""

_WORDS = {**ROLES, **{str(permission): (permission,) for permission in Permission}}


def permissions_of(word: str) -> tuple[Permission, ...]:
    """What a word in `[access]` grants: a role, or a permission by name; nothing for any other."""
    return _WORDS.get(word, ())


@dataclass(frozen=True, slots=True)
class Access:
    """Account (`*` for every one) to member as written (`user:dana`, `team:sre`, `*`) to permissions.

    `grants` is None when the operator's file has no `[access]`.
    """

    people: People
    grants: Mapping[str, Mapping[str, tuple[Permission, ...]]] | None = None

    @property
    def open(self) -> bool:
        """Whether everything is allowed to everybody."""
        return self.grants is None

    def allows(self, identity: str, permission: Permission, account: str) -> bool:
        """Whether an identity has a permission on an account; `*` asks for every account at once."""
        if self.grants is None:
            return True
        return any(
            permission in granted and self.people.belongs(identity, (member,))
            for place in dict.fromkeys((account, EVERY_ACCOUNT))
            for member, granted in self.grants.get(place, {}).items()
        )

    def allows_anywhere(self, identity: str, permission: Permission) -> bool:
        """Whether an identity has a permission on any account."""
        return self.grants is None or any(self.allows(identity, permission, name) for name in self.grants)


OPEN = Access(People())
"""The owner alone: nobody else is known, and everything is allowed."""
