"""SQL over the views: what it gives, what it must not reach, and what a mistake says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fleetc.errors import StateProblem, UsageProblem
from fleetc.ir.state import Catalogue, LiveResource, Observation
from fleetc.platforms.local.profile import local_profile
from fleetc.store.snapshot_query import Answer, run_query
from fleetc.store.snapshot_views import VIEWS
from fleetc.store.snapshots import SqliteSnapshotStore

Ask = Callable[..., Answer]


def _seen(status: str, account: str = "acc") -> Observation:
    found = (
        LiveResource("node/a", "node", "n-1", {"status": status, "labels": {"rack": "7"}, "count": 2}),
        LiveResource("peer/net/a", "peer", "p-1", {"node": "a", "open": True, "note": None}),
    )
    catalogue = Catalogue({"nginx": {"1.26.0": "live"}}, ("debian",), ("eu-1", "eu-2"), ("small",))
    return Observation(account, local_profile(), found, catalogue)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "snapshots.db"
    store = SqliteSnapshotStore(path)
    for number, status in enumerate(("running", "stopped", "stopped")):
        store.put(_seen(status), taken_at=f"2026-01-0{number + 1}T00:00:00Z", source="live")
    store.put(_seen("secret", "other"), taken_at="2026-01-09T00:00:00Z", source="live")
    store.close()
    return path


@pytest.fixture
def ask(path: Path) -> Ask:
    def call(sql: str, serial: int | None = 3, limit: int = 100, account: str = "acc") -> Answer:
        return run_query(path, sql, account=account, serial=serial, limit=limit, late=lambda: False)

    return call


def test_each_view_has_the_columns_that_are_documented(ask: Ask) -> None:
    for name, view in VIEWS.items():
        found = ask(f"SELECT * FROM {name}")
        assert found.columns == tuple(view.columns), name
        assert found.rows, name


def test_resources_as_of_a_snapshot_and_over_all(ask: Ask) -> None:
    status = "SELECT snapshot, json_extract(fields, '$.status') FROM resources WHERE kind = 'node'"
    assert ask(status).rows == ((3, "stopped"),)
    assert ask(status, 1).rows == ((1, "running"),)
    assert ask(f"{status} ORDER BY 1", None).rows == ((1, "running"), (2, "stopped"), (3, "stopped"))
    assert ask("SELECT address, kind, name, parent, id FROM resources WHERE parent = 'net'").rows == (
        ("peer/net/a", "peer", "a", "net", "p-1"),
    )
    assert ask("SELECT name, parent FROM resources WHERE kind = 'node'").rows == (("a", None),)


def test_fields_history_and_catalogue(ask: Ask) -> None:
    fields = "SELECT field, value, type FROM fields ORDER BY address, field"
    assert ask(fields).rows == (
        ("count", 2, "integer"),
        ("labels", '{"rack":"7"}', "object"),
        ("status", "stopped", "text"),
        ("node", "a", "text"),
        ("note", None, "null"),
        ("open", 1, "true"),
    )
    history = "SELECT json_extract(fields, '$.status'), since, until FROM history WHERE kind = 'node'"
    assert sorted(ask(history).rows, key=repr) == [("running", 1, 2), ("stopped", 2, None)]
    assert ask("SELECT category, name, version, state FROM catalogue ORDER BY 1, 2").rows == (
        ("instance_type", "small", None, None),
        ("module", "nginx", "1.26.0", "live"),
        ("node_platform", "debian", None, None),
        ("region", "eu-1", None, None),
        ("region", "eu-2", None, None),
    )
    assert ask("SELECT serial, resources FROM snapshots ORDER BY 1").rows == ((1, 2), (2, 2), (3, 2))


def test_only_one_account_is_seen(ask: Ask) -> None:
    assert "secret" not in repr([ask(f"SELECT * FROM {name}", None).rows for name in VIEWS])
    assert ask("SELECT count(*) FROM snapshots", account="nobody").rows == ((0,),)


def test_rows_are_cut_and_said_to_be(ask: Ask) -> None:
    every = "SELECT serial FROM snapshots ORDER BY 1"
    assert ask(every, limit=2) == Answer(("serial",), ((1,), (2,)), True)
    assert ask(every, limit=3).truncated is False


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM snapshot",
        "UPDATE resource SET body = '{}'",
        "CREATE TABLE x (y)",
        "CREATE TEMP TABLE x (y)",
        "DROP VIEW resources",
        "PRAGMA user_version = 9",
        "PRAGMA query_only = OFF",
        "ATTACH 'other.db' AS other",
        "VACUUM INTO 'copy.db'",
        "BEGIN",
        "SELECT load_extension('x')",
        "SELECT * FROM snapshot",
        "SELECT body FROM resource",
        "SELECT name FROM account",
        "SELECT * FROM main.validity",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM sqlite_temp_master",
        "SELECT * FROM pragma_table_info('snapshot')",
        "SELECT * FROM resources, resource",
        "WITH resources AS (SELECT * FROM snapshot) SELECT serial FROM resources",
        "WITH inner0_shown AS (SELECT * FROM snapshot) SELECT serial FROM inner0_shown",
        "SELECT * FROM inner0_shown",
        "SELECT (SELECT name FROM account LIMIT 1) FROM snapshots",
        "EXPLAIN DELETE FROM snapshot",
        "SELECT 1; DELETE FROM snapshot",
        "SELECT zeroblob(100000000)",
        "",
        "-- nothing",
        "SELECT 1 LIMIT 'x'",
        "SELECT json_extract('{', '$')",
        "SELECT abs(-9223372036854775808)",
        "SELECT '\ud800'",
        "SELECT \x00",
    ],
)
def test_nothing_else_can_be_done(path: Path, ask: Ask, sql: str) -> None:
    before = path.read_bytes()
    with pytest.raises(UsageProblem) as problem:
        ask(sql)
    assert "the views are snapshots, resources" in problem.value.next_step
    assert path.read_bytes() == before
    assert [item.name for item in path.parent.iterdir()] == ["snapshots.db"]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELEC 1", 'near "SELEC": syntax error (line 1, column 1'),
        ("SELECT name\nFROM resources\nWHERE and and", 'near "and": syntax error (line 3, column 7'),
        ("SELECT nam FROM resources", "no such column: nam (line 1, column 8"),
        ("SELECT r.nam FROM resources r", "no such column: r.nam (line 1, column 10"),
        ("SELECT * FROM nodes", "no such table: nodes (line 1, column 15"),
        ("SELECT 'x", 'unrecognized token: "\'x" (line 1, column 8'),
        ("SELECT (1", "incomplete input (line 1, column 10"),
        ("SELECT * FROM account", "account is none of the views (line 1, column 15"),
    ],
)
def test_a_mistake_has_its_place(ask: Ask, sql: str, words: str) -> None:
    with pytest.raises(UsageProblem) as problem:
        ask(sql)
    assert words in problem.value.message


def test_an_endless_query_is_ended(path: Path) -> None:
    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(StateProblem) as problem:
        run_query(path, endless, account="acc", serial=1, limit=1, late=lambda: True)
    assert problem.value.code == "F0685"


def test_a_key_press_ends_a_query(path: Path) -> None:
    asked: list[bool] = []

    def pressed() -> bool:
        asked.append(True)
        if len(asked) == 1:
            raise KeyboardInterrupt
        return False

    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(KeyboardInterrupt):
        run_query(path, endless, account="acc", serial=1, limit=1, late=pressed)


def test_a_damaged_file_is_said_to_be(path: Path, ask: Ask) -> None:
    raw = bytearray(path.read_bytes())
    raw[4096:] = b"\x00" * (len(raw) - 4096)
    path.write_bytes(raw)
    with pytest.raises(StateProblem) as problem:
        ask("SELECT * FROM resources")
    assert problem.value.code == "F0621"
