"""The contract of `fleetc.ports.Platform`: what it refuses changes nothing."""

from __future__ import annotations

import pytest

from fleetc.errors import Rejected
from fleetc.ports import Platform
from tests.contract.platform_world import World


@pytest.mark.parametrize(
    "address",
    [
        "node/zz",
        "peer/fabric/zz",
        "peer/zz/a-01",
        "virtual_ip/zz/front",
        "peer/fabric",
        "node",
        "node/a-01/x",
        "zz/a",
        "",
        "node/%E2%80%AE",
    ],
)
def test_looking_for_what_is_not_there_finds_nothing(fleet: World, address: str) -> None:
    assert fleet.platform.find(address) == ()


def test_an_id_of_another_kind_is_not_found(fleet: World) -> None:
    assert fleet.platform.get("node", fleet.ids["network/fabric"]) is None
    assert fleet.platform.get("zz", fleet.ids["network/fabric"]) is None


def _twice(fleet: World) -> dict[str, tuple[str, dict[str, object]]]:
    network = fleet.ids["network/fabric"]
    taken = fleet.fields("virtual_ip/fabric/front")["cidr"]
    return {
        "module": ("create_module", {"name": "agent"}),
        "template": ("create_template", {"name": "base", "node_platform": "ubuntu-24.04-amd64"}),
        "node": ("create_node", {"name": "a-01", "template_id": fleet.ids["template/base"]}),
        "network": ("create_network", {"name": "fabric"}),
        "peer": ("attach_peer", {"network_id": network, "instance_id": fleet.ids["instance/a-01"]}),
        "virtual_ip": ("create_virtual_ip", {"network_id": network, "name": "front"}),
        "cidr": ("create_virtual_ip", {"network_id": network, "name": "other", "cidr": taken}),
    }


@pytest.mark.parametrize("what", ["module", "template", "node", "network", "peer", "virtual_ip", "cidr"])
def test_natural_keys_are_unique(fleet: World, what: str) -> None:
    before = fleet.platform.observe()
    name, arguments = _twice(fleet)[what]
    with pytest.raises(Rejected, match="has already been taken"):
        fleet.call(name, **arguments)
    assert fleet.platform.observe() == before


def test_references_must_exist(fleet: World) -> None:
    network = fleet.ids["network/fabric"]
    fleet.make("network/other", "create_network", name="other")
    foreign = fleet.peer("other", "a-01")
    wrong: list[tuple[str, dict[str, object]]] = [
        ("create_node", {"name": "n", "template_id": network}),
        ("create_template", {"name": "t", "node_platform": "zz"}),
        ("create_template", {"name": "t"}),
        ("create_template", {"name": " ", "node_platform": "ubuntu-24.04-amd64"}),
        ("assign_module_to_template", {"template_id": fleet.ids["template/base"], "module": "zz"}),
        (
            "provision_instance",
            {"node_id": fleet.ids["node/a-01"], "region": "zz", "instance_type": "t3-medium"},
        ),
        ("create_virtual_ip", {"network_id": network, "name": "v", "holder_peer_id": foreign}),
        ("create_virtual_ip", {"network_id": network, "name": "v", "cidr": "zz"}),
        ("set_routing_mode", {"network_id": network, "routing_mode": "zz"}),
    ]
    before = fleet.platform.observe()
    for name, arguments in wrong:
        with pytest.raises(Rejected):
            fleet.call(name, **arguments)
    assert fleet.platform.observe() == before


def _recipes(platform: Platform) -> dict[str, tuple[str, ...]]:
    return {
        recipe.name: tuple(recipe.arguments)
        for kind in platform.profile.kinds.values()
        for recipe in (*kind.create, *kind.update, *kind.delete)
    }


def test_every_call_of_the_profile_refuses_ids_that_are_not_there(fleet: World) -> None:
    before = fleet.platform.observe()
    tried = 0
    for name, keys in _recipes(fleet.platform).items():
        if any(key.endswith("_id") for key in keys):
            tried += 1
            with pytest.raises(Rejected):
                fleet.call(name, **dict.fromkeys(keys, "zz"))
    assert tried > 15
    assert fleet.platform.observe() == before


def test_every_call_of_the_profile_refuses_unknown_and_missing_arguments(fleet: World) -> None:
    before = fleet.platform.observe()
    for name, keys in _recipes(fleet.platform).items():
        with pytest.raises(Rejected, match="takes no argument 'action'"):
            fleet.call(name, **dict.fromkeys(keys, "zz"), action="delete_node")
        with pytest.raises(Rejected, match="needs the argument"):
            fleet.call(name)
    with pytest.raises(Rejected):
        fleet.call("fail_over", virtual_ip_id=fleet.ids["virtual_ip/fabric/front"])
    assert fleet.platform.observe() == before
