"""What every snapshot store must do, over a real file: any history reads back exactly."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetc.errors import StateProblem
from fleetc.ir.state import Catalogue, LiveResource, Observation, Snapshot
from fleetc.ir.timestamps import rfc3339
from fleetc.ir.values import canonical
from fleetc.platforms.local.profile import local_profile
from fleetc.ports import SnapshotStore
from fleetc.store import snapshot_blocks
from fleetc.store.recorded import read_recorded, recorded_bytes
from fleetc.store.snapshots import SqliteSnapshotStore, snapshot_digest

PROFILE = local_profile()
CATALOGUE = Catalogue(modules={"nginx": {"1.26.0": "live"}}, regions=("eu-west-2",))
REPLACE = msgspec.structs.replace


def _resource(name: str, number: str = "1", **fields: Any) -> LiveResource:
    return LiveResource(f"node/{name}", "node", f"n-{name}-{number}", fields)


def _seen(*resources: LiveResource, account: str = "acc", **changes: Any) -> Observation:
    return REPLACE(Observation(account, PROFILE, resources, CATALOGUE), **changes)


def _put(store: SnapshotStore, second: int, observation: Observation, source: str = "live") -> Snapshot:
    return store.put(observation, taken_at=rfc3339(1e9 + second), source=source)


def _same(one: Snapshot, other: Snapshot) -> None:
    assert one == other
    assert canonical(one) == canonical(other)  # 1, 1.0 and true are equal in Python


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 2),
    st.just(1 << 70),
    st.sampled_from([0.0, 1.0, 2.5]),
    st.text(max_size=3),
)
values = st.one_of(
    scalars, st.lists(scalars, max_size=2), st.dictionaries(st.text(max_size=2), scalars, max_size=2)
)
resources = st.builds(
    lambda name, number, fields: LiveResource(f"node/{name}", "node", f"{name}{number}", fields),
    st.sampled_from(["a", "a-b", "a%20b", "b", "c.d", "é"]),
    st.sampled_from("123"),
    st.dictionaries(st.sampled_from(["labels", "x"]), values, max_size=2),
)
observations = st.builds(
    lambda account, found, complete, regions: Observation(
        account,
        PROFILE,
        tuple({(item.address, item.id): item for item in found}.values()),
        Catalogue(regions=tuple(regions)),
        complete,
        () if complete else ("a list was short",),
        len(found),
    ),
    st.sampled_from(["acc", "other"]),
    st.lists(resources, max_size=8),
    st.booleans(),
    st.lists(st.sampled_from(["r1", "r2"]), unique=True),
)


@given(st.lists(st.tuples(observations, st.booleans()), min_size=1, max_size=8))
def test_any_snapshot_of_any_history_reads_back_exactly(history: list[tuple[Observation, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "snapshots.db"
        store = SqliteSnapshotStore(path)
        taken = []
        for second, (observation, again) in enumerate(history):
            taken.append(_put(store, second, observation))
            if again:  # another process's store, which remembers nothing
                store.close()
                store = SqliteSnapshotStore(path)
        for (observation, _), snapshot in zip(history, taken, strict=True):
            back = store.get(snapshot.account, snapshot.serial)
            _same(back, snapshot)
            assert snapshot_digest(back) == snapshot_digest(observation) == snapshot.digest
            assert sorted(map(canonical, back.resources)) == sorted(map(canonical, observation.resources))
            kept = (back.profile, back.catalogue, back.complete, back.problems, back.counter)
            seen = observation
            assert kept == (seen.profile, seen.catalogue, seen.complete, seen.problems, seen.counter)
        store.close()


walks = st.lists(st.dictionaries(st.integers(0, 39), st.integers(0, 2), max_size=40), min_size=2, max_size=6)


@settings(max_examples=25)
@given(walks, st.integers(1, 6))
def test_what_is_held_of_the_newest_changes_no_row(walk: list[dict[int, int]], size: int) -> None:
    whole = dict.fromkeys(range(40), 0)
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(snapshot_blocks, "_SIZE", size):
        holds, forgets = Path(folder) / "holds.db", Path(folder) / "forgets.db"
        holding = SqliteSnapshotStore(holds)
        for second, changes in enumerate(walk):
            now = {**whole, **changes} if second % 2 else changes
            seen = _seen(*(_resource(f"h{n:02}", x=x) for n, x in now.items()))
            forgetting = SqliteSnapshotStore(forgets)
            _same(_put(holding, second, seen), _put(forgetting, second, seen))
            forgetting.close()
            assert _rows(holds) == _rows(forgets)
        holding.close()


def _rows(path: Path) -> list[tuple[Any, ...]]:
    """What stood when, without the numbers of bodies."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            "SELECT from_serial, to_serial, address, body FROM validity JOIN resource ON id = resource "
            "ORDER BY from_serial, to_serial, address, body"
        ).fetchall()


@pytest.fixture
def store(tmp_path: Path) -> SqliteSnapshotStore:
    return SqliteSnapshotStore(tmp_path / "snapshots.db")


def _count(store: SqliteSnapshotStore, table: str) -> int:
    with store._database.reading() as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_a_next_snapshot_costs_what_changed(store: SqliteSnapshotStore) -> None:
    first = [_resource(f"h{number}", labels={"a": "b"}) for number in range(200)]
    _put(store, 0, _seen(*first))
    changed = [_resource("h7", labels={"a": "c"}), *first[:7], *first[8:199], _resource("new")]
    _put(store, 1, _seen(*changed))
    assert (_count(store, "resource"), _count(store, "validity"), _count(store, "document")) == (202, 202, 2)
    _put(store, 2, _seen(*first))
    assert (_count(store, "resource"), _count(store, "validity")) == (202, 204)


def test_a_body_is_stored_once_over_accounts(store: SqliteSnapshotStore) -> None:
    _put(store, 0, _seen(_resource("a")))
    _put(store, 1, _seen(_resource("a"), account="other"))
    assert (_count(store, "resource"), _count(store, "validity")) == (1, 2)


def test_two_instances_at_one_address_are_both_kept(store: SqliteSnapshotStore) -> None:
    found = _put(store, 0, _seen(_resource("a", "2"), _resource("a", "1")))
    assert [resource.id for resource in found.resources] == ["n-a-1", "n-a-2"]
    _same(store.get("acc", 1), found)


def test_another_process_in_between_is_seen(tmp_path: Path) -> None:
    one, two = (SqliteSnapshotStore(tmp_path / "s.db") for _ in range(2))
    _put(one, 0, _seen(_resource("a", x=1)))
    _put(two, 1, _seen(_resource("a", x=True), _resource("b")))
    third = _put(one, 2, _seen(_resource("a", x=1)))
    _same(two.get("acc", 3), third)
    assert two.get("acc", 2).by_address["node/a"].fields == {"x": True}


def test_rows_newest_first(store: SqliteSnapshotStore) -> None:
    first = _put(store, 0, _seen(_resource("a"), complete=False, problems=("short",)))
    second = _put(store, 1, _seen(account="other"))
    rows = store.list()
    assert [(row.serial, row.account, row.count, row.complete) for row in rows] == [
        (2, "other", 0, True),
        (1, "acc", 1, False),
    ]
    assert [row.digest for row in rows] == [second.digest, first.digest]
    assert [row.serial for row in store.list("acc")] == [1]


@pytest.mark.parametrize(("account", "serial"), [("acc", 2), ("other", 1), ("acc", -1)])
def test_what_is_not_there(store: SqliteSnapshotStore, account: str, serial: int) -> None:
    _put(store, 0, _seen())
    with pytest.raises(StateProblem) as problem:
        store.get(account, serial)
    assert problem.value.code == "F0620"


@pytest.mark.parametrize("value", ["\ud800", iter("ab")])
def test_what_json_cannot_hold_is_refused_whole(store: SqliteSnapshotStore, value: object) -> None:
    with pytest.raises(StateProblem) as problem:
        _put(store, 0, _seen(_resource("a"), _resource("b", x=value)))
    assert problem.value.code == "F0629"
    assert store.list() == ()


def test_a_time_is_asked_for(store: SqliteSnapshotStore) -> None:
    with pytest.raises(ValueError, match="isoformat"):
        store.put(_seen(), taken_at="now", source="live")
    assert store.list() == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE resource SET body = replace(body, 'up', 'dn') WHERE id = 2",
        "UPDATE resource SET body = '' WHERE id = 2",
        "UPDATE resource SET digest = x'00' WHERE id = 2",
        "UPDATE validity SET from_serial = 2 WHERE resource = 2",
        "UPDATE validity SET to_serial = 1 WHERE resource = 2",
        "DELETE FROM validity WHERE resource = 2",
        "DELETE FROM resource WHERE id = 2",
        "UPDATE snapshot SET complete = 0",
        "UPDATE snapshot SET digest = 'x'",
        "UPDATE document SET body = replace(body, 'eu-west-2', 'eu-west-3')",
        "UPDATE document SET body = '{}'",
        "DELETE FROM document",
    ],
)
def test_what_was_changed_in_the_file_is_found(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "s.db"
    store = SqliteSnapshotStore(path)
    _put(store, 0, _seen(*(_resource(name, status="up") for name in "abc")))
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    store = SqliteSnapshotStore(path)
    with pytest.raises(StateProblem) as problem:
        store.get("acc", 1)
    assert problem.value.code == "F0625"
    store.close()


@given(observations)
def test_recorded_files_go_both_ways(observation: Observation) -> None:
    distinct = tuple({item.address: item for item in observation.resources}.values())
    by_id = tuple({(item.kind, item.id): item for item in distinct}.values())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.jsonl"
        store = SqliteSnapshotStore(Path(folder) / "s.db")
        taken = _put(store, 0, REPLACE(observation, resources=by_id))
        store.close()
        path.write_bytes(recorded_bytes(taken))
        back = read_recorded(path)
        assert back.digest == taken.digest
        assert canonical(back.resources) == canonical(taken.resources)
        assert recorded_bytes(back) == path.read_bytes()
