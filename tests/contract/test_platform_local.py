"""The embedded platform by itself: its switches, faults, log and file."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from fleetc.errors import InputProblem, NotSent, RateLimited, Rejected, ResultUnknown, StateProblem
from fleetc.ir.state import Observation
from fleetc.platforms.local import LocalConfig, LocalPlatform, seed_catalogue


class Clock:
    """Time that passes only in `sleep`; `chances` are the next random numbers, then 0.5."""

    def __init__(self) -> None:
        self.time = 1_000_000.0
        self.tokens = 0
        self.chances: list[float] = []

    def now(self) -> float:
        return self.time

    monotonic = now

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def jitter(self) -> float:
        return self.chances.pop(0) if self.chances else 0.5

    def token(self) -> str:
        self.tokens += 1
        return f"{self.tokens:016x}"


Open = Callable[..., LocalPlatform]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Iterator[Open]:
    """Opens the test's platform with some settings; each time another handle on one file."""
    handles: list[LocalPlatform] = []

    def open_(account: str = "acme", **settings: object) -> LocalPlatform:
        config = LocalConfig.from_mapping(settings)
        handles.append(LocalPlatform(tmp_path / "platform.db", account, clock, config))
        return handles[-1]

    yield open_
    for handle in handles:
        handle.close()


def call(platform: LocalPlatform, name: str, /, **arguments: object) -> str:
    return platform.call(name, arguments, tag=f"test/{name}").platform_id  # type: ignore[arg-type]


def node(platform: LocalPlatform, host: str) -> str:
    found = platform.find("template/base")
    template = (
        found[0].id
        if found
        else call(platform, "create_template", name="base", node_platform="ubuntu-24.04-lts")
    )
    return call(platform, "create_node", name=host, template_id=template)


def instance(platform: LocalPlatform, node_id: str) -> str:
    return call(
        platform, "provision_instance", node_id=node_id, region="eu-west-2", instance_type="t3-medium"
    )


def held(platform: LocalPlatform, hosts: str = "abc") -> str:
    """A network `w` with a peer for each host, and a virtual IP `v` held by the first."""
    network = call(platform, "create_network", name="w")
    peers = [
        call(
            platform, "attach_peer", network_id=network, instance_id=instance(platform, node(platform, host))
        )
        for host in hosts
    ]
    first, *rest = peers
    return call(
        platform,
        "create_virtual_ip",
        network_id=network,
        name="v",
        holder_peer_id=first,
        failover_holder_peer_ids=rest,
    )


def holders(platform: LocalPlatform) -> tuple[object, object]:
    (found,) = platform.find("virtual_ip/w/v")
    return found.fields.get("primary_holder"), found.fields["failover_holders"]


# the facts, one switch each


def test_a_call_sent_again_acts_again_unless_keys_are_idempotent(opened: Open) -> None:
    real = opened()
    first = node(real, "a")
    assert instance(real, first) != instance(real, first)
    kind = opened(no_idempotency_keys=False)
    again = instance(kind, first)
    assert again == instance(kind, first) == real.find("instance/a")[0].id
    assert len(real.find("instance/a")) == 2


def test_duplicates_are_refused_ambiguous_or_twins(opened: Open) -> None:
    real = opened()
    call(real, "create_network", name="w")
    with pytest.raises(Rejected, match="already been taken"):
        call(real, "create_network", name="w")
    with pytest.raises(ResultUnknown, match="-32603"):
        call(opened(ambiguous_races=True), "create_network", name="w")
    assert len(real.find("network/w")) == 1
    assert [row.outcome for row in real.log()] == ["done", "rejected", "rejected"]
    call(opened(unique_keys=False), "create_network", name="w")
    assert len(real.find("network/w")) == 2


def test_not_found_is_free_text_or_a_number(opened: Open) -> None:
    with pytest.raises(Rejected, match="Couldn't find network with 'zz'"):
        call(opened(), "delete_network", network_id="zz")
    with pytest.raises(Rejected, match=r"^404 network zz$"):
        call(opened(free_text_errors=False), "delete_network", network_id="zz")


def test_blank_and_null_are_ignored_where_the_real_platform_ignores_them(opened: Open) -> None:
    real, exact = opened(), opened(ignored_fields=False)
    held(real)
    template = real.find("template/base")[0].id
    call(real, "update_template", template_id=template, description="first")
    call(real, "update_template", template_id=template, description="")
    assert "description" not in real.find("template/base")[0].fields
    assert exact.find("template/base")[0].fields["description"] == "first"
    call(exact, "update_template", template_id=template, description="")
    assert exact.find("template/base")[0].fields["description"] == ""

    virtual_ip = real.find("virtual_ip/w/v")[0].id
    call(real, "update_virtual_ip", virtual_ip_id=virtual_ip, advertised_med=5, description="x")
    call(real, "update_virtual_ip", virtual_ip_id=virtual_ip, advertised_med=None, description="")
    fields = real.find("virtual_ip/w/v")[0].fields
    assert (fields["advertised_med"], fields["description"]) == (5, "")
    call(exact, "update_virtual_ip", virtual_ip_id=virtual_ip, advertised_med=None)
    assert "advertised_med" not in exact.find("virtual_ip/w/v")[0].fields


def test_the_profile_says_what_is_ignored(opened: Open) -> None:
    real, exact = opened().profile.kinds, opened(ignored_fields=False).profile.kinds
    assert "description" not in (*real["template"].readable, *real["template"].clearable)
    assert "description" in exact["template"].clearable
    assert "advertised_med" not in real["virtual_ip"].clearable
    assert "advertised_med" in exact["virtual_ip"].clearable


def test_settings_are_replaced_whole(opened: Open) -> None:
    platform = opened()
    network = call(platform, "create_network", name="w", settings={"a": 1, "b": {"c": 2}})
    call(platform, "update_network", network_id=network, settings={"b": {}})
    assert platform.find("network/w")[0].fields["settings"] == {"b": {}}


def test_deletes_cascade_or_are_refused(opened: Open) -> None:
    real, strict = opened(), opened(cascades=False)
    held(real)
    before = real.observe().resources
    for name, address in (
        ("delete_network", "network/w"),
        ("delete_node", "node/a"),
        ("terminate_instance", "instance/a"),
        ("detach_peer", "peer/w/a"),
    ):
        (found,) = real.find(address)
        with pytest.raises(Rejected):
            call(strict, name, **{f"{found.kind}_id": found.id})
    assert real.observe().resources == before
    call(real, "delete_network", network_id=real.find("network/w")[0].id)
    assert {row.kind for row in real.observe().resources} == {"template", "node", "instance"}


@pytest.fixture
def crowded(opened: Open) -> LocalPlatform:
    platform = opened()
    for number in range(201):
        instance(platform, node(platform, f"n-{number:03}"))
    return platform


def test_a_cut_list_is_noticed_and_read_node_by_node(opened: Open, crowded: LocalPlatform) -> None:
    def instances(observation: Observation) -> list[str]:
        return [row.address for row in observation.resources if row.kind == "instance"]

    observed = crowded.observe()
    assert observed.complete
    assert len(instances(observed)) == 201
    cut = opened(single_listing=True).observe()
    assert not cut.complete
    assert cut.problems == ("instances: 200 of 201 rows were listed",)
    assert len(instances(cut)) == 200
    assert "instance/n-000" not in instances(cut)
    assert opened(single_listing=True, short_lists=False).observe() == observed


def test_a_node_with_too_many_rows_makes_an_observation_incomplete(opened: Open) -> None:
    platform = opened()
    first = node(platform, "a")
    for _ in range(201):
        instance(platform, first)
    observed = platform.observe()
    assert not observed.complete
    assert observed.problems == ("instances of a: 200 of 201 rows were listed",)


def test_a_fail_over_leaves_the_old_holder_in_both_lists_and_twice_goes_on(opened: Open) -> None:
    platform = opened()
    held(platform, "ab")
    platform.fail_over("w", "v")
    assert holders(platform) == ("b", ["a"])
    peer = platform.find("peer/w/b")[0].id
    platform.fail_over("w", "v")
    assert holders(platform) == ("a", ["b"])
    platform.fail_over("w", "v")
    call(platform, "detach_peer", peer_id=peer)
    assert holders(platform) == ("a", ["a"])
    with pytest.raises(Rejected, match="candidate"):
        platform.fail_over("w", "v")


def test_a_clean_fail_over_drops_the_old_holder(opened: Open) -> None:
    platform = opened(failover_keeps_old=False)
    held(platform)
    platform.fail_over("w", "v")
    assert holders(platform) == ("b", ["c"])


def test_fail_over_is_in_no_recipe(opened: Open) -> None:
    assert b'fail_over"' not in msgspec.json.encode(opened().profile)
    with pytest.raises(Rejected, match="unknown call"):
        call(opened(), "fail_over", virtual_ip_id="zz")


def test_the_bucket_is_shared_by_all_handles_and_fills_with_time(opened: Open, clock: Clock) -> None:
    limits = {"rate_limit": 4, "window": 40.0}
    one, other = opened(**limits), opened("other", **limits)
    for platform in (one, other, one, other):
        assert platform.find("node/a") == ()
    with pytest.raises(RateLimited) as caught:
        call(one, "create_network", name="w")
    assert caught.value.retry_after == pytest.approx(10.0)
    assert one.log() == ()
    clock.sleep(caught.value.retry_after)
    call(one, "create_network", name="w")
    with pytest.raises(RateLimited) as caught:
        other.observe()
    clock.sleep(caught.value.retry_after)
    assert other.observe().complete


def test_a_clock_that_goes_back_takes_no_tokens(opened: Open, clock: Clock) -> None:
    platform = opened(rate_limit=2)
    platform.find("node/a")
    clock.time -= 3600
    platform.find("node/a")
    with pytest.raises(RateLimited):
        platform.find("node/a")


# faults


def test_an_error_comes_before_the_effect_and_a_lost_answer_after_it(opened: Open, clock: Clock) -> None:
    platform = opened(error_rate=0.1, lost_rate=0.2)
    clock.chances = [0.05]
    with pytest.raises(ResultUnknown):
        call(platform, "create_network", name="w")
    assert platform.log() == ()
    clock.chances = [0.5, 0.15]
    with pytest.raises(ResultUnknown):
        call(platform, "create_network", name="w")
    assert [(row.call, row.outcome) for row in platform.log()] == [("create_network", "done")]
    assert len(platform.find("network/w")) == 1


def test_latency_stands_around_the_effect(opened: Open, clock: Clock) -> None:
    platform = opened(latency=4.0)
    start = clock.now()
    call(platform, "create_network", name="w")
    with pytest.raises(Rejected):
        call(platform, "create_network", name="w")
    assert [(row.started, row.ended) for row in platform.log()] == [
        (start, start + 4.0),
        (start + 4.0, start + 8.0),
    ]


def test_calls_of_many_threads_overlap(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    class Meeting(Clock):
        def sleep(self, seconds: float) -> None:
            together.wait(timeout=60)

        def now(self) -> float:
            return float(together.n_waiting)

    platform = LocalPlatform(tmp_path / "p.db", "acme", Meeting(), LocalConfig(latency=1.0))
    threads = [
        threading.Thread(target=call, args=(platform, "create_network"), kwargs={"name": f"w-{number}"})
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row.address for row in platform.log()) == [f"network/w-{number}" for number in range(8)]
    platform.close()


# the effect log and hand edits


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


# accounts, size, file


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
    connection.execute("PRAGMA user_version = 2")
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
