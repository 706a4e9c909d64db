"""One step of a plan: look, make its calls, read back. A replacement is two steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from fleetc.errors import PlatformProblem
from fleetc.events import (
    ActionConflicted,
    ActionFailed,
    ActionRetrying,
    ActionStarted,
    ActionSucceeded,
    RunEvent,
)
from fleetc.ir.address import address, parts
from fleetc.ir.state import LiveResource
from fleetc.ir.values import Value
from fleetc.model.kinds import KINDS
from fleetc.plan.actions import Action, op_id
from fleetc.plan.changes import Op
from fleetc.plan.leftovers import beside
from fleetc.plan.order import Step
from fleetc.plan.references import referrers
from fleetc.ports import CallRow
from fleetc.run.calls import ActionStops, Caller
from fleetc.run.compare import different, resting, settable_hash
from fleetc.run.failpoints import failpoint
from fleetc.run.recovery import Decision, Look, Mode, Subject, Verdict, before_first, between
from fleetc.run.shared import Shared, UnknownReference
from fleetc.run.state import ActionState, Status

__all__ = ["StepRun"]

_DONE = frozenset({"effect", "verified"})
_SHORTEST_POLL = 0.02
_LONGEST_POLL = 5.0


def mode_of(action: Action, step: Step) -> Mode:
    """Whether a step makes, changes or ends its resource."""
    if action.op is Op.DELETE or step.half == "delete":
        return "delete"
    return "create" if action.op is Op.CREATE or step.half == "create" else "update"


@dataclass(slots=True)
class StepRun:
    """The run of one step, in the thread that calls `run`."""

    shared: Shared
    action: Action
    step: Step
    last: bool

    def run(self) -> str:
        """`ok`, `failed` or `conflict`, with rows and events durable.

        Raises `PauseRun` when a pause stops it between two calls, and whatever ends the journal.
        """
        if self.action.op.in_ledger:
            # the ledger is written at the end
            self.shared.journal.write((), (*self._opening(), self._succeeded()), starts=True)
            return "ok"
        try:
            caller = self._caller()
            if not self._all_done():
                self._calls(caller)
            return self._verify(caller.subject)
        except UnknownReference as problem:
            return self._stop(ActionStops("failed", "F0921", str(problem)))
        except PlatformProblem as problem:
            return self._stop(ActionStops("failed", "F0920", problem.message, state="unknown"))
        except ActionStops as stop:
            return self._stop(stop)

    def deny(self, reason: str) -> str:
        """End the action before it starts: its rules deny it now."""
        return self._stop(ActionStops("failed", "F0851", reason))

    # looking

    @property
    def mode(self) -> Mode:
        """Whether the step makes, changes or ends its resource."""
        return mode_of(self.action, self.step)

    def _caller(self) -> Caller:
        kind = self.shared.platform.profile.kinds[self.action.kind]
        return Caller(self.shared, self._subject(), self._look, self._told, kind.several)

    def _subject(self) -> Subject:
        action, mode = self.action, self.mode
        wanted = {} if mode == "delete" else {n: self._resolved(v) for n, v in action.wanted.items()}
        kind = self.shared.platform.profile.kinds[action.kind]
        kept = {name: value for name, value in wanted.items() if name in kind.readable}
        base = {} if mode == "create" else resting(action, kind, ends=mode == "delete")
        names = self.shared.formerly
        if self.step.half == "rename":
            return Subject(action.address, action.kind, mode, base, kept, action.moved_from, names)
        return Subject(action.address, action.kind, mode, base, kept, formerly=names)

    def _resolved(self, value: Value) -> Value:
        return self.shared.resolved(value, self._told)

    def _own_id(self) -> str:
        if self.mode == "create":
            return self.shared.ids.get(self.action.address, "")
        return self.action.platform_id

    def _own(self) -> LiveResource | None:
        return self.shared.get(self.action.kind, self._own_id(), self._told)

    def _look(self) -> Look:
        known = self._own_id()
        own = self._own() if known else None
        if own is not None and self.step.half != "rename":
            return Look(own, ())
        if self.mode == "update" and own is None:
            return Look(own, ())
        standing = self.shared.find(self.action.address, self._told)
        ours = (self.action.platform_id, self.shared.ids.get(self.action.address))
        return Look(own, tuple(row for row in standing if row.id not in ours))

    def _told(self, reason: str, attempt: int, wait: float) -> None:
        event = self.shared.event(
            ActionRetrying, action=self.action.id, address=self.action.address,
            reason=reason, attempt=attempt, wait=wait,
        )  # fmt: skip
        self.shared.journal.write((), (event,))

    # calling

    def _rows(self) -> list[CallRow]:
        return [self._row(number) for number in self.step.calls]

    def _row(self, number: int) -> CallRow:
        return self.shared.rows[op_id(self.shared.run, self.action.id, number)]

    def _all_done(self) -> bool:
        return all(row.state in _DONE for row in self._rows())

    def _calls(self, caller: Caller) -> None:
        looked = False
        for number in self.step.calls:
            row, call = self._row(number), self.action.calls[number]
            if row.state in _DONE:
                continue
            decision = Decision(Verdict.SEND)
            if row.state in {"sent", "unknown"}:
                decision = caller.resolve(call, row, self.shared.settled_at)
            elif not looked:
                decision = self._first_look(caller, number)
            looked = True
            if decision.verdict is Verdict.SEND:
                arguments = {name: self._resolved(value) for name, value in call.arguments.items()}
                caller.send(call, arguments, self._row(number), *self._opening())
            elif self._row(number).state not in _DONE:
                # Nothing is left to send: what the step is for is there already.
                if decision.live is not None:
                    self.shared.ids[self.action.address] = decision.live.id
                return

    def _opening(self) -> tuple[RunEvent, ...]:
        """The event that goes with the first intent of the action, and with no other."""
        action, begun = self.action, self.shared.begun
        if action.id in begun:
            return ()
        begun[action.id] = self.shared.clock.monotonic()
        wave = self.step.wave
        return (
            self.shared.event(
                ActionStarted, action=action.id, op=str(action.op), address=action.address, wave=wave
            ),
        )

    def _first_look(self, caller: Caller, number: int) -> Decision:
        earlier = [self.action.calls[n] for n in self.step.calls if n < number]
        look = self._look()
        if earlier:
            done = {name for call in earlier for name in call.sets}
            decision = between(caller.subject, look, done)
        else:
            decision = before_first(caller.subject, look)
        if decision.verdict is Verdict.CONFLICT:
            raise ActionStops("conflict", "F0924", decision.reason, live=decision.live)
        if self.mode == "delete" and decision.verdict is Verdict.SEND:
            self._keep_without_new(look)
            self._count_again(look)
        return decision

    def _keep_without_new(self, look: Look) -> None:
        """Refuse to end an old one whose new one is gone."""
        action, shared = self.action, self.shared
        if action.op is not Op.REPLACE or action.gap:
            return
        if shared.get(action.kind, shared.ids[action.address], self._told) is None:
            raise ActionStops("conflict", "F0924", "the new one is gone, so the old one stays", live=look.own)

    def _count_again(self, look: Look) -> None:
        """Refuse a delete that would now take along what the plan does not know of."""
        kinds = KINDS[self.action.kind].cascades
        if not kinds:
            return
        named_by = self._named_by()
        live = self.shared.observed_now(self._told).resources
        users = referrers(live, {named_by})[named_by]
        along = [u.address for u, _ in users if u.kind in kinds and u.address not in self.action.cascade]
        if along:
            message = f"the platform would delete {', '.join(along[:5])} along, which the plan does not"
            raise ActionStops("conflict", "F0924", message, live=look.own)

    def _named_by(self) -> str:
        """The address that references to what is ended lead to: by name only to the newest there."""
        own = self.action.platform_id
        place = beside(self.action.address, own) or self.action.address
        *_, newest = self.shared.standing(place, self._told) or (None,)
        kind, *names = parts(place)
        return place if newest is None or newest.id == own else address(kind, *names[:-1], own)

    def _store(self, rows: list[CallRow], *events: RunEvent) -> None:
        self.shared.journal.write(rows, events)
        self.shared.rows.update((row.op_id, row) for row in rows)

    # reading back

    def _verify(self, subject: Subject) -> str:
        for row in self._rows():
            failpoint("K10", row.op_id)
        live = self._read_back(subject)
        profile = self.shared.platform.profile.kinds[self.action.kind]
        changes = {"live_hash": settable_hash(profile, live), "platform_id": live.id} if live else {}
        rows = [
            msgspec.structs.replace(row, state="verified", epoch=self.shared.epoch, **changes)
            for row in self._rows()
        ]
        if live is not None:
            self.shared.verified[self.action.address] = live
        self._store(rows, *([self._succeeded()] if self.last else []))
        for row in rows:
            failpoint("K11", row.op_id)
        return "ok"

    def _succeeded(self) -> ActionSucceeded:
        action, clock = self.action, self.shared.clock
        begun = self.shared.begun.get(action.id, clock.monotonic())
        own = self.shared.ids.get(action.address) or action.platform_id
        return self.shared.event(
            ActionSucceeded, action=action.id, op=str(action.op), address=action.address,
            platform_id=own, seconds=round(clock.monotonic() - begun, 3),
        )  # fmt: skip

    def _read_back(self, subject: Subject) -> LiveResource | None:
        if subject.mode == "delete":
            still = self._own()
            if still is not None:
                raise ActionStops("failed", "F0922", "the platform kept it", live=still)
            return None
        live = self._ready()
        names = subject.wanted if subject.mode == "create" else self._set_fields()
        others = different(subject.kind, subject.wanted, live.fields, names)
        if others:
            raise self._ignored(subject, live, others)
        return live

    def _set_fields(self) -> set[str]:
        return {name for number in self.step.calls for name in self.action.calls[number].sets}

    def _ready(self) -> LiveResource:
        """The resource once it is ready; without a ready field, as it is now."""
        kind = self.shared.platform.profile.kinds[self.action.kind]
        clock = self.shared.clock
        deadline = clock.monotonic() + kind.settle_seconds
        poll = min(_LONGEST_POLL, max(_SHORTEST_POLL, kind.settle_seconds / 40))
        while True:
            late = clock.monotonic() >= deadline  # judged by a look that began after it
            live = self._own()
            if live is None:
                raise ActionStops("conflict", "F0924", "it is gone after its call", state="unknown")
            if live.address != self.action.address:
                message = f"the platform answered with the id of {live.address}"
                raise ActionStops("conflict", "F0924", message, state="unknown", live=live)
            if not kind.ready_field or live.fields.get(kind.ready_field) in kind.ready_values:
                return live
            if late:
                is_now = live.fields.get(kind.ready_field)
                message = f"{kind.ready_field} is {is_now} after {kind.settle_seconds:g} s"
                raise ActionStops("failed", "F0923", message, state="unknown", live=live)
            self.shared.patience.sleep(poll)

    def _ignored(self, subject: Subject, live: LiveResource, others: tuple[str, ...]) -> ActionStops:
        kept = [n for n in others if not different(subject.kind, subject.base, live.fields, (n,))]
        word = "fields" if len(others) > 1 else "field"
        message = (
            f"the platform ignored {word} {', '.join(others)}"
            if subject.mode == "create" or len(kept) == len(others)
            else f"{word} {', '.join(others)} read back as something else than was sent"
        )
        return ActionStops("failed", "F0922", message, live=live)

    # ending without success

    def _stop(self, stop: ActionStops) -> str:
        undone = [row for row in self.shared.rows_of(self.action) if row.state not in _DONE]
        undone = undone or self._rows()[-1:]
        states = [stop.status, *("skipped" for _ in undone[1:])]
        rows = [
            msgspec.structs.replace(row, state=state, epoch=self.shared.epoch, reason=stop.message)
            for row, state in zip(undone, states, strict=True)
        ]
        self._store(rows, self._ended(stop))
        status: Status = "conflict" if stop.status == "conflict" else "failed"
        end = ActionState(self.action.id, status, code=stop.code, state=stop.state)
        self.shared.ends[self.action.id] = end
        return status

    def _ended(self, stop: ActionStops) -> ActionFailed | ActionConflicted:
        action = self.action
        common: dict[str, Any] = {
            "action": action.id,
            "op": str(action.op),
            "address": action.address,
            "live": dict(stop.live.fields) if stop.live else None,
        }
        done = sum(row.state in _DONE for row in self.shared.rows_of(action))
        partly = f" ({done} of {len(action.calls)} calls are done)" if 0 < done < len(action.calls) else ""
        message = stop.message + partly
        if stop.status == "conflict":
            return self.shared.event(ActionConflicted, message=message, **common)
        return self.shared.event(ActionFailed, message=message, code=stop.code, state=stop.state, **common)
