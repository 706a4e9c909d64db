"""The gate of a run: what rules say right before an action starts (design 3.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from fleetc.ir.state import Observation
from fleetc.plan.actions import Action
from fleetc.ports import Approval

__all__ = ["Gate", "Held", "Outcome", "Stopped", "Waits"]

Outcome = Literal["begun", "done", "not done", "unknown", "gone"]
"""What became of an action. `unknown`: it is done or not, or in part. `gone`: the old one of a
replacement is away, and nobody knows whether the new one stands."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why an action may not start: `held` says whether that can pass, else it is denied.

    With `stuck`, no time makes it pass, but another plan.
    """

    reason: str
    held: bool
    stuck: bool = False


@dataclass(frozen=True, slots=True)
class Waits:
    """An action that may start when others have ended."""


@dataclass(frozen=True, slots=True)
class Held:
    """A step that was not started, and may be later; `stuck` as in `Stopped`."""

    reason: str
    stuck: bool = False


class Gate(Protocol):
    """Judges actions while a run goes on. It is asked from several threads."""

    def open(self, observed: Observation, approvals: tuple[Approval, ...]) -> None:
        """Learn what is live before anything starts, and what the run is approved by."""
        ...

    def recall(self, outcomes: Mapping[str, Outcome]) -> None:
        """Learn what earlier workers did of the actions, by id; `begun` for those that go on."""
        ...

    def stops(self, action: Action, *, last: bool = False) -> Stopped | Waits | None:
        """Why an action may not start now; None when it may, and then it counts as begun.

        With `last`, nothing is under way that it could wait for.
        """
        ...

    def ended(self, action: Action, outcome: Outcome) -> Collection[str]:
        """Learn what became of an action; the ids of some waiting ones to ask about again."""
        ...

    def groups(self, action: Action) -> dict[str, str]:
        """Under what budgets count the action, for those of later plans."""
        ...
