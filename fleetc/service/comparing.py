"""Compare two environments as they are declared; the platform is not asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fleetc.errors import UsageProblem

if TYPE_CHECKING:
    from fleetc.plan.parity import Side
    from fleetc.service.workspace import Workspace

__all__ = ["name_pairs", "side"]


def side(workspace: Workspace, rev: str = "") -> Side:
    """The environment's desired graph, of its files as they lie or at a revision; see `desired`."""
    from fleetc.plan.parity import Side
    from fleetc.service.compiling import desired

    return Side(workspace.environment.name, desired(workspace, rev=rev))


def name_pairs(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """What `OLD=NEW` texts say; raises `UsageProblem` for one that is not of that form."""
    pairs = []
    for text in texts:
        old, equals, new = text.partition("=")
        if not (old and equals and new) or "=" in new:
            raise UsageProblem(f"{text!r} is not OLD=NEW", next_step="--map stg=prd")
        pairs.append((old, new))
    return tuple(pairs)
