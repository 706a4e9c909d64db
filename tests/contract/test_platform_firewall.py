"""The contract of `fleetc.ports.Platform`: firewall rules."""

from __future__ import annotations

import pytest

from fleetc.errors import Rejected
from tests.contract.platform_world import World

RULE = "firewall_rule/fabric/web"


@pytest.fixture
def ruled(fleet: World) -> World:
    fleet.make(
        RULE,
        "create_firewall_rule",
        network_id=fleet.ids["network/fabric"],
        name="web",
        firewall_action="drop",
        protocol="tcp",
        src_selector={"peer_id": fleet.ids["peer/fabric/a-01"]},
        dst_selector={"cidr": "10.0.0.0/8"},
        ports="80-90",
    )
    return fleet


def test_a_rule_reads_back_as_an_author_writes_it(ruled: World) -> None:
    assert ruled.fields(RULE) == {
        "network": "fabric",
        "action": "drop",
        "direction": "both",
        "protocol": "tcp",
        "priority": 1000,
        "source": "peer:a-01",
        "destination": "10.0.0.0/8",
        "ports": "80-90",
        "enabled": True,
    }


def test_a_rule_changes_in_place(ruled: World) -> None:
    ruled.call(
        "update_firewall_rule",
        firewall_rule_id=ruled.ids[RULE],
        src_selector={"all": True},
        dst_selector={"tag": "edge"},
        ports="443",
        enabled=False,
    )
    fields = ruled.fields(RULE)
    assert (fields["source"], fields["destination"]) == ("all", "tag:edge")
    assert (fields["ports"], fields["enabled"], fields["action"]) == ("443", False, "drop")


def test_ports_are_cleared_with_the_protocol(ruled: World) -> None:
    with pytest.raises(Rejected, match="needs protocol"):
        ruled.call("update_firewall_rule", firewall_rule_id=ruled.ids[RULE], protocol="any")
    ruled.call("update_firewall_rule", firewall_rule_id=ruled.ids[RULE], protocol="any", ports=None)
    assert "ports" not in ruled.fields(RULE)


def test_a_selector_outlives_its_peer(ruled: World) -> None:
    peer = ruled.ids["peer/fabric/a-01"]
    ruled.call("detach_peer", peer_id=peer)
    assert ruled.fields(RULE)["source"] == f"peer:{peer}"


def test_a_network_takes_its_rules_along(ruled: World) -> None:
    ruled.call("delete_network", network_id=ruled.ids["network/fabric"])
    assert ruled.platform.find(RULE) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"firewall_action": "allow"},
        {"direction": "up"},
        {"protocol": "icmp"},
        {"priority": 1_000_000},
        {"priority": True},
        {"ports": "80"},
        {"ports": "x", "protocol": "tcp"},
        {"src_selector": {}},
        {"src_selector": "all"},
        {"src_selector": {"all": True, "tag": "x"}},
        {"src_selector": {"cidr": "zz"}},
        {"src_selector": {"peer_id": "zz"}},
        {"dst_selector": {"tag": ""}},
        {"name": ""},
        {"name": "web"},
    ],
    ids=str,
)
def test_a_wrong_rule_is_refused(ruled: World, wrong: dict[str, object]) -> None:
    before = ruled.platform.observe()
    network = ruled.ids["network/fabric"]
    with pytest.raises(Rejected):
        ruled.call("create_firewall_rule", **{"network_id": network, "name": "other"} | wrong)
    assert ruled.platform.observe() == before


@pytest.mark.parametrize(
    ("text", "stored"),
    [("peer:b-01", "peer:b-01"), ("tag:x", "tag:x"), ("fd00::/8", "fd00::/8"), (None, "all")],
)
def test_a_selector_is_set_by_hand(ruled: World, text: str | None, stored: str) -> None:
    ruled.platform.set_fields(RULE, {"source": text})  # type: ignore[attr-defined]
    assert ruled.fields(RULE)["source"] == stored
