"""The platform's own books: the append-only effect log, the change counter, the token bucket."""

from __future__ import annotations

import sqlite3

import msgspec

from fleetc.errors import RateLimited
from fleetc.platforms.local.config import LocalConfig

__all__ = [
    "EffectRow",
    "append",
    "counter",
    "earlier",
    "last_tag",
    "limited",
    "moved",
    "pay",
    "rows",
    "settle",
]


class EffectRow(msgspec.Struct, frozen=True):
    """One call that reached the platform, in the order of the effects (`seq`).

    `arguments` is canonical JSON. `started` and `ended` are seconds since the epoch, when the
    request came in and when its answer was due. `outcome` is `done` or `rejected`; a refused call
    changed nothing. `tag` is the caller's name for it, empty for a change by hand.
    """

    seq: int
    tag: str
    call: str
    arguments: str
    started: float
    ended: float
    outcome: str
    platform_id: str
    address: str


def append(connection: sqlite3.Connection, account: str, row: EffectRow) -> None:
    """Write a row; its `seq` is given by the file."""
    connection.execute(
        """INSERT INTO effect
           (account, tag, call, arguments, started, ended, outcome, platform_id, address)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (account, *msgspec.structs.astuple(row)[1:]),
    )


def rows(connection: sqlite3.Connection, account: str, after: int = 0) -> tuple[EffectRow, ...]:
    """The rows of an account with a `seq` above `after`."""
    query = """SELECT seq, tag, call, arguments, started, ended, outcome, platform_id, address
               FROM effect WHERE account = ? AND seq > ? ORDER BY seq"""
    return tuple(EffectRow(*row) for row in connection.execute(query, (account, after)))


def earlier(
    connection: sqlite3.Connection, account: str, tag: str, call: str, arguments: str
) -> tuple[str, str] | None:
    """Id and address of a call of that tag that was done before, for idempotency keys."""
    query = """SELECT platform_id, address FROM effect
               WHERE account = ? AND tag = ? AND call = ? AND arguments = ? AND outcome = 'done'"""
    found: tuple[str, str] | None = connection.execute(query, (account, tag, call, arguments)).fetchone()
    return found


def last_tag(connection: sqlite3.Connection, account: str) -> str:
    """The tag of the newest call that was done with one."""
    query = """SELECT tag FROM effect WHERE account = ? AND tag <> '' AND outcome = 'done'
               ORDER BY seq DESC LIMIT 1"""
    found: tuple[str] | None = connection.execute(query, (account,)).fetchone()
    return found[0] if found else ""


def settle(connection: sqlite3.Connection, account: str, now: float) -> None:
    """Store the instances that have come to run by `now`; each one moves the change counter."""
    query = """UPDATE instance SET status = 'running'
               WHERE account = ? AND status = 'starting' AND ready_at <= ?"""
    moved(connection, account, connection.execute(query, (account, now)).rowcount)


def moved(connection: sqlite3.Connection, account: str, changes: int = 1) -> None:
    """Move the change counter on."""
    if changes:
        query = "UPDATE account SET changes = changes + ? WHERE name = ?"
        connection.execute(query, (changes, account))


def counter(connection: sqlite3.Connection, account: str, now: float) -> int:
    """The change counter: stored changes, and instances that run by now and are not yet stored so."""
    query = """SELECT changes + (SELECT count(*) FROM instance
                 WHERE account = account.name AND status = 'starting' AND ready_at <= ?)
               FROM account WHERE name = ?"""
    value: int = connection.execute(query, (now, account)).fetchone()[0]
    return value


def pay(connection: sqlite3.Connection, config: LocalConfig, now: float, requests: int) -> float:
    """Take requests out of the bucket; returns 0, or the seconds until there are enough.

    More requests than the bucket holds cost the whole bucket.
    """
    size, rate = config.rate_limit, config.rate_limit / config.window
    found = connection.execute("SELECT tokens, at FROM bucket").fetchone()
    tokens, at = found if found else (float(size), now)
    tokens = min(size, tokens + max(0.0, now - at) * rate)
    cost = min(requests, size)
    if tokens < cost:
        return float((cost - tokens) / rate)
    connection.execute("INSERT OR REPLACE INTO bucket VALUES (1, ?, ?)", (tokens - cost, now))
    return 0.0


def limited(wait: float) -> RateLimited:
    """The platform's answer 429."""
    return RateLimited(f"429 rate limit exceeded; retry after {wait:.0f} s", retry_after=wait)
