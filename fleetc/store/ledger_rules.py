"""What rules need of the ledger: their texts, which of them judge, and what was applied when."""

from __future__ import annotations

from collections.abc import Iterable

from fleetc.ir.timestamps import rfc3339
from fleetc.ports import Applied, Clock
from fleetc.store.database import Database
from fleetc.store.rows import row_of, select

__all__ = ["Rules"]


class Rules:
    """Part of `SqliteLedger`."""

    _database: Database
    _clock: Clock

    def put_rules(self, digest: str, body: str) -> None:
        """Keep the text of rule files under its digest; nothing happens when it is there."""
        with self._database.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO rules_text VALUES (?, ?)", (digest, body))

    def rules_text(self, digest: str) -> str | None:
        """The text of rule files by digest, or None."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT body FROM rules_text WHERE digest = ?", (digest,)).fetchone()
        return str(row[0]) if row else None

    def accepted_rules(self, account: str) -> str:
        """The digest of the rules applied last to an account; empty when there are none."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT digest FROM accepted_rules WHERE account = ?", (account,)
            ).fetchone()
        return str(row[0]) if row else ""

    def set_accepted_rules(self, account: str, digest: str, plan: str) -> None:
        """Set the rules that judge from now on, and by the plan of which digest they came."""
        row = (account, digest, plan, rfc3339(self._clock.now()))
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO accepted_rules VALUES (?, ?, ?, ?)", row)

    def applied_environment(self, account: str) -> str:
        """The name of the environment that an account was applied as last; empty when it never was."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT name FROM applied_environment WHERE account = ?", (account,)
            ).fetchone()
        return str(row[0]) if row else ""

    def set_applied_environment(self, account: str, name: str, plan: str) -> None:
        """Set the environment that an account was applied as, and by the plan of which digest."""
        row = (account, name, plan, rfc3339(self._clock.now()))
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO applied_environment VALUES (?, ?, ?, ?)", row)

    def record_applied(self, account: str, rows: Iterable[Applied]) -> None:
        """Remember changes as applied, at once; one that a run has recorded before stays as it is."""
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO applied_change (account, kind, op, address, run, at, facts, doubtful) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(account, *row_of(row)) for row in rows],
            )

    def applied_since(self, account: str, since: float) -> tuple[Applied, ...]:
        """The changes of an account applied at or after `since`, oldest first."""
        with self._database.reading() as connection:
            return select(
                connection,
                "applied_change",
                Applied,
                "WHERE account = ? AND at >= ? ORDER BY at, number",
                account,
                since,
            )
