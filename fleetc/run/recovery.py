"""What a look at the platform means for a call (pure): design 2.6, the recovery rule.

Three questions are asked. *Before the first call* of a step: does live still hold what the plan
rests on? *Between calls*, when a run goes on in the middle of a step: is it still ours? *After an
unknown result*: did the call take effect? The last one is asked twice, at once and again when the
request can no longer take effect (`settled`), before anything is sent again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Literal

from fleetc.ir.state import LiveResource
from fleetc.ir.values import Value
from fleetc.plan.actions import Call
from fleetc.plan.leftovers import renamed
from fleetc.run.compare import different

__all__ = [
    "Decision",
    "Look",
    "Mode",
    "Subject",
    "Verdict",
    "after_unknown",
    "before_first",
    "between",
]

Mode = Literal["create", "update", "delete"]


class Verdict(Enum):
    """What to do with a call."""

    DONE = "done"
    SEND = "send"
    WAIT = "wait"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a step is about.

    `base` is what it rests on (empty when it creates), `wanted` what it must read back. A rename
    finds it at `moved_from`. `formerly` maps the platform ids of what is replaced to the names that
    `base` knows them by: once a new one stands beside an old one, only the id means the old one.
    """

    address: str
    kind: str
    mode: Mode
    base: Mapping[str, Value]
    wanted: Mapping[str, Value]
    moved_from: str = ""
    formerly: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen: the resource of the step's platform id, and what stands at its natural key.

    Only what the step's mode needs is read; the other is empty.
    """

    own: LiveResource | None = None
    standing: Sequence[LiveResource] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict; `live` is what it rests on, `reason` says more."""

    verdict: Verdict
    reason: str = ""
    live: LiveResource | None = None


def before_first(subject: Subject, look: Look) -> Decision:
    """Judge the look before a step's first call. A create finds all it wants, or nothing."""
    if subject.mode == "create":
        return _created(subject, look, subject.wanted)
    if look.own is None and subject.mode == "delete":
        return Decision(Verdict.DONE, _newcomer(look))
    if subject.moved_from:
        return _named(subject, look, subject.base)
    return _rests(subject, look.own, subject.base)


def between(subject: Subject, look: Look, done: Collection[str]) -> Decision:
    """Judge the look before a later call; `done` are the fields that the earlier calls set."""
    return _rests(subject, look.own, subject.base.keys() - set(done))


def after_unknown(
    subject: Subject, call: Call, look: Look, *, settled: bool, may_send: bool = True
) -> Decision:
    """Judge a look after a result that is not known.

    `settled` is true for the second look, when the request can no longer take effect. `may_send`
    is false when the call was proven without effect as often as is allowed.
    """
    decision = _effect(subject, call, look)
    if decision.verdict is not Verdict.SEND or (settled and may_send):
        return decision
    if not settled:
        return Decision(Verdict.WAIT, live=decision.live)
    reason = "it was sent twice and left no trace: look at the platform before trying again"
    return Decision(Verdict.CONFLICT, reason, decision.live)


def _effect(subject: Subject, call: Call, look: Look) -> Decision:
    if call.verb == "create":
        return _created(subject, look, call.sets)
    if call.verb == "delete":
        if look.own is None:
            return Decision(Verdict.DONE, _newcomer(look))
        return _rests(subject, look.own, subject.base)
    if look.own is None:
        return Decision(Verdict.CONFLICT, "it is gone")
    if call.verb == "rename":
        done = look.own.address == subject.address
        return Decision(Verdict.DONE, live=look.own) if done else _named(subject, look, ())
    if _has(subject, call, look.own):
        return Decision(Verdict.DONE, live=look.own)
    return _rests(subject, look.own, () if call.item else call.sets)


def _created(subject: Subject, look: Look, fields: Collection[str]) -> Decision:
    if not look.standing:
        return Decision(Verdict.SEND)
    live = look.standing[0]
    if len(look.standing) > 1:
        return Decision(Verdict.CONFLICT, f"there are {len(look.standing)} of it", live)
    others = different(subject.kind, subject.wanted, live.fields, fields)
    if others:
        return Decision(Verdict.CONFLICT, f"it exists, with another {', '.join(others)}", live)
    return Decision(Verdict.DONE, "it exists as wanted", live)


def _named(subject: Subject, look: Look, fields: Collection[str]) -> Decision:
    """Whether it still has its old name, the new one is free, and `fields` are as the plan saw them."""
    others = [live for live in look.standing if look.own is None or live.id != look.own.id]
    if others:
        return Decision(
            Verdict.CONFLICT, f"{subject.address} is another one, with id {others[0].id}", look.own
        )
    return _rests(replace(subject, address=subject.moved_from), look.own, fields)


def _rests(subject: Subject, own: LiveResource | None, fields: Collection[str]) -> Decision:
    if own is None:
        return Decision(Verdict.CONFLICT, "it is gone")
    if (own.kind, own.address) != (subject.kind, subject.address):
        return Decision(Verdict.CONFLICT, f"id {own.id} is {own.address} now", own)
    seen = renamed(own, subject.formerly)
    others = different(subject.kind, subject.base, seen.fields, fields)
    if others:
        return Decision(Verdict.CONFLICT, f"{', '.join(others)} changed since the plan", own)
    return Decision(Verdict.SEND, live=own)


def _has(subject: Subject, call: Call, own: LiveResource) -> bool:
    """Whether an update took effect; a call on one element is judged by that element alone."""
    if not call.item:
        return not different(subject.kind, subject.wanted, own.fields, call.sets)
    live, wanted = own.fields.get(call.sets[0]), subject.wanted.get(call.sets[0])
    there = isinstance(live, list | tuple) and call.item in live
    adding = isinstance(wanted, list | tuple) and call.item in wanted
    return there == adding


def _newcomer(look: Look) -> str:
    if not look.standing:
        return "it is gone"
    return f"it is gone; another one of that name stands there now, with id {look.standing[0].id}"
