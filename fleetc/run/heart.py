"""What goes on beside the work: the heartbeat, the lease, and looking for a pause request."""

from __future__ import annotations

import threading

from fleetc.errors import FleetcError, Refused
from fleetc.ports import Clock, Lease, Ledger

__all__ = ["LEASE_SECONDS", "Heart"]

LEASE_SECONDS = 30.0
_BEAT = 5.0
_POLL = 0.25


class Heart:
    """A thread that beats while the run goes on; sets `stop` when a pause is asked for.

    `holds()` is false once the lease may have run out: a worker that was stopped for longer than
    its lease starts no further call, whatever it had checked before.
    """

    def __init__(self, ledger: Ledger, clock: Clock, run: str, lease: Lease, stop: threading.Event) -> None:
        self._ledger, self._clock, self._run, self._stop = ledger, clock, run, stop
        self._lease = lease
        self._until = clock.monotonic() + min(LEASE_SECONDS, max(0.0, lease.expires_at - clock.now()))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="heart", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def end(self) -> None:
        """Beat no more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def holds(self) -> bool:
        """Whether the lease is still ours by our own clock."""
        return self._clock.monotonic() < self._until

    def _serve(self) -> None:
        beat_at = 0.0
        while not self._ended.is_set():
            try:
                if self._clock.monotonic() >= beat_at:
                    self._beat()
                    beat_at = self._clock.monotonic() + _BEAT
                run = self._ledger.get_run(self._run)
            except Refused:
                self._until = 0.0
                return
            except FleetcError:
                # The journal meets the same trouble at its next write and ends the run; without
                # renewal the lease runs out, so that waiting is safe.
                run = None
            if run is not None and run.pause_requested:
                self._stop.set()
            self._ended.wait(_POLL)

    def _beat(self) -> None:
        at = self._clock.monotonic()
        self._lease = self._ledger.renew_lease(self._lease, LEASE_SECONDS, self._clock.now())
        self._until = at + LEASE_SECONDS
        self._ledger.update_run(self._run, heartbeat=self._clock.now())
