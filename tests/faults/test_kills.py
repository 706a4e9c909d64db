"""A real SIGKILL of a real worker at every fail point of every call, then resume (design 2.7).

Each kill has a site of its own and is followed by one resume to the end; a point that is not
reached fails the test.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from fleetc.plan.actions import Plan
from fleetc.ports import CallRow
from fleetc.run.failpoints import POINTS
from tests.faults.conftest import Prepared, Workers
from tests.faults.invariants import check_always, check_end, counts, journal
from tests.faults.sites import Site

KILLED = -signal.SIGKILL


def operations(plan: Plan) -> list[str]:
    """The op ids of all calls of a plan."""
    return [f"run-1/{a.id}/{number}" for a in plan.chosen for number in range(len(a.calls))]


def kill(workers: Workers, folder: Path, where: str, **job: object) -> None:
    code = workers(folder, failpoint=where, **job)
    assert code == KILLED, f"{where} was not reached: the worker ended with {code}"


def kill_and_resume(
    opened: Callable[..., Site], way: Prepared, workers: Workers, folder: Path, where: str
) -> Site:
    kill(workers, folder, where)
    site = opened(folder)
    check_always(site, way.plan)
    code = workers(folder)
    *_, last = site.ledger().events("run-1")
    assert code == 0, f"{last}\n{(folder / 'worker.log').read_text()}"
    check_end(site, way.plan, way.fleet)
    return site


@pytest.mark.parametrize("point", [point for point in POINTS if point.startswith("K")])
def test_killed_at_every_call(
    point: str, way: Prepared, workers: Workers, scratch: Path, opened: Callable[..., Site]
) -> None:
    for number, op_id in enumerate(operations(way.plan)):
        folder = way.copy(scratch / str(number))
        kill_and_resume(opened, way, workers, folder, f"{point}@{op_id}").close()


@pytest.mark.parametrize("point", [point for point in POINTS if point.startswith("P")])
def test_killed_between_calls(
    point: str, way: Prepared, workers: Workers, scratch: Path, opened: Callable[..., Site]
) -> None:
    folder = way.copy(scratch / "site")
    site = kill_and_resume(opened, way, workers, folder, point)
    assert len(site.ledger().approvals(way.plan.digest)) == 1
    before = counts(site)
    assert workers(folder) == 0
    assert counts(site) == before


def test_killed_again_and_again(
    way: Prepared, workers: Workers, scratch: Path, opened: Callable[..., Site]
) -> None:
    """Each resume is killed one point further on; what has ended is not tried again.

    One call at a time: a provision beside these that two of the kills cut off would rightly be
    asked about, and not be sent a third time.
    """
    folder = way.copy(scratch / "site")
    instance, peer = "run-1/create:instance/comes-1/0", "run-1/create:peer/stays/comes-1/0"
    points = [f"K{n}@{instance}" for n in (0, 1, 2, 5)] + [f"K{n}@{instance}" for n in (10, 11)]
    points += [f"K{n}@{peer}" for n in (0, 1, 2, 3, 6)] + [f"K10@{peer}", "P2", "P2", "P3"]
    site = opened(folder)
    ended: dict[str, CallRow] = {}
    for where in points:
        kill(workers, folder, where, concurrency=1)
        check_always(site, way.plan)
        now = journal(site)
        assert ended == {op_id: now[op_id] for op_id in ended}
        ended = {op_id: row for op_id, row in now.items() if row.state == "verified"}
    assert workers(folder, concurrency=1) == 0
    check_end(site, way.plan, way.fleet)
    assert journal(site)[instance].attempt == 2  # killed at K2 before it took effect
    assert journal(site)[peer].attempt == 3  # killed at K2 and K3
