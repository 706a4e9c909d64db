"""Reading resources: a fixed number of queries for a whole account, whatever its size.

Fields that were never given, or were cleared with null, are absent. References stand by name, which
means the newest of what stands at an address. An older instance or peer, or a terminated instance,
is shown by its platform id: the name, if anything, means another one by now.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from fleetc.ir.address import address, parts
from fleetc.ir.state import LiveResource
from fleetc.ir.values import Value
from fleetc.platforms.local.config import LocalConfig
from fleetc.ports import Paged

__all__ = ["View", "by_address", "by_id", "read_all"]

_LIST_LIMIT = 200

# By name, the account stands only on the table to begin with: each name has its index there.
_FILTERS = {
    "account": "t.account = ?1",
    "id": "t.account = ?1 AND t.id = ?2",
    "name": "t.account = ?1 AND t.name = ?2",
    "host": "n.account = ?1 AND n.name = ?2",
    "node+module": "n.account = ?1 AND n.name = ?2 AND t.module = ?3",
    "network+name": "w.account = ?1 AND w.name = ?2 AND t.name = ?3",
    "network+host": "n.account = ?1 AND w.name = ?2 AND n.name = ?3",
}
_NATURAL = {
    "assignment": "node+module",
    "instance": "host",
    "peer": "network+host",
    **dict.fromkeys(("virtual_ip", "firewall_rule", "port_mapping"), "network+name"),
}

_fields = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True)
class View:
    """An open transaction to read one account in, as of `now` (seconds since the epoch)."""

    connection: sqlite3.Connection
    config: LocalConfig
    now: float
    account: str


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which rows of a view to read: a filter's name, and its values after the account."""

    view: View
    filter: str = "account"
    values: tuple[str, ...] = ()

    def rows(self, query: str, order: str = "") -> Iterator[Any]:
        """The rows of a query over `t` that the filter lets through."""
        where = f" WHERE {_FILTERS[self.filter]}"
        return self.view.connection.execute(query + where + order, (self.view.account, *self.values))


def _modules(scope: _Scope) -> Iterator[LiveResource]:
    query = "SELECT t.id, t.name, t.fields FROM module t"
    for key, name, fields in scope.rows(query, " ORDER BY t.name"):
        yield LiveResource(address("module", name), "module", key, _fields(fields))


def _templates(scope: _Scope) -> Iterator[LiveResource]:
    modules: dict[str, list[Value]] = {}
    query = """SELECT m.template_id, m.module, m.pin FROM template t
               JOIN template_module m ON m.template_id = t.id"""
    for key, name, pin in scope.rows(query, " ORDER BY m.module"):
        modules.setdefault(key, []).append(f"{name}@{pin}" if pin else name)
    query = "SELECT t.id, t.name, t.fields FROM template t"
    for key, name, text in scope.rows(query, " ORDER BY t.name"):
        fields = _fields(text)
        if scope.view.config.ignored_fields:
            fields.pop("description", None)
        fields["modules"] = modules.get(key, [])
        yield LiveResource(address("template", name), "template", key, fields)


def _nodes(scope: _Scope) -> Iterator[LiveResource]:
    query = "SELECT t.id, t.name, p.name, t.fields FROM node t JOIN template p ON p.id = t.template_id"
    for key, name, template, text in scope.rows(query, " ORDER BY t.name"):
        fields = {"template": template, "effective_modules": [], **_fields(text)}
        yield LiveResource(address("node", name), "node", key, fields)


def _assignments(scope: _Scope) -> Iterator[LiveResource]:
    query = "SELECT t.id, n.name, t.module, t.fields FROM assignment t JOIN node n ON n.id = t.node_id"
    for key, node, module, text in scope.rows(query, " ORDER BY n.name, t.module"):
        fields = {"node": node, "module": module, **_fields(text)}
        yield LiveResource(address("assignment", node, module), "assignment", key, fields)


def _instances(scope: _Scope) -> Iterator[LiveResource]:
    query = """SELECT t.id, n.name, t.status, t.ready_at, t.fields
               FROM instance t JOIN node n ON n.id = t.node_id"""
    order = " AND t.status <> 'terminated' ORDER BY n.name, t.number"
    for key, node, stored, ready_at, text in scope.rows(query, order):
        status = "running" if stored == "starting" and ready_at <= scope.view.now else stored
        fields = {"node": node, "status": status, **_fields(text)}
        yield LiveResource(address("instance", node), "instance", key, fields)


def _networks(scope: _Scope) -> Iterator[LiveResource]:
    query = "SELECT t.id, t.name, t.prefix, t.fields FROM network t"
    for key, name, prefix, text in scope.rows(query, " ORDER BY t.name"):
        fields = {"prefix": prefix, **_fields(text)}
        yield LiveResource(address("network", name), "network", key, fields)


def _peers(scope: _Scope) -> Iterator[LiveResource]:
    query = """SELECT t.id, w.name, n.name, CASE WHEN i.status = 'terminated' OR EXISTS (
                 SELECT 1 FROM instance o
                 WHERE o.node_id = n.id AND o.number > i.number AND o.status <> 'terminated'
               ) THEN i.id ELSE n.name END, t.address, t.fields FROM peer t
               JOIN network w ON w.id = t.network_id
               JOIN instance i ON i.id = t.instance_id JOIN node n ON n.id = i.node_id"""
    for key, network, host, refers, own, text in scope.rows(query, " ORDER BY w.name, n.name, i.number"):
        fields = {"network": network, "instance": refers, "address": own, **_fields(text)}
        yield LiveResource(address("peer", network, host), "peer", key, fields)


@dataclass(slots=True)
class _Holders:
    holder: list[str] = field(default_factory=list)
    failover: list[str] = field(default_factory=list)


def _virtual_ips(scope: _Scope) -> Iterator[LiveResource]:
    holders: dict[str, _Holders] = {}
    query = """SELECT t.id, h.list, CASE WHEN EXISTS (
                 SELECT 1 FROM instance o JOIN peer q ON q.instance_id = o.id
                 WHERE o.node_id = n.id AND o.number > i.number AND q.network_id = w.id
               ) THEN p.id ELSE n.name END FROM virtual_ip t
               JOIN network w ON w.id = t.network_id JOIN holder h ON h.virtual_ip_id = t.id
               JOIN peer p ON p.id = h.peer_id JOIN instance i ON i.id = p.instance_id
               JOIN node n ON n.id = i.node_id"""
    for key, which, host in scope.rows(query, " ORDER BY h.position"):
        getattr(holders.setdefault(key, _Holders()), which).append(host)
    query = """SELECT t.id, w.name, t.name, t.cidr, t.fields FROM virtual_ip t
               JOIN network w ON w.id = t.network_id"""
    for key, network, name, cidr, text in scope.rows(query, " ORDER BY w.name, t.name"):
        held = holders.get(key, _Holders())
        fields = {
            "network": network,
            "cidr": cidr,
            "failover_holders": held.failover,
            "state": "active" if held.holder else "unassigned",
            **_fields(text),
        }
        if held.holder:
            fields["primary_holder"] = held.holder[0]
        yield LiveResource(address("virtual_ip", network, name), "virtual_ip", key, fields)


def _firewall_rules(scope: _Scope) -> Iterator[LiveResource]:
    query = """SELECT t.id, w.name, t.name,
                 (SELECT name FROM peer_name WHERE id = t.fields ->> '$.source.peer_id'),
                 (SELECT name FROM peer_name WHERE id = t.fields ->> '$.destination.peer_id'), t.fields
               FROM firewall_rule t JOIN network w ON w.id = t.network_id"""
    for key, network, name, source, destination, text in scope.rows(query, " ORDER BY w.name, t.name"):
        fields = {"network": network, **_fields(text)}
        fields["source"] = _selector(fields["source"], source)
        fields["destination"] = _selector(fields["destination"], destination)
        yield LiveResource(address("firewall_rule", network, name), "firewall_rule", key, fields)


def _selector(stored: dict[str, Any], host: str | None) -> str:
    """A selector as an author writes it; a peer that is gone stands by its id."""
    ((word, value),) = stored.items()
    texts = {"all": "all", "tag": f"tag:{value}", "peer_id": f"peer:{host or value}"}
    return texts.get(word, str(value))


def _port_mappings(scope: _Scope) -> Iterator[LiveResource]:
    query = """SELECT t.id, w.name, t.name,
                 (SELECT name FROM peer_name WHERE id = t.hub_id),
                 (SELECT name FROM peer_name WHERE id = t.target_peer_id), v.name, t.fields
               FROM port_mapping t JOIN network w ON w.id = t.network_id
               LEFT JOIN virtual_ip v ON v.id = t.target_virtual_ip_id"""
    for key, network, name, hub, peer, virtual_ip, text in scope.rows(query, " ORDER BY w.name, t.name"):
        fields = {"network": network, "hub": hub, **_fields(text)}
        if peer is not None:
            fields["target_peer"] = peer
        if virtual_ip is not None:
            fields["target_virtual_ip"] = virtual_ip
        yield LiveResource(address("port_mapping", network, name), "port_mapping", key, fields)


_KINDS: dict[str, Callable[[_Scope], Iterator[LiveResource]]] = {
    "module": _modules,
    "template": _templates,
    "node": _nodes,
    "assignment": _assignments,
    "instance": _instances,
    "network": _networks,
    "peer": _peers,
    "virtual_ip": _virtual_ips,
    "firewall_rule": _firewall_rules,
    "port_mapping": _port_mappings,
}


def by_address(view: View, wanted: str) -> tuple[LiveResource, ...]:
    """What stands at an address: none, one or several."""
    kind, *names = parts(wanted.encode(errors="replace").decode())
    chosen = _NATURAL.get(kind, "name")
    if kind not in _KINDS or len(names) != 1 + chosen.count("+"):
        return ()
    return tuple(_KINDS[kind](_Scope(view, chosen, tuple(names))))


def by_id(view: View, kind: str, key: str) -> LiveResource | None:
    """The resource of that id, or None."""
    return next(_KINDS[kind](_Scope(view, "id", (key,))), None) if kind in _KINDS else None


def _as_listed(scope: _Scope, rows: list[LiveResource]) -> tuple[list[LiveResource], list[str]]:
    """What a listing cut at 200 rows shows: it counts terminated rows too, and shows newest first.

    The count beside it tells that it was cut; the instances are then listed node by node.
    """
    (total,) = next(scope.rows("SELECT count(*) FROM instance t"))
    if total <= _LIST_LIMIT:
        return rows, []
    if scope.view.config.single_listing:
        newest = scope.rows("SELECT t.id FROM instance t", f" ORDER BY t.number DESC LIMIT {_LIST_LIMIT}")
        listed = {key for (key,) in newest}
        problem = f"instances: {_LIST_LIMIT} of {total} rows were listed"
        return [row for row in rows if row.id in listed], [problem]
    query = "SELECT n.name, count(*) FROM instance t JOIN node n ON n.id = t.node_id"
    cut = scope.rows(query, f" GROUP BY t.node_id HAVING count(*) > {_LIST_LIMIT} ORDER BY n.name")
    return rows, [f"instances of {name}: {_LIST_LIMIT} of {count} rows were listed" for name, count in cut]


def read_all(view: View, told: Paged | None = None) -> tuple[tuple[LiveResource, ...], tuple[str, ...]]:
    """Every resource of the account, and what the reading knows to be missing.

    `told` hears after each kind how many there are so far.
    """
    scope = _Scope(view)
    found: list[LiveResource] = []
    problems: list[str] = []
    for page, (kind, read) in enumerate(_KINDS.items(), 1):
        rows = list(read(scope))
        if kind == "instance" and view.config.short_lists:
            rows, problems = _as_listed(scope, rows)
        found.extend(rows)
        if told is not None:
            told(len(found), page)
    return tuple(found), tuple(problems)
