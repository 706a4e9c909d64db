"""On the embedded platform, applying a plan ends with an empty plan."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetc.ir.state import Baseline, LiveResource, Snapshot
from fleetc.ir.values import Ref
from fleetc.plan.actions import Plan
from fleetc.plan.build import PlanContext, build_plan
from fleetc.plan.changes import Op
from fleetc.plan.diff import diff
from fleetc.plan.order import steps
from fleetc.platforms.local import LocalConfig, LocalPlatform
from tests.property.plan_model import any_order
from tests.property.plan_worlds import CATALOGUE, everything, graph_of, mutated, random_fleet


class Ticks:
    """A clock that moves by a second each time it is read."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def now(self) -> float:
        self.time += 1
        return self.time

    monotonic = now

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def jitter(self) -> float:
        return 0.5

    def token(self) -> str:
        return f"{int(self.now()):016x}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("platform")


NUMBERS = iter(range(1_000_000))


def platform_in(folder: Path) -> LocalPlatform:
    path = folder / f"{next(NUMBERS)}.db"
    return LocalPlatform(path, "acme", Ticks(), LocalConfig(instance_settle=0.0))


def snapshot(platform: LocalPlatform) -> Snapshot:
    seen = platform.observe()
    return Snapshot(seen.account, seen.profile, seen.resources, seen.catalogue, complete=seen.complete)


def offered(fleet: dict[str, Any], platform: LocalPlatform) -> str:
    """The fleet's text, with names that the platform's own catalogue has."""
    catalogue = platform.observe().catalogue
    text = json.dumps(fleet)
    for ours, theirs in zip(CATALOGUE.modules, catalogue.modules, strict=False):
        version = next(iter(catalogue.modules[theirs]))
        text = text.replace(f'"{ours}"', f'"{theirs}"').replace(f'"{ours}@1.0"', f'"{theirs}@{version}"')
    for name in ("node_platforms", "regions", "instance_types"):
        first, last = getattr(CATALOGUE, name)
        own = getattr(catalogue, name)
        text = text.replace(f'"{first}"', f'"{own[0]}"').replace(f'"{last}"', f'"{own[-1]}"')
    return text


def known(value: Any, live: dict[str, LiveResource]) -> Any:
    if isinstance(value, Ref):
        found = live[value.ref]
        return found.id if value.field == "id" else found.fields[value.field]
    if isinstance(value, dict):
        return {name: known(item, live) for name, item in value.items()}
    return [known(item, live) for item in value] if isinstance(value, (list, tuple)) else value


def planned(text: str, platform: LocalPlatform, baselines: dict[str, Baseline]) -> Plan:
    graph, live = graph_of(text), snapshot(platform)
    found, diagnostics = diff(graph, live, baselines)
    assert not [d for d in diagnostics if d.severity == "error"]
    return build_plan(graph, live, found, PlanContext("test", "local", baselines=baselines))


def sent(platform: LocalPlatform, plan: Plan, rng: random.Random) -> Iterator[str]:
    """Send the calls of a plan in some order that its steps allow; yields each action's address."""
    for step in any_order(steps(plan), rng):
        action = plan.actions[step.action]
        for number in step.calls:
            call, live = action.calls[number], snapshot(platform).by_address
            gone = call.verb == "delete" and action.address not in live
            if not gone:
                arguments = {name: known(value, live) for name, value in call.arguments.items()}
                platform.call(call.name, arguments, tag=f"{step.index}/{number}")
        if step.half != "delete":
            yield action.address


def apply(platform: LocalPlatform, plan: Plan, baselines: dict[str, Baseline], rng: random.Random) -> None:
    declared = {action.address: action.declared for action in plan.actions}
    ends = {action.address for action in plan.actions if action.op is Op.DELETE}
    for where in sent(platform, plan, rng):
        if where in ends:
            baselines.pop(where)
            continue
        row = snapshot(platform).by_address[where]
        kind = platform.profile.kinds[row.kind]
        fields = {n: v for n, v in row.fields.items() if n in kind.settable and n in kind.readable}
        baselines[where] = Baseline(where, row.id, fields, declared[where])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
def test_applying_on_the_embedded_platform_ends_with_an_empty_plan(seed: int, folder: Path) -> None:
    rng = random.Random(seed)
    platform = platform_in(folder)
    baselines: dict[str, Baseline] = {}
    fleet = random_fleet(rng)
    for each in (fleet, mutated(rng, fleet)):
        text = offered(each, platform)
        plan = planned(text, platform, baselines)
        assert not any(action.blocked for action in plan.actions)
        apply(platform, everything(plan), baselines, rng)
        left = planned(text, platform, baselines)
        assert [(action.id, msgspec.to_builtins(action.fields)) for action in left.actions] == []
        assert left.adopt == left.forget == left.unmanaged == ()
    platform.close()
