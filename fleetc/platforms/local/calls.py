"""The calls by name: which arguments each one takes, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fleetc.errors import Rejected
from fleetc.ir.values import Value
from fleetc.platforms.local import assignments, firewall, hand, machines, mappings, networks, renames
from fleetc.platforms.local.transaction import Arguments, Touched, Transaction

__all__ = ["BY_HAND", "CALLS", "Call", "check"]


@dataclass(frozen=True, slots=True)
class Call:
    """A call: its function, the arguments it must have, and those it may have."""

    run: Callable[[Transaction, Arguments], Touched]
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


_TEMPLATE = ("description", "node_platform", "architecture", "metadata")
_NODE = ("lifecycle_class", "labels", "metadata")
_NETWORK = ("description", "tags", "settings")
_PEER = ("publicly_reachable", "endpoint_host_v4", "endpoint_host_v6", "endpoint_port", "listen_port")
_HOLDERS = ("holder_peer_id", "failover_holder_peer_ids")
_VIRTUAL_IP = ("anycast", "description", "tags", "advertised_med", "advertised_local_pref")
_RULE = (
    "firewall_action",
    "direction",
    "protocol",
    "priority",
    "src_selector",
    "dst_selector",
    "ports",
    "enabled",
)
_ASSIGNMENT = ("enabled", "priority", "config", "pin")
_MAPPING = ("target_peer_id", "target_virtual_ip_id", "target_port", "enabled")
_MODULE = ("priority", "description", "config")

CALLS: dict[str, Call] = {
    "create_module": Call(machines.create_module, ("name",), ("variety", *_MODULE)),
    "update_module": Call(machines.update_module, ("module_id",), _MODULE),
    "rename_module": Call(renames.rename_module, ("module_id", "name")),
    "delete_module": Call(machines.delete_module, ("module_id",)),
    "create_template": Call(machines.create_template, ("name",), _TEMPLATE),
    "update_template": Call(machines.update_template, ("template_id",), _TEMPLATE),
    "rename_template": Call(renames.rename_template, ("template_id", "name")),
    "delete_template": Call(machines.delete_template, ("template_id",)),
    "assign_module_to_template": Call(
        machines.assign_module_to_template, ("template_id", "module"), ("pin",)
    ),
    "unassign_module_from_template": Call(machines.unassign_module_from_template, ("template_id", "module")),
    "create_node": Call(machines.create_node, ("name", "template_id"), _NODE),
    "update_node": Call(machines.update_node, ("node_id",), ("template_id", *_NODE)),
    "apply_template": Call(machines.apply_template, ("node_id",)),
    "rename_node": Call(renames.rename_node, ("node_id", "name")),
    "delete_node": Call(machines.delete_node, ("node_id",)),
    "create_assignment": Call(assignments.create_assignment, ("node_id", "module"), _ASSIGNMENT),
    "update_assignment": Call(assignments.update_assignment, ("assignment_id",), _ASSIGNMENT),
    "delete_assignment": Call(assignments.delete_assignment, ("assignment_id",)),
    "provision_instance": Call(machines.provision_instance, ("node_id", "region", "instance_type")),
    "terminate_instance": Call(machines.terminate_instance, ("instance_id",)),
    "create_network": Call(networks.create_network, ("name",), _NETWORK),
    "update_network": Call(networks.update_network, ("network_id",), _NETWORK),
    "set_routing_mode": Call(networks.set_routing_mode, ("network_id", "routing_mode")),
    "rename_network": Call(renames.rename_network, ("network_id", "name")),
    "delete_network": Call(networks.delete_network, ("network_id",)),
    "attach_peer": Call(networks.attach_peer, ("network_id", "instance_id"), _PEER),
    "update_peer": Call(networks.update_peer, ("peer_id",), _PEER),
    "set_lan_subnets": Call(networks.set_lan_subnets, ("peer_id", "lan_subnets")),
    "detach_peer": Call(networks.detach_peer, ("peer_id",)),
    "create_virtual_ip": Call(
        networks.create_virtual_ip, ("network_id", "name"), ("cidr", *_HOLDERS, *_VIRTUAL_IP)
    ),
    "set_virtual_ip_holders": Call(networks.set_virtual_ip_holders, ("virtual_ip_id",), _HOLDERS),
    "update_virtual_ip": Call(networks.update_virtual_ip, ("virtual_ip_id",), _VIRTUAL_IP),
    "rename_virtual_ip": Call(renames.rename_virtual_ip, ("virtual_ip_id", "name")),
    "delete_virtual_ip": Call(networks.delete_virtual_ip, ("virtual_ip_id",)),
    "create_firewall_rule": Call(firewall.create_firewall_rule, ("network_id", "name"), _RULE),
    "update_firewall_rule": Call(firewall.update_firewall_rule, ("firewall_rule_id",), _RULE),
    "rename_firewall_rule": Call(renames.rename_firewall_rule, ("firewall_rule_id", "name")),
    "delete_firewall_rule": Call(firewall.delete_firewall_rule, ("firewall_rule_id",)),
    "create_port_mapping": Call(
        mappings.create_port_mapping,
        ("network_id", "name", "hub_peer_id", "listen_port"),
        ("protocol", *_MAPPING),
    ),
    "update_port_mapping": Call(mappings.update_port_mapping, ("port_mapping_id",), _MAPPING),
    "rename_port_mapping": Call(renames.rename_port_mapping, ("port_mapping_id", "name")),
    "delete_port_mapping": Call(mappings.delete_port_mapping, ("port_mapping_id",)),
}

BY_HAND: dict[str, Call] = {
    "fail_over": Call(networks.fail_over, ("virtual_ip_id",)),
    "set": Call(hand.set_fields, ("kind", "id", "fields")),
    "catalog": Call(hand.change_catalogue, ("category", "name", "version", "state", "add")),
}


_LISTS = ("failover_holder_peer_ids",)
_TEXTS = ("name", "module", "pin", "region", "instance_type", "node_platform", "cidr", "routing_mode")


def check(name: str, call: Call, arguments: Arguments) -> None:
    """Refuse missing and unknown arguments, and names and ids that are no text.

    Nothing is ever passed on unread.
    """
    for key in arguments:
        if key not in call.required and key not in call.optional:
            raise Rejected(f"{name} takes no argument {key!r}")
    for key in call.required:
        if key not in arguments:
            raise Rejected(f"{name} needs the argument {key!r}")
    for key, value in arguments.items():
        if not _well_formed(key, value, key in call.optional):
            raise Rejected(f"{name}: {key} is invalid")


def _well_formed(key: str, value: Value, optional: bool) -> bool:
    if optional and value is None:
        return True
    if key in _LISTS:
        return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
    return isinstance(value, str) or not (key in _TEXTS or key.endswith("_id"))
