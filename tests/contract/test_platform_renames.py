"""The contract of renames: a resource keeps its id, and all that names it shows the new name."""

from __future__ import annotations

import pytest

from fleetc.errors import Rejected
from fleetc.plan.renaming import Renaming
from tests.contract.platform_world import World

RENAMES = {
    "module/agent": "module/collector",
    "template/base": "template/bottom",
    "node/a-01": "node/c-01",
    "network/fabric": "network/mesh",
    "virtual_ip/fabric/front": "virtual_ip/fabric/shop",
    "firewall_rule/fabric/ssh": "firewall_rule/fabric/shell",
    "port_mapping/fabric/web": "port_mapping/fabric/http",
}
"""One for each kind with a name of its own."""


@pytest.fixture
def full(fleet: World) -> World:
    network = fleet.ids["network/fabric"]
    source = {"peer_id": fleet.ids["peer/fabric/a-01"]}
    rule = {"network_id": network, "name": "ssh", "src_selector": source}
    fleet.make("firewall_rule/fabric/ssh", "create_firewall_rule", **rule)
    fleet.make(
        "port_mapping/fabric/web",
        "create_port_mapping",
        network_id=network,
        name="web",
        hub_peer_id=fleet.ids["peer/fabric/b-01"],
        listen_port=80,
        protocol="tcp",
        target_virtual_ip_id=fleet.ids["virtual_ip/fabric/front"],
    )
    fleet.call("apply_template", node_id=fleet.ids["node/a-01"])
    fleet.settle()
    return fleet


def rename(world: World, address: str, name: str) -> None:
    kind = address.partition("/")[0]
    recipe = world.platform.profile.kinds[kind].rename[0]
    world.call(recipe.name, **{f"{kind}_id": world.ids[address], "name": name})


def test_every_kind_that_can_be_renamed_is_tried(full: World) -> None:
    kinds = {kind for kind, profile in full.platform.profile.kinds.items() if profile.renamable}
    assert kinds == {address.partition("/")[0] for address in RENAMES}


@pytest.mark.parametrize("address", RENAMES)
def test_all_that_names_it_has_the_new_name(full: World, address: str) -> None:
    before = full.platform.observe()
    rename(full, address, RENAMES[address].rpartition("/")[2])
    after = full.platform.observe()
    wanted = {row.address: row for row in Renaming({address: RENAMES[address]}).all_live(before.resources)}
    assert {row.address: row for row in after.resources} == wanted
    assert after.counter > before.counter  # type: ignore[operator]
    assert full.one(RENAMES[address]).id == full.ids[address]
    assert full.platform.find(address) == ()


def test_a_name_that_is_taken_is_refused(full: World) -> None:
    before = full.platform.observe()
    with pytest.raises(Rejected, match="has already been taken"):
        rename(full, "node/a-01", "b-01")
    assert full.platform.observe() == before
    rename(full, "node/a-01", "a-01")  # its own name is not taken
    assert full.platform.observe().resources == before.resources
