"""Something long that is waited for: what is being done, for how long, and whether somebody cancelled it."""

from __future__ import annotations

from threading import Event

from textual.message import Message

from fleetc.errors import Refused

__all__ = ["TICK", "Waiting", "seconds"]

TICK = 0.25
"""Seconds between two looks at the clock."""


def seconds() -> float:
    """Seconds that never go back, as events have them."""
    return Message().time


class Waiting:
    """Begins when it is made. `hear` belongs to the thread that works, all else to the screens."""

    def __init__(self, doing: str) -> None:
        self.doing = doing
        self.began = seconds()
        self._cancelled = Event()

    def hear(self, doing: str) -> None:
        """Take what is being done now; raises `Refused` once somebody has cancelled."""
        if self._cancelled.is_set():
            raise Refused("cancelled", state="no plan was made", next_step="r tries again")
        self.doing = doing

    def cancel(self) -> None:
        """Let the work end at its next step."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody has cancelled it."""
        return self._cancelled.is_set()

    @property
    def said(self) -> str:
        """What is being done; after a second, also for how long."""
        waited = int(seconds() - self.began)
        return f"{self.doing} ..." + (f"  {waited} s" if waited else "")
