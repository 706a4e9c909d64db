"""The work of a run: steps in threads, as soon as what they wait for has ended.

Bounded concurrency, no barriers. What needs a failed step is skipped. When a pause is asked for, or
when something fatal happens, no further step starts, and those that run come to their next safe
point. What the gate lets wait is asked about again when others have ended.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import msgspec

from fleetc.events import ActionFailed, ActionSkipped, RunEvent
from fleetc.plan.actions import Action
from fleetc.plan.changes import Op
from fleetc.plan.order import Step, steps
from fleetc.ports import CallRow
from fleetc.run.effects import outcome_of
from fleetc.run.failpoints import failpoint
from fleetc.run.gate import Gate, Held, Outcome, Waits
from fleetc.run.patience import PauseRun
from fleetc.run.schedule import Schedule
from fleetc.run.shared import Shared
from fleetc.run.state import ActionState, RunState
from fleetc.run.steps import StepRun

__all__ = ["Work"]

_What = str | Held | Waits | BaseException | None
_Ended = tuple[Step, _What]

_ENDED = frozenset({"ok", "failed", "conflict", "skipped"})


class Work:
    """All steps of a plan; `state` is what an earlier worker did of them.

    The `gate` is asked before an action's first step: one that it holds stays where it is, and so does
    what needs it, while the rest goes on. `held` holds all that has not begun.
    """

    def __init__(
        self, shared: Shared, state: RunState, gate: Gate | None = None, held: Held | None = None
    ) -> None:
        self.shared, self.state, self.gate, self.held = shared, state, gate, held
        self.plan, self.actions = shared.plan, shared.plan.actions
        self.stop = shared.patience.stop
        self.paused: Held | None = None
        self.failure: BaseException | None = None
        self._last: Mapping[int, int] = {}
        self._waiting: dict[str, Step] = {}
        self._again: deque[Step] = deque()
        self._woken: set[str] = set()
        self._alone: set[str] = set()
        self._moved = False

    def do(self, concurrency: int) -> Held | None:
        """Do what is left; returns why it paused, or None when every step has ended.

        Raises what ended the journal, or a bug, after the steps under way have stopped.
        """
        schedule = self._schedule()
        self._last = {step.action: step.index for step in schedule.steps}
        self._drain(schedule, concurrency)
        if self.failure is not None:
            raise self.failure
        return None if schedule.finished else self.paused or Held("a pause was asked for")

    def _rows(self, step: Step) -> list[CallRow]:
        rows = self.shared.rows_of(self.actions[step.action])
        return [rows[number] for number in step.calls]

    # what an earlier worker did

    def _schedule(self) -> Schedule:
        """The steps and their known outcomes; fills in the ids that the journal holds."""
        for action in self.plan.chosen:
            if action.op in (Op.UPDATE, Op.MOVE):
                self.shared.ids[action.address] = action.platform_id
        found = steps(self.plan)
        known: dict[int, bool] = {}
        for step in found:
            outcome = self._known(step)
            if outcome is not None:
                known[step.index] = outcome
        if self.gate is not None:
            self.gate.recall(dict(self._earlier()))
        return Schedule(found, known)

    def _earlier(self) -> Iterator[tuple[str, Outcome]]:
        for action in self.plan.chosen:
            if (state := self.state.actions.get(action.id)) is not None:
                yield action.id, outcome_of(action, state, self.shared.rows_of(action))

    def _known(self, step: Step) -> bool | None:
        action, rows = self.actions[step.action], self._rows(step)
        for number, row in zip(step.calls, rows, strict=True):
            if action.calls[number].verb == "create" and row.platform_id:
                self.shared.ids[action.address] = row.platform_id
        if rows and all(row.state == "verified" for row in rows):
            return True
        earlier = self.state.actions.get(action.id)
        if earlier is None:
            return None
        self.shared.begun.setdefault(action.id, self.shared.clock.monotonic())
        return earlier.status == "ok" if earlier.status in _ENDED else None

    # the ready queue

    def _drain(self, schedule: Schedule, concurrency: int) -> None:
        """Threads take what is ready one after the other, and say what came of it."""
        ready: SimpleQueue[Step | None] = SimpleQueue()
        ended: SimpleQueue[_Ended] = SimpleQueue()
        threads = under_way = 0
        with ThreadPoolExecutor(concurrency, thread_name_prefix="step") as pool:
            try:
                while True:
                    while (step := self._next(schedule)) is not None:
                        ready.put(step)
                        under_way += 1
                        if threads < min(concurrency, under_way):
                            pool.submit(self._serve, ready, ended)
                            threads += 1
                    self._skip(schedule)
                    if not under_way:
                        if self._ask_again():
                            continue
                        return
                    self._took(schedule, *ended.get())
                    under_way -= 1
                    failpoint("P1", self.shared.run)
            finally:
                if under_way:
                    self.stop.set()
                for _ in range(threads):
                    ready.put(None)

    def _next(self, schedule: Schedule) -> Step | None:
        if self._stopping:
            return None
        return self._again.popleft() if self._again else schedule.next()

    def _ask_again(self) -> bool:
        """With nothing under way, ask about all that waits; if that is of no use, let one go first."""
        if self._stopping:
            return False
        if self._waiting and self._moved:
            self._moved = False
            self._again += self._waiting.values()
            self._waiting.clear()
        elif self._waiting and not self._again and self.paused is None:
            action = next(iter(self._waiting))
            self._alone.add(action)
            self._again.append(self._waiting.pop(action))
        return bool(self._again)

    @property
    def _stopping(self) -> bool:
        return self.stop.is_set() or self.failure is not None

    def _serve(self, ready: SimpleQueue[Step | None], ended: SimpleQueue[_Ended]) -> None:
        while (step := ready.get()) is not None:
            ended.put((step, self._one(step, self._last[step.action] == step.index)))

    def _one(self, step: Step, last: bool) -> _What:
        """What came of a step; None when it was not started any more."""
        action = self.actions[step.action]
        try:
            if self._stopping:
                return None
            if action.id not in self.shared.begun:
                if self.held is not None:
                    return self.held
                stopped = self.gate.stops(action, last=action.id in self._alone) if self.gate else None
                if isinstance(stopped, Waits):
                    return stopped
                if stopped is not None and stopped.held:
                    return Held(stopped.reason, stopped.stuck)
                if stopped is not None:
                    return StepRun(self.shared, action, step, last).deny(stopped.reason)
            return StepRun(self.shared, action, step, last).run()
        except BaseException as failure:  # raised again where the steps are waited for
            return failure

    def _took(self, schedule: Schedule, step: Step, outcome: _What) -> None:
        match outcome:
            case None:
                return
            case Held():
                self._hold(outcome)
            case Waits():
                self._wait(step)
            case str():
                schedule.ended(step.index, done=outcome == "ok")
                self._tell(step, outcome)
            case PauseRun():
                self._hold(Held(outcome.reason, outcome.stuck))
                self.stop.set()
            case _:
                self.failure = self.failure or outcome
                self.stop.set()

    def _hold(self, held: Held) -> None:
        """Remember why the run pauses: the first reason, one that can pass before one that cannot."""
        if self.paused is None or (self.paused.stuck and not held.stuck):
            self.paused = held

    # what waits for others

    def _wait(self, step: Step) -> None:
        action = self.actions[step.action].id
        if action in self._woken:
            self._woken.remove(action)
            self._again.append(step)
        else:
            self._waiting[action] = step

    def _tell(self, step: Step, outcome: str) -> None:
        """Tell the gate when an action has come to its end."""
        action = self.actions[step.action]
        if outcome != "ok":
            self._tell_gate(action, self.shared.ends[action.id])
        elif self._last[step.action] == step.index:
            self._tell_gate(action, ActionState(action.id, "ok"))

    def _tell_gate(self, action: Action, state: ActionState) -> None:
        if self.gate is None:
            return
        outcome = outcome_of(action, state, self.shared.rows_of(action))
        self._moved = self._moved or outcome != "not done"
        for woken in self.gate.ended(action, outcome):
            if woken in self._waiting:
                self._again.append(self._waiting.pop(woken))
            else:
                self._woken.add(woken)

    # what is skipped

    def _skip(self, schedule: Schedule) -> None:
        skipped = schedule.take_skipped()
        if not skipped or self.failure is not None:
            return
        rows: list[CallRow] = []
        events: dict[str, RunEvent] = {}
        for step, needed in skipped:
            action, because = self.actions[step.action], self.actions[needed.action]
            reason = f"{because.address} is not done"
            rows += (
                msgspec.structs.replace(row, state="skipped", epoch=self.shared.epoch, reason=reason)
                for row in self._rows(step)
                if row.state == "planned"
            )
            if action.id != because.id and action.id not in events:
                events[action.id] = self._skipped(step, because.id, reason)
        self.shared.rows.update((row.op_id, row) for row in rows)
        self.shared.journal.write(rows, events.values())
        for step, _ in skipped:
            if events.pop(self.actions[step.action].id, None) is not None:
                self._tell_gate(self.actions[step.action], ActionState("", "skipped"))

    def _skipped(self, step: Step, because: str, reason: str) -> RunEvent:
        action, shared = self.actions[step.action], self.shared
        common = {"action": action.id, "op": str(action.op), "address": action.address}
        if any(row.state == "verified" for row in shared.rows_of(action)):
            if action.op is Op.MOVE:
                message = f"it is renamed, and the rest is not done: {reason}"
                return shared.event(
                    ActionFailed, code="F0950", message=message, state="not done", live=None, **common
                )
            code, message = "F0929", f"the old one was deleted, and the new one is not made: {reason}"
            if not action.gap:
                code, message = "F0960", f"the new one is in place, and the old one stands still: {reason}"
            return shared.event(
                ActionFailed, code=code, message=message, state="not done", live=None, **common
            )
        return shared.event(ActionSkipped, because=because, reason=reason, **common)
