"""The embedded platform by itself: its log, changes by hand, accounts, file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from fleetc.errors import InputProblem, NotSent, Rejected, StateProblem
from fleetc.platforms.local import LocalConfig, LocalPlatform, seed_catalogue
from tests.contract.platform_world import Clock, Open, call, held, holders


def test_the_log_holds_what_was_asked_and_what_came_of_it(opened: Open) -> None:
    platform = opened()
    made = platform.call("create_network", {"name": "w", "tags": ["b", "a"]}, tag="run/1").platform_id
    with pytest.raises(Rejected):
        platform.call("create_network", {"name": "w"}, tag="run/2")
    with pytest.raises(Rejected):
        platform.call("no_such_call", {"x": 1}, tag="run/3")
    platform.find("network/zz")
    rows = platform.log()
    assert [(row.seq, row.tag, row.call, row.outcome, row.platform_id, row.address) for row in rows] == [
        (1, "run/1", "create_network", "done", made, "network/w"),
        (2, "run/2", "create_network", "rejected", "", ""),
        (3, "run/3", "no_such_call", "rejected", "", ""),
    ]
    assert rows[0].arguments == '{"name":"w","tags":["b","a"]}'
    assert platform.log(after=2) == rows[2:]


def test_the_log_is_append_only(opened: Open, tmp_path: Path) -> None:
    call(opened(), "create_network", name="w")
    connection = sqlite3.connect(tmp_path / "platform.db")
    for statement in ("UPDATE effect SET tag = ''", "DELETE FROM effect"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()


def test_changes_by_hand_are_logged_without_a_tag(opened: Open) -> None:
    platform = opened()
    held(platform)
    before, counter = len(platform.log()), platform.change_counter()
    platform.set_fields("instance/a", {"status": "error", "region": "moon"})
    platform.set_fields("node/a", {"labels": {"x": "y"}, "effective_modules": ["zz"]})
    platform.set_fields("template/base", {"modules": ["nginx@9", "chrony"], "architecture": "arm64"})
    platform.set_fields(
        "virtual_ip/w/v", {"primary_holder": "c", "failover_holders": ["a"], "cidr": "::1/128"}
    )
    platform.set_fields("node/a", {"labels": None})
    platform.fail_over("w", "v")
    platform.remove("peer/w/b")
    platform.remove("instance/b")
    rows = platform.log()[before:]
    assert [row.call for row in rows] == ["set"] * 5 + ["fail_over", "detach_peer", "terminate_instance"]
    assert {row.tag for row in rows} == {""}
    assert platform.change_counter() == counter + len(rows)
    fields = {row.address: row.fields for row in platform.observe().resources}
    assert (fields["instance/a"]["status"], fields["instance/a"]["region"]) == ("error", "moon")
    assert fields["node/a"]["effective_modules"] == ["zz"]
    assert "labels" not in fields["node/a"]
    assert fields["template/base"]["modules"] == ["chrony", "nginx@9"]
    assert fields["virtual_ip/w/v"]["cidr"] == "::1/128"
    assert holders(platform) == ("a", ["c"])
    assert not {"peer/w/b", "instance/b"} & fields.keys()


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("node/zz", {"labels": {}}),
        ("node/a", {"zz": 1}),
        ("instance/a", {"node": "b"}),
        ("instance/a", {"status": None}),
        ("node/a", {"template": "zz"}),
        ("virtual_ip/w/v", {"primary_holder": "zz"}),
        ("virtual_ip/w/v", {"failover_holders": [1]}),
    ],
)
def test_a_change_by_hand_that_makes_no_sense_is_refused(
    opened: Open, address: str, fields: dict[str, object]
) -> None:
    platform = opened()
    held(platform)
    before = platform.observe()
    with pytest.raises(Rejected):
        platform.set_fields(address, {"description": "x", **fields} if "virtual" in address else fields)
    assert platform.observe() == before


def test_the_catalogue_is_edited_by_hand(opened: Open) -> None:
    platform = opened()
    assert platform.catalogue() == seed_catalogue() == platform.observe().catalogue
    platform.change_catalogue("region", "moon-1")
    platform.change_catalogue("module", "nginx", version="2.0.0", state="staging")
    platform.change_catalogue("module", "nginx", version="1.26.0", add=False)
    platform.change_catalogue("module", "apache", add=False)
    edited = platform.catalogue()
    assert "moon-1" in edited.regions
    assert edited.modules["nginx"] == {"1": "live", "1.27.0": "blessed", "2.0.0": "staging"}
    assert "apache" not in edited.modules
    with pytest.raises(Rejected):
        platform.change_catalogue("region", "zz", add=False)


def test_accounts_of_one_file_do_not_see_each_other(opened: Open) -> None:
    one, other = opened("one"), opened("other")
    mine = call(one, "create_network", name="w")
    call(other, "create_network", name="w")
    assert one.find("network/w") != other.find("network/w")
    assert other.get("network", mine) is None
    with pytest.raises(Rejected):
        call(other, "delete_network", network_id=mine)
    assert len(one.log()) == 1
    assert one.change_counter() == 1


def test_addresses_follow_from_names_and_seed(tmp_path: Path) -> None:
    def given(name: str, seed: str) -> object:
        platform = LocalPlatform(tmp_path / name, "acme", Clock(), LocalConfig(seed=seed))
        held(platform)
        found = [row.fields for row in platform.observe().resources if row.kind in {"network", "virtual_ip"}]
        platform.close()
        return found

    assert given("a.db", "") == given("b.db", "")
    assert given("c.db", "x") != given("a2.db", "")


def test_observe_asks_as_many_questions_of_a_large_account_as_of_a_small_one(opened: Open) -> None:
    def questions(platform: LocalPlatform) -> int:
        asked: list[str] = []
        connection = platform._database._connection()
        connection.set_trace_callback(asked.append)
        platform.observe()
        connection.set_trace_callback(None)
        return len(asked)

    small, large = opened("small"), opened("large")
    held(small)
    held(large, "abcdefghijklmnopqrstuvwxyz")
    assert questions(small) == questions(large) < 25


@pytest.mark.parametrize("address", ["node/a", "instance/a", "network/w", "peer/w/a", "virtual_ip/w/v"])
def test_looking_by_name_goes_by_the_name_in_every_table(opened: Open, address: str) -> None:
    platform = opened()
    held(platform)
    asked: list[str] = []
    connection = platform._database._connection()
    connection.set_trace_callback(asked.append)
    assert platform.find(address)
    connection.set_trace_callback(None)
    for query in asked:
        if query.startswith("SELECT"):
            steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}")]
            first = steps[0]
            assert "name=?" in first, steps
            assert not any(step.startswith("SCAN") for step in steps)


def test_what_cannot_be_sent_is_refused_before_it_is(opened: Open) -> None:
    platform = opened()
    held(platform)
    before = platform.observe(), platform.log()
    for arguments in ({"name": "\udcff"}, {"name": "x", "settings": {"\ud800": 1}}):
        with pytest.raises(Rejected, match="cannot be sent"):
            call(platform, "create_network", **arguments)
    with pytest.raises(Rejected, match="cannot be sent"):
        platform.set_fields("network/w", {"description": "\udcff"})
    assert platform.find("node/\udcff") == ()
    assert (platform.observe(), platform.log()) == before


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("create_network", {"name": {"ref": "network/w", "field": "id"}}),
        ("create_node", {"name": "n", "template_id": None}),
        ("create_node", {"name": "n", "template_id": {"ref": "template/base", "field": "id"}}),
        ("create_virtual_ip", {"network_id": "net-1", "name": "x", "failover_holder_peer_ids": [1]}),
        ("create_virtual_ip", {"network_id": "net-1", "name": "x", "cidr": 5}),
    ],
)
def test_ids_and_names_are_text(opened: Open, name: str, arguments: dict[str, object]) -> None:
    with pytest.raises(Rejected, match="is invalid"):
        call(opened(), name, **arguments)


def test_a_hand_edit_to_a_taken_address_is_refused(opened: Open) -> None:
    platform = opened()
    held(platform)
    taken = platform.find("peer/w/a")[0].fields["address"]
    with pytest.raises(Rejected, match="taken"):
        platform.set_fields("peer/w/b", {"address": taken, "listen_port": 1})
    assert platform.find("peer/w/b")[0].fields["listen_port"] == 51820


def test_a_full_file_takes_nothing(opened: Open) -> None:
    platform = opened()
    connection = platform._database._connection()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Rejected, match="full"):
        call(platform, "create_network", name="w", description="x" * 100_000)
    connection.execute("PRAGMA max_page_count = 100000")
    assert platform.find("network/w") == ()
    assert platform.log() == ()


def test_a_handle_survives_the_move_of_its_folder(tmp_path: Path) -> None:
    first = LocalPlatform(tmp_path / "old" / "p.db", "acme", Clock())
    call(first, "create_network", name="w")
    (tmp_path / "old").rename(tmp_path / "new")
    second = LocalPlatform(tmp_path / "new" / "p.db", "acme", Clock())
    second.set_fields("network/w", {"description": "moved"})
    second.close()
    first.close()
    third = LocalPlatform(tmp_path / "new" / "p.db", "acme", Clock())
    assert third.find("network/w")[0].fields["description"] == "moved"
    third.close()


def test_a_held_file_is_not_sent(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fleetc.platforms.local.database._BUSY_SECONDS", 0.01)
    platform = opened()
    holder = sqlite3.connect(tmp_path / "platform.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(NotSent):
        call(platform, "create_network", name="w")
    holder.execute("ROLLBACK")
    holder.close()
    call(platform, "create_network", name="w")


def _foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mine (x)")
    connection.close()


def _newer(path: Path) -> None:
    LocalPlatform(path, "acme", Clock()).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


FILES: dict[str, Callable[[Path], object]] = {
    "foreign": _foreign,
    "newer": _newer,
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_bytes(b"not a database at all, but long enough" * 99),
    "folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("make", FILES.values(), ids=FILES)
def test_a_file_that_is_not_ours_is_refused_and_left_alone(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    path = tmp_path / "p.db"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StateProblem):
        LocalPlatform(path, "acme", Clock())
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_making_the_file_leaves_nothing_else(tmp_path: Path) -> None:
    LocalPlatform(tmp_path / "state" / "p.db", "acme", Clock()).close()
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["p.db"]


@pytest.mark.parametrize(
    "values", [{"latency": -1}, {"latencies": 1}, {"lost_rate": 2}, {"cascades": "no"}, {"rate_limit": 1.5}]
)
def test_a_mistake_in_the_operators_table_is_reported(values: dict[str, object]) -> None:
    with pytest.raises(InputProblem) as caught:
        LocalConfig.from_mapping(values)
    assert next(iter(values)) in caught.value.message
