"""What the ledger knows of an account: withheld actions, baselines, applied commit, lease."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import chain

import msgspec

from fleetc.errors import Refused
from fleetc.ir.state import Baseline
from fleetc.ir.timestamps import rfc3339
from fleetc.ir.values import canonical
from fleetc.ports import Clock, Lease
from fleetc.store.database import Database
from fleetc.store.rows import select

__all__ = ["Accounts"]


class Accounts:
    """Part of `SqliteLedger`."""

    _database: Database
    _clock: Clock

    def withheld(self, account: str) -> dict[str, tuple[str, str]]:
        """Address to (by whom, fingerprint of the change)."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT address, by, fingerprint FROM withheld WHERE account = ?", (account,)
            )
            return {address: (by, fingerprint) for address, by, fingerprint in rows}

    def set_withheld(self, account: str, rows: dict[str, tuple[str, str] | None]) -> None:
        """Set the rows of these addresses, at once; None takes one away."""
        gone = [(account, address) for address, row in rows.items() if row is None]
        kept = [(account, address, *row) for address, row in rows.items() if row is not None]
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM withheld WHERE account = ? AND address = ?", gone)
            connection.executemany("INSERT OR REPLACE INTO withheld VALUES (?, ?, ?, ?)", kept)

    def baselines(self, account: str, addresses: Iterable[str] | None = None) -> dict[str, Baseline]:
        """The baselines of an account, by address: all, or those of `addresses`."""
        where = "WHERE account = ?"
        with self._database.reading() as connection:
            if addresses is None:
                rows = select(connection, "baseline", Baseline, where, account)
            else:
                one = partial(select, connection, "baseline", Baseline, f"{where} AND address = ?", account)
                rows = tuple(chain.from_iterable(map(one, addresses)))
        return {row.address: row for row in rows}

    def set_baselines(self, account: str, rows: dict[str, Baseline | None]) -> None:
        """Set the baselines of these addresses, at once; None takes one away."""
        gone = [(account, address) for address, row in rows.items() if row is None]
        kept = [
            (account, address, row.id, canonical(row.fields).decode(), canonical(row.declared).decode())
            for address, row in rows.items()
            if row is not None
        ]
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM baseline WHERE account = ? AND address = ?", gone)
            connection.executemany("INSERT OR REPLACE INTO baseline VALUES (?, ?, ?, ?, ?)", kept)

    def protections(self, account: str) -> frozenset[str]:
        """The addresses that are protected by what was applied to an account."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT address FROM protection WHERE account = ?", (account,))
            return frozenset(address for (address,) in rows)

    def set_protections(self, account: str, rows: dict[str, bool], digest: str) -> None:
        """Protect these addresses or end their protection, at once, by the plan of `digest`.

        What is protected already keeps the time and plan since which it is.
        """
        since = rfc3339(self._clock.now())
        gone = [(account, address) for address, on in rows.items() if not on]
        kept = [(account, address, since, digest) for address, on in rows.items() if on]
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM protection WHERE account = ? AND address = ?", gone)
            connection.executemany("INSERT OR IGNORE INTO protection VALUES (?, ?, ?, ?)", kept)

    def applied_commit(self, account: str) -> str:
        """The commit of the last applied plan; empty when there is none."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT id FROM applied_commit WHERE account = ?", (account,)).fetchone()
        return str(row[0]) if row else ""

    def set_applied_commit(self, account: str, commit: str) -> None:
        """Set the commit of the last applied plan."""
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO applied_commit VALUES (?, ?)", (account, commit))

    def take_lease(self, account: str, owner: str, purpose: str, seconds: float, now: float) -> Lease:
        """Take the free or expired lease of an account, with a new epoch.

        Raises `Refused` naming the holder while it is held, also by the same owner.
        """
        with self._database.writing() as connection:
            last = next(iter(select(connection, "lease", Lease, "WHERE account = ?", account)), None)
            if last is not None and last.owner and last.expires_at > now:
                raise Refused(
                    f"account {account} is held by {last.owner} for {last.purpose} "
                    f"until {rfc3339(last.expires_at)}",
                    code="F0630",
                    state="nothing was sent",
                    next_step="wait until it is free and run the command again",
                )
            lease = Lease(
                account=account,
                owner=owner,
                purpose=purpose,
                epoch=last.epoch + 1 if last else 1,
                expires_at=now + seconds,
            )
            connection.execute(
                "INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?, ?)", msgspec.structs.astuple(lease)
            )
        return lease

    def renew_lease(self, lease: Lease, seconds: float, now: float) -> Lease:
        """The lease with a later end; raises `Refused` when its epoch is over."""
        with self._database.writing() as connection:
            renewed = connection.execute(
                "UPDATE lease SET expires_at = ? WHERE account = ? AND epoch = ? AND owner = ?",
                (now + seconds, lease.account, lease.epoch, lease.owner),
            )
            if renewed.rowcount == 0:
                raise lost(lease)
        return msgspec.structs.replace(lease, expires_at=now + seconds)

    def release_lease(self, lease: Lease) -> None:
        """Let the account go; nothing happens when the lease was lost before."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE lease SET owner = '', purpose = '', expires_at = 0 "
                "WHERE account = ? AND epoch = ? AND owner = ?",
                (lease.account, lease.epoch, lease.owner),
            )

    def lease(self, account: str) -> Lease | None:
        """The lease of an account, also an expired one; None when it was released or never taken."""
        with self._database.reading() as connection:
            rows = select(connection, "lease", Lease, "WHERE account = ? AND owner <> ''", account)
        return rows[0] if rows else None


def lost(lease: Lease) -> Refused:
    """The refusal that a holder gets whose epoch is over."""
    return Refused(
        f"the lease of account {lease.account} (epoch {lease.epoch}, {lease.owner}) was lost",
        code="F0631",
        state="nothing was written; the calls sent before stand in the journal",
        next_step="see who holds the account with fleetc runs, then resume the run",
    )
