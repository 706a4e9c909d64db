"""The ledger's runs: their rows, the journal of their calls, and their events."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType

import msgspec

from fleetc.events import RunEvent, decode, encode
from fleetc.plan.actions import Action, op_id
from fleetc.ports import CallRow, Clock, Lease, Run
from fleetc.store.database import Database
from fleetc.store.ledger_account import lost
from fleetc.store.ledger_audit import check_head
from fleetc.store.rows import insert, select

__all__ = ["ENDS", "NEXT_STATES", "Runs"]

ENDS = ("verified", "failed", "conflict", "skipped", "abandoned")
"""The states of a journal row of which nothing is under way any more."""
NEXT_STATES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "planned": ("intent", *ENDS),
        "intent": ("sent", "effect", "unknown", *ENDS),
        "sent": ("intent", "effect", "unknown", *ENDS),
        "effect": ("unknown", *ENDS),
        "unknown": ("intent", "sent", "effect", *ENDS),
        "failed": ("planned", "intent"),
        "conflict": ("planned", "intent"),
        "skipped": ("planned", "intent"),
        "abandoned": (),
        "verified": (),
    }
)
"""What may follow each state of a journal row, beside itself; a resume may try again what ended
without effect, and nothing ever leaves `verified`."""

_FIXED = ("op_id", "run", "action", "number")
_FREE = tuple(name for name in CallRow.__struct_fields__ if name not in _FIXED)
_STATES = "SELECT op_id, state FROM call WHERE op_id IN (SELECT value FROM json_each(?))"
_MOVE = f"UPDATE call SET {', '.join(f'{name} = ?' for name in _FREE)} WHERE op_id = ?"  # noqa: S608
_moved = attrgetter(*_FREE, "op_id")


class Runs:
    """Part of `SqliteLedger`."""

    _database: Database
    _clock: Clock
    _head: Path

    def create_run(self, run: Run, actions: tuple[Action, ...]) -> None:
        """Store a run with one journal row in state `planned` for each call, numbered from 0.

        Raises `StateProblem` when the ledger is older than its audit head: nothing may be sent
        then.
        """
        rows = (
            CallRow(
                op_id=op_id(run.id, action.id, number),
                run=run.id,
                action=action.id,
                number=number,
                state="planned",
            )
            for action in actions
            for number in range(len(action.calls))
        )
        with self._database.writing() as connection:
            check_head(self._head, connection, self._database.path, self._clock.now())
            insert(connection, "run", Run, (run,))
            insert(connection, "call", CallRow, rows)

    def get_run(self, run: str) -> Run | None:
        """The run of that id."""
        with self._database.reading() as connection:
            rows = select(connection, "run", Run, "WHERE id = ?", run)
        return rows[0] if rows else None

    def runs(self, account: str = "") -> tuple[Run, ...]:
        """All runs, newest first; of one account, or of all for the empty string."""
        with self._database.reading() as connection:
            return select(connection, "run", Run, "WHERE ? IN ('', account) ORDER BY number DESC", account)

    def runs_mark(self, account: str) -> object:
        """A value that is another one when a run of an account began, or came to another status."""
        with self._database.reading() as connection:
            return tuple(
                connection.execute(
                    "SELECT status, count(*), max(number), sum(number), max(finished_at) FROM run "
                    "WHERE account = ? GROUP BY status ORDER BY status",
                    (account,),
                )
            )

    def run_ends(self, run: str) -> tuple[RunEvent, ...]:
        """The first and the last event of a run; fewer when it has fewer."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT body FROM event WHERE run = ? AND seq IN ("
                "(SELECT min(seq) FROM event WHERE run = ?), (SELECT max(seq) FROM event WHERE run = ?)) "
                "ORDER BY seq",
                (run, run, run),
            )
            return tuple([decode(body.encode()) for (body,) in rows])

    def update_run(self, run: str, **changes: object) -> None:
        """Set members of a run by name, at once; raises `KeyError` for a name `Run` does not have."""
        unknown = changes.keys() - set(Run.__struct_fields__)
        if unknown:
            raise KeyError(*sorted(unknown))
        names = ", ".join(f'"{name}" = ?' for name in changes)
        with self._database.writing() as connection:
            connection.execute(f"UPDATE run SET {names} WHERE id = ?", (*changes.values(), run))  # noqa: S608

    def calls(self, run: str) -> tuple[CallRow, ...]:
        """The journal rows of a run, in the order of the plan."""
        with self._database.reading() as connection:
            return select(connection, "call", CallRow, "WHERE run = ? ORDER BY place", run)

    def write(self, lease: Lease, rows: tuple[CallRow, ...], events: tuple[RunEvent, ...]) -> None:
        """Write journal rows and events as one group, if the lease's epoch still holds.

        Raises `Refused` when it does not, and `ValueError` for a row that is not in the journal
        or that would go back; nothing is written then.
        """
        with self._database.writing() as connection:
            holder = connection.execute(
                "SELECT epoch, owner FROM lease WHERE account = ?", (lease.account,)
            ).fetchone()
            if holder != (lease.epoch, lease.owner):
                raise lost(lease)
            _move(connection, rows)
            connection.executemany(
                "INSERT INTO event VALUES (?, ?, ?)",
                ((event.run, event.seq, encode(event).decode()) for event in events),
            )

    def events(self, run: str, after: int = 0) -> Iterator[RunEvent]:
        """The events of a run with numbers above `after`, in order, as they stand now."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT body FROM event WHERE run = ? AND seq > ? ORDER BY seq", (run, after)
            )
            return iter([decode(body.encode()) for (body,) in rows])


def _move(connection: sqlite3.Connection, rows: tuple[CallRow, ...]) -> None:
    """Set what may change of journal rows, each as it is then."""
    names = msgspec.json.encode([row.op_id for row in rows]).decode()
    states = dict(connection.execute(_STATES, (names,)).fetchall())
    for row in rows:
        found = states.get(row.op_id)
        if found is None:
            raise ValueError(f"no journal row {row.op_id}")
        if row.state != found and row.state not in NEXT_STATES[found]:
            raise ValueError(f"journal row {row.op_id} cannot go from {found} to {row.state}")
        states[row.op_id] = row.state
    connection.executemany(_MOVE, map(_moved, rows))
