"""Calls that give a resource another name. Its id stays, and what refers to it still does."""

from __future__ import annotations

import msgspec

from fleetc.ir.address import address
from fleetc.model.references import module_name
from fleetc.platforms.local.transaction import Arguments, Touched, Transaction, encode, name_of

__all__ = [
    "rename_firewall_rule",
    "rename_module",
    "rename_network",
    "rename_node",
    "rename_port_mapping",
    "rename_template",
    "rename_virtual_ip",
]


def rename_module(tx: Transaction, args: Arguments) -> Touched:
    """Rename a module, also where templates and nodes have it."""
    query = "SELECT id, name FROM module WHERE account = ? AND id = ?"
    (key, old), new = tx.need("module", query, args["module_id"]), name_of(args)
    tx.unique("Name", "SELECT 1 FROM module WHERE account = ? AND name = ? AND id <> ?", tx.account, new, key)
    tx.run("UPDATE module SET name = ? WHERE id = ?", new, key)
    own = "SELECT id FROM template WHERE account = ?"
    tx.run(
        f"UPDATE template_module SET module = ? WHERE module = ? AND template_id IN ({own})",  # noqa: S608
        *(new, old, tx.account),
    )
    tx.run("UPDATE assignment SET module = ? WHERE account = ? AND module = ?", new, tx.account, old)
    having = "SELECT id, fields FROM node WHERE account = ? AND instr(fields, ?)"
    for node, text in tx.rows(having, tx.account, old):
        fields = msgspec.json.decode(text)
        modules = [
            new + item[len(old) :] if module_name(item) == old else item
            for item in fields.get("effective_modules", [])
        ]
        tx.run(
            "UPDATE node SET fields = ? WHERE id = ?", encode({**fields, "effective_modules": modules}), node
        )
    return Touched(key, address("module", new), {})


def rename_template(tx: Transaction, args: Arguments) -> Touched:
    """Rename a template."""
    query = "SELECT id FROM template WHERE account = ? AND id = ?"
    (key,), new = tx.need("template", query, args["template_id"]), name_of(args)
    tx.unique(
        "Name", "SELECT 1 FROM template WHERE account = ? AND name = ? AND id <> ?", tx.account, new, key
    )
    tx.run("UPDATE template SET name = ? WHERE id = ?", new, key)
    return Touched(key, address("template", new), {})


def rename_node(tx: Transaction, args: Arguments) -> Touched:
    """Rename a node; its instance and peers show the new name."""
    query = "SELECT id FROM node WHERE account = ? AND id = ?"
    (key,), new = tx.need("node", query, args["node_id"]), name_of(args)
    tx.unique("Name", "SELECT 1 FROM node WHERE account = ? AND name = ? AND id <> ?", tx.account, new, key)
    tx.run("UPDATE node SET name = ? WHERE id = ?", new, key)
    return Touched(key, address("node", new), {})


def rename_network(tx: Transaction, args: Arguments) -> Touched:
    """Rename a network; its prefix stays."""
    query = "SELECT id FROM network WHERE account = ? AND id = ?"
    (key,), new = tx.need("network", query, args["network_id"]), name_of(args)
    tx.unique(
        "Name", "SELECT 1 FROM network WHERE account = ? AND name = ? AND id <> ?", tx.account, new, key
    )
    tx.run("UPDATE network SET name = ? WHERE id = ?", new, key)
    return Touched(key, address("network", new), {})


def rename_virtual_ip(tx: Transaction, args: Arguments) -> Touched:
    """Rename a virtual IP; its address stays."""
    return _in_network(tx, args, "virtual_ip")


def rename_firewall_rule(tx: Transaction, args: Arguments) -> Touched:
    """Rename a firewall rule."""
    return _in_network(tx, args, "firewall_rule")


def rename_port_mapping(tx: Transaction, args: Arguments) -> Touched:
    """Rename a port mapping."""
    return _in_network(tx, args, "port_mapping")


def _in_network(tx: Transaction, args: Arguments, table: str) -> Touched:
    """Rename what has a name of its own in a network; `table` is its kind and its table."""
    query = f"""SELECT t.id, w.id, w.name FROM {table} t JOIN network w ON w.id = t.network_id
                WHERE t.account = ? AND t.id = ?"""  # noqa: S608 (our own names)
    (key, network, parent), new = tx.need(table, query, args[f"{table}_id"]), name_of(args)
    taken = f"SELECT 1 FROM {table} WHERE network_id = ? AND name = ? AND id <> ?"  # noqa: S608
    tx.unique("Name", taken, network, new, key)
    tx.run(f"UPDATE {table} SET name = ? WHERE id = ?", new, key)  # noqa: S608
    return Touched(key, address(table, parent, new), {})
