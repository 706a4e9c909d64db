"""Structs as rows: one column a member, mappings and tuples as canonical JSON."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from fleetc.ir.values import canonical

__all__ = ["insert", "revive", "row_of", "select"]

S = TypeVar("S", bound=msgspec.Struct)

_JSON = frozenset({"counts", "detail", "fields", "declared", "facts"})


def row_of(value: msgspec.Struct) -> tuple[Any, ...]:
    """The members in order, as SQLite stores them."""
    return tuple(
        canonical(getattr(value, name)).decode() if name in _JSON else getattr(value, name)
        for name in value.__struct_fields__
    )


def revive(kind: type[S], row: Iterable[Any]) -> S:
    """The struct of a row that has its members in order; raises `msgspec.ValidationError`."""
    pairs = zip(kind.__struct_fields__, row, strict=True)
    members = {n: msgspec.json.decode(v) if n in _JSON else v for n, v in pairs}
    return msgspec.convert(members, kind, strict=False)


def _columns(kind: type[msgspec.Struct]) -> str:
    return ", ".join(f'"{name}"' for name in kind.__struct_fields__)


def insert(connection: sqlite3.Connection, table: str, kind: type[S], values: Iterable[S]) -> None:
    """Add one row a value; the table has the struct's members as its columns."""
    places = ", ".join("?" for _ in kind.__struct_fields__)
    statement = f"INSERT INTO {table} ({_columns(kind)}) VALUES ({places})"  # noqa: S608 (our own names)
    connection.executemany(statement, map(row_of, values))


def select(
    connection: sqlite3.Connection, table: str, kind: type[S], rest: str = "", *arguments: object
) -> tuple[S, ...]:
    """The structs of all rows that `rest` (`WHERE ... ORDER BY ...`) leaves."""
    statement = f"SELECT {_columns(kind)} FROM {table} {rest}"  # noqa: S608 (our own names)
    return tuple(revive(kind, row) for row in connection.execute(statement, arguments))
