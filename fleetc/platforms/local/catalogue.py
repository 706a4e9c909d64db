"""What the platform offers without anybody declaring it: module versions and plain names."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fleetc.errors import Rejected
from fleetc.ir.state import Catalogue

if TYPE_CHECKING:
    from fleetc.platforms.local.transaction import Transaction

__all__ = ["CATEGORIES", "change", "offers", "read", "seed_catalogue", "write"]

CATEGORIES = ("module", "node_platform", "region", "instance_type")


def seed_catalogue() -> Catalogue:
    """What a new account is given: the reference fleet's names and the real platform's own."""
    first = {"1": "live"}
    return Catalogue(
        modules={
            "apache": first,
            "chrony": {**first, "4.5.0": "live"},
            "nginx": {**first, "1.26.0": "live", "1.27.0": "blessed"},
            "rpi4-firmware": first,
            "security-hardening": {**first, "2.1.0": "live"},
            "system-base": {**first, "24.4.0": "live"},
        },
        node_platforms=(
            "ubuntu-24.04-amd64",
            "ubuntu-24.04-arm64-uefi",
            "ubuntu-24.04-lts",
            "ubuntu-24.04-rpi4",
        ),
        regions=("ap-tokyo-1", "eu-west-2", "us-east-1", "us-west-1"),
        instance_types=("medium", "small", "t3-medium", "tiny"),
    )


def _rows(catalogue: Catalogue) -> Iterator[tuple[str, str, str, str]]:
    for name, versions in catalogue.modules.items():
        for version, state in versions.items():
            yield "module", name, version, state
    for category, names in (
        ("node_platform", catalogue.node_platforms),
        ("region", catalogue.regions),
        ("instance_type", catalogue.instance_types),
    ):
        for name in names:
            yield category, name, "", ""


def write(connection: sqlite3.Connection, account: str, catalogue: Catalogue) -> None:
    """Replace an account's catalogue."""
    connection.execute("DELETE FROM catalogue WHERE account = ?", (account,))
    connection.executemany(
        "INSERT INTO catalogue VALUES (?, ?, ?, ?, ?)", ((account, *row) for row in _rows(catalogue))
    )


def read(connection: sqlite3.Connection, account: str) -> Catalogue:
    """An account's catalogue, sorted by name."""
    modules: dict[str, dict[str, str]] = {}
    names: dict[str, list[str]] = {category: [] for category in CATEGORIES}
    query = "SELECT category, name, version, state FROM catalogue WHERE account = ? ORDER BY 1, 2, 3"
    for category, name, version, state in connection.execute(query, (account,)):
        if category == "module":
            modules.setdefault(name, {})[version] = state
        else:
            names[category].append(name)
    return Catalogue(
        modules=modules,
        node_platforms=tuple(names["node_platform"]),
        regions=tuple(names["region"]),
        instance_types=tuple(names["instance_type"]),
    )


def offers(tx: Transaction, category: str, name: object) -> bool:
    """Whether the account's catalogue holds a name."""
    query = "SELECT 1 FROM catalogue WHERE account = ? AND category = ? AND name = ?"
    return tx.row(query, tx.account, category, name) is not None


def change(tx: Transaction, category: str, name: str, version: str, state: str, *, add: bool) -> None:
    """Add an entry or remove it; a module without version means all its versions."""
    if category not in CATEGORIES:
        raise Rejected(f"unknown category {category}; known: {', '.join(CATEGORIES)}")
    if add:
        given = (version or "1", state or "live") if category == "module" else ("", "")
        tx.run("INSERT OR REPLACE INTO catalogue VALUES (?, ?, ?, ?, ?)", tx.account, category, name, *given)
        return
    query = (
        "DELETE FROM catalogue WHERE account = ? AND category = ? AND name = ? AND (version = ? OR ? = '')"
    )
    if not tx.run(query, tx.account, category, name, version, version):
        raise tx.missing(category, name)
