"""The journal's writer: group commits, numbers, and an end that everybody hears of."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from fleetc.errors import Refused
from fleetc.events import RunPaused
from fleetc.ports import CallRow, Lease
from fleetc.run.journal import Journal
from fleetc.run.patience import PauseRun
from fleetc.service.clock import SystemClock

LEASE = Lease(account="acme", owner="h:1", purpose="run", epoch=1, expires_at=1.0)


class Ledger:
    """Takes writes, one at a time, while its gate is open."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.arrived = threading.Semaphore(0)
        self.groups: list[tuple[list[str], list[int]]] = []
        self.failure: Exception | None = None

    def write(self, lease: Lease, rows: Any, events: Any) -> None:
        assert lease is LEASE
        self.arrived.release()
        assert self.gate.wait(10)
        if self.failure is not None:
            raise self.failure
        self.groups.append(([row.op_id for row in rows], [event.seq for event in events]))


def row(number: int) -> CallRow:
    return CallRow(op_id=f"op-{number}", run="run-1", action="a", number=number, state="intent")


def event() -> RunPaused:
    return RunPaused(run="run-1", seq=0, at="", reason="", next_step="")


def opened(last: int = 0, may_start: Callable[[], None] = lambda: None) -> tuple[Ledger, Journal]:
    ledger = Ledger()
    return ledger, Journal(ledger, LEASE, SystemClock(), last=last, may_start=may_start)  # type: ignore[arg-type]


def queued(journal: Journal, count: int) -> None:
    """Wait until so many writes are queued behind the one under way."""
    while journal._queue.qsize() < count:
        threading.Event().wait(0.001)


def test_what_waits_goes_into_one_transaction() -> None:
    ledger, journal = opened(last=7)
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(journal.write, (row(0),), (event(),))
        ledger.arrived.acquire()
        rest = [pool.submit(journal.write, (row(n),), (event(), event())) for n in range(1, 9)]
        queued(journal, 8)
        assert not any(future.done() for future in (first, *rest))
        ledger.gate.set()
        for future in (first, *rest):
            future.result(10)
    journal.close()
    assert [len(rows) for rows, _ in ledger.groups] == [1, 8]
    assert [seq for _, seqs in ledger.groups for seq in seqs] == list(range(8, 8 + 17))


@pytest.mark.parametrize("failure", [Refused("the lease was lost"), OSError("disk")])
def test_a_failure_is_final_for_all(failure: Exception) -> None:
    ledger, journal = opened()
    ledger.failure = failure
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(journal.write, (row(0),))
        ledger.arrived.acquire()
        rest = [pool.submit(journal.write, (row(n),)) for n in (1, 2)]
        queued(journal, 2)
        ledger.gate.set()
        for future in (first, *rest):
            with pytest.raises(type(failure)):
                future.result(10)
    ledger.failure = None
    with pytest.raises(type(failure)):
        journal.write((row(3),))
    journal.close()
    assert ledger.groups == []
    assert journal.failure is failure


def test_closing_writes_what_is_queued() -> None:
    ledger, journal = opened()
    with ThreadPoolExecutor(2) as pool:
        writes = [pool.submit(journal.write, (row(0),))]
        ledger.arrived.acquire()
        writes.append(pool.submit(journal.write, (row(1),)))
        queued(journal, 1)
        closing = SimpleNamespace(thread=threading.Thread(target=journal.close))
        closing.thread.start()
        ledger.gate.set()
        for future in writes:
            future.result(10)
        closing.thread.join(10)
    assert sorted(op for rows, _ in ledger.groups for op in rows) == ["op-0", "op-1"]


def test_what_may_not_start_is_left_out_and_the_rest_is_written() -> None:
    def withdrawn() -> None:
        raise PauseRun("withdrawn")

    ledger, journal = opened(last=7, may_start=withdrawn)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(journal.write, (row(0),), (event(),))
        ledger.arrived.acquire()
        starts = [pool.submit(journal.write, (row(n),), (event(),), starts=True) for n in (1, 2)]
        goes_on = pool.submit(journal.write, (row(3),), (event(),))
        queued(journal, 3)
        ledger.gate.set()
        for future in (first, goes_on):
            future.result(10)
        for future in starts:
            with pytest.raises(PauseRun):
                future.result(10)
    journal.close()
    assert ledger.groups == [(["op-0"], [8]), (["op-3"], [9])]
    assert journal.failure is None
