"""What the steps of one run share, and the two ways they touch the world: writing and looking."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from fleetc.errors import Refused
from fleetc.events import RunEvent
from fleetc.ir.address import kind_of, parts
from fleetc.ir.state import LiveResource, Observation
from fleetc.ir.timestamps import rfc3339
from fleetc.ir.values import Ref, Value
from fleetc.plan.actions import Action, Plan, op_id
from fleetc.plan.changes import Op
from fleetc.plan.leftovers import beside, renamed
from fleetc.ports import CallRow, Clock, Platform
from fleetc.run.heart import Heart
from fleetc.run.journal import Journal
from fleetc.run.patience import Patience, Retried
from fleetc.run.state import ActionState

__all__ = ["Shared", "UnknownReference"]

E = TypeVar("E", bound=RunEvent)


class UnknownReference(Exception):
    """A reference whose value no verified effect gives."""


@dataclass(slots=True)
class Shared:
    """State of one run, shared by its threads.

    Each step touches only its own rows, addresses and actions. `ids` maps addresses to platform
    ids, `verified` to what was read back, `begun` action ids to when they began (monotonic), `ends`
    the ids of actions that ended without success to how.
    `settled_at` is the monotonic time after which no request of an earlier worker can take effect
    any more. `aside` maps platform ids to the addresses of the plan's leftovers, `names` those of
    leftovers and of what they stand beside to the names that the plan knows them by.
    """

    run: str
    plan: Plan
    platform: Platform
    clock: Clock
    journal: Journal
    patience: Patience
    heart: Heart
    epoch: int
    settled_at: float
    rows: dict[str, CallRow]
    ids: dict[str, str] = field(default_factory=dict)
    verified: dict[str, LiveResource] = field(default_factory=dict)
    begun: dict[str, float] = field(default_factory=dict)
    ends: dict[str, ActionState] = field(default_factory=dict)
    aside: dict[str, str] = field(init=False)
    names: dict[str, str] = field(init=False)
    formerly: dict[str, str] = field(init=False)
    _observing: threading.Lock = field(default_factory=threading.Lock)
    _observed: tuple[float, Observation] | None = None

    def __post_init__(self) -> None:
        actions = self.plan.actions
        self.aside = {a.platform_id: a.address for a in actions if beside(a.address, a.platform_id)}
        self.names = {own: parts(address)[-1] for own, address in self.aside.items()}
        self.formerly = {a.platform_id: parts(a.address)[-1] for a in actions if a.op is Op.REPLACE}

    def meet_leftovers(self, told: Retried) -> None:
        """Learn what the plan's leftovers stand beside; raises what reading raises."""
        for own, address in tuple(self.aside.items()):
            place = beside(address, own)
            for row in self.find(place, told):
                if row.id not in self.formerly:
                    self.names[row.id] = parts(place)[-1]

    def rows_of(self, action: Action) -> list[CallRow]:
        """The journal's rows of an action's calls, in their order."""
        return [self.rows[op_id(self.run, action.id, number)] for number in range(len(action.calls))]

    def event(self, kind: type[E], **values: Any) -> E:
        """An event of this run, as of now; the journal numbers it."""
        return kind(run=self.run, seq=0, at=rfc3339(self.clock.now(), milliseconds=True), **values)

    def write(self, row: CallRow, *events: RunEvent, starts: bool = False, **changes: Any) -> CallRow:
        """Make a changed row durable, with events; returns it. `starts` is for `Journal.write`."""
        row = msgspec.structs.replace(row, epoch=self.epoch, **changes)
        self.journal.write((row,), events, starts=starts)
        self.rows[row.op_id] = row
        return row

    def clear_to_send(self) -> None:
        """Wait until a call may start; raises `PauseRun`, or `Refused` when the lease may be over."""
        self.patience.gate()
        if not self.heart.holds():
            raise Refused(
                f"the lease of account {self.plan.account} was not renewed in time",
                code="F0925",
                state="no further call was sent; those sent before stand in the journal",
                next_step=f"fleetc apply --resume {self.run}",
            )

    def find(self, address: str, told: Retried) -> tuple[LiveResource, ...]:
        """What stands at a natural key now, leftovers aside."""
        found = self.standing(address, told)
        return tuple(renamed(row, self.names) for row in found if row.id not in self.aside)

    def standing(self, address: str, told: Retried) -> tuple[LiveResource, ...]:
        """All that stands at a natural key now as the platform tells it, the newest last."""
        return self.patience.read(lambda: self.platform.find(address), told)

    def get(self, kind: str, platform_id: str, told: Retried) -> LiveResource | None:
        """The resource of a platform id now."""
        found = self.patience.read(lambda: self.platform.get(kind, platform_id), told)
        if found is None or not self.names:
            return found
        at = self.aside.get(platform_id, found.address)
        return renamed(msgspec.structs.replace(found, address=at), self.names)

    def observed_now(self, told: Retried) -> Observation:
        """A reading of the whole account that began after this was asked for.

        Those who ask while somebody reads wait, and share the next reading.
        """
        asked = self.clock.monotonic()
        with self._observing:
            if self._observed is None or self._observed[0] < asked:
                began = self.clock.monotonic()
                self._observed = began, self.patience.read(self.platform.observe, told)
            return self._observed[1]

    def resolved(self, value: Value, told: Retried) -> Value:
        """The value with verified effects in the place of references.

        Raises `UnknownReference` for one that nothing gives.
        """
        if isinstance(value, Ref):
            return self._referred(value, told)
        if isinstance(value, list | tuple):
            return [self.resolved(item, told) for item in value]
        if isinstance(value, dict):
            return {name: self.resolved(item, told) for name, item in value.items()}
        return value

    def _referred(self, reference: Ref, told: Retried) -> Value:
        address = reference.ref
        platform_id = self.ids.get(address)
        if platform_id is None:
            raise UnknownReference(f"the id of {address} is not known")
        if reference.field == "id":
            return platform_id
        live = self.verified.get(address) or self.get(kind_of(address), platform_id, told)
        value = live.fields.get(reference.field) if live is not None else None
        if value is None:
            raise UnknownReference(f"{address} has no {reference.field}")
        return value
