"""The gate of a run: what rules say right before an action starts (design 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from fleetc.ir.state import Observation
from fleetc.plan.actions import Action
from fleetc.ports import Approval

__all__ = ["Gate", "Held", "Stopped"]


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why an action may not start: `held` says whether that can pass, else it is denied."""

    reason: str
    held: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A step that was not started, and may be later."""

    reason: str


class Gate(Protocol):
    """Judges actions while a run goes on. It is asked from several threads."""

    def open(self, observed: Observation, approvals: tuple[Approval, ...]) -> None:
        """Learn what is live before anything starts, and what the run is approved by."""
        ...

    def stops(self, action: Action) -> Stopped | None:
        """Why an action may not start now; None when it may."""
        ...

    def groups(self, action: Action) -> dict[str, str]:
        """Under what budgets count the action, for those of later plans."""
        ...
