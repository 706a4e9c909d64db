"""Calls on firewall rules. A selector is one key: `peer_id`, `tag`, `cidr` or `all`."""

from __future__ import annotations

import re
from ipaddress import ip_interface
from typing import Any

import msgspec

from fleetc.errors import Rejected
from fleetc.ir.address import address
from fleetc.ir.values import Value
from fleetc.platforms.local.transaction import (
    Arguments,
    Touched,
    Transaction,
    encode,
    given,
    merged,
    name_of,
)

__all__ = ["create_firewall_rule", "delete_firewall_rule", "update_firewall_rule"]

_NETWORK = "SELECT id, name FROM network WHERE account = ? AND id = ?"
_RULE = """SELECT r.id, w.name, r.name, r.network_id, r.fields FROM firewall_rule r
           JOIN network w ON w.id = r.network_id
           WHERE r.account = ? AND r.id = ?"""
_FIELDS = {"firewall_action": "action", "src_selector": "source", "dst_selector": "destination"}
_CHOICES = {
    "action": ("accept", "drop", "reject"),
    "direction": ("ingress", "egress", "both"),
    "protocol": ("any", "tcp", "udp", "icmp6"),
}
_NEW: dict[str, Any] = {
    "action": "accept",
    "direction": "both",
    "protocol": "any",
    "priority": 1000,
    "source": {"all": True},
    "destination": {"all": True},
    "enabled": True,
}
_PORTS = re.compile(r"[1-9][0-9]{0,4}(?:-[1-9][0-9]{0,4})?")


def create_firewall_rule(tx: Transaction, args: Arguments) -> Touched:
    """Make a rule of a network."""
    network, parent = tx.need("network", _NETWORK, args["network_id"])
    name, new = name_of(args), tx.identifier("firewall_rule")
    tx.unique("Name", "SELECT 1 FROM firewall_rule WHERE network_id = ? AND name = ?", network, name)
    fields = given(_named(args), *_NEW, "ports", **_NEW)
    _check(tx, network, fields)
    tx.run("INSERT INTO firewall_rule VALUES (?, ?, ?, ?, ?)", new, tx.account, network, name, encode(fields))
    return Touched(new, address("firewall_rule", parent, name), {})


def update_firewall_rule(tx: Transaction, args: Arguments) -> Touched:
    """Change a rule."""
    key, parent, name, network, text = tx.need("firewall rule", _RULE, args.pop("firewall_rule_id"))
    changed = merged(text, _named(args))
    _check(tx, network, msgspec.json.decode(changed))
    tx.run("UPDATE firewall_rule SET fields = ? WHERE id = ?", changed, key)
    return Touched(key, address("firewall_rule", parent, name), {})


def delete_firewall_rule(tx: Transaction, args: Arguments) -> Touched:
    """Delete a rule."""
    key, parent, name, *_ = tx.need("firewall rule", _RULE, args["firewall_rule_id"])
    tx.run("DELETE FROM firewall_rule WHERE id = ?", key)
    return Touched(key, address("firewall_rule", parent, name), {})


def _named(args: Arguments) -> Arguments:
    """The arguments under the names of the fields they set."""
    return {_FIELDS.get(name, name): value for name, value in args.items()}


def _check(tx: Transaction, network: str, fields: Arguments) -> None:
    for name, choices in _CHOICES.items():
        if fields.get(name) not in choices:
            raise Rejected(f"{name.capitalize()} is not included in the list")
    priority, ports = fields.get("priority"), fields.get("ports")
    if type(priority) is not int or not 0 <= priority <= 999_999:
        raise Rejected("Priority must be 0 to 999999")
    if ports is not None and not (isinstance(ports, str) and _PORTS.fullmatch(ports)):
        raise Rejected("Port range is invalid")
    if ports is not None and fields["protocol"] not in {"tcp", "udp"}:
        raise Rejected("Port range needs protocol tcp or udp")
    for name in ("source", "destination"):
        _check_selector(tx, network, name, fields.get(name))


def _check_selector(tx: Transaction, network: str, name: str, value: Value) -> None:
    word, chosen = next(iter(value.items())) if isinstance(value, dict) and len(value) == 1 else ("", None)
    if word == "peer_id":
        if not tx.row("SELECT 1 FROM peer WHERE network_id = ? AND id = ?", network, chosen):
            raise tx.missing("peer", chosen)
    elif not (word == "all" and chosen is True) and not (
        isinstance(chosen, str) and chosen and (word == "tag" or (word == "cidr" and _is_cidr(chosen)))
    ):
        raise Rejected(f"{name.capitalize()} selector is invalid")


def _is_cidr(text: str) -> bool:
    try:
        ip_interface(text)
    except ValueError:
        return False
    return True
