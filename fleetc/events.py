"""Events of a run: typed, numbered, stored; the only source for everything that shows a run.

State is a fold over them (`fleetc.run.state`). `at` is RFC 3339 UTC with milliseconds, for
display only. `action` is an action's id.
"""

from __future__ import annotations

import msgspec

__all__ = [
    "ActionConflicted",
    "ActionFailed",
    "ActionRetrying",
    "ActionSkipped",
    "ActionStarted",
    "ActionSucceeded",
    "RunEvent",
    "RunFinished",
    "RunPaused",
    "RunResumed",
    "RunStarted",
    "decode",
    "encode",
]


class Event(msgspec.Struct, frozen=True, tag_field="event", tag=True, kw_only=True):
    """What every event has: its run, its number within the run (from 1), and its time."""

    format: str = "fleetc.event/1"
    run: str
    seq: int
    at: str


class RunStarted(Event, frozen=True, kw_only=True):
    """A worker has the lease and begins; `total` actions, `epoch` of the lease.

    `break_glass` says who let it go in an emergency, and why.
    """

    plan: str
    environment: str
    account: str
    by: str
    approved_by: tuple[str, ...]
    total: int
    epoch: int
    host: str
    pid: int
    break_glass: tuple[str, ...] = ()


class RunResumed(Event, frozen=True, kw_only=True):
    """Another worker took the run over."""

    by: str
    epoch: int
    host: str
    pid: int


class ActionStarted(Event, frozen=True, kw_only=True):
    """The first call of an action is about to be sent."""

    action: str
    op: str
    address: str
    wave: int


class ActionRetrying(Event, frozen=True, kw_only=True):
    """A call is tried again after `wait` seconds."""

    action: str
    address: str
    reason: str
    attempt: int
    wait: float


class ActionSucceeded(Event, frozen=True, kw_only=True):
    """Every call is done and read back as wanted; `seconds` it took."""

    action: str
    op: str
    address: str
    platform_id: str
    seconds: float


class ActionFailed(Event, frozen=True, kw_only=True):
    """A definite failure, or one whose effect is unknown; `live` is what was read back."""

    action: str
    op: str
    address: str
    code: str
    message: str
    state: str
    live: dict[str, object] | None


class ActionConflicted(Event, frozen=True, kw_only=True):
    """Live is not what the plan rests on; nothing was sent for what differs."""

    action: str
    op: str
    address: str
    message: str
    live: dict[str, object] | None


class ActionSkipped(Event, frozen=True, kw_only=True):
    """Not started, because of `because` (an action's id), or for the reason given."""

    action: str
    op: str
    address: str
    because: str
    reason: str


class RunPaused(Event, frozen=True, kw_only=True):
    """No further call starts; `reason` says why and `next_step` how to go on."""

    reason: str
    next_step: str


class RunFinished(Event, frozen=True, kw_only=True):
    """The end; `result` is the result record of design 2.6, "fleetc.result/1"."""

    status: str
    result: dict[str, object]


RunEvent = (
    RunStarted
    | RunResumed
    | ActionStarted
    | ActionRetrying
    | ActionSucceeded
    | ActionFailed
    | ActionConflicted
    | ActionSkipped
    | RunPaused
    | RunFinished
)

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder: msgspec.json.Decoder[RunEvent] = msgspec.json.Decoder(RunEvent)


def encode(event: RunEvent) -> bytes:
    """One line of JSON, without the line break."""
    return _encoder.encode(event)


def decode(data: bytes | str) -> RunEvent:
    """The event of one line; raises `msgspec.ValidationError` when it is none."""
    return _decoder.decode(data)
