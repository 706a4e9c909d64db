"""Compare two environments as they are declared; the platform is not asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fleetc.errors import InputProblem, UsageProblem

if TYPE_CHECKING:
    from fleetc.plan.parity import Side
    from fleetc.service.workspace import Workspace

__all__ = ["name_pairs", "side"]


def side(workspace: Workspace, rev: str = "") -> Side:
    """The environment's desired graph, of its files as they lie or at a revision.

    Raises `InputProblem` with the diagnostics when they do not compile.
    """
    from fleetc.plan.parity import Side
    from fleetc.service.compiling import compile_workspace

    compiled = compile_workspace(workspace, rev=rev)
    if compiled.graph is None:
        count = sum(item.severity == "error" for item in compiled.diagnostics)
        raise InputProblem(
            f"{count} error{'s' if count > 1 else ''}: it does not compile",
            diagnostics=compiled.diagnostics,
            sources=compiled.sources,
        )
    return Side(workspace.environment.name, compiled.graph)


def name_pairs(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """What `OLD=NEW` texts say; raises `UsageProblem` for one that is not of that form."""
    pairs = []
    for text in texts:
        old, equals, new = text.partition("=")
        if not (old and equals and new) or "=" in new:
            raise UsageProblem(f"{text!r} is not OLD=NEW", next_step="--map stg=prd")
        pairs.append((old, new))
    return tuple(pairs)
