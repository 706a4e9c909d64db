"""The journal's one writer: everything that waits goes into one transaction, then all go on.

Threads call `write`, which returns when their rows and events are durable. There is no timer: a
transaction takes what is queued when the one before it ends, so that the batch grows with the
load; it lets those that are about to write come first. What starts an action is written only while
the run may start any, asked once a transaction. Events get their number here, in the order they
become durable. The first failure (a lost lease, a full disk) is final: it is raised to everybody
who waits and to everybody who comes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from queue import SimpleQueue

import msgspec

from fleetc.events import RunEvent
from fleetc.ports import CallRow, Clock, Lease, Ledger
from fleetc.run.patience import PauseRun

__all__ = ["Journal"]

_MOST = 512


class _Entry:
    """What one thread wants written; `done` is held until it is, or until `failure` says why not."""

    __slots__ = ("done", "events", "failure", "rows", "starts")

    def __init__(self, rows: Iterable[CallRow], events: Iterable[RunEvent], *, starts: bool) -> None:
        self.rows, self.events, self.starts = tuple(rows), tuple(events), starts
        self.failure: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()


class Journal:
    """One writer thread over `Ledger.write`; `last` is the number of the newest stored event.

    `may_start` raises `PauseRun` when no further action may start.
    """

    def __init__(
        self, ledger: Ledger, lease: Lease, clock: Clock, *, last: int, may_start: Callable[[], object]
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._lease = lease
        self._last = last
        self._may_start = may_start
        self._failure: BaseException | None = None
        self._queue: SimpleQueue[_Entry | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="journal", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> BaseException | None:
        """What ended the journal, if anything did."""
        return self._failure

    def write(
        self, rows: Iterable[CallRow] = (), events: Iterable[RunEvent] = (), *, starts: bool = False
    ) -> None:
        """Return when both are durable; raises what the ledger raised, then and ever after.

        With `starts`, an action begins: raises `PauseRun` when none may, and nothing is written.
        """
        if self._failure is not None:
            raise self._failure
        entry = _Entry(rows, events, starts=starts)
        self._queue.put(entry)
        entry.done.acquire()
        if entry.failure is not None:
            raise entry.failure

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
        """What is queued, until giving way to those that are about to write brings no more."""
        batch, known = [first], 0
        while known < len(batch) < _MOST:
            known = len(batch)
            self._clock.sleep(0)  # every thread that can run does; none is waited for
            while not self._queue.empty():
                entry = self._queue.get()
                if entry is None:
                    return batch, True
                batch.append(entry)
        return batch, False

    def _store(self, batch: list[_Entry]) -> None:
        try:
            if self._failure is not None:
                raise self._failure
            self._write(self._allowed(batch))
        except BaseException as failure:  # whatever it is, those who wait must be told
            self._failure = failure
            for entry in batch:
                entry.failure = entry.failure or failure
        for entry in batch:
            entry.done.release()

    def _allowed(self, batch: list[_Entry]) -> list[_Entry]:
        """The batch, without what would start an action when none may start."""
        if any(entry.starts for entry in batch):
            try:
                self._may_start()
            except PauseRun as pause:
                for entry in batch:
                    entry.failure = pause if entry.starts else None
        return [entry for entry in batch if entry.failure is None]

    def _write(self, batch: list[_Entry]) -> None:
        rows = tuple(row for entry in batch for row in entry.rows)
        events = self._numbered(event for entry in batch for event in entry.events)
        self._ledger.write(self._lease, rows, events)
        self._last += len(events)

    def _numbered(self, events: Iterable[RunEvent]) -> tuple[RunEvent, ...]:
        first = self._last + 1
        return tuple(msgspec.structs.replace(event, seq=n) for n, event in enumerate(events, first))
