"""The state of a run: a pure fold over its events. The TUI, `watch` and reports read this.

An action without an event is still waiting and stands in no map: the plan names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from fleetc.errors import ExitCode
from fleetc.events import (
    ActionConflicted,
    ActionFailed,
    ActionRetrying,
    ActionSkipped,
    ActionStarted,
    ActionSucceeded,
    RunEvent,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
)
from fleetc.plan.actions import Plan

__all__ = ["FINAL", "ActionState", "RunState", "Status", "exit_code", "fold", "result_record"]

Status = Literal["waiting", "running", "ok", "failed", "conflict", "skipped"]
FINAL = frozenset({"applied", "partial", "failed", "refused"})
"""The statuses of a run that has come to its end."""
_CODES = {"applied": ExitCode.OK, "paused": ExitCode.PAUSED, "refused": ExitCode.REFUSED}


class ActionState(msgspec.Struct, frozen=True, omit_defaults=True):
    """One action so far.

    `attempt`, `wait` (seconds) and `retry` belong to a call that is tried again; `state`, `code`
    and `message` to a failure; `because` is the action a skipped one needed.
    """

    id: str
    status: Status
    op: str = ""
    address: str = ""
    wave: int = 0
    platform_id: str = ""
    seconds: float = 0.0
    code: str = ""
    message: str = ""
    state: str = ""
    live: dict[str, object] | None = None
    because: str = ""
    attempt: int = 0
    wait: float = 0.0
    retry: str = ""


class RunState(msgspec.Struct, frozen=True):
    """A run so far. `status`: waiting, running, paused, or what `RunFinished` said.

    `actions` is by action id, in the order they began; `counts` has every status; `wave` is the
    highest wave that has begun; `seq` and `last_at` are those of the newest event.
    """

    run: str = ""
    plan: str = ""
    environment: str = ""
    account: str = ""
    by: str = ""
    approved_by: tuple[str, ...] = ()
    status: str = "waiting"
    total: int = 0
    epoch: int = 0
    host: str = ""
    pid: int = 0
    wave: int = 0
    seq: int = 0
    started_at: str = ""
    last_at: str = ""
    reason: str = ""
    next_step: str = ""
    actions: dict[str, ActionState] = {}
    result: dict[str, object] | None = None

    @property
    def counts(self) -> dict[str, int]:
        """How many actions are in each status."""
        found = dict.fromkeys(("waiting", "running", "ok", "failed", "conflict", "skipped"), 0)
        for action in self.actions.values():
            found[action.status] += 1
        found["waiting"] += max(0, self.total - len(self.actions))
        return found

    @property
    def finished(self) -> bool:
        """Whether the run has come to its end (a paused one has not)."""
        return self.result is not None


def exit_code(status: str) -> ExitCode:
    """The exit code of a run that ended or paused; failures and conflicts give 4."""
    return _CODES.get(status, ExitCode.PARTIAL)


def fold(events: Iterable[RunEvent], state: RunState | None = None) -> RunState:
    """The state after `events`; with `state`, they come after those it was made of."""
    before = state or RunState()
    values: dict[str, Any] = {name: getattr(before, name) for name in RunState.__struct_fields__}
    values["actions"] = actions = dict(before.actions)
    for event in events:
        values["seq"], values["last_at"], values["run"] = event.seq, event.at, event.run
        changed = _of_action(event, actions)
        if changed is not None:
            actions[changed.id] = changed
            values["wave"] = max(values["wave"], changed.wave)
        else:
            values.update(_of_run(event))
    return RunState(**values)


def _of_run(event: RunEvent) -> dict[str, Any]:
    match event:
        case RunStarted():
            kept = ("plan", "environment", "account", "by", "approved_by", "total", "epoch", "host", "pid")
            return {
                **{name: getattr(event, name) for name in kept},
                "status": "running",
                "started_at": event.at,
            }
        case RunResumed():
            return {
                **{name: getattr(event, name) for name in ("epoch", "host", "pid")},
                "status": "running",
                "reason": "",
                "next_step": "",
            }
        case RunPaused():
            return {"status": "paused", "reason": event.reason, "next_step": event.next_step}
        case RunFinished():
            return {"status": event.status, "result": event.result}
        case _:
            return {}


def _of_action(event: RunEvent, known: dict[str, ActionState]) -> ActionState | None:
    match event:
        case ActionStarted():
            return ActionState(event.action, "running", event.op, event.address, event.wave)
        case ActionRetrying():
            return _after(
                known, event.action, address=event.address, status="running",
                retry=event.reason, attempt=event.attempt, wait=event.wait,
            )  # fmt: skip
        case ActionSucceeded():
            ended = {"platform_id": event.platform_id, "seconds": event.seconds}
            return _ended(known, event, "ok", **ended)
        case ActionFailed():
            failure = {"code": event.code, "state": event.state, "live": event.live}
            return _ended(known, event, "failed", message=event.message, **failure)
        case ActionConflicted():
            return _ended(known, event, "conflict", message=event.message, live=event.live)
        case ActionSkipped():
            return _ended(known, event, "skipped", because=event.because, message=event.reason)
        case _:
            return None


def _ended(
    known: dict[str, ActionState],
    event: ActionSucceeded | ActionFailed | ActionConflicted | ActionSkipped,
    status: Status,
    **values: Any,
) -> ActionState:
    return _after(
        known, event.action, op=event.op, address=event.address, status=status,
        retry="", attempt=0, wait=0.0, **values,
    )  # fmt: skip


def _after(known: dict[str, ActionState], action: str, **values: Any) -> ActionState:
    return msgspec.structs.replace(known.get(action) or ActionState(action, "waiting"), **values)


def result_record(
    plan: Plan, state: RunState, drift: dict[str, tuple[str, ...]], recorded: Mapping[str, tuple[str, ...]]
) -> dict[str, object]:
    """The result of a run that has come to its end: "fleetc.result/1" (design 2.6).

    `status` is `applied` when every ticked action is done, `failed` when none is, else `partial`.
    `recorded` has what was remembered without a call: `adopted`, `forgotten`, `protected`.
    """
    of = {status: [a for a in _in_plan_order(plan, state) if a.status == status] for status in _ENDS}
    undone = of["failed"] or of["conflict"] or of["skipped"]
    status = "applied" if not undone else "partial" if of["ok"] else "failed"
    return {
        "format": "fleetc.result/1",
        "run": state.run,
        "plan": plan.digest,
        "status": status,
        "applied_actions": [_entry(a, platform_id=a.platform_id) for a in of["ok"]],
        "failed_actions": [
            _entry(a, code=a.code, message=a.message, state=a.state, live=a.live) for a in of["failed"]
        ],
        "skipped_actions": [_entry(a, because=a.because, reason=a.message) for a in of["skipped"]],
        "conflicts": [_entry(a, message=a.message, live=a.live) for a in of["conflict"]],
        "adopted": list(recorded.get("adopted", ())),
        "forgotten": list(recorded.get("forgotten", ())),
        "protected": list(recorded.get("protected", ())),
        "withheld": [action.address for action in plan.actions if not action.selected],
        "drift_after_apply": {address: list(fields) for address, fields in drift.items()},
    }


_ENDS = ("ok", "failed", "conflict", "skipped")


def _in_plan_order(plan: Plan, state: RunState) -> list[ActionState]:
    return [state.actions[a.id] for a in plan.chosen if a.id in state.actions]


def _entry(action: ActionState, **values: object) -> dict[str, object]:
    return {"id": action.id, "op": action.op, "address": action.address, **values}
