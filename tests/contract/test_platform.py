"""The contract of `fleetc.ports.Platform`: every adapter that can be written to passes it."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from fleetc.errors import PlatformProblem, Rejected
from fleetc.model.kinds import KINDS
from tests.contract.platform_world import World


def test_an_empty_account_has_no_resources_but_a_catalogue(world: World) -> None:
    observed = world.platform.observe()
    assert observed.resources == ()
    assert observed.complete
    assert observed.account == world.platform.account == "acme"
    assert observed.profile == world.platform.profile
    assert "ubuntu-24.04-amd64" in observed.catalogue.node_platforms
    assert {"ap-tokyo-1", "eu-west-2"} <= set(observed.catalogue.regions)
    assert "t3-medium" in observed.catalogue.instance_types
    wanted = {"system-base", "security-hardening", "chrony", "nginx"}
    assert wanted <= set(observed.catalogue.modules)
    assert all("live" in observed.catalogue.modules[name].values() for name in wanted)


def test_what_is_made_is_what_is_read(fleet: World) -> None:
    fleet.settle()
    assert fleet.addresses() == set(fleet.ids)
    assert fleet.fields("module/agent") == {"variety": "config", "priority": 0, "description": "reports"}
    assert fleet.fields("template/base") == {
        "node_platform": "ubuntu-24.04-amd64",
        "metadata": {"purpose": "test"},
        "modules": ["agent", "nginx@1.26.0"],
    }
    assert fleet.fields("node/a-01") == {
        "template": "base",
        "lifecycle_class": "persistent",
        "effective_modules": [],
    }
    instance = fleet.fields("instance/a-01")
    assert (instance["node"], instance["region"], instance["instance_type"]) == (
        "a-01",
        "ap-tokyo-1",
        "t3-medium",
    )
    network = fleet.fields("network/fabric")
    assert (network["routing_mode"], network["tags"], network["settings"]) == (
        "static",
        ["b", "a"],
        {"mtu": 1400},
    )
    peer = fleet.fields("peer/fabric/a-01")
    assert (peer["network"], peer["instance"], peer["listen_port"]) == ("fabric", "a-01", 51820)
    assert (peer["endpoint_host_v4"], peer["endpoint_port"]) == (instance["public_address"], 51820)
    assert "endpoint_host_v4" not in fleet.fields("peer/fabric/b-01")
    virtual_ip = fleet.fields("virtual_ip/fabric/front")
    assert (virtual_ip["network"], virtual_ip["state"]) == ("fabric", "active")
    assert (virtual_ip["primary_holder"], virtual_ip["failover_holders"]) == ("a-01", ["b-01"])


def test_addresses_are_given_inside_the_network(fleet: World) -> None:
    prefix = ip_network(str(fleet.fields("network/fabric")["prefix"]))
    assert prefix.prefixlen == 64
    given = [
        ip_network(str(fleet.fields("peer/fabric/a-01")["address"])),
        ip_network(str(fleet.fields("peer/fabric/b-01")["address"])),
        ip_network(str(fleet.fields("virtual_ip/fabric/front")["cidr"])),
    ]
    assert len(set(given)) == 3
    assert all(one.prefixlen == 128 and one.subnet_of(prefix) for one in given)  # type: ignore[arg-type]
    public = {fleet.fields(f"instance/{host}")["public_address"] for host in ("a-01", "b-01")}
    assert len(public) == 2


def test_observe_find_and_get_agree(fleet: World) -> None:
    for resource in fleet.platform.observe().resources:
        assert fleet.platform.find(resource.address) == (resource,)
        assert fleet.platform.get(resource.kind, resource.id) == resource
        assert resource.id == fleet.ids[resource.address]


def test_only_fields_that_the_profile_can_read_are_read(fleet: World) -> None:
    for resource in fleet.platform.observe().resources:
        assert set(resource.fields) <= set(fleet.platform.profile.kinds[resource.kind].readable)
        assert all(KINDS[resource.kind].field(name) for name in resource.fields)
        assert None not in resource.fields.values()


def test_the_same_name_may_stand_in_two_networks(fleet: World) -> None:
    fleet.make("network/other", "create_network", name="other")
    fleet.peer("other", "a-01")
    fleet.call(
        "create_virtual_ip",
        network_id=fleet.ids["network/other"],
        name="front",
        holder_peer_id=fleet.ids["peer/other/a-01"],
    )
    assert {"virtual_ip/fabric/front", "virtual_ip/other/front"} <= fleet.addresses()
    assert fleet.fields("network/other")["prefix"] != fleet.fields("network/fabric")["prefix"]


def test_updates_set_what_they_name_and_nothing_else(fleet: World) -> None:
    ids = fleet.ids
    updates: list[tuple[str, str, dict[str, object], dict[str, object]]] = [
        ("module/agent", "update_module", {"module_id": 1, "priority": 7}, {"priority": 7}),
        ("template/base", "update_template", {"template_id": 1, "metadata": {}}, {"metadata": {}}),
        (
            "node/a-01",
            "update_node",
            {"node_id": 1, "lifecycle_class": "spot", "labels": {"a": "b"}},
            {"lifecycle_class": "spot", "labels": {"a": "b"}},
        ),
        (
            "network/fabric",
            "update_network",
            {"network_id": 1, "settings": {"x": [1]}, "description": "d"},
            {"settings": {"x": [1]}, "description": "d"},
        ),
        (
            "network/fabric",
            "set_routing_mode",
            {"network_id": 1, "routing_mode": "ibgp"},
            {"routing_mode": "ibgp"},
        ),
        ("peer/fabric/b-01", "update_peer", {"peer_id": 1, "listen_port": 5}, {"listen_port": 5}),
        (
            "peer/fabric/b-01",
            "set_lan_subnets",
            {"peer_id": 1, "lan_subnets": ["10.1.0.0/16"]},
            {"lan_subnets": ["10.1.0.0/16"]},
        ),
        (
            "virtual_ip/fabric/front",
            "update_virtual_ip",
            {"virtual_ip_id": 1, "advertised_med": 0, "tags": []},
            {"advertised_med": 0, "tags": []},
        ),
        (
            "virtual_ip/fabric/front",
            "set_virtual_ip_holders",
            {"virtual_ip_id": 1, "holder_peer_id": ids["peer/fabric/b-01"], "failover_holder_peer_ids": []},
            {"primary_holder": "b-01", "failover_holders": []},
        ),
    ]
    for address, name, arguments, expected in updates:
        before = fleet.fields(address)
        fleet.call(
            name,
            **{
                key: ids[address] if value == 1 and key.endswith("_id") else value
                for key, value in arguments.items()
            },
        )
        assert fleet.fields(address) == {**before, **expected}, name


def test_null_clears_a_field(fleet: World) -> None:
    peer = fleet.ids["peer/fabric/a-01"]
    fleet.call("update_peer", peer_id=peer, endpoint_port=None, endpoint_host_v4="")
    fields = fleet.fields("peer/fabric/a-01")
    assert "endpoint_port" not in fields
    assert fields["endpoint_host_v4"] == ""


def test_a_peer_made_public_later_is_given_an_endpoint(fleet: World) -> None:
    fleet.call("update_peer", peer_id=fleet.ids["peer/fabric/b-01"], publicly_reachable=True)
    fields = fleet.fields("peer/fabric/b-01")
    assert fields["endpoint_host_v4"] == fleet.fields("instance/b-01")["public_address"]
    fleet.call(
        "update_peer",
        peer_id=fleet.ids["peer/fabric/b-01"],
        publicly_reachable=True,
        endpoint_host_v4="x.example",
    )
    assert fleet.fields("peer/fabric/b-01")["endpoint_host_v4"] == "x.example"


def test_modules_reach_a_node_when_its_template_is_applied(fleet: World) -> None:
    node, base = fleet.ids["node/a-01"], fleet.ids["template/base"]
    fleet.call("apply_template", node_id=node)
    assert fleet.fields("node/a-01")["effective_modules"] == ["agent", "nginx@1.26.0"]
    fleet.call("unassign_module_from_template", template_id=base, module="agent")
    fleet.call("unassign_module_from_template", template_id=base, module="agent")
    fleet.call("assign_module_to_template", template_id=base, module="nginx", pin="1.27.0")
    assert fleet.fields("template/base")["modules"] == ["nginx@1.27.0"]
    assert fleet.fields("node/a-01")["effective_modules"] == ["agent", "nginx@1.26.0"]
    fleet.call("apply_template", node_id=node)
    assert fleet.fields("node/a-01")["effective_modules"] == ["nginx@1.27.0"]
    with pytest.raises(Rejected):
        fleet.call("assign_module_to_template", template_id=base, module="nginx", pin="1.27.0")


def test_a_template_in_use_is_not_deleted(fleet: World) -> None:
    with pytest.raises(Rejected):
        fleet.call("delete_template", template_id=fleet.ids["template/base"])
    for host in ("a-01", "b-01"):
        fleet.call("delete_node", node_id=fleet.ids[f"node/{host}"])
    fleet.call("delete_template", template_id=fleet.ids["template/base"])
    assert fleet.platform.find("template/base") == ()


def test_deleting_a_node_takes_its_instances_and_peers(fleet: World) -> None:
    fleet.call("delete_node", node_id=fleet.ids["node/a-01"])
    assert fleet.addresses() == {address for address in fleet.ids if not address.endswith("/a-01")}
    fields = fleet.fields("virtual_ip/fabric/front")
    assert "primary_holder" not in fields
    assert (fields["failover_holders"], fields["state"]) == (["b-01"], "unassigned")


def test_deleting_a_network_takes_its_peers_and_virtual_ips(fleet: World) -> None:
    fleet.call("delete_network", network_id=fleet.ids["network/fabric"])
    assert fleet.addresses() == {address for address in fleet.ids if "fabric" not in address}


def test_a_detached_peer_leaves_the_holder_lists(fleet: World) -> None:
    fleet.call("detach_peer", peer_id=fleet.ids["peer/fabric/b-01"])
    assert fleet.fields("virtual_ip/fabric/front")["failover_holders"] == []
    fleet.call("detach_peer", peer_id=fleet.ids["peer/fabric/a-01"])
    assert fleet.fields("virtual_ip/fabric/front")["state"] == "unassigned"
    fleet.call("delete_virtual_ip", virtual_ip_id=fleet.ids["virtual_ip/fabric/front"])
    assert fleet.platform.find("virtual_ip/fabric/front") == ()


def test_deleting_a_module_takes_it_out_of_templates(fleet: World) -> None:
    fleet.call("delete_module", module_id=fleet.ids["module/agent"])
    assert fleet.fields("template/base")["modules"] == ["nginx@1.26.0"]


def test_an_instance_runs_after_its_settle_time(fleet: World) -> None:
    kind = fleet.platform.profile.kinds["instance"]
    assert fleet.fields("instance/a-01")[kind.ready_field] not in kind.ready_values
    fleet.settle()
    assert fleet.fields("instance/a-01")[kind.ready_field] in kind.ready_values


def test_provisioning_twice_makes_two(fleet: World) -> None:
    first = fleet.ids["instance/a-01"]
    second = fleet.provision("a-01", fleet.ids["node/a-01"])
    assert [row.id for row in fleet.platform.find("instance/a-01")] == [first, second]
    assert sum(row.address == "instance/a-01" for row in fleet.platform.observe().resources) == 2
    fleet.call("terminate_instance", instance_id=first)
    assert fleet.one("instance/a-01").id == second


def test_a_terminated_instance_is_gone_but_its_peers_are_not(fleet: World) -> None:
    old = fleet.ids["instance/a-01"]
    fleet.call("terminate_instance", instance_id=old)
    assert "instance/a-01" not in fleet.addresses()
    assert fleet.platform.find("instance/a-01") == ()
    assert fleet.platform.get("instance", old) is None
    assert fleet.fields("peer/fabric/a-01")["instance"] == old
    with pytest.raises(Rejected):
        fleet.call("terminate_instance", instance_id=old)
    with pytest.raises(Rejected):
        fleet.peer("fabric", "a-01")
    fleet.provision("a-01", fleet.ids["node/a-01"])
    assert fleet.fields("peer/fabric/a-01")["instance"] == old
    fleet.call("detach_peer", peer_id=fleet.ids["peer/fabric/a-01"])
    fleet.peer("fabric", "a-01")
    assert fleet.fields("peer/fabric/a-01")["instance"] == "a-01"


def test_the_profile_names_each_field_by_its_kind_schema(world: World) -> None:
    for name, kind in world.platform.profile.kinds.items():
        known = {spec.name for spec in KINDS[name].fields}
        assert set(kind.settable) <= set(kind.readable) <= known
        assert set(kind.clearable) <= set(kind.settable)
        for recipe in (*kind.create, *kind.update):
            assert set(recipe.sets) <= set(kind.settable)


def test_the_counter_moves_with_every_change_and_with_nothing_else(fleet: World) -> None:
    def counter() -> int:
        value = fleet.platform.change_counter()
        assert value is not None
        assert fleet.platform.observe().counter == value
        return value

    first = counter()
    assert counter() == first
    with pytest.raises(PlatformProblem):
        fleet.call("create_network", name="fabric")
    assert counter() == first
    fleet.settle()
    settled = counter()
    assert settled == first + 2
    fleet.call("update_module", module_id=fleet.ids["module/agent"], priority=1)
    assert counter() == settled + 1
    fleet.call("delete_node", node_id=fleet.ids["node/a-01"])
    assert counter() == settled + 2


def test_a_hand_written_name_is_kept_apart_by_its_address(world: World) -> None:
    world.make("network/x", "create_network", name="Weird / näme\u202e%")
    (found,) = world.platform.observe().resources
    assert found.address.count("/") == 1
    assert world.platform.find(found.address) == (found,)
