"""The journal's one writer: everything that waits goes into one transaction, then all go on.

Threads call `write`, which returns when their rows and events are durable. There is no timer: a
transaction takes what is queued when the one before it ends, so that the batch grows with the
load. Events get their number here, in the order they become durable. The first failure (a lost
lease, a full disk) is final: it is raised to everybody who waits and to everybody who comes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import NamedTuple

import msgspec

from fleetc.events import RunEvent
from fleetc.ports import CallRow, Lease, Ledger

__all__ = ["Journal"]

_MOST = 512


class _Entry(NamedTuple):
    rows: tuple[CallRow, ...]
    events: tuple[RunEvent, ...]
    done: Future[None]


class Journal:
    """One writer thread over `Ledger.write`; `last` is the number of the newest stored event."""

    def __init__(self, ledger: Ledger, lease: Lease, last: int) -> None:
        self._ledger = ledger
        self._lease = lease
        self._last = last
        self._failure: BaseException | None = None
        self._queue: SimpleQueue[_Entry | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="journal", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> BaseException | None:
        """What ended the journal, if anything did."""
        return self._failure

    def write(self, rows: Iterable[CallRow] = (), events: Iterable[RunEvent] = ()) -> None:
        """Return when both are durable; raises what the ledger raised, then and ever after."""
        if self._failure is not None:
            raise self._failure
        entry = _Entry(tuple(rows), tuple(events), Future())
        self._queue.put(entry)
        entry.done.result()

    def close(self) -> None:
        """Write what is queued and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, ending = self._gather(first)
            self._store(batch)
            if ending:
                return

    def _gather(self, first: _Entry) -> tuple[list[_Entry], bool]:
        batch = [first]
        while len(batch) < _MOST:
            try:
                entry = self._queue.get_nowait()
            except Empty:
                break
            if entry is None:
                return batch, True
            batch.append(entry)
        return batch, False

    def _store(self, batch: list[_Entry]) -> None:
        try:
            if self._failure is not None:
                raise self._failure
            rows = tuple(row for entry in batch for row in entry.rows)
            events = self._numbered(event for entry in batch for event in entry.events)
            self._ledger.write(self._lease, rows, events)
            self._last += len(events)
        except BaseException as failure:  # whatever it is, those who wait must be told
            self._failure = failure
            for entry in batch:
                entry.done.set_exception(failure)
        else:
            for entry in batch:
                entry.done.set_result(None)

    def _numbered(self, events: Iterable[RunEvent]) -> tuple[RunEvent, ...]:
        first = self._last + 1
        return tuple(msgspec.structs.replace(event, seq=n) for n, event in enumerate(events, first))
