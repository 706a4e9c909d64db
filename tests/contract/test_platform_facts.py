"""The embedded platform: the real one's facts, a switch each, and the faults it can make."""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec
import pytest

from fleetc.errors import RateLimited, Rejected, ResultUnknown
from fleetc.ir.state import Observation
from fleetc.platforms.local import LocalConfig, LocalPlatform
from tests.contract.platform_world import Clock, Open, call, held, holders, instance, node


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
