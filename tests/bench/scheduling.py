"""What the executor costs an action, on a platform that does everything at once.

`bare` is the ready queue with its threads and steps that do nothing; `journal` is a whole run with
intent, effect and verified rows in a real ledger, durable at FULL.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from fleetc.ir.graph import ResourceGraph
from fleetc.ir.lower import compile_fleet
from fleetc.ir.profile import Profile
from fleetc.ir.state import Catalogue, LiveResource, Observation, Snapshot
from fleetc.ir.values import Value
from fleetc.plan.actions import Plan
from fleetc.plan.build import PlanContext, build_plan
from fleetc.plan.diff import diff
from fleetc.platforms.local.profile import local_profile
from fleetc.ports import Approval, CallReply, Paged, Run
from fleetc.run.authority import Approvers
from fleetc.run.executor import execute
from fleetc.run.steps import StepRun
from fleetc.run.work import Work
from fleetc.service.clock import SystemClock
from fleetc.store.ledger import SqliteLedger
from fleetc.store.snapshot_rows import snapshot_digest

__all__ = ["overhead"]

ACCOUNT = "bench"
CONCURRENCY = 64


class InstantPlatform:
    """Networks in memory; every call is done when it returns."""

    name, account = "local", ACCOUNT

    def __init__(self) -> None:
        self.profile: Profile = local_profile()
        self.live: dict[str, LiveResource] = {}

    def observe(self, told: Paged | None = None) -> Observation:
        found = tuple(sorted(self.live.values(), key=lambda resource: resource.address))
        return Observation(ACCOUNT, self.profile, found, Catalogue())

    def change_counter(self) -> int | None:
        return None

    def last_tag(self) -> str:
        return ""

    def find(self, address: str) -> tuple[LiveResource, ...]:
        found = self.live.get(address)
        return (found,) if found else ()

    def get(self, kind: str, platform_id: str) -> LiveResource | None:
        return self.live.get(f"network/{platform_id}")

    def call(self, name: str, arguments: dict[str, Value], *, tag: str) -> CallReply:
        identity = str(arguments["name"])
        fields = {"routing_mode": "static", **arguments}
        self.live[f"network/{identity}"] = LiveResource(f"network/{identity}", "network", identity, fields)
        return CallReply(identity, {})


class _Text:
    def __init__(self, text: str) -> None:
        self.text = text

    def paths(self) -> tuple[str, ...]:
        return ("fleet.yaml",)

    def read(self, path: str) -> bytes:
        return self.text.encode()


def _plan(count: int, platform: InstantPlatform) -> Plan:
    """A plan that creates `count` networks which need nothing of each other."""
    items = "".join(f"    - name: net-{number:05d}\n" for number in range(count))
    text = f"version: 1\naccount: {ACCOUNT}\nsdwan:\n  networks:\n{items}"
    graph = compile_fleet(_Text(text)).graph
    assert isinstance(graph, ResourceGraph)
    seen = platform.observe()
    live = Snapshot(ACCOUNT, seen.profile, (), seen.catalogue, digest=snapshot_digest(seen))
    found, _ = diff(graph, live, {})
    return build_plan(graph, live, found, PlanContext(environment="bench", platform="local", commit="c" * 40))


def overhead(count: int, *, journal: bool) -> float:
    """Microseconds of a run with `count` actions, an action; without `journal` no step does anything."""
    clock, platform = SystemClock(), InstantPlatform()
    with tempfile.TemporaryDirectory() as folder:
        ledger = SqliteLedger(Path(folder) / "ledger.db", clock)
        plan = _plan(count, platform)
        ledger.put_plan(plan)
        now = clock.now()
        ledger.add_approval(Approval(0, plan.digest, ACCOUNT, plan.commit, "dana", {}, now, now + 3600))
        run = Run("run-1", plan.digest, ACCOUNT, "bench", "starting", "dana", "2026-01-01T00:00:00Z")
        ledger.create_run(run, plan.actions)
        lease = ledger.take_lease(ACCOUNT, "bench:1", "run", 600.0, now)
        spent: list[float] = []
        step = StepRun.run if journal else lambda self: "ok"
        with mock.patch.object(Work, "do", _timed(spent)), mock.patch.object(StepRun, "run", step):
            execute(
                run.id, plan=plan, ledger=ledger, platform=platform, clock=clock, lease=lease,
                concurrency=CONCURRENCY, stop=threading.Event(), approvers=Approvers,
            )  # fmt: skip
        ledger.close()
    return spent[0] / count * 1e6


def _timed(spent: list[float]) -> Callable[..., str]:
    do = Work.do

    def timed(work: Work, concurrency: int) -> str:
        begin = time.perf_counter()
        try:
            return do(work, concurrency)
        finally:
            spent.append(time.perf_counter() - begin)

    return timed
