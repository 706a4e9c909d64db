"""Time, a platform, and the store of what was seen on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from fleetc.ir.profile import Profile
from fleetc.ir.state import HeldState, LiveResource, Observation, Snapshot
from fleetc.ir.values import Value
from fleetc.ports.rows import CallReply, SnapshotRow

__all__ = ["Clock", "Paged", "Platform", "SnapshotStore"]

Paged = Callable[[int, int], None]
"""Takes how many resources were read so far, and of how many pages."""


class Clock(Protocol):
    """Time and randomness. Wall time is for display; deadlines use the monotonic clock."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def jitter(self) -> float:
        """A random number from 0 up to and without 1."""
        ...

    def token(self) -> str:
        """16 random hex digits."""
        ...


class Platform(Protocol):
    """One account on one platform. Methods raise `PlatformProblem`s only."""

    @property
    def name(self) -> str:
        """`local`, `recorded`, `powernode`."""
        ...

    @property
    def account(self) -> str:
        """The account that the credential belongs to."""
        ...

    @property
    def profile(self) -> Profile:
        """What it can do."""
        ...

    def observe(self, told: Paged | None = None) -> Observation:
        """Read everything. Terminated instances are absent.

        `told` hears after each page how many resources were read, and of how many pages; what it
        raises ends the reading.

        Where several stand at one address, a reference by name means the newest; one to an older
        is its platform id.
        """
        ...

    def change_counter(self) -> int | None:
        """A number that moves with every change of the account, or None."""
        ...

    def last_tag(self) -> str:
        """The tag of the newest call that was done with one; empty when there is none, or none is kept."""
        ...

    def find(self, address: str) -> tuple[LiveResource, ...]:
        """What stands at a natural key now: none, one, or several, the newest last."""
        ...

    def get(self, kind: str, platform_id: str) -> LiveResource | None:
        """The resource of that id, or None when it is gone (a terminated instance is gone)."""
        ...

    def call(self, name: str, arguments: dict[str, Value], *, tag: str) -> CallReply:
        """Send one call of the profile's recipes. `tag` names it in the platform's own log."""
        ...


class SnapshotStore(Protocol):
    """Snapshots of accounts, with validity intervals."""

    def put(self, observation: Observation, *, taken_at: str, source: str, label: str = "") -> Snapshot:
        """Store an observation; the row costs what changed since the account's last one."""
        ...

    def get(self, account: str, serial: int) -> Snapshot:
        """Read one back exactly; raises `StateProblem` when there is none."""
        ...

    def part(self, account: str, serial: int, addresses: Iterable[str]) -> Snapshot:
        """One with the resources of these addresses only; raises `StateProblem` as `get` does."""
        ...

    def between(self, account: str, before: int, after: int) -> tuple[Snapshot, Snapshot]:
        """Two snapshots, each with those resources only that the other has not, or not equal."""
        ...

    def states(self, account: str, addresses: Iterable[str]) -> dict[str, tuple[HeldState, ...]]:
        """Each state that these resources have had, oldest first; none for what was never seen."""
        ...

    def prune(self, account: str, gone: Collection[int]) -> int:
        """Remove snapshots but the newest for good; gives the bytes that the store shrank by."""
        ...

    def list(self, account: str = "") -> tuple[SnapshotRow, ...]:
        """All rows, newest first; of one account, or of all for the empty string."""
        ...
