"""What a person does by hand past every recipe: to look, to mend, or to make drift."""

from __future__ import annotations

from typing import Any

from fleetc.errors import Rejected
from fleetc.ir.state import LiveResource
from fleetc.ir.values import Value
from fleetc.model.kinds import KINDS
from fleetc.model.references import split_module
from fleetc.platforms.local import catalogue
from fleetc.platforms.local.networks import put_holders
from fleetc.platforms.local.reading import View, by_id
from fleetc.platforms.local.transaction import Arguments, Touched, Transaction, encode, merged

__all__ = ["change_catalogue", "set_fields"]

_FIELDS = {k: f"SELECT fields FROM {k} WHERE account = ? AND id = ?" for k in KINDS}  # noqa: S608
_STORE = {k: f"UPDATE {k} SET fields = ? WHERE id = ?" for k in KINDS}  # noqa: S608
_COLUMNS = {
    ("instance", "status"): "UPDATE instance SET status = ? WHERE id = ?",
    ("network", "prefix"): "UPDATE network SET prefix = ? WHERE id = ?",
    ("peer", "address"): "UPDATE peer SET address = ? WHERE id = ?",
    ("virtual_ip", "cidr"): "UPDATE virtual_ip SET cidr = ? WHERE id = ?",
}
_REFERENCES = {
    ("port_mapping", "hub"): "UPDATE port_mapping SET hub_id = ? WHERE id = ?",
    ("port_mapping", "target_peer"): "UPDATE port_mapping SET target_peer_id = ? WHERE id = ?",
    ("port_mapping", "target_virtual_ip"): "UPDATE port_mapping SET target_virtual_ip_id = ? WHERE id = ?",
}
_SELECTORS = {
    "source": "UPDATE firewall_rule SET fields = json_set(fields, '$.source', json(?)) WHERE id = ?",
    "destination": "UPDATE firewall_rule SET fields = json_set(fields, '$.destination', json(?)) WHERE id = ?",
}
_VIRTUAL_IP = """SELECT v.id FROM virtual_ip v JOIN network w ON w.id = v.network_id
                 WHERE w.account = ? AND w.name = ? AND v.name = ?"""


def set_fields(tx: Transaction, args: Arguments) -> Touched:
    """Set fields of a resource to any value, also those that no call sets; null clears one."""
    kind, key, wanted = str(args["kind"]), str(args["id"]), args["fields"]
    live = by_id(View(tx.connection, tx.config, tx.now, tx.account), kind, key)
    if live is None or not isinstance(wanted, dict):
        raise tx.missing(kind, key)
    plain = {name: value for name, value in wanted.items() if not _set_special(tx, live, name, value)}
    (stored,) = tx.need(kind, _FIELDS[kind], key)
    tx.run(_STORE[kind], merged(stored, plain), key)
    return Touched(key, live.address, {})


def _set_special(tx: Transaction, live: LiveResource, name: str, value: Value) -> bool:
    """Set a field that is not in the `fields` column; returns whether it was one."""
    kind, key = live.kind, live.id
    spec = KINDS[kind].field(name)
    if spec is None or (spec.derived and spec.refers_to):
        raise Rejected(f"{kind} has no field {name!r} that can be set by hand")
    column = _COLUMNS.get((kind, name))
    if column is not None:
        if not isinstance(value, str) or not value:
            raise Rejected(f"{kind}.{name} must have a value")
        tx.run(column, value, key)
    elif (kind, name) in {("firewall_rule", "source"), ("firewall_rule", "destination")}:
        tx.run(_SELECTORS[name], encode(_selector(tx, live, value)), key)
    elif (kind, name) in _REFERENCES:
        tx.run(_REFERENCES[kind, name], _sibling(tx, live, spec.refers_to, value), key)
    elif (kind, name) == ("node", "template"):
        query = "SELECT id FROM template WHERE account = ? AND name = ?"
        (template,) = tx.need("template", query, value)
        tx.run("UPDATE node SET template_id = ? WHERE id = ?", template, key)
    elif (kind, name) == ("template", "modules"):
        _set_modules(tx, key, _texts(value))
    elif (kind, name) in {("virtual_ip", "primary_holder"), ("virtual_ip", "failover_holders")}:
        peers = [_peer(tx, live.fields["network"], host) for host in _texts(value)]
        put_holders(tx, key, "holder" if name == "primary_holder" else "failover", peers)
    else:
        return False
    return True


def _texts(value: Value) -> list[str]:
    items = [value] if isinstance(value, str) and value else value or []
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise Rejected("a list of names is needed")
    return [str(item) for item in items]


def _set_modules(tx: Transaction, template: str, modules: list[str]) -> None:
    tx.run("DELETE FROM template_module WHERE template_id = ?", template)
    pins = [(template, *split_module(item)) for item in modules]
    tx.connection.executemany("INSERT OR REPLACE INTO template_module VALUES (?, ?, ?)", pins)


def _peer(tx: Transaction, network: Any, host: str) -> str:
    query = """SELECT p.id FROM peer p JOIN network w ON w.id = p.network_id
               JOIN instance i ON i.id = p.instance_id JOIN node n ON n.id = i.node_id
               WHERE w.account = ? AND w.name = ? AND n.name = ? ORDER BY i.number DESC"""
    found = tx.row(query, tx.account, network, host)
    if found is None:
        raise tx.missing("peer", host)
    return str(found[0])


def _selector(tx: Transaction, live: LiveResource, value: Value) -> dict[str, Value]:
    """A selector as it is stored, from the text that is read."""
    word, _, name = str(value).partition(":")
    if word == "peer":
        return {"peer_id": _peer(tx, live.fields["network"], name)}
    if word == "tag":
        return {"tag": name}
    return {"all": True} if value in (None, "all") else {"cidr": value}


def _sibling(tx: Transaction, live: LiveResource, kind: str, value: Value) -> str | None:
    """The id of a peer or virtual IP of the same network; None for null."""
    if value is None:
        return None
    network = live.fields["network"]
    if kind == "peer":
        return _peer(tx, network, str(value))
    found = tx.row(_VIRTUAL_IP, tx.account, network, value)
    if found is None:
        raise tx.missing(kind, value)
    return str(found[0])


def change_catalogue(tx: Transaction, args: Arguments) -> Touched:
    """Add or remove an entry of the catalogue."""
    texts = {name: str(args[name]) for name in ("category", "name", "version", "state")}
    catalogue.change(tx, **texts, add=bool(args["add"]))
    return Touched("", "", {})
