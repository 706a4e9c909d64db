"""Platforms and ledgers that misbehave in one exact way, in this process."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fleetc.errors import NotSent, Refused, Rejected, ResultUnknown, StateProblem
from fleetc.events import ActionRetrying
from fleetc.platforms.local import LocalPlatform
from fleetc.ports import CallReply
from fleetc.run.executor import execute
from tests.faults import fleets
from tests.faults.conftest import Prepared
from tests.faults.invariants import check_always, check_end, effects, journal
from tests.faults.sites import ACCOUNT, Site
from tests.faults.test_trouble import planned, result_of

Opened = Callable[..., Site]


class Odd:
    """The embedded platform, with `call` going through `calling(platform, name, arguments, tag)`."""

    def __init__(self, platform: LocalPlatform, calling: Callable[..., CallReply]) -> None:
        self._platform, self._calling = platform, calling
        self.finding: Callable[[], None] = lambda: None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._platform, name)

    def find(self, address: str) -> Any:
        self.finding()
        return self._platform.find(address)

    def call(self, name: str, arguments: dict[str, Any], *, tag: str) -> CallReply:
        return self._calling(self._platform, name, arguments, tag)


def run_on(site: Site, platform: Any = None, ledger: Any = None) -> str:
    """Do `run-1` in this process; returns its status."""
    stored = site.ledger()
    run = stored.get_run("run-1")
    assert run is not None
    plan = stored.get_plan(run.digest)
    assert plan is not None
    lease = stored.take_lease(ACCOUNT, "test:0", "run", 30.0, site.clock.now())
    try:
        return execute(
            "run-1",
            plan=plan,
            ledger=ledger or stored,
            platform=platform or site.platform(),
            clock=site.clock,
            lease=lease,
            concurrency=4,
            stop=threading.Event(),
            approvers=site.approvers,
        )
    finally:
        stored.release_lease(lease)


def test_an_effect_that_comes_late_is_adopted(scratch: Path, opened: Opened) -> None:
    """The answer is lost, the first look finds nothing, and then the request takes effect."""
    site = opened(scratch, config={"request_settle": 0.1})
    plan = planned(site, fleets.networks(1))
    late: list[Callable[[], object]] = []

    def calling(platform: LocalPlatform, name: str, arguments: Any, tag: str) -> CallReply:
        late.append(lambda: platform.call(name, arguments, tag=tag))
        raise ResultUnknown("time-out")

    odd = Odd(site.platform(), calling)
    looks = Counter[int]()

    def finding() -> None:
        if late and looks[0] == 1:
            late.pop()()
        looks[0] += bool(late)

    odd.finding = finding
    assert run_on(site, odd) == "applied"
    check_end(site, plan, fleets.networks(1))
    assert [row.attempt for row in journal(site).values()] == [1]


def test_a_refused_connection_is_tried_again_and_is_no_attempt(scratch: Path, opened: Opened) -> None:
    site = opened(scratch)
    plan = planned(site, fleets.SIMPLE)
    seen = Counter[str]()

    def calling(platform: LocalPlatform, name: str, arguments: Any, tag: str) -> CallReply:
        seen[tag] += 1
        if seen[tag] <= 2:
            raise NotSent("connection refused")
        return platform.call(name, arguments, tag=tag)

    assert run_on(site, Odd(site.platform(), calling)) == "applied"
    check_end(site, plan, fleets.SIMPLE)
    assert {row.attempt for row in journal(site).values()} == {1}
    told = [e for e in site.ledger().events("run-1") if isinstance(e, ActionRetrying)]
    assert len(told) == 2 * len(seen)


def test_a_field_that_the_platform_ignores_fails(way: Prepared, scratch: Path, opened: Opened) -> None:
    site = opened(way.copy(scratch / "site"))

    def calling(platform: LocalPlatform, name: str, arguments: Any, tag: str) -> CallReply:
        if name == "update_module":
            return CallReply(arguments["module_id"], {})
        return platform.call(name, arguments, tag=tag)

    assert run_on(site, Odd(site.platform(), calling)) == "partial"
    failures = {entry["address"]: entry for entry in result_of(site)["failed_actions"]}
    failed = failures["module/mod-stays"]
    assert (failed["code"], failed["state"]) == ("F0922", "not done")
    assert "the platform ignored field priority" in failed["message"]
    assert failed["live"]["priority"] == 1


def test_the_id_of_something_else_is_a_conflict(way: Prepared, scratch: Path, opened: Opened) -> None:
    site = opened(way.copy(scratch / "site"))
    (other,) = site.platform().find("network/goes")

    def calling(platform: LocalPlatform, name: str, arguments: Any, tag: str) -> CallReply:
        reply = platform.call(name, arguments, tag=tag)
        return CallReply(other.id, {}) if name == "create_network" else reply

    assert run_on(site, Odd(site.platform(), calling)) == "partial"
    conflicts = {entry["address"]: entry["message"] for entry in result_of(site)["conflicts"]}
    assert "id of network/goes" in conflicts["network/comes"]


def test_a_machine_that_does_not_start_fails(scratch: Path, opened: Opened) -> None:
    site = opened(scratch, config={"instance_settle": 0.05})
    planned(site, fleets.SIMPLE)

    def calling(platform: LocalPlatform, name: str, arguments: Any, tag: str) -> CallReply:
        reply = platform.call(name, arguments, tag=tag)
        if name == "provision_instance":
            platform.set_fields("instance/one", {"status": "error"})
        return reply

    assert run_on(site, Odd(site.platform(), calling)) == "partial"
    result = result_of(site)
    (failed,) = result["failed_actions"]
    assert (failed["address"], failed["code"], failed["state"]) == ("instance/one", "F0923", "unknown")
    assert [entry["address"] for entry in result["skipped_actions"]] == ["peer/wan/one"]


def test_a_refused_call_fails_and_the_rest_goes_on(scratch: Path, opened: Opened) -> None:
    site = opened(scratch)
    plan = planned(site, fleets.SIMPLE)

    def calling(platform: LocalPlatform, name: str, arguments: Any, tag: str) -> CallReply:
        if name == "create_node":
            raise Rejected("422 not today")
        return platform.call(name, arguments, tag=tag)

    assert run_on(site, Odd(site.platform(), calling)) == "partial"
    check_always(site, plan)
    result = result_of(site)
    assert {entry["address"] for entry in result["applied_actions"]} == {"template/base", "network/wan"}
    assert [entry["message"] for entry in result["failed_actions"]] == ["422 not today"]
    assert {entry["address"] for entry in result["skipped_actions"]} == {"instance/one", "peer/wan/one"}


class Failing:
    """A ledger whose journal cannot be written from the `number`th write on."""

    def __init__(self, ledger: Any, number: int) -> None:
        self._ledger, self._left = ledger, number

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def write(self, *values: Any) -> None:
        self._left -= 1
        if self._left < 0:
            raise StateProblem("the disk is full")
        self._ledger.write(*values)


def test_a_journal_that_cannot_be_written_stops_everything(
    simple: Prepared, scratch: Path, opened: Opened
) -> None:
    """At the first, second, third ... write, until none is left; each time a resume finishes."""
    for number in range(100):
        site = opened(simple.copy(scratch / str(number)))
        try:
            assert run_on(site, ledger=Failing(site.ledger(), number)) == "applied"
        except StateProblem:
            check_always(site, simple.plan)
            assert run_on(site) == "applied"
            check_end(site, simple.plan, simple.fleet)
        else:
            break
    assert 15 < number < 99


def test_a_changed_plan_is_refused(simple: Prepared, scratch: Path, opened: Opened) -> None:
    site = opened(simple.copy(scratch / "site"))

    class Other:
        def __getattr__(self, name: str) -> Any:
            return getattr(site.ledger(), name)

        def get_run(self, run: str) -> Any:
            import msgspec

            return msgspec.structs.replace(site.ledger().get_run(run), digest="0" * 64)

    with pytest.raises(Refused) as refused:
        run_on(site, ledger=Other())
    assert refused.value.code == "F0926"
    assert not effects(site)


def test_an_approval_withdrawn_in_mid_run_pauses(simple: Prepared, scratch: Path, opened: Opened) -> None:
    site = opened(simple.copy(scratch / "site"))

    class Withdrawn:
        asked = 0

        def __getattr__(self, name: str) -> Any:
            return getattr(site.ledger(), name)

        def approvals(self, digest: str) -> Any:
            self.asked += 1
            return site.ledger().approvals(digest) if self.asked < 5 else ()

    assert run_on(site, ledger=Withdrawn()) == "paused"
    *_, last = site.ledger().events("run-1")
    assert "not authorised" in last.reason  # type: ignore[union-attr]
    assert run_on(site) == "applied"
    check_end(site, simple.plan, simple.fleet)
