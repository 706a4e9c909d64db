"""Use cases of the embedded platform: look at it, and change it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleetc.errors import UsageProblem
from fleetc.policy.access import Permission
from fleetc.service.access import require

if TYPE_CHECKING:
    from fleetc.platforms.local import LocalPlatform
    from fleetc.service.workspace import Workspace

__all__ = ["by_hand", "look"]


def look(workspace: Workspace, account: str) -> LocalPlatform:
    """The embedded platform, to look at; raises `Refused`, and `UsageProblem` for another platform."""
    require(workspace, Permission.READ, account)
    return _opened(workspace, account)


def by_hand(workspace: Workspace, account: str) -> LocalPlatform:
    """The embedded platform, to change past all plans; raises as `look` does.

    Nobody approves such a change, so that it takes the right to override.
    """
    require(workspace, Permission.OVERRIDE, account)
    return _opened(workspace, account)


def _opened(workspace: Workspace, account: str) -> LocalPlatform:
    from fleetc.platforms.local import LocalPlatform

    opened = workspace.platform(account)
    if not isinstance(opened, LocalPlatform):
        raise UsageProblem(
            f"the platform of this environment is {opened.name}, not the embedded one",
            next_step='choose an environment with platform = "local" with -e',
        )
    return opened
