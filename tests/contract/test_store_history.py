"""Pruning and comparing, over any history: what is kept reads back, what differs is all of it."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetc.errors import StateProblem
from fleetc.ir.difference import difference
from fleetc.ir.state import Observation, Snapshot
from fleetc.ir.values import canonical
from fleetc.store.snapshots import SqliteSnapshotStore
from tests.contract.test_store_snapshots import (
    CATALOGUE,
    PROFILE,
    _put,
    _resource,
    _same,
    _seen,
    observations,
)

histories = st.lists(st.tuples(observations, st.booleans()), min_size=1, max_size=9)


def _rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def _check_laws(path: Path) -> None:
    """References hold, intervals are apart, nothing is stored that no snapshot has."""
    assert _rows(path, "PRAGMA foreign_key_check") == []
    assert _rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert _rows(path, "SELECT 1 FROM resource WHERE id NOT IN (SELECT resource FROM validity)") == []
    assert _rows(path, "SELECT 1 FROM validity WHERE to_serial <= from_serial") == []
    assert _rows(path, "SELECT 1 FROM validity WHERE to_serial NOT IN (SELECT serial FROM snapshot)") == []
    apart = "SELECT 1 FROM validity a JOIN validity b USING (account, resource) WHERE a.from_serial < b.from_serial AND ifnull(a.to_serial, 1e9) > b.from_serial"
    assert _rows(path, apart) == []


@given(histories, st.lists(observations, max_size=2))
def test_what_is_kept_reads_back_exactly_and_the_history_goes_on(
    history: list[tuple[Observation, bool]], later: list[Observation]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "snapshots.db"
        store = SqliteSnapshotStore(path)
        taken = [_put(store, second, seen) for second, (seen, _) in enumerate(history)]
        for account in ("acc", "other"):
            of_it = [snapshot.serial for snapshot in taken if snapshot.account == account]
            gone = {
                snapshot.serial
                for snapshot, (_, goes) in zip(taken, history, strict=True)
                if goes and snapshot.account == account
            }
            store.prune(account, gone)
            kept = {row.serial for row in store.list(account)}
            assert kept == set(of_it) - gone | set(of_it[-1:])
            _check_laws(path)
        taken = [s for s in taken if s.serial in {row.serial for row in store.list()}]
        taken += [_put(store, 100 + second, seen) for second, seen in enumerate(later)]
        for snapshot in taken:
            _same(store.get(snapshot.account, snapshot.serial), snapshot)
        _check_laws(path)
        store.close()


@given(histories)
def test_two_snapshots_differ_as_their_whole_contents_do(history: list[tuple[Observation, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteSnapshotStore(Path(folder) / "snapshots.db")
        taken = [_put(store, second, seen) for second, (seen, _) in enumerate(history)]
        for old in taken:
            for new in (snapshot for snapshot in taken if snapshot.account == old.account):
                fast = difference(*store.between(old.account, old.serial, new.serial))
                whole = difference(old, new)
                assert (fast.resources, fast.catalogue) == (whole.resources, whole.catalogue)
                assert bool(whole.resources) == (_bodies(old) != _bodies(new))
        store.close()


def _bodies(snapshot: Snapshot) -> set[bytes]:
    return {canonical(resource) for resource in snapshot.resources}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteSnapshotStore]:
    opened = SqliteSnapshotStore(tmp_path / "snapshots.db")
    yield opened
    opened.close()


def test_pruning_gives_the_room_back(store: SqliteSnapshotStore, tmp_path: Path) -> None:
    for second in range(20):
        _put(store, second, _seen(*(_resource(f"h{n}", config=f"{second}" * 500) for n in range(20))))
    before = (tmp_path / "snapshots.db").stat().st_size
    freed = store.prune("acc", range(1, 20))
    assert (tmp_path / "snapshots.db").stat().st_size == before - freed < before / 5
    assert [row.serial for row in store.list()] == [20]


def test_a_serial_is_never_given_twice(store: SqliteSnapshotStore) -> None:
    for second in range(3):
        _put(store, second, _seen(_resource("a", x=second)))
    store.prune("acc", [1, 2, 3])
    assert _put(store, 9, _seen()).serial == 4


def test_another_account_keeps_its_snapshots(store: SqliteSnapshotStore) -> None:
    other = _put(store, 0, _seen(_resource("a"), account="other"))
    for second in (1, 2):
        _put(store, second, _seen(_resource("a")))
    store.prune("acc", [other.serial, 2])
    _same(store.get("other", other.serial), other)
    store.prune("nobody", [1, 2, 3])
    assert [row.serial for row in store.list()] == [3, 1]


def test_a_damaged_row_does_not_pass_for_a_difference(store: SqliteSnapshotStore) -> None:
    first = _put(store, 0, _seen(_resource("a", x=1)))
    second = _put(store, 1, _seen(_resource("a", x=2)))
    with store._database.writing() as connection:
        connection.execute("UPDATE resource SET body = replace(body, '2', '3')")
    with pytest.raises(StateProblem) as problem:
        store.between("acc", first.serial, second.serial)
    assert problem.value.code == "F0625"
    with pytest.raises(StateProblem):
        store.between("acc", 1, 9)


def test_the_catalogue_is_compared(store: SqliteSnapshotStore) -> None:
    before = _put(store, 0, _seen())
    modules = {"nginx": {"1.26.0": "deprecated", "1.27.0": "live"}}
    other = Observation("acc", PROFILE, (), type(CATALOGUE)(modules=modules, regions=("eu-west-1",)))
    after = _put(store, 1, other)
    found = difference(*store.between("acc", before.serial, after.serial))
    assert [(item.path, item.before, item.after) for item in found.catalogue] == [
        ("module nginx@1.26.0", "live", "deprecated"),
        ("module nginx@1.27.0", None, "live"),
        ("region eu-west-1", None, "offered"),
        ("region eu-west-2", "offered", None),
    ]


@given(histories)
def test_the_states_of_an_address_are_what_each_snapshot_has_there(
    history: list[tuple[Observation, bool]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteSnapshotStore(Path(folder) / "snapshots.db")
        taken = [_put(store, second, seen) for second, (seen, _) in enumerate(history)]
        for account in ("acc", "other"):
            of_it = [snapshot for snapshot in taken if snapshot.account == account]
            addresses = {each.address for snapshot in of_it for each in snapshot.resources}
            found = store.states(account, [*addresses, "node/never"])
            assert found.keys() == {*addresses, "node/never"}
            assert found["node/never"] == ()
            for snapshot in of_it:
                holding = [
                    state.resource
                    for states in found.values()
                    for state in states
                    if state.since <= snapshot.serial
                    and (state.until is None or state.until > snapshot.serial)
                ]
                assert {canonical(each) for each in holding} == _bodies(snapshot)
        store.close()


def test_a_damaged_state_is_not_told(store: SqliteSnapshotStore) -> None:
    _put(store, 0, _seen(_resource("a", x=1)))
    with store._database.writing() as connection:
        connection.execute("UPDATE resource SET body = replace(body, '1', '3')")
    with pytest.raises(StateProblem) as problem:
        store.states("acc", ["node/a"])
    assert problem.value.code == "F0625"
