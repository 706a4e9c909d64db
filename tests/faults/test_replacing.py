"""Replacements without a gap: the new one first, then what names the old one, then its end."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from fleetc.plan.actions import Plan
from fleetc.plan.changes import Op
from tests.faults import fleets
from tests.faults.conftest import Prepared, Workers
from tests.faults.invariants import Broken, check_always, check_end, effects, holds
from tests.faults.sites import Site
from tests.faults.test_trouble import planned, result_of

Opened = Callable[..., Site]
KILLED = -signal.SIGKILL
INSTANCE, PEER, HELD = "instance/one", "peer/wan/one", "virtual_ip/wan/front"
ORDER = ["provision_instance", "attach_peer", "set_virtual_ip_holders", "detach_peer", "terminate_instance"]
HELD_FLEET = fleets.held("us-east-1")


@pytest.fixture(scope="session")
def moved(tmp_path_factory: pytest.TempPathFactory, workers: Workers) -> Prepared:
    """A fleet whose one node is to go to another region; its peer holds a virtual IP."""
    folder = tmp_path_factory.mktemp("moved")
    site = Site(folder)
    planned_as(site, fleets.held("eu-west-2"), "run-0")
    assert workers(folder, run="run-0") == 0, (folder / "worker.log").read_text()
    plan = planned(site, HELD_FLEET)
    site.close()
    return Prepared(folder, plan, HELD_FLEET)


def planned_as(site: Site, fleet: str, run: str) -> Plan:
    plan = site.plan(fleet)
    site.approve(plan)
    site.begin(plan, run)
    return plan


def test_the_new_one_is_there_before_the_old_one_goes(
    moved: Prepared, workers: Workers, scratch: Path, opened: Opened
) -> None:
    folder = moved.copy(scratch / "site")
    assert [str(action.op) for action in moved.plan.chosen] == ["replace", "replace", "update"]
    assert not any(action.gap for action in moved.plan.chosen)
    site = opened(folder)
    (old,) = site.platform().find(PEER)
    assert workers(folder) == 0
    check_end(site, moved.plan, moved.fleet)
    assert [effect.call for effect in effects(site)] == ORDER
    (new,) = site.platform().find(PEER)
    assert new.id != old.id
    assert new.fields["instance"] == "one"
    assert site.platform().find(HELD)[0].fields["primary_holder"] == "one"


@pytest.mark.parametrize("call", ORDER)
@pytest.mark.parametrize("point", ["K2", "K5", "K9"])
def test_killed_between_make_and_end(
    point: str, call: str, moved: Prepared, workers: Workers, scratch: Path, opened: Opened
) -> None:
    """Two stand side by side then: no plan is made, and a resume knows its own two."""
    folder = moved.copy(scratch / "site")
    action, number = next((a, n) for a in moved.plan.chosen for n, c in enumerate(a.calls) if c.name == call)
    assert workers(folder, failpoint=f"{point}@run-1/{action.id}/{number}") == KILLED
    site = opened(folder)
    check_always(site, moved.plan)
    held_by(site)
    if len(site.platform().find(INSTANCE)) == 2:
        with pytest.raises(AssertionError, match="F0607"):
            site.plan(moved.fleet)
    assert workers(folder) == 0, (folder / "worker.log").read_text()
    check_end(site, moved.plan, moved.fleet)
    assert [effect.call for effect in effects(site)] == ORDER


def held_by(site: Site) -> str:
    """Who holds the virtual IP: always somebody."""
    holder = site.platform().find(HELD)[0].fields.get("primary_holder")
    assert isinstance(holder, str)
    return holder


@pytest.mark.parametrize(
    ("bug", "where"), [("ended before set anew", ""), ("old taken for new", "K2@*/update:virtual_ip/*")]
)
def test_the_judge_sees_an_end_that_comes_too_early(
    bug: str, where: str, moved: Prepared, workers: Workers, scratch: Path, opened: Opened
) -> None:
    folder = moved.copy(scratch / "site")
    if where:
        assert workers(folder, failpoint=where) == KILLED
    workers(folder, bug=bug, concurrency=1)
    with pytest.raises(Broken, match=r"invariant 5: .* lets go before"):
        check_always(opened(folder), moved.plan)


def test_what_cannot_be_made_leaves_the_old_one_alone(
    moved: Prepared, workers: Workers, scratch: Path, opened: Opened
) -> None:
    folder = moved.copy(scratch / "site")
    site = opened(folder)
    site.platform().change_catalogue("region", "us-east-1", add=False)
    before = site.platform().observe().resources
    assert workers(folder) == 4
    check_always(site, moved.plan)
    assert site.platform().observe().resources == before
    assert [a["id"] for a in result_of(site)["skipped_actions"]] == [f"replace:{PEER}", f"update:{HELD}"]
    site.platform().change_catalogue("region", "us-east-1")
    again = planned_as(site, moved.fleet, "run-2")
    assert [action.id for action in again.actions] == [action.id for action in moved.plan.actions]
    assert workers(folder, run="run-2") == 0
    check_end(site, again, moved.fleet, "run-2")


def test_the_next_plan_ends_what_a_failed_run_left_standing(
    moved: Prepared, workers: Workers, scratch: Path, opened: Opened
) -> None:
    folder = moved.copy(scratch / "site")
    site = opened(folder)
    (old,), (peer,) = site.platform().find(INSTANCE), site.platform().find(PEER)
    assert workers(folder, failpoint=f"K9@*/{moved.plan.chosen[1].id}/0") == KILLED
    site.platform().set_fields(HELD, {"anycast": True})
    assert workers(folder) == 4
    check_end(site, moved.plan, moved.fleet, conflicts=1)
    assert held_by(site) == peer.id, "the old one serves still"
    failed = {a["id"]: a["code"] for a in result_of(site)["failed_actions"]}
    assert failed == {f"replace:{PEER}": "F0960", f"replace:{INSTANCE}": "F0960"}

    rest = site.plan(moved.fleet, ticked=False)
    left = {f"delete:{PEER}~{peer.id}", f"delete:{INSTANCE}~{old.id}"}
    assert {a.id for a in rest.actions} == left | {f"update:{HELD}"}
    assert all("left over" in a.reason for a in rest.actions if a.op is Op.DELETE)
    site.platform().set_fields(HELD, {"anycast": False})
    last = planned_as(site, moved.fleet, "run-2")
    assert workers(folder, run="run-2") == 0, (folder / "worker.log").read_text()
    check_end(site, last, moved.fleet, "run-2")
    assert [effect.call for effect in effects(site, "run-2")] == ORDER[2:]


def test_a_leftover_that_somebody_changed_is_not_ended(
    moved: Prepared, workers: Workers, scratch: Path, opened: Opened
) -> None:
    folder = moved.copy(scratch / "site")
    site = opened(folder)
    (peer,) = site.platform().find(PEER)
    assert workers(folder, failpoint=f"K9@*/{moved.plan.chosen[1].id}/0") == KILLED
    by_hand(site, peer.id, {"listen_port": 51999})
    assert workers(folder) == 4
    check_end(site, moved.plan, moved.fleet, conflicts=1)
    (delete,) = (a for a in site.plan(moved.fleet, ticked=False).actions if a.address == f"{PEER}~{peer.id}")
    assert (str(delete.cause), delete.selected) == ("conflict", False)


def by_hand(site: Site, own: str, fields: dict[str, object]) -> None:
    """Change one of two that stand at one address."""
    update = {"peer_id": own, **fields}
    site.platform().call("update_peer", update, tag="somebody")  # type: ignore[arg-type]


def test_a_new_one_that_does_not_start_is_what_is_left_over(
    moved: Prepared, workers: Workers, scratch: Path, opened: Opened
) -> None:
    folder = moved.copy(scratch / "site")
    site = opened(folder)
    (old,) = site.platform().find(INSTANCE)
    assert workers(folder, failpoint=f"K9@*/{moved.plan.chosen[0].id}/0") == KILLED
    new = site.platform().find(INSTANCE)[-1]
    site.platform().set_fields(INSTANCE, {"status": "error"})
    assert workers(folder) == 4
    check_always(site, moved.plan)
    assert [effect.call for effect in effects(site)] == ORDER[:1]
    site.platform().set_fields(INSTANCE, {"status": "running"})
    again = planned_as(site, moved.fleet, "run-2")
    assert f"delete:{INSTANCE}~{new.id}" in {a.id for a in again.actions}
    assert {a.platform_id for a in again.actions if a.op is Op.REPLACE} >= {old.id}
    assert workers(folder, run="run-2") == 0, (folder / "worker.log").read_text()
    check_end(site, again, moved.fleet, "run-2")


def test_an_old_one_stays_when_the_new_one_is_gone(
    moved: Prepared, workers: Workers, scratch: Path, opened: Opened
) -> None:
    folder = moved.copy(scratch / "site")
    site = opened(folder)
    (old,) = site.platform().find(INSTANCE)
    detach = moved.plan.chosen[1]
    assert workers(folder, failpoint=f"K11@run-1/{detach.id}/{len(detach.calls) - 1}") == KILLED
    new = site.platform().find(INSTANCE)[-1]
    site.platform().call("terminate_instance", {"instance_id": new.id}, tag="somebody")
    assert workers(folder) == 4
    holds(site.platform().get("instance", old.id), 5, "the old one stands")
    assert "the new one is gone" in result_of(site)["conflicts"][0]["message"]
