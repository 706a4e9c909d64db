"""A plan of the edge fleet made by hand, a run of it, and a session without a world."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from fleetc.errors import FleetcError, Refused
from fleetc.events import (
    ActionFailed,
    ActionRetrying,
    ActionSkipped,
    ActionStarted,
    ActionSucceeded,
    RunEvent,
    RunFinished,
    RunStarted,
)
from fleetc.ir.values import Ref, Value
from fleetc.plan.actions import Action, Call, Limit, Plan
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.plan.order import steps
from fleetc.plan.selection import reduce_plan
from fleetc.plan.traits import traits, wanted_fields
from fleetc.ports import Approval, Lease, Run
from fleetc.run.authority import Weighed
from fleetc.service.approving import Given, Waiting
from fleetc.service.lookups import Done, Past
from fleetc.service.pointing import Editable, Told
from fleetc.service.requested import Requested
from fleetc.service.standing import Standing
from tests.tui.past import FakeRuns
from tests.tui.travel import FakeTravel

T0 = 1_792_411_200.0  # 2026-10-19 12:00:00 UTC
NODES = ("edge-tokyo-01", "edge-tokyo-02", "edge-london-01")


def action(
    address: str,
    fields: dict[str, Value] | None = None,
    *,
    op: Op = Op.CREATE,
    requires: tuple[str, ...] = (),
    line: int = 1,
    **more: object,
) -> Action:
    changes = tuple(
        FieldChange(name, None, value, Cause.GIT, f"fleet.yaml:{line + number}:5")
        for number, (name, value) in enumerate(
            (fields or {"name": address.rsplit("/", maxsplit=1)[-1]}).items()
        )
    )
    values: dict[str, object] = {
        "id": f"{op}:{address}",
        "op": op,
        "address": address,
        "kind": address.split("/", 1)[0],
        "cause": Cause.GIT,
        "selected": True,
        "fields": changes,
        "calls": (Call(f"{op}_it", "create", {"name": address}),),
        "requires": requires,
        "after": (),
        **more,
    }
    return Action(**values)  # type: ignore[arg-type]


def edge_actions() -> tuple[Action, ...]:
    found = [
        action(
            "template/edge-cdn",
            {
                "node_platform": "ubuntu-24.04-amd64",
                "architecture": "amd64",
                "modules": ["system-base", "security-hardening", "chrony", "nginx"],
                "metadata": {"purpose": "edge-cdn"},
            },
            line=16,
        )
    ]
    for number, host in enumerate(NODES):
        line = 24 + 6 * number
        region = "eu-west-2" if "london" in host else "ap-tokyo-1"
        found.append(
            action(
                f"node/{host}",
                {"template": "edge-cdn", "lifecycle_class": "persistent"},
                requires=("create:template/edge-cdn",),
                line=line,
            )
        )
        found.append(
            action(
                f"instance/{host}",
                {"node": Ref(f"node/{host}", "id"), "region": region, "instance_type": "t3-medium"},
                requires=(f"create:node/{host}",),
                line=line,
            )
        )
    found.append(action("network/edge-fabric", {"routing_mode": "ibgp"}, line=45))
    found += [
        action(
            f"peer/edge-fabric/{host}",
            {"instance": Ref(f"instance/{host}", "id"), "publicly_reachable": "02" not in host},
            requires=("create:network/edge-fabric", f"create:instance/{host}"),
            line=48,
        )
        for host in NODES
    ]
    found.append(
        action(
            "virtual_ip/edge-fabric/cdn-frontend",
            {"primary_holder": NODES[0], "failover_holders": list(NODES[1:])},
            requires=("create:network/edge-fabric", *(f"create:peer/edge-fabric/{host}" for host in NODES)),
            line=55,
        )
    )
    return tuple(found)


def plan_of(actions: tuple[Action, ...], **more: object) -> Plan:
    values: dict[str, object] = {
        "account": "acme",
        "environment": "edge",
        "platform": "local",
        "profile": "local/1",
        "commit": "4be2d10aa0cde0b1c2d3e4f5061728394a5b6c7d",
        "tree": "",
        "desired": "",
        "snapshot": "snap-12",
        "snapshot_digest": "",
        "snapshot_taken_at": "2026-10-19T12:00:00Z",
        "actions": actions,
        "summary": {},
        "digest": "7f3a9c21d04e" + "0" * 52,
        "revision": "main",
        "adopt": ("template/edge-base",),
        "limits": (Limit("changes", 0, 1, 10, False, "changes: 0 of 1, at most 10"),),
        **more,
    }
    return Plan(**values)  # type: ignore[arg-type]


def edge_plan(**more: object) -> Plan:
    return plan_of(edge_actions(), **more)


def at(seconds: float) -> str:
    return f"2026-10-19T12:{int(seconds) // 60:02d}:{seconds % 60:06.3f}Z"


def edge_events(plan: Plan, run: str = "r-0192", fail: str = "") -> tuple[RunEvent, ...]:
    """A whole run: every step starts and ends; `fail` names an address that fails."""
    found: list[RunEvent] = [
        RunStarted(
            run=run, seq=1, at=at(0), plan=plan.digest, environment="edge", account="acme", by="dana",
            approved_by=("kim",), total=len(plan.chosen), epoch=1, host="ops-1", pid=4121,
        )
    ]  # fmt: skip
    bad: set[str] = set()
    for number, step in enumerate(steps(plan)):
        each = plan.actions[step.action]
        common = {"run": run, "at": at(number * 1.5 + 1), "action": each.id, "address": each.address}

        def add(event: type, common: dict[str, object] = common, **more: object) -> None:
            found.append(event(seq=len(found) + 1, **common, **more))

        missing = next((need for need in each.requires if need in bad), "")
        if missing:
            bad.add(each.id)
            add(ActionSkipped, op=str(each.op), because=missing, reason="what it needs failed")
            continue
        add(ActionStarted, op=str(each.op), wave=step.wave)
        if each.address == fail:
            bad.add(each.id)
            add(ActionRetrying, reason="429 rate limited", attempt=4, wait=8.0)
            add(
                ActionFailed, op=str(each.op), code="F0607", message="rate limited, gave up",
                state="not done", live=None,
            )  # fmt: skip
        else:
            add(ActionSucceeded, op=str(each.op), platform_id=f"id-{number}", seconds=1.25)
    status = "partial" if bad else "applied"
    found.append(
        RunFinished(run=run, seq=len(found) + 1, at=at(40), status=status, result={"status": status})
    )
    return tuple(found)


def digest_of(ticked: bytes) -> str:
    """A digest that depends on nothing but the selection, for pictures."""
    return hashlib.sha256(ticked).hexdigest()


@dataclass
class FakeLooks:
    """What can be looked up of a session's plan."""

    session: FakeSession
    plan: Plan

    def traits(self, trait: str) -> list[str]:
        self.session._note("")
        actions = self.plan.actions
        return traits(trait, [a.address for a in actions], {a.address: wanted_fields(a) for a in actions})

    def why(self, address: str) -> Told:
        self.session._note("")
        return self.session.whys[address]

    def past(self, address: str) -> Past:
        self.session._note("")
        return self.session.pasts[address]

    def editable(self, origin: str) -> Editable:
        self.session._note("")
        return self.session.files[origin]


@dataclass
class FakeSession(FakeTravel, FakeRuns):
    """A session of values; it counts what was asked of it, and on which threads."""

    plan: Plan = field(default_factory=edge_plan)
    environment: str = "edge"
    who: str = "dana"
    read_only: str = ""
    age: float | None = 120.0
    max_age: float = 1800.0
    lease: Lease | None = None
    later: str = ""
    moment: float = T0 + 42.0
    record: Run | None = None
    stored: tuple[RunEvent, ...] = ()
    heard: int = 10_000
    problem: FleetcError | None = None
    next_plan: Plan | None = None
    approvals: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    fail: str = ""
    running: Plan | None = None
    rules: Callable[[Plan, bytes], dict[str, object]] = lambda _plan, _ticked: {}
    texts: dict[tuple[bool, str], str] = field(default_factory=dict)
    before: dict[str, tuple[str, ...]] = field(default_factory=dict)
    asked: tuple[Waiting, ...] = ()
    told: dict[str, Requested] = field(default_factory=dict)
    did: list[Done] = field(default_factory=list)
    whys: dict[str, Told] = field(default_factory=dict)
    pasts: dict[str, Past] = field(default_factory=dict)
    files: dict[str, Editable] = field(default_factory=dict)

    @classmethod
    def of(cls, environment: str, **more: object) -> FakeSession:
        """One of several environments, with a plan and an account of its own."""
        digest = hashlib.sha256(environment.encode()).hexdigest()
        plan = edge_plan(environment=environment, account=f"acct-{environment}", digest=digest)
        return cls(plan=plan, environment=environment, **more)  # type: ignore[arg-type]

    def _note(self, call: str) -> None:
        self.threads.add(threading.get_ident())
        if call:
            self.calls.append(call)
        if self.problem is not None:
            raise self.problem

    def now(self) -> float:
        return self.moment

    def snapshot_age(self) -> float | None:
        self._note("")
        return self.age

    def moved(self) -> str:
        return self.later

    def lock(self) -> Lease | None:
        return self.lease

    def standing(self, ticked: bytes) -> Standing:
        plan = reduce_plan(self.plan, ticked)
        digest = digest_of(ticked)
        status = "approved" if digest in self.approvals else ""
        said = self.rules(self.plan, ticked)
        waiting = sum(each.request.status == "waiting" for each in self.asked)
        return Standing(
            digest, status, self.plan.limits, plan.requires_approval, waiting=waiting,
            **said,  # type: ignore[arg-type]
        )  # fmt: skip

    def rule_texts(self) -> dict[tuple[bool, str], str]:
        return self.texts

    def approved_before(self) -> dict[str, tuple[str, ...]]:
        return self.before

    def approve(self, ticked: bytes, typed: str, comment: str) -> Given:
        self._note(f"approve {typed}")
        plan = reduce_plan(self.plan, ticked)
        if typed != f"{self.environment} {plan.destroyed}":
            raise Refused("typed words do not fit")
        self.approvals[digest_of(ticked)] = typed
        return Given(Approval(1, digest_of(ticked), "acme", "", self.who, {}, T0, T0 + 3600))

    def apply(self, ticked: bytes) -> str:
        self._note("apply")
        self.running = reduce_plan(self.plan, ticked)
        self.stored = edge_events(self.running, fail=self.fail)
        self.record = Run("r-0192", "", "acme", "edge", "running", "dana", at(0), heartbeat=self.moment - 0.4)
        return "r-0192"

    def run(self, run: str) -> Run | None:
        self._note("")
        return next((each for each in self.ran if each.id == run), self.record)

    def latest_run(self) -> Run | None:
        return self.record

    def run_plan(self, run: str) -> Plan | None:
        return self.running or self.plan

    def events(self, run: str, after: int) -> tuple[RunEvent, ...]:
        self._note("")
        stored = self.logs.get(run, self.stored)
        return tuple(event for event in stored[: self.heard] if event.seq > after)

    def pause(self, run: str) -> None:
        self._note("pause")
        if self.record is not None:
            self.record = msgspec.structs.replace(self.record, pause_requested=True)

    def resume(self, run: str) -> None:
        self._note("resume")

    def replan(self) -> Plan:
        self.draft()
        return self.take_draft()

    def draft(self) -> Plan:
        self._note("replan")
        return self.next_plan or self.plan

    def take_draft(self) -> Plan:
        self.plan = self.next_plan or self.plan
        return self.plan

    def looks(self, plan: Plan) -> FakeLooks:
        return FakeLooks(self, plan)

    @property
    def done(self) -> tuple[Done, ...]:
        return tuple(self.did)

    def save(self, ticked: bytes, path: str) -> str:
        self._note(f"save {path} {ticked.count(1)}")
        return f"/somewhere/{path}"

    def requests(self) -> tuple[Waiting, ...]:
        self._note("")
        return self.asked

    def requests_mark(self) -> object:
        return self.asked

    def requested(self, digest: str) -> Requested:
        return self.told[digest]

    def open_request(self, digest: str) -> Plan:
        self._note(f"open {digest}")
        return self.plan

    def approve_request(self, digest: str, typed: str) -> Given:
        self._note(f"approve {digest} {typed}")
        return Given(Approval(1, digest, "acme", "", self.who, {}, T0, T0 + 3600), ("1 of net",))

    def reject_request(self, digest: str, reason: str) -> None:
        self._note(f"reject {digest} {reason}")

    def revoke_request(self, digest: str, of: str, reason: str) -> Weighed:
        self._note(f"revoke {digest} {of} {reason}")
        return Weighed((), ("1 approval",))

    def source_line(self, origin: str) -> str:
        return "    template: edge-cdn"

    def command(self, ticked: bytes) -> str:
        return "fleetc plan -o p.json"
