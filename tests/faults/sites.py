"""A site: ledger, snapshots and embedded platform in one folder, and runs of plans on it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from fleetc.ir.graph import ResourceGraph
from fleetc.ir.lower import compile_fleet
from fleetc.ir.timestamps import rfc3339
from fleetc.plan.actions import Plan
from fleetc.plan.build import PlanContext, build_plan
from fleetc.plan.diff import diff
from fleetc.plan.leftovers import as_known
from fleetc.platforms.local import LocalConfig, LocalPlatform
from fleetc.ports import Approval, Run
from fleetc.run.authority import Approvers
from fleetc.service.clock import SystemClock
from fleetc.service.config import Operator
from fleetc.store.ledger import SqliteLedger
from fleetc.store.snapshots import SqliteSnapshotStore

ACCOUNT = "acme"
QUICK = {"instance_settle": 0.01, "request_settle": 0.01}


@dataclass(frozen=True)
class Text:
    """One fleet file in memory, as a `Reader`."""

    text: str

    def paths(self) -> tuple[str, ...]:
        return ("fleet.yaml",)

    def read(self, path: str) -> bytes:
        return self.text.encode()

    def kind(self, path: str) -> str:
        return "file" if path == "fleet.yaml" else "missing"


def compiled(text: str) -> ResourceGraph:
    found = compile_fleet(Text(text))
    assert found.graph is not None, found.diagnostics
    return found.graph


class Site:
    """Opens what lies in `folder`; a workspace as far as a worker needs one."""

    def __init__(self, folder: Path, config: dict[str, object] | None = None, concurrency: int = 8) -> None:
        self.folder = self.state_dir = self.root = folder
        self.clock = SystemClock()
        self.environment = SimpleNamespace(name="local", concurrency=concurrency)
        self._closed = False
        self._ledger = SqliteLedger(folder / "ledger.db", self.clock)
        self._snapshots = SqliteSnapshotStore(folder / "snapshots.db")
        settings = LocalConfig.from_mapping({**QUICK, **(config or {})})
        self._platform = LocalPlatform(folder / "platform.db", ACCOUNT, self.clock, settings)

    def ledger(self) -> SqliteLedger:
        return self._ledger

    def platform(self, account: str = ACCOUNT) -> LocalPlatform:
        return self._platform

    def operator(self) -> Operator:
        return Operator()

    def policy(self, account: str) -> SimpleNamespace:
        return self.environment

    def approvers(self, account: str = ACCOUNT, environment: str = "local") -> Approvers:
        return Approvers(four_eyes="off")

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._ledger.close()
        self._snapshots.close()
        self._platform.close()

    def plan(self, text: str, *, ticked: bool = True) -> Plan:
        """The plan for a fleet against live, stored; every action is ticked."""
        taken_at = rfc3339(self.clock.now() + 0.001, milliseconds=True)  # not before what was seen
        live = self._snapshots.put(self._platform.observe(), taken_at=taken_at, source="live")
        graph = compiled(text)
        baselines = self._ledger.baselines(ACCOUNT)
        live = as_known(live, baselines)
        found, problems = diff(graph, live, baselines)
        assert {problem.code for problem in problems} <= {"F0652"}, problems  # a rename that is done
        context = PlanContext(environment="local", platform="local", commit="c" * 40)
        plan = build_plan(graph, live, found, context)
        assert not ticked or plan.chosen == plan.actions
        self._ledger.put_plan(plan)
        return plan

    def approve(self, plan: Plan) -> Approval:
        now = self.clock.now()
        return self._ledger.add_approval(
            Approval(0, plan.digest, ACCOUNT, plan.commit, "dana", {}, now, now + 3600)
        )

    def begin(self, plan: Plan, run: str = "run-1") -> str:
        self._ledger.create_run(
            Run(run, plan.digest, ACCOUNT, "local", "starting", "dana", "2026-01-01T00:00:00Z"), plan.actions
        )
        return run


def copied(source: Path, target: Path) -> Path:
    """A copy of a closed site."""
    shutil.copytree(source, target)
    return target
