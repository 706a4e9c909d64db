"""Rules that are plain functions of the ticks, and requests made by hand: for pictures and hostile text."""

from __future__ import annotations

import msgspec

from fleetc.plan.actions import Limit, Plan
from fleetc.plan.changes import Op
from fleetc.plan.verdicts import Bound, Finding, Quorum, Requirement, Verdict
from fleetc.ports import Approval, Request
from fleetc.service.approving import Waiting
from fleetc.service.requested import Requested
from tests.tui.fleet import T0, FakeSession, action, edge_actions, plan_of

QUORUMS = (Quorum(1, "sre", ("team:sre", "user:dana")), Quorum(1, "net", ("user:eve",)))
NEEDED = Requirement(QUORUMS, "two-look", "tokyo peers")
MISSING = ("1 of sre (team:sre, user:dana) and 1 of net (user:eve) for two-look",)
TEXT = """rule two-look {
  on create peer  # both
  where host matches "edge-tokyo-*"
  require 1 of sre and 1 of net "tokyo peers"
}"""


def finding(rule: str, verdict: Verdict, subject: str = "", **more: object) -> Finding:
    values: dict[str, object] = {"place": "prod.rules:3:6", "message": f"said by {rule}", **more}
    return Finding(rule, verdict, subject=subject, **values)  # type: ignore[arg-type]


def findings(plan: Plan, ticked: bytes) -> tuple[Finding, ...]:
    """Who has to look, what waits, what is only told; and without London the spoke is denied."""
    rows = {each.address: row for row, each in enumerate(plan.actions)}
    found = [
        finding(
            "two-look", Verdict.REQUIRE, f"create:peer/edge-fabric/{host}", requires=QUORUMS,
            tripped=(Bound("host", host, "fleet.yaml:48:9"),), help="ask eve",
        )
        for host in ("edge-tokyo-01", "edge-tokyo-02")
    ]  # fmt: skip
    found.append(
        finding("quiet", Verdict.HOLD, "create:network/edge-fabric", window="night", until=T0 + 3600.0)
    )
    found.append(finding("floats", Verdict.WARN, "create:template/edge-cdn", unknown=("modules",)))
    found.append(finding("soon", Verdict.DENY, "create:node/edge-tokyo-01", trial="2027-01-15"))
    found.append(finding("old", Verdict.DENY, "create:node/edge-tokyo-02", waiver="chg-8812"))
    if not ticked[rows["peer/edge-fabric/edge-london-01"]]:
        subject = "create:peer/edge-fabric/edge-tokyo-02"
        found.append(finding("hubs", Verdict.DENY, subject, fixed=False, message="too few hubs"))
    return tuple(found)


def rules(plan: Plan, ticked: bytes) -> dict[str, object]:
    """What a standing has because of rules."""
    found = findings(plan, ticked)
    on = {each.id for each, tick in zip(plan.actions, ticked, strict=True) if tick}
    nodes = sum(bool(tick) and each.kind == "node" for each, tick in zip(plan.actions, ticked, strict=True))
    binding = [f for f in found if f.binds and f.subject in on and f.verdict in (Verdict.DENY, Verdict.HOLD)]
    return {
        "findings": found,
        "binding": tuple(sorted(binding, key=lambda f: -f.verdict.rank)),
        "requirements": (NEEDED,),
        "missing": MISSING,
        "budgets": (Limit("budget few", nodes, 3, 2, nodes > 2, f"{nodes} of at most 2"),),
    }


def judged_plan() -> Plan:
    """The edge fleet with one delete that can never be chosen."""
    gone = action(
        "module/old", op=Op.DELETE, selected=False, blocked=True, reason="denied by no-delete: it is in use"
    )
    return plan_of((*edge_actions(), gone), rules="r" * 64)


def judged() -> FakeSession:
    denied = finding("no-delete", Verdict.DENY, "delete:module/old", message="it is in use")

    def say(plan: Plan, ticked: bytes) -> dict[str, object]:
        said = rules(plan, ticked)
        return {**said, "findings": (*said["findings"], denied)}  # type: ignore[misc]

    plan = msgspec.structs.replace(judged_plan(), findings=(denied,))
    before = {each.id: ("user:kim",) for each in plan.actions if each.kind in ("node", "instance")}
    session = FakeSession(plan=plan, rules=say, texts={(False, "prod.rules:3:6"): TEXT}, before=before)
    session.asked = requests()
    session.told = {each.request.digest: requested(each) for each in session.asked}
    return session


def requests(environment: str = "edge") -> tuple[Waiting, ...]:
    """One that waits for a second person, one applied, one rejected."""

    def made(digest: str, status: str, opened: str, **counts: int) -> Request:
        return Request(f"apr-{digest[:12]}", digest, "acme", environment, status, opened, "user:lee")

    def given(digest: str, who: str, **more: object) -> Approval:
        return Approval(1, digest, "acme", "", who, {}, T0 - 60, T0 + 3540, **more)  # type: ignore[arg-type]

    first, second, third = ("7f3a9c21d04e" + "0" * 52, "5be0aa17c001" + "0" * 52, "44ab02cc9f9f" + "0" * 52)
    return (
        Waiting(
            made(first, "waiting", "2026-10-19T11:56:00Z"), (given(first, "user:kim"),),
            {"create": 12, "delete": 1}, ("1 of net (user:eve) for two-look",),
        ),
        Waiting(
            made(second, "used", "2026-10-18T12:00:00Z"),
            (given(second, "user:kim", used_by="run-0191", comment="as agreed"),), {"update": 4},
        ),
        Waiting(made(third, "rejected", "2026-10-17T12:00:00Z"), (), {"create": 1}),
    )  # fmt: skip


def requested(item: Waiting) -> Requested:
    return Requested(
        digest=item.request.digest,
        environment=item.request.environment,
        text="main@4be2d10",
        taken_at="2026-10-19T11:55:30Z",
        created_by="user:lee",
        chosen=sum(item.counts.values()),
        actions=14,
        destroyed=item.counts.get("delete", 0),
        condemned=("module/old",) if item.counts.get("delete") else (),
        limits=(Limit("changes", 0, 1, 10, False, "changes: 0 of 1, at most 10"),),
        budgets=(Limit("budget few", 3, 3, 2, True, "3 of at most 2"),),
        verdicts={"hold": 1, "require": 2},
        findings=(finding("quiet", Verdict.HOLD, window="night", until=T0 + 3600.0),),
        requirements=(NEEDED,) if item.missing else (),
        before={"user:kim": 6},
    )
