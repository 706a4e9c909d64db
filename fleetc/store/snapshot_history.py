"""Many snapshots at once: what differs between two, and which ones are kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

from fleetc.ir.state import HeldState, Snapshot
from fleetc.store.snapshot_reading import Reading, ordered
from fleetc.store.snapshot_rows import resources_of

__all__ = ["History"]

_DIFFERENT = """
SELECT held, address, CAST(body AS BLOB), digest FROM (
  SELECT resource AS number, from_serial <= :before AND ifnull(to_serial, :never) > :before AS held,
    from_serial <= :after AND ifnull(to_serial, :never) > :after AS holds
  FROM validity WHERE account = :account
) JOIN resource ON id = number WHERE held <> holds
"""
_NEVER = 2**62
_STATES = """
SELECT from_serial, to_serial, address, CAST(body AS BLOB), digest
FROM resource CROSS JOIN validity ON resource = id
WHERE address = :address AND account = (SELECT id FROM account WHERE name = :account)
ORDER BY from_serial
"""
"""CROSS JOIN says which table SQLite looks at first."""


class History(Reading):
    """Part of `SqliteSnapshotStore`."""

    def between(self, account: str, before: int, after: int) -> tuple[Snapshot, Snapshot]:
        """Two snapshots, each with those resources only that the other has not, or not equal.

        Costs a look at each row's interval, and the bodies of those that differ. Raises
        `StateProblem` as `get` does.
        """
        with self._database.reading() as connection:
            old, new = self._row(account, before), self._row(account, after)
            values = {"account": old["account"], "before": before, "after": after, "never": _NEVER}
            rows = connection.execute(_DIFFERENT, values).fetchall()
            gone = {line: address for address, line in self._checked(row[1:] for row in rows if row[0])}
            come = {line: address for address, line in self._checked(row[1:] for row in rows if not row[0])}
            return self._assembled(old, list(ordered(gone))), self._assembled(new, list(ordered(come)))

    def states(self, account: str, addresses: Iterable[str]) -> dict[str, tuple[HeldState, ...]]:
        """Each state that these resources have had, oldest first; none for what was never seen.

        Raises `StateProblem` for a damaged row.
        """
        found = {}
        with self._database.reading() as connection:
            for address in addresses:
                rows = connection.execute(_STATES, {"address": address, "account": account}).fetchall()
                lines = [line for _, line in self._checked(row[2:] for row in rows)]
                pairs = zip(rows, resources_of(lines), strict=True)
                found[address] = tuple(HeldState(row[0], row[1], resource) for row, resource in pairs)
        return found

    def prune(self, account: str, gone: Collection[int]) -> int:
        """Remove snapshots of an account for good, and give the bytes that the file shrank by.

        The others read back as before. The newest one stays in any case: its serial must not be
        given to another.
        """
        size = self._database.path.stat().st_size
        with self._database.writing() as connection:
            number, newest = connection.execute(
                "SELECT account.id, max(serial) FROM account JOIN snapshot ON account.id = account "
                "WHERE name = ? GROUP BY account.id",
                (account,),
            ).fetchone() or (0, 0)
            rows = ((number, serial) for serial in gone if serial != newest)
            connection.executemany("DELETE FROM snapshot WHERE account = ? AND serial = ?", rows)
            _close_gaps(connection, number)
        self._database.shrink()
        return size - self._database.path.stat().st_size


_NEXT = "(SELECT min(serial) FROM snapshot WHERE snapshot.account = :account AND serial >= {})"
_BEGINS, _ENDS = _NEXT.format("from_serial"), _NEXT.format("to_serial")
_GONE = "NOT IN (SELECT serial FROM snapshot)"


def _close_gaps(connection: sqlite3.Connection, account: int) -> None:
    """Let intervals begin and end at snapshots that are there, and drop what none of them holds."""
    values = {"account": account}
    connection.execute(
        f"DELETE FROM validity WHERE account = :account AND from_serial {_GONE} "  # noqa: S608 (our own words)
        f"AND {_BEGINS} IS {_ENDS}",
        values,
    )
    connection.execute(
        f"UPDATE validity SET from_serial = {_BEGINS}, to_serial = {_ENDS} "  # noqa: S608 (our own words)
        f"WHERE account = :account AND (from_serial {_GONE} OR to_serial {_GONE})",
        values,
    )
    connection.execute("DELETE FROM resource WHERE id NOT IN (SELECT resource FROM validity)")
    connection.execute(
        "DELETE FROM document WHERE digest NOT IN "
        "(SELECT profile FROM snapshot UNION SELECT catalogue FROM snapshot)"
    )
