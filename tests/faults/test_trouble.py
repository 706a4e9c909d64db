"""A platform that loses answers, fails, limits, or changes under a run's hands."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fleetc.events import ActionRetrying, RunFinished, RunPaused
from tests.faults import fleets
from tests.faults.conftest import Prepared, Workers
from tests.faults.invariants import check_always, check_end, counts, effects, journal
from tests.faults.sites import Site

Opened = Callable[..., Site]
KILLED = -signal.SIGKILL


def result_of(site: Site, run: str = "run-1") -> dict[str, Any]:
    """The result record of a run that ended."""
    last = tuple(site.ledger().events(run))[-1]
    assert isinstance(last, RunFinished)
    return dict(last.result)


def planned(site: Site, fleet: str) -> Any:
    """A plan for `fleet`, approved, with `run-1` not yet started."""
    plan = site.plan(fleet)
    site.approve(plan)
    site.begin(plan)
    return plan


@pytest.mark.parametrize("rate", [0.3, 1.0])
def test_lost_answers_are_looked_up(
    rate: float, way: Prepared, workers: Workers, scratch: Path, opened: Opened
) -> None:
    folder = way.copy(scratch / "site")
    assert workers(folder, config={"lost_rate": rate}) == 0, (folder / "worker.log").read_text()
    site = opened(folder)
    check_end(site, way.plan, way.fleet)
    assert all(row.attempt == 1 for row in journal(site).values())


def test_errors_without_effect_are_tried_again(workers: Workers, scratch: Path, opened: Opened) -> None:
    fleet = fleets.networks(12)
    site = opened(scratch)
    plan = planned(site, fleet)
    assert workers(scratch, config={"error_rate": 0.25}) == 0
    check_end(site, plan, fleet)
    tries = sum(row.attempt for row in journal(site).values())
    told = [e for e in site.ledger().events("run-1") if isinstance(e, ActionRetrying)]
    assert tries == len(plan.chosen) + len(told)


def test_a_call_that_never_takes_effect_fails(workers: Workers, scratch: Path, opened: Opened) -> None:
    site = opened(scratch)
    plan = planned(site, fleets.SIMPLE)
    assert workers(scratch, config={"error_rate": 1.0}) == 4
    check_always(site, plan)
    result = result_of(site)
    assert result["status"] == "failed"
    assert {a["code"] for a in result["failed_actions"]} == {"F0921"}
    assert {a["id"] for a in result["failed_actions"]} == {"create:template/base", "create:network/wan"}
    because = {a["id"]: a["because"] for a in result["skipped_actions"]}
    assert because.pop("create:peer/wan/one") in {"create:network/wan", "create:instance/one"}
    assert because == {"create:node/one": "create:template/base", "create:instance/one": "create:node/one"}
    assert not effects(site)


def test_a_rate_limit_is_waited_out(workers: Workers, scratch: Path, opened: Opened) -> None:
    fleet = fleets.networks(8)
    site = opened(scratch)
    plan = planned(site, fleet)
    assert workers(scratch, config={"rate_limit": 20, "window": 0.5}) == 0
    check_end(site, plan, fleet)
    waits = [e.wait for e in site.ledger().events("run-1") if isinstance(e, ActionRetrying)]
    assert waits
    assert all(wait > 0 for wait in waits)


def test_a_limit_of_hours_pauses(workers: Workers, scratch: Path, opened: Opened) -> None:
    fleet = fleets.networks(8)
    site = opened(scratch)
    plan = planned(site, fleet)
    assert workers(scratch, config={"rate_limit": 12, "window": 86400}) == 75
    check_always(site, plan)
    last = tuple(site.ledger().events("run-1"))[-1]
    assert isinstance(last, RunPaused)
    assert "takes no calls for" in last.reason
    assert last.next_step == "fleetc apply --resume run-1"
    assert site.ledger().get_run("run-1").status == "paused"  # type: ignore[union-attr]
    assert workers(scratch) == 0
    check_end(site, plan, fleet)


STALE: dict[str, Callable[[Site], None]] = {
    "an updated one changed": lambda s: s.platform().set_fields("node/stays-1", {"labels": {"a": "b"}}),
    "an updated one is gone": lambda s: s.platform().remove("virtual_ip/stays/stays"),
    "a deleted one changed": lambda s: s.platform().set_fields("module/mod-goes", {"priority": 9}),
    "a deleted one is gone": lambda s: s.platform().remove("virtual_ip/stays/goes"),
    "a replaced one changed": lambda s: s.platform().set_fields(
        "virtual_ip/stays/turns", {"cidr": "10.1.0.0/32"}
    ),
    "a replaced one has a twin": lambda s: make_twin(s, "moves-1"),
    "a created one exists": lambda s: make_network(s, {"name": "comes"}),
    "a virtual IP failed over": lambda s: s.platform().fail_over("stays", "stays"),
}


def make_twin(site: Site, host: str) -> None:
    """What somebody else starts beside an instance."""
    (node,) = site.platform().find(f"node/{host}")
    machine = {"node_id": node.id, "region": "eu-west-2", "instance_type": "tiny"}
    site.platform().call("provision_instance", machine, tag="somebody")


def make_network(site: Site, arguments: dict[str, Any], *, routing: str = "") -> None:
    """What somebody else makes by a call of their own."""
    made = site.platform().call("create_network", arguments, tag="somebody")
    if routing:
        more = {"network_id": made.platform_id, "routing_mode": routing}
        site.platform().call("set_routing_mode", more, tag="somebody")


@pytest.mark.parametrize("change", STALE.values(), ids=STALE)
def test_stale_sends_nothing(
    change: Callable[[Site], None], way: Prepared, workers: Workers, scratch: Path, opened: Opened
) -> None:
    folder = way.copy(scratch / "site")
    site = opened(folder)
    change(site)
    assert workers(folder) == 3
    assert "changed since the plan was made" in (folder / "worker.log").read_text()
    assert not effects(site)
    (approval,) = site.ledger().approvals(way.plan.digest)
    assert not approval.used_by
    assert result_of(site)["status"] == "refused"
    before = counts(site)
    workers(folder)
    assert counts(site) == before


def begun(workers: Workers, folder: Path, opened: Opened) -> Site:
    """A run that was killed after its first effect."""
    assert workers(folder, failpoint="K9", concurrency=1) == KILLED
    site = opened(folder)
    assert len(effects(site)) == 1
    return site


def test_conflict_in_mid_run(way: Prepared, workers: Workers, scratch: Path, opened: Opened) -> None:
    folder = way.copy(scratch / "site")
    site = begun(workers, folder, opened)
    site.platform().set_fields("network/stays", {"description": "set by hand"})
    assert workers(folder) == 4
    check_end(site, way.plan, way.fleet, conflicts=1)
    result = result_of(site)
    assert [c["address"] for c in result["conflicts"]] == ["network/stays"]
    assert result["conflicts"][0]["live"]["description"] == "set by hand"
    skipped = {a["address"] for a in result["skipped_actions"]}
    assert "peer/stays/comes-1" in skipped
    assert "network/comes" not in skipped
    assert site.platform().find("network/comes")


def test_deleted_by_somebody_else(way: Prepared, workers: Workers, scratch: Path, opened: Opened) -> None:
    folder = way.copy(scratch / "site")
    site = begun(workers, folder, opened)
    site.platform().remove("virtual_ip/stays/goes")
    assert workers(folder) == 0
    check_end(site, way.plan, way.fleet)
    assert journal(site)["run-1/delete:virtual_ip/stays/goes/0"].attempt == 0


@pytest.mark.parametrize("routing", ["ibgp", "static"])
def test_created_by_somebody_else(
    routing: str, way: Prepared, workers: Workers, scratch: Path, opened: Opened
) -> None:
    folder = way.copy(scratch / "site")
    site = begun(workers, folder, opened)
    make_network(site, {"name": "comes"}, routing=routing)
    equal = routing == "ibgp"
    assert workers(folder) == (0 if equal else 4)
    check_end(site, way.plan, way.fleet, conflicts=0 if equal else 1)
    assert journal(site)["run-1/create:network/comes/0"].attempt == 0


def test_a_changed_one_is_not_deleted(way: Prepared, workers: Workers, scratch: Path, opened: Opened) -> None:
    folder = way.copy(scratch / "site")
    site = begun(workers, folder, opened)
    site.platform().set_fields("virtual_ip/stays/goes", {"description": "needed after all"})
    assert workers(folder) == 4
    check_end(site, way.plan, way.fleet, conflicts=1)
    assert site.platform().find("virtual_ip/stays/goes")


def test_a_plan_that_only_adopts_needs_no_approval(workers: Workers, scratch: Path, opened: Opened) -> None:
    site = opened(scratch)
    make_network(site, {"name": "net-0000"})
    plan = site.plan(fleets.networks(1))
    assert plan.adopt == ("network/net-0000",)
    site.begin(plan)
    assert workers(scratch) == 0
    assert not effects(site)
    assert result_of(site)["adopted"] == ["network/net-0000"]
    assert set(site.ledger().baselines("acme")) == {"network/net-0000"}


def test_drift_after_apply_is_named(
    simple: Prepared, workers: Workers, scratch: Path, opened: Opened
) -> None:
    folder = simple.copy(scratch / "site")
    assert workers(folder, failpoint="P2") == KILLED
    site = opened(folder)
    site.platform().set_fields("node/one", {"lifecycle_class": "spot"})
    assert workers(folder) == 0
    assert result_of(site)["drift_after_apply"] == {"node/one": ["lifecycle_class"]}
    (action,) = site.plan(fleets.SIMPLE).actions
    assert (action.address, str(action.cause)) == ("node/one", "drift")


def test_a_delete_that_would_take_more_along(
    way: Prepared, workers: Workers, scratch: Path, opened: Opened
) -> None:
    folder = way.copy(scratch / "site")
    site = begun(workers, folder, opened)
    (network,) = site.platform().find("network/goes")
    (instance,) = site.platform().find("instance/stays-1")
    joins = {"network_id": network.id, "instance_id": instance.id}
    site.platform().call("attach_peer", joins, tag="somebody")
    assert workers(folder) == 4
    check_end(site, way.plan, way.fleet, conflicts=1)
    (conflict,) = result_of(site)["conflicts"]
    assert conflict["address"] == "network/goes"
    assert "peer/goes/stays-1" in conflict["message"]
    assert site.platform().find("peer/goes/stays-1")
