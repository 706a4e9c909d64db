"""The contract of `fleetc.ports.Platform`: port mappings, and what they hold on to."""

from __future__ import annotations

import pytest

from fleetc.errors import Rejected
from tests.contract.platform_world import World

WEB = "port_mapping/fabric/web"


@pytest.fixture
def mapped(fleet: World) -> World:
    fleet.make(WEB, "create_port_mapping", **_web(fleet))
    return fleet


def _web(fleet: World, **more: object) -> dict[str, object]:
    found: dict[str, object] = {
        "network_id": fleet.ids["network/fabric"],
        "name": "web",
        "hub_peer_id": fleet.ids["peer/fabric/a-01"],
        "listen_port": 443,
        "target_peer_id": fleet.ids["peer/fabric/b-01"],
    }
    return found | more


def test_a_mapping_reads_back_by_names(mapped: World) -> None:
    assert mapped.fields(WEB) == {
        "network": "fabric",
        "hub": "a-01",
        "listen_port": 443,
        "protocol": "tcp",
        "target_peer": "b-01",
        "enabled": True,
    }
    assert mapped.platform.get("port_mapping", mapped.ids[WEB]) == mapped.one(WEB)


def test_a_mapping_is_led_elsewhere(mapped: World) -> None:
    front = mapped.ids["virtual_ip/fabric/front"]
    own = mapped.ids[WEB]
    mapped.call(
        "update_port_mapping",
        port_mapping_id=own,
        target_peer_id=None,
        target_virtual_ip_id=front,
        target_port=8443,
    )
    fields = mapped.fields(WEB)
    assert (fields["target_virtual_ip"], fields["target_port"]) == ("front", 8443)
    assert "target_peer" not in fields
    mapped.call("update_port_mapping", port_mapping_id=own, target_port=None, enabled=False)
    assert mapped.fields(WEB)["enabled"] is False
    assert "target_port" not in mapped.fields(WEB)


@pytest.mark.parametrize(
    "wrong",
    [
        {"target_peer_id": None},
        {"target_virtual_ip_id": "front"},
        {"target_peer_id": "zz"},
        {"hub_peer_id": "other"},
        {"listen_port": 0},
        {"listen_port": True},
        {"target_port": 70000},
        {"protocol": "icmp6"},
        {"name": " "},
    ],
    ids=str,
)
def test_a_wrong_mapping_is_refused(fleet: World, wrong: dict[str, object]) -> None:
    fleet.make("network/other", "create_network", name="other")
    named = {"front": fleet.ids["virtual_ip/fabric/front"], "other": fleet.peer("other", "a-01")}
    before = fleet.platform.observe()
    arguments = {key: named.get(value, value) for key, value in wrong.items()}  # type: ignore[call-overload]
    with pytest.raises(Rejected):
        fleet.call("create_port_mapping", **_web(fleet, **arguments))
    assert fleet.platform.observe() == before


def test_hub_port_and_protocol_are_the_natural_key(mapped: World) -> None:
    with pytest.raises(Rejected, match="Listen port has already been taken"):
        mapped.call("create_port_mapping", **_web(mapped, name="other"))
    mapped.call("create_port_mapping", **_web(mapped, name="other", protocol="udp"))
    mapped.call("create_port_mapping", **_web(mapped, name="other", listen_port=444))
    assert len(mapped.platform.find("port_mapping/fabric/other")) == 2


@pytest.mark.parametrize(
    ("name", "key", "address"),
    [
        ("delete_network", "network_id", "network/fabric"),
        ("detach_peer", "peer_id", "peer/fabric/a-01"),
        ("detach_peer", "peer_id", "peer/fabric/b-01"),
        ("delete_node", "node_id", "node/a-01"),
        ("delete_node", "node_id", "node/b-01"),
        ("delete_virtual_ip", "virtual_ip_id", "virtual_ip/fabric/front"),
    ],
)
def test_what_a_mapping_rests_on_stays(mapped: World, name: str, key: str, address: str) -> None:
    front = mapped.ids["virtual_ip/fabric/front"]
    to_front = _web(mapped, name="front", listen_port=80, target_peer_id=None, target_virtual_ip_id=front)
    other = mapped.make("port_mapping/fabric/front", "create_port_mapping", **to_front)
    with pytest.raises(Rejected, match="port mapping"):
        mapped.call(name, **{key: mapped.ids[address]})
    for own in (mapped.ids[WEB], other):
        mapped.call("delete_port_mapping", port_mapping_id=own)
    mapped.call(name, **{key: mapped.ids[address]})
    assert mapped.platform.find(address) == ()
