"""One call: intent, sent, the call itself, effect or unknown; each durable before the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fleetc.errors import NotSent, RateLimited, Rejected, ResultUnknown
from fleetc.events import RunEvent
from fleetc.ir.state import LiveResource
from fleetc.ir.values import Value, canonical, digest
from fleetc.plan.actions import Call
from fleetc.ports import CallRow
from fleetc.run.failpoints import failpoint
from fleetc.run.patience import Retried
from fleetc.run.recovery import Decision, Look, Subject, Verdict, after_unknown
from fleetc.run.shared import Shared

__all__ = ["ActionStops", "Caller"]

_MOST_SENDS = 8


class ActionStops(Exception):
    """An action ends here: `failed`, or `conflict` when live is not what the plan rests on.

    `state` is `not done` or `unknown`; `live` is what was read last.
    """

    def __init__(
        self,
        status: str,
        code: str,
        message: str,
        *,
        state: str = "not done",
        live: LiveResource | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.state, self.live = status, code, message, state, live


@dataclass(frozen=True, slots=True)
class Caller:
    """Sends the calls of one step.

    `look` reads what the step is about. `once` is true for what no unique key protects: it is
    sent again once at most, when proven without effect.
    """

    shared: Shared
    subject: Subject
    look: Callable[[], Look]
    told: Retried
    once: bool

    def send(self, call: Call, arguments: dict[str, Value], row: CallRow, *events: RunEvent) -> Decision:
        """Take a call from its intent (stored with `events`) to its effect.

        Raises `ActionStops` when there is none, and `PauseRun` when no call may start.
        """
        op_id, shared = row.op_id, self.shared
        failpoint("K0", op_id)
        row = shared.write(
            row, *events, starts=True, state="intent", base_hash=digest(dict(self.subject.base)),
            symbolic_digest=digest(call.arguments), arguments=canonical(arguments).decode(),
        )  # fmt: skip
        failpoint("K1", op_id)
        tries = 0
        while True:
            shared.clear_to_send()
            before, sent_at = row, shared.clock.monotonic()
            row = shared.write(row, state="sent", attempt=row.attempt + 1, sent_at=shared.clock.now())
            failpoint("K2", op_id)
            try:
                reply = shared.platform.call(call.name, dict(arguments), tag=op_id)
            except (NotSent, RateLimited) as problem:
                row = shared.write(before, state="intent", reason=problem.message)
                tries += 1
                shared.patience.after(problem, tries, self.told)
            except Rejected as problem:
                return self._rejected(call, row, problem)
            except ResultUnknown as problem:
                row = shared.write(row, state="unknown", reason=problem.message)
                settled_at = sent_at + shared.platform.profile.request_settle_seconds
                decision = self.resolve(call, row, settled_at)
                if decision.verdict is Verdict.DONE:
                    return decision
                self.told(problem.message, row.attempt + 1, 0.0)
            else:
                failpoint("K4", op_id)
                return self._effect(call, row, reply.platform_id)

    def _effect(self, call: Call, row: CallRow, platform_id: str) -> Decision:
        failpoint("K7", row.op_id)
        own = platform_id or row.platform_id
        failpoint("K8", row.op_id)
        self.shared.write(row, state="effect", platform_id=own, reason="")
        failpoint("K9", row.op_id)
        if call.verb == "create":
            self.shared.ids[self.subject.address] = own
        return Decision(Verdict.DONE)

    def resolve(self, call: Call, row: CallRow, settled_at: float) -> Decision:
        """After an unknown result, look and decide: done, or (proven without effect) to be sent.

        Raises `ActionStops` for a conflict, and when it was sent too often.
        """
        may_send = not (self.once and row.attempt > 1)
        decision = after_unknown(self.subject, call, self.look(), settled=False, may_send=may_send)
        if decision.verdict is Verdict.WAIT:
            self.shared.patience.until(settled_at)
            decision = after_unknown(self.subject, call, self.look(), settled=True, may_send=may_send)
        if decision.verdict is Verdict.CONFLICT:
            raise ActionStops("conflict", "F0924", decision.reason, state="unknown", live=decision.live)
        if decision.verdict is Verdict.DONE:
            self.found(call, row, decision)
        elif row.attempt >= _MOST_SENDS:
            message = f"{row.attempt} tries, and none took effect: {row.reason}"
            raise ActionStops("failed", "F0921", message, live=decision.live)
        return decision

    def found(self, call: Call, row: CallRow, decision: Decision) -> None:
        """Record an effect that was seen by looking."""
        live = decision.live
        own = live.id if live is not None else row.platform_id
        self.shared.write(row, state="effect", platform_id=own, reason=decision.reason)
        if call.verb == "create":
            self.shared.ids[self.subject.address] = own

    def _rejected(self, call: Call, row: CallRow, problem: Rejected) -> Decision:
        """A definite failure, unless a look shows that what the call was for is there."""
        decision = after_unknown(self.subject, call, self.look(), settled=True)
        if decision.verdict is Verdict.DONE:
            self.found(call, row, decision)
            return decision
        if decision.verdict is Verdict.CONFLICT and call.verb == "create":
            message = f"{decision.reason} ({problem.message})"
            raise ActionStops("conflict", "F0924", message, live=decision.live)
        raise ActionStops("failed", "F0920", problem.message, live=decision.live)
