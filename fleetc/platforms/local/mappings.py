"""Calls on port mappings: a port of a hub that leads to a peer or to a virtual IP."""

from __future__ import annotations

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

__all__ = ["create_port_mapping", "delete_port_mapping", "refuse_mapped", "update_port_mapping"]

_NETWORK = "SELECT id, name FROM network WHERE account = ? AND id = ?"
_MAPPING = """SELECT m.id, w.name, m.name, m.network_id, m.target_peer_id, m.target_virtual_ip_id, m.fields
              FROM port_mapping m JOIN network w ON w.id = m.network_id
              WHERE m.account = ? AND m.id = ?"""
_TARGETS = {"target_peer_id": "peer", "target_virtual_ip_id": "virtual_ip"}
_OWN = ("listen_port", "protocol", "target_port", "enabled")
_WITHIN = {
    "peer": "SELECT 1 FROM peer WHERE network_id = ? AND id = ?",
    "virtual_ip": "SELECT 1 FROM virtual_ip WHERE network_id = ? AND id = ?",
}
_BY_WHAT = {
    "network": "SELECT count(*) FROM port_mapping WHERE network_id = ?1",
    "peer": "SELECT count(*) FROM port_mapping WHERE hub_id = ?1 OR target_peer_id = ?1",
    "virtual_ip": "SELECT count(*) FROM port_mapping WHERE target_virtual_ip_id = ?1",
    "node": """SELECT count(*) FROM port_mapping m
               WHERE EXISTS (SELECT 1 FROM peer p JOIN instance i ON i.id = p.instance_id
                             WHERE i.node_id = ?1 AND p.id IN (m.hub_id, m.target_peer_id))""",
}


def refuse_mapped(tx: Transaction, kind: str, key: str) -> None:
    """Refuse to end what a port mapping rests on: the platform never takes mappings along."""
    (count,) = tx.row(_BY_WHAT[kind], key)
    if count:
        raise Rejected(f"Cannot delete {kind.replace('_', ' ')}: it is used by {count} port mapping(s)")


def create_port_mapping(tx: Transaction, args: Arguments) -> Touched:
    """Make a mapping; what it leads to is a peer or a virtual IP of the same network."""
    network, parent = tx.need("network", _NETWORK, args["network_id"])
    name, new = name_of(args), tx.identifier("port_mapping")
    hub = _within(tx, "peer", network, args["hub_peer_id"])
    fields = given(args, *_OWN, protocol="tcp", enabled=True)
    _check(fields)
    tx.unique(
        "Listen port",
        """SELECT 1 FROM port_mapping WHERE hub_id = ?
           AND fields ->> 'listen_port' = ? AND fields ->> 'protocol' = ?""",
        *(hub, fields["listen_port"], fields["protocol"]),
    )
    targets = _targets(tx, network, {key: args.get(key) for key in _TARGETS})
    tx.run(
        "INSERT INTO port_mapping VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(new, tx.account, network, name, hub, *targets, encode(fields)),
    )
    return Touched(new, address("port_mapping", parent, name), {})


def update_port_mapping(tx: Transaction, args: Arguments) -> Touched:
    """Change where a mapping leads, or whether it is in use; its hub and port stay."""
    key, parent, name, network, *before, text = tx.need("port mapping", _MAPPING, args.pop("port_mapping_id"))
    old = dict(zip(_TARGETS, before, strict=True))
    targets = _targets(tx, network, {which: args.pop(which, old[which]) for which in _TARGETS})
    changed = merged(text, args)
    _check(msgspec.json.decode(changed))
    tx.run(
        """UPDATE port_mapping SET target_peer_id = ?, target_virtual_ip_id = ?, fields = ?
           WHERE id = ?""",
        *(*targets, changed, key),
    )
    return Touched(key, address("port_mapping", parent, name), {})


def delete_port_mapping(tx: Transaction, args: Arguments) -> Touched:
    """Delete a mapping."""
    key, parent, name, *_ = tx.need("port mapping", _MAPPING, args["port_mapping_id"])
    tx.run("DELETE FROM port_mapping WHERE id = ?", key)
    return Touched(key, address("port_mapping", parent, name), {})


def _within(tx: Transaction, kind: str, network: str, key: Value) -> Value:
    if not tx.row(_WITHIN[kind], network, key):
        raise tx.missing(kind, key)
    return key


def _targets(tx: Transaction, network: str, wanted: Arguments) -> tuple[Value, ...]:
    """The ids of the target peer and the target virtual IP: one of them, the other null."""
    if sum(key is not None for key in wanted.values()) != 1:
        raise Rejected("Exactly one target must be given")
    return tuple(
        None if key is None else _within(tx, _TARGETS[which], network, key) for which, key in wanted.items()
    )


def _check(fields: Arguments) -> None:
    if fields.get("protocol") not in {"tcp", "udp"}:
        raise Rejected("Protocol is not included in the list")
    for name in ("listen_port", "target_port"):
        port = fields.get(name)
        if name in fields and not (type(port) is int and 1 <= port <= 65535):
            raise Rejected(f"{name.replace('_', ' ').capitalize()} must be 1 to 65535")
