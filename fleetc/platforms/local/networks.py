"""Calls on networks, peers and virtual IPs."""

from __future__ import annotations

from ipaddress import ip_interface

from fleetc.errors import Rejected
from fleetc.ir.address import address
from fleetc.ir.values import Value
from fleetc.platforms.local import addressing
from fleetc.platforms.local.mappings import refuse_mapped
from fleetc.platforms.local.transaction import (
    Arguments,
    Touched,
    Transaction,
    encode,
    given,
    merged,
    name_of,
)

__all__ = [
    "attach_peer",
    "create_network",
    "create_virtual_ip",
    "delete_network",
    "delete_virtual_ip",
    "detach_peer",
    "fail_over",
    "put_holders",
    "set_lan_subnets",
    "set_routing_mode",
    "set_virtual_ip_holders",
    "update_network",
    "update_peer",
    "update_virtual_ip",
]

_NETWORK = "SELECT id, name, prefix, fields FROM network WHERE account = ? AND id = ?"
_INSTANCE = """SELECT i.id, n.name, i.fields ->> 'public_address' FROM instance i
               JOIN node n ON n.id = i.node_id
               WHERE i.account = ? AND i.id = ? AND i.status <> 'terminated'"""
_PEER = """SELECT p.id, w.name, n.name, p.fields, i.fields ->> 'public_address' FROM peer p
           JOIN network w ON w.id = p.network_id
           JOIN instance i ON i.id = p.instance_id JOIN node n ON n.id = i.node_id
           WHERE p.account = ? AND p.id = ?"""
_VIRTUAL_IP = """SELECT v.id, w.name, v.name, v.network_id, v.fields FROM virtual_ip v
                 JOIN network w ON w.id = v.network_id
                 WHERE v.account = ? AND v.id = ?"""
_OPTIONS = ("anycast", "description", "tags", "advertised_med", "advertised_local_pref")


def create_network(tx: Transaction, args: Arguments) -> Touched:
    """Make a network with static routing and a prefix of its own."""
    name, new = name_of(args), tx.identifier("network")
    tx.unique("Name", "SELECT 1 FROM network WHERE account = ? AND name = ?", tx.account, name)
    candidates = addressing.network_prefixes(tx.config.seed, tx.account, name)
    prefix = tx.free(candidates, "SELECT 1 FROM network WHERE prefix = ?")
    fields = given(args, "description", "tags", "settings", routing_mode="static")
    tx.run("INSERT INTO network VALUES (?, ?, ?, ?, ?)", new, tx.account, name, prefix, encode(fields))
    return Touched(new, address("network", name), {"prefix": prefix})


def _change_network(tx: Transaction, args: Arguments) -> Touched:
    key, name, _, fields = tx.need("network", _NETWORK, args.pop("network_id"))
    tx.run("UPDATE network SET fields = ? WHERE id = ?", merged(fields, args), key)
    return Touched(key, address("network", name), {})


def update_network(tx: Transaction, args: Arguments) -> Touched:
    """Change a network's description, tags or settings; settings are replaced whole."""
    return _change_network(tx, args)


def set_routing_mode(tx: Transaction, args: Arguments) -> Touched:
    """Set a network's routing."""
    if args["routing_mode"] not in {"static", "ibgp"}:
        raise Rejected("Routing protocol is not included in the list")
    return _change_network(tx, args)


def delete_network(tx: Transaction, args: Arguments) -> Touched:
    """Delete a network with its peers and virtual IPs."""
    key, name, *_ = tx.need("network", _NETWORK, args["network_id"])
    (peers,) = tx.row("SELECT count(*) FROM peer WHERE network_id = ?", key)
    if peers and not tx.config.cascades:
        raise Rejected(f"Cannot delete network: it has {peers} peer(s)")
    refuse_mapped(tx, "network", key)
    tx.run("DELETE FROM network WHERE id = ?", key)
    return Touched(key, address("network", name), {"peers_cascaded": peers})


def _reachable(fields: dict[str, Value], public: str) -> dict[str, Value]:
    """A public peer has an endpoint: its instance's address and its own port, unless written."""
    if not fields.get("publicly_reachable"):
        return fields
    return {"endpoint_host_v4": public, "endpoint_port": fields.get("listen_port", 51820), **fields}


def attach_peer(tx: Transaction, args: Arguments) -> Touched:
    """Make an instance a member of a network, with an address of its own."""
    network, name, prefix, _ = tx.need("network", _NETWORK, args["network_id"])
    instance, host, public = tx.need("instance", _INSTANCE, args["instance_id"])
    tx.unique(
        "Node instance",
        "SELECT 1 FROM peer WHERE network_id = ? AND instance_id = ?",
        network,
        instance,
    )
    new = tx.identifier("peer")
    own = ("publicly_reachable", "endpoint_host_v4", "endpoint_host_v6", "endpoint_port", "listen_port")
    fields = given(args, *own, publicly_reachable=False, listen_port=51820)
    fields = _reachable({**fields, "public_key": addressing.public_key(new), "status": "active"}, public)
    candidates = addressing.host_addresses(prefix, tx.config.seed, "peer", host)
    own_address = tx.free(candidates, "SELECT 1 FROM peer WHERE address = ?")
    tx.run(
        "INSERT INTO peer VALUES (?, ?, ?, ?, ?, ?)",
        *(new, tx.account, network, instance, own_address, encode(fields)),
    )
    return Touched(new, address("peer", name, host), {"address": own_address})


def update_peer(tx: Transaction, args: Arguments) -> Touched:
    """Change a peer's own fields; its network, instance and address stay."""
    key, network, host, fields, public = tx.need("peer", _PEER, args.pop("peer_id"))
    changed = merged(fields, args if not args.get("publicly_reachable") else _reachable(args, public))
    tx.run("UPDATE peer SET fields = ? WHERE id = ?", changed, key)
    return Touched(key, address("peer", network, host), {})


def set_lan_subnets(tx: Transaction, args: Arguments) -> Touched:
    """Replace the subnets behind a peer."""
    key, network, host, fields, _ = tx.need("peer", _PEER, args.pop("peer_id"))
    tx.run("UPDATE peer SET fields = ? WHERE id = ?", merged(fields, args), key)
    return Touched(key, address("peer", network, host), {})


def detach_peer(tx: Transaction, args: Arguments) -> Touched:
    """End a membership; the peer leaves the holder lists of virtual IPs."""
    key, network, host, *_ = tx.need("peer", _PEER, args["peer_id"])
    if not tx.config.cascades and tx.row("SELECT 1 FROM holder WHERE peer_id = ?", key):
        raise Rejected("Cannot detach peer: it holds a virtual IP")
    refuse_mapped(tx, "peer", key)
    tx.run("DELETE FROM peer WHERE id = ?", key)
    return Touched(key, address("peer", network, host), {})


def create_virtual_ip(tx: Transaction, args: Arguments) -> Touched:
    """Make a virtual IP; without a CIDR it is given one of its network's prefix."""
    network, parent, prefix, _ = tx.need("network", _NETWORK, args["network_id"])
    name, new = name_of(args), tx.identifier("virtual_ip")
    tx.unique("Name", "SELECT 1 FROM virtual_ip WHERE network_id = ? AND name = ?", network, name)
    cidr = args.get("cidr") or tx.free(
        addressing.host_addresses(prefix, tx.config.seed, "virtual_ip", name),
        "SELECT 1 FROM virtual_ip WHERE cidr = ?",
    )
    _check_cidr(cidr)
    tx.unique("CIDR", "SELECT 1 FROM virtual_ip WHERE account = ? AND cidr = ?", tx.account, cidr)
    fields = given(args, *_OPTIONS, anycast=False)
    tx.run(
        "INSERT INTO virtual_ip VALUES (?, ?, ?, ?, ?, ?)",
        *(new, tx.account, network, name, cidr, encode(fields)),
    )
    _set_holders(tx, new, network, args)
    return Touched(new, address("virtual_ip", parent, name), {"cidr": cidr})


def _check_cidr(cidr: Value) -> None:
    try:
        ip_interface(cidr)  # type: ignore[arg-type]
    except ValueError:
        raise Rejected("CIDR is invalid") from None


def put_holders(tx: Transaction, virtual_ip: str, which: str, peers: list[str]) -> None:
    """Replace one holder list (`holder` or `failover`) of a virtual IP by peer ids."""
    tx.run("DELETE FROM holder WHERE virtual_ip_id = ? AND list = ?", virtual_ip, which)
    tx.connection.executemany(
        "INSERT INTO holder VALUES (?, ?, ?, ?)",
        ((virtual_ip, which, position, peer) for position, peer in enumerate(peers)),
    )


def _set_holders(tx: Transaction, virtual_ip: str, network: str, args: Arguments) -> None:
    lists = {}
    if "holder_peer_id" in args:
        lists["holder"] = [args["holder_peer_id"]] if args["holder_peer_id"] else []
    if "failover_holder_peer_ids" in args:
        lists["failover"] = list(args["failover_holder_peer_ids"] or ())  # type: ignore[arg-type]
    for which, peers in lists.items():
        for peer in peers:
            if not tx.row("SELECT 1 FROM peer WHERE network_id = ? AND id = ?", network, peer):
                raise tx.missing("peer", peer)
        put_holders(tx, virtual_ip, which, peers)  # type: ignore[arg-type]


def set_virtual_ip_holders(tx: Transaction, args: Arguments) -> Touched:
    """Replace the holder, the fail-over holders, or both; a list not given stays."""
    key, parent, name, network, _ = tx.need("virtual_ip", _VIRTUAL_IP, args["virtual_ip_id"])
    _set_holders(tx, key, network, args)
    return Touched(key, address("virtual_ip", parent, name), {})


def update_virtual_ip(tx: Transaction, args: Arguments) -> Touched:
    """Change a virtual IP's own fields; nulls are ignored, and reported as success."""
    key, parent, name, _, fields = tx.need("virtual_ip", _VIRTUAL_IP, args.pop("virtual_ip_id"))
    ignored = tx.config.ignored_fields
    changed = merged(fields, args, skip=lambda _, value: ignored and value is None)
    tx.run("UPDATE virtual_ip SET fields = ? WHERE id = ?", changed, key)
    return Touched(key, address("virtual_ip", parent, name), {})


def delete_virtual_ip(tx: Transaction, args: Arguments) -> Touched:
    """Delete a virtual IP."""
    key, parent, name, *_ = tx.need("virtual_ip", _VIRTUAL_IP, args["virtual_ip_id"])
    refuse_mapped(tx, "virtual_ip", key)
    tx.run("DELETE FROM virtual_ip WHERE id = ?", key)
    return Touched(key, address("virtual_ip", parent, name), {})


def fail_over(tx: Transaction, args: Arguments) -> Touched:
    """Move a virtual IP to its next fail-over holder. No recipe has this call.

    The first fail-over holder that does not hold it yet comes to the front of the holders; the
    old holder stays behind it and becomes the last fail-over holder. Twice can so lead back.
    """
    key, parent, name, _, fields = tx.need("virtual_ip", _VIRTUAL_IP, args["virtual_ip_id"])
    query = "SELECT peer_id FROM holder WHERE virtual_ip_id = ? AND list = ? ORDER BY position"
    holders = [peer for (peer,) in tx.rows(query, key, "holder")]
    candidates = [peer for (peer,) in tx.rows(query, key, "failover") if peer not in holders[:1]]
    if '"anycast":true' in fields or not candidates:
        raise Rejected("No fail-over candidate")
    old, new, rest = holders[:1], candidates[0], candidates[1:]
    keep = old if tx.config.failover_keeps_old else []
    put_holders(tx, key, "holder", [new, *keep])
    put_holders(tx, key, "failover", [*rest, *keep])
    return Touched(key, address("virtual_ip", parent, name), {"holder_peer_id": new})
