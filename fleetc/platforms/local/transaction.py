"""What a call may do inside its one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from fleetc.errors import PlatformProblem, Rejected, ResultUnknown
from fleetc.ir.values import Value, canonical
from fleetc.platforms.local.config import LocalConfig

__all__ = ["Arguments", "Touched", "Transaction", "encode", "given", "merged", "name_of"]

Arguments = dict[str, Value]

_PREFIXES = {
    "module": "mod",
    "template": "tpl",
    "node": "nod",
    "instance": "ins",
    "network": "net",
    "peer": "peer",
    "virtual_ip": "vip",
    "assignment": "asg",
    "firewall_rule": "fwr",
    "port_mapping": "map",
}


@dataclass(frozen=True, slots=True)
class Touched:
    """What a call made, changed or ended."""

    platform_id: str
    address: str
    data: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open write transaction of one account; `now` is its time, in seconds since the epoch."""

    connection: sqlite3.Connection
    account: str
    config: LocalConfig
    now: float
    token: Callable[[], str]

    def row(self, query: str, *values: object) -> Any:
        """The first row, or None."""
        return self.connection.execute(query, values).fetchone()

    def rows(self, query: str, *values: object) -> list[Any]:
        """All rows."""
        return self.connection.execute(query, values).fetchall()

    def run(self, query: str, *values: object) -> int:
        """Run a statement; returns how many rows it changed."""
        return self.connection.execute(query, values).rowcount

    def need(self, kind: str, query: str, key: object) -> Any:
        """The row of the account with that key; `query` takes account and key."""
        found = self.row(query, self.account, key)
        if found is None:
            raise self.missing(kind, key)
        return found

    def missing(self, kind: str, key: object) -> Rejected:
        """What the platform says when it does not find something."""
        if self.config.free_text_errors:
            return Rejected(f"Couldn't find {kind.replace('_', ' ')} with {key!r}")
        return Rejected(f"404 {kind} {key}")

    def identifier(self, kind: str) -> str:
        """A new platform id."""
        return f"{_PREFIXES[kind]}-{self.token()}"

    def unique(self, what: str, query: str, *values: object) -> None:
        """Refuse a natural key that `query` finds taken."""
        if self.config.unique_keys and self.row(query, *values) is not None:
            raise self.taken(what)

    def taken(self, what: str) -> PlatformProblem:
        """What the platform says of a duplicate."""
        if self.config.ambiguous_races:
            return ResultUnknown("-32603 Internal error: PG::UniqueViolation")
        return Rejected(f"{what} has already been taken")

    def free(self, candidates: Iterable[str], query: str) -> str:
        """The first candidate that `query` does not find."""
        for candidate in candidates:
            if self.row(query, candidate) is None:
                return candidate
        raise Rejected("no free address is left")


def encode(fields: object) -> str:
    """JSON text for a column."""
    return canonical(fields).decode()


def merged(text: str, changes: dict[str, Value], *, skip: Callable[[str, Value], bool] | None = None) -> str:
    """A `fields` column with changes put in: null removes a field, what `skip` says is left alone."""
    fields: dict[str, Value] = msgspec.json.decode(text)
    for name, value in changes.items():
        if skip is not None and skip(name, value):
            continue
        if value is None:
            fields.pop(name, None)
        else:
            fields[name] = value
    return encode(fields)


def given(args: Arguments, *names: str, **defaults: Value) -> dict[str, Value]:
    """The given arguments of those names over the platform's defaults, without nulls."""
    values = {**defaults, **{name: args[name] for name in names if name in args}}
    return {name: value for name, value in values.items() if value is not None}


def name_of(args: Arguments) -> str:
    """The name of something new; a blank one is refused."""
    name = args["name"]
    if not isinstance(name, str) or not name.strip():
        raise Rejected("Name can't be blank")
    return name
