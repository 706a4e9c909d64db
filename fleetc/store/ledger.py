"""The ledger: what was planned, approved, sent and verified, in one durable file."""

from __future__ import annotations

from pathlib import Path

from fleetc.ports import Clock
from fleetc.store.database import BUSY_SECONDS, Database
from fleetc.store.ledger_account import Accounts
from fleetc.store.ledger_audit import Audit
from fleetc.store.ledger_plans import Plans
from fleetc.store.ledger_rules import Rules
from fleetc.store.ledger_runs import Runs
from fleetc.store.ledger_schema import LEDGER

__all__ = ["SqliteLedger"]


class SqliteLedger(Plans, Accounts, Rules, Runs, Audit):
    """`fleetc.ports.Ledger` over SQLite with a rollback journal and `synchronous=FULL`.

    Safe for many threads and processes; a lock held longer than `busy_seconds` is a
    `StateProblem`, as is every other fault of the file. The audit head stands beside it, under
    the same name with `.head` added.
    """

    def __init__(self, path: Path, clock: Clock, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self._database = Database(path, LEDGER, busy_seconds=busy_seconds)
        self._clock = clock
        self._head = path.with_name(path.name + ".head")

    def stamp(self) -> str:
        """A text that is another one after anything was written, by whichever process."""
        return self._database.change_counter()

    def close(self) -> None:
        """Close the file."""
        self._database.close()
