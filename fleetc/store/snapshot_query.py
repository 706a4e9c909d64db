"""Read-only SQL over snapshots, through views whose names and columns are kept from release to release.

The connection cannot write, sees the views of one account only, and stops at a deadline.
"""

from __future__ import annotations

import itertools
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from fleetc.errors import StateProblem, UsageProblem
from fleetc.lang.text import visible
from fleetc.sqlfile import open_read_only
from fleetc.store.database import problem_of
from fleetc.store.snapshot_views import VIEWS, definition

__all__ = ["Answer", "run_query"]

_LONGEST = 10_000_000  # bytes of a value that a function may make
_STEPS_BETWEEN_LOOKS = 10_000
_READS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})


@dataclass(frozen=True, slots=True)
class Answer:
    """Column names and rows; `truncated` when there were more rows than asked for."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]
    truncated: bool


_OPEN = frozenset({*VIEWS, "json_each", "json_tree"})


def run_query(
    path: Path, sql: str, *, account: str, serial: int | None, limit: int, late: Callable[[], bool]
) -> Answer:
    """The first `limit` rows that a SELECT over `VIEWS` gives.

    `serial` is the snapshot that the views show, or None for every one of the account; `late` is
    asked now and then, and ends the query when true. Raises `UsageProblem` for a mistake in the
    SQL and `StateProblem` for a damaged file or a query that is ended.
    """
    with closing(open_read_only(path)) as connection:
        try:
            _restrict(connection, sql, account, serial, late)
            cursor = connection.execute(sql)
            columns = tuple(name for name, *_ in cursor.description or ())
            rows = cursor.fetchmany(limit + 1)
        except (sqlite3.Error, sqlite3.Warning, OverflowError, ValueError) as error:
            if _ended(error) and not late():
                raise KeyboardInterrupt from None  # SQLite took it from the progress handler
            raise _explained(connection, path, sql, error) from error
    if not columns:
        raise _mistake("this is no query", sql, 0)
    return Answer(columns, tuple(tuple(map(_plain, row)) for row in rows[:limit]), len(rows) > limit)


def _restrict(
    connection: sqlite3.Connection, sql: str, account: str, serial: int | None, late: Callable[[], bool]
) -> None:
    """Make the views, and let the query do nothing but read them."""
    connection.execute("PRAGMA trusted_schema = OFF")
    row = connection.execute("SELECT id FROM account WHERE name = ?", (account,)).fetchone()
    number = int(row[0]) if row else -1
    # a query cannot pass for one of these views, because it does not say their prefix
    prefix = next(text for n in itertools.count() if (text := f"inner{n}_") not in sql.lower())
    shown = f"{prefix}shown"
    chosen = "" if serial is None else f" AND serial = {serial:d}"
    connection.execute(
        f"CREATE TEMP VIEW {shown} AS SELECT serial, account, catalogue "  # noqa: S608 (numbers)
        f"FROM snapshot WHERE account = {number}{chosen}"
    )
    for name, view in VIEWS.items():
        connection.execute(f"CREATE TEMP VIEW {prefix}{name} AS {definition(view, shown, number)}")
        connection.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM {prefix}{name}")  # noqa: S608
    # these two make their own tables when first used, which the authorizer would not let them
    connection.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')")
    connection.execute("PRAGMA query_only = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    connection.set_authorizer(_Allowed(prefix))
    connection.set_progress_handler(late, _STEPS_BETWEEN_LOOKS)


@dataclass(frozen=True, slots=True)
class _Allowed:
    """Says whether SQLite may do this: select, call functions, read the views and what they read."""

    prefix: str

    def __call__(
        self, action: int, first: str | None, second: str | None, schema: str | None, view: str | None
    ) -> int:
        if action == sqlite3.SQLITE_READ:
            table = (first or "").lower()
            allowed = table in _OPEN or any((name or "").startswith(self.prefix) for name in (table, view))
            # without a column, rows are only counted
            return sqlite3.SQLITE_OK if allowed or not second else sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY


def _plain(value: object) -> str | int | float | None:
    return value.hex() if isinstance(value, bytes) else value  # type: ignore[return-value]


_NEAR = re.compile(r'near "(.*)": syntax error|unrecognized token: "(.*)"', re.DOTALL)
_UNKNOWN = re.compile(r"no such (?:column|table|function): (?:.*\.)?(.*)", re.DOTALL)
_CLOSED = re.compile(r"access to (?:temp\.)?(.*)\.\w+ is prohibited", re.DOTALL)


def _ended(error: Exception) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_INTERRUPT


def _explained(
    connection: sqlite3.Connection, path: Path, sql: str, error: Exception
) -> StateProblem | UsageProblem:
    text, code = str(error), getattr(error, "sqlite_errorcode", 0) & 0xFF
    if _ended(error):
        return StateProblem(
            "the query took too long and was ended",
            code="F0685",
            state="nothing was changed",
            next_step="ask for less: one kind, one snapshot, fewer joins",
        )
    if code == sqlite3.SQLITE_TOOBIG:
        return _mistake(f"a value is longer than {_LONGEST} bytes", sql)
    if closed := _CLOSED.match(text):
        return _mistake(f"{closed[1]} is none of the views", sql, _find(closed[1], sql))
    if code == sqlite3.SQLITE_AUTH:
        return _mistake("a query can only SELECT, and only from the views", sql, 0)
    problem = problem_of(error, path, "snapshot file") if isinstance(error, sqlite3.Error) and code else None
    return problem or _mistake(text, sql, _place(connection, sql, text))


def _place(connection: sqlite3.Connection, sql: str, text: str) -> int | None:
    """Where in the SQL an error of SQLite's is, as far as its words tell."""
    if near := _NEAR.match(text):
        word = near[1] or near[2]
        for found in re.finditer(re.escape(word), sql):
            try:
                connection.execute("EXPLAIN " + sql[: found.end()])
            except sqlite3.Error as error:
                if str(error) == text:
                    return found.start()
        return None
    if unknown := _UNKNOWN.match(text):
        return _find(unknown[1], sql)
    return len(sql.rstrip()) if text == "incomplete input" else None


def _find(word: str, sql: str) -> int | None:
    place = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", sql, re.IGNORECASE)
    return place.start() if place else None


def _mistake(text: str, sql: str, place: int | None = None) -> UsageProblem:
    if place is not None:
        line = sql.count("\n", 0, place) + 1
        column = place - sql.rfind("\n", 0, place)
        text = f"{text} (line {line}, column {column} of the SQL)"
    return UsageProblem(
        visible(text, 400),
        next_step=f"the views are {', '.join(VIEWS)}; fleetc snapshot query --views shows their columns",
    )
