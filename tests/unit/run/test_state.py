"""The state of a run is a fold over its events."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Cause, Op
from fleetc.run.state import RunState, exit_code, fold, result_record

NAMES = ("one", "two", "three", "four")
MORE: dict[type, dict[str, Any]] = {
    ActionStarted: {"wave": 2},
    ActionRetrying: {"reason": "502", "attempt": 2, "wait": 0.5},
    ActionSucceeded: {"platform_id": "net-1", "seconds": 1.5},
    ActionFailed: {"code": "F0920", "message": "no", "state": "not done", "live": {"a": 1}},
    ActionConflicted: {"message": "changed", "live": None},
    ActionSkipped: {"because": "create:network/one", "reason": "network/one is not done"},
}
STARTED: dict[str, Any] = {
    "plan": "d" * 64,
    "environment": "local",
    "account": "acme",
    "by": "dana",
    "approved_by": ("dana",),
    "total": len(NAMES),
    "epoch": 1,
    "host": "h",
    "pid": 7,
}


def event(kind: type, seq: int = 1, name: str = "one", **values: Any) -> Any:
    if kind in MORE:
        values = {"action": f"create:network/{name}", "address": f"network/{name}", **MORE[kind], **values}
        if kind is not ActionRetrying:
            values["op"] = "create"
    return kind(run="run-1", seq=seq, at=f"2026-01-01T00:00:{seq:02d}Z", **values)


def run_of(*kinds: type) -> RunState:
    """A started run whose actions went through these events, one kind for each name."""
    events = [event(RunStarted, **STARTED)]
    events += [event(kind, n, name) for n, (kind, name) in enumerate(zip(kinds, NAMES, strict=False), 2)]
    return fold(events)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (ActionStarted, "running"),
        (ActionRetrying, "running"),
        (ActionSucceeded, "ok"),
        (ActionFailed, "failed"),
        (ActionConflicted, "conflict"),
        (ActionSkipped, "skipped"),
    ],
)
def test_each_event_gives_its_status(kind: type, status: str) -> None:
    state = run_of(kind)
    assert state.actions["create:network/one"].status == status
    assert state.counts == {
        **dict.fromkeys(("waiting", "running", "ok", "failed", "conflict", "skipped"), 0),
        "waiting": 3,
        status: 1,
    }


def test_a_retry_is_forgotten_when_the_action_ends() -> None:
    state = run_of(ActionRetrying)
    assert (state.actions["create:network/one"].retry, state.actions["create:network/one"].wait) == (
        "502",
        0.5,
    )
    ended = fold([event(ActionSucceeded, 3)], state).actions["create:network/one"]
    assert (ended.retry, ended.attempt, ended.wait) == ("", 0, 0.0)
    assert (ended.platform_id, ended.seconds) == ("net-1", 1.5)


def test_pause_resume_and_end() -> None:
    paused = fold([event(RunPaused, 2, reason="asked", next_step="resume")], run_of())
    assert (paused.status, paused.reason, paused.finished, exit_code(paused.status)) == (
        "paused",
        "asked",
        False,
        ExitCode.PAUSED,
    )
    resumed = fold([event(RunResumed, 3, by="dana", epoch=2, host="h", pid=8)], paused)
    assert (resumed.status, resumed.reason, resumed.epoch, resumed.pid) == ("running", "", 2, 8)
    ended = fold([event(RunFinished, 4, status="partial", result={"status": "partial"})], resumed)
    assert (ended.status, ended.finished, ended.seq, ended.last_at) == (
        "partial",
        True,
        4,
        "2026-01-01T00:00:04Z",
    )


@pytest.mark.parametrize(
    ("status", "code"), [("applied", 0), ("refused", 3), ("partial", 4), ("failed", 4), ("paused", 75)]
)
def test_exit_codes(status: str, code: int) -> None:
    assert exit_code(status) == code


@given(
    kinds=st.lists(st.tuples(st.sampled_from(sorted(MORE, key=str)), st.sampled_from(NAMES)), max_size=12),
    cut=st.integers(0, 13),
)
def test_folding_in_parts_is_folding_at_once(kinds: list[tuple[type, str]], cut: int) -> None:
    events: list[RunEvent] = [event(RunStarted, **STARTED)]
    events += [event(kind, n, name) for n, (kind, name) in enumerate(kinds, 2)]
    assert fold(events[cut:], fold(events[:cut])) == fold(events)


def plan_of(*selected: bool) -> Plan:
    actions = tuple(
        Action(
            f"create:network/{name}", Op.CREATE, f"network/{name}", "network", Cause.GIT, on, (), (), (), ()
        )
        for name, on in zip(NAMES, selected, strict=False)
    )
    blank = dict.fromkeys(
        ("tree", "desired", "snapshot", "snapshot_digest", "snapshot_taken_at", "profile", "commit"), ""
    )
    return Plan(
        account="acme",
        environment="local",
        platform="local",
        actions=actions,
        summary={},
        digest="d" * 64,
        **blank,
    )


def test_the_result_names_each_action_once() -> None:
    kinds = (ActionSucceeded, ActionFailed, ActionConflicted, ActionSkipped)
    result = result_record(plan_of(True, True, True, True), run_of(*kinds), {"network/one": ("tags",)}, {})
    assert result["status"] == "partial"
    named = {
        part: [entry["address"] for entry in result[part]]  # type: ignore[attr-defined]
        for part in ("applied_actions", "failed_actions", "conflicts", "skipped_actions")
    }
    assert named == {
        "applied_actions": ["network/one"],
        "failed_actions": ["network/two"],
        "conflicts": ["network/three"],
        "skipped_actions": ["network/four"],
    }
    assert result["drift_after_apply"] == {"network/one": ["tags"]}


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ((ActionSucceeded, ActionSucceeded), "applied"),
        ((ActionSucceeded, ActionSkipped), "partial"),
        ((ActionFailed, ActionSkipped), "failed"),
        ((), "applied"),
    ],
)
def test_the_status_of_a_result(kinds: tuple[type, ...], status: str) -> None:
    plan = plan_of(*(True for _ in kinds), False)
    result = result_record(plan, run_of(*kinds), {}, {})
    assert result["status"] == status
    assert result["withheld"] == [f"network/{NAMES[len(kinds)]}"]
