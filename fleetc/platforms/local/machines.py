"""Calls on modules, templates, nodes and instances."""

from __future__ import annotations

from fleetc.errors import Rejected
from fleetc.ir.address import address
from fleetc.ir.values import Value
from fleetc.platforms.local import addressing, catalogue
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
    "apply_template",
    "assign_module_to_template",
    "create_module",
    "create_node",
    "create_template",
    "delete_module",
    "delete_node",
    "delete_template",
    "provision_instance",
    "terminate_instance",
    "unassign_module_from_template",
    "update_module",
    "update_node",
    "update_template",
]

_MODULE = "SELECT id, name, fields FROM module WHERE account = ? AND id = ?"
_TEMPLATE = "SELECT id, name, fields FROM template WHERE account = ? AND id = ?"
_NODE = "SELECT id, name, fields, template_id FROM node WHERE account = ? AND id = ?"


def create_module(tx: Transaction, args: Arguments) -> Touched:
    """Make a module."""
    name, new = name_of(args), tx.identifier("module")
    tx.unique("Name", "SELECT 1 FROM module WHERE account = ? AND name = ?", tx.account, name)
    fields = given(args, "variety", "priority", "description", "config", variety="config", priority=0)
    tx.run("INSERT INTO module VALUES (?, ?, ?, ?)", new, tx.account, name, encode(fields))
    return Touched(new, address("module", name), {})


def update_module(tx: Transaction, args: Arguments) -> Touched:
    """Change a module's own fields; its variety stays."""
    key, name, fields = tx.need("module", _MODULE, args.pop("module_id"))
    tx.run("UPDATE module SET fields = ? WHERE id = ?", merged(fields, args), key)
    return Touched(key, address("module", name), {})


def delete_module(tx: Transaction, args: Arguments) -> Touched:
    """Delete a module; it leaves the templates that have it."""
    key, name, _ = tx.need("module", _MODULE, args["module_id"])
    used = """FROM template_module WHERE module = ?
              AND template_id IN (SELECT id FROM template WHERE account = ?)"""
    if not tx.config.cascades and tx.row(f"SELECT 1 {used}", name, tx.account):
        raise Rejected("Module is used by templates")
    own = "FROM assignment WHERE module = ? AND account = ?"
    if not tx.config.cascades and tx.row(f"SELECT 1 {own}", name, tx.account):
        raise Rejected("Module is assigned to nodes")
    tx.run(f"DELETE {own}", name, tx.account)
    tx.run(f"DELETE {used}", name, tx.account)
    tx.run("DELETE FROM module WHERE id = ?", key)
    return Touched(key, address("module", name), {})


def _known_platform(tx: Transaction, args: Arguments) -> None:
    wanted = args.get("node_platform")
    if wanted is not None and not catalogue.offers(tx, "node_platform", wanted):
        raise tx.missing("node_platform", wanted)


def create_template(tx: Transaction, args: Arguments) -> Touched:
    """Make a template without modules."""
    name, new = name_of(args), tx.identifier("template")
    tx.unique("Name", "SELECT 1 FROM template WHERE account = ? AND name = ?", tx.account, name)
    if args.get("node_platform") is None:
        raise Rejected("Node platform must exist")
    _known_platform(tx, args)
    fields = given(args, "description", "node_platform", "architecture", "metadata")
    tx.run("INSERT INTO template VALUES (?, ?, ?, ?)", new, tx.account, name, encode(fields))
    return Touched(new, address("template", name), {})


def update_template(tx: Transaction, args: Arguments) -> Touched:
    """Change a template's own fields; a blank description is ignored, and reported as success."""
    key, name, fields = tx.need("template", _TEMPLATE, args.pop("template_id"))
    _known_platform(tx, args)

    def skip(field: str, value: Value) -> bool:
        blank = not isinstance(value, str) or not value.strip()
        return field == "description" and blank and tx.config.ignored_fields

    changed = merged(fields, args, skip=skip)
    tx.run("UPDATE template SET fields = ? WHERE id = ?", changed, key)
    return Touched(key, address("template", name), {})


def delete_template(tx: Transaction, args: Arguments) -> Touched:
    """Delete a template that no node uses."""
    key, name, _ = tx.need("template", _TEMPLATE, args["template_id"])
    (nodes,) = tx.row("SELECT count(*) FROM node WHERE template_id = ?", key)
    if nodes:
        raise Rejected(f"Cannot delete template: used by {nodes} node(s)")
    tx.run("DELETE FROM template WHERE id = ?", key)
    return Touched(key, address("template", name), {})


def assign_module_to_template(tx: Transaction, args: Arguments) -> Touched:
    """Put a module into a template, or give it another pin; nodes stay as they are."""
    key, name, _ = tx.need("template", _TEMPLATE, args["template_id"])
    module, pin = args["module"], args.get("pin") or ""
    own = tx.row("SELECT 1 FROM module WHERE account = ? AND name = ?", tx.account, module)
    if own is None and not catalogue.offers(tx, "module", module):
        raise tx.missing("module", module)
    query = "SELECT pin FROM template_module WHERE template_id = ? AND module = ?"
    if tx.row(query, key, module) == (pin,):
        raise Rejected("Template already has this module")
    tx.run("INSERT OR REPLACE INTO template_module VALUES (?, ?, ?)", key, module, pin)
    return Touched(key, address("template", name), {"assigned": True})


def unassign_module_from_template(tx: Transaction, args: Arguments) -> Touched:
    """Take a module out of a template; one that is not there is a success too."""
    key, name, _ = tx.need("template", _TEMPLATE, args["template_id"])
    query = "DELETE FROM template_module WHERE template_id = ? AND module = ?"
    gone = tx.run(query, key, args["module"])
    return Touched(key, address("template", name), {"unassigned": bool(gone)})


def create_node(tx: Transaction, args: Arguments) -> Touched:
    """Make a node, without instance and without modules."""
    name, new = name_of(args), tx.identifier("node")
    tx.unique("Name", "SELECT 1 FROM node WHERE account = ? AND name = ?", tx.account, name)
    template, *_ = tx.need("template", _TEMPLATE, args["template_id"])
    fields = given(args, "lifecycle_class", "labels", "metadata", lifecycle_class="persistent")
    tx.run("INSERT INTO node VALUES (?, ?, ?, ?, ?)", new, tx.account, name, template, encode(fields))
    return Touched(new, address("node", name), {})


def update_node(tx: Transaction, args: Arguments) -> Touched:
    """Change a node's own fields or its template; its modules stay until `apply_template`."""
    key, name, fields, template = tx.need("node", _NODE, args.pop("node_id"))
    wanted = args.pop("template_id", template)
    template, *_ = tx.need("template", _TEMPLATE, wanted)
    changed = merged(fields, args)
    tx.run("UPDATE node SET fields = ?, template_id = ? WHERE id = ?", changed, template, key)
    return Touched(key, address("node", name), {})


def apply_template(tx: Transaction, args: Arguments) -> Touched:
    """Materialise the modules of its template on a node."""
    key, name, fields, template = tx.need("node", _NODE, args["node_id"])
    query = "SELECT module, pin FROM template_module WHERE template_id = ? ORDER BY module"
    modules: list[Value] = [f"{module}@{pin}" if pin else module for module, pin in tx.rows(query, template)]
    changed = merged(fields, {"effective_modules": modules})
    tx.run("UPDATE node SET fields = ? WHERE id = ?", changed, key)
    return Touched(key, address("node", name), {"modules": modules})


def delete_node(tx: Transaction, args: Arguments) -> Touched:
    """Delete a node with its instances and their peers."""
    key, name, *_ = tx.need("node", _NODE, args["node_id"])
    query = "SELECT count(*) FROM instance WHERE node_id = ? AND status <> 'terminated'"
    (instances,) = tx.row(query, key)
    if instances and not tx.config.cascades:
        raise Rejected(f"Cannot delete node: it has {instances} instance(s)")
    refuse_mapped(tx, "node", key)
    tx.run("DELETE FROM node WHERE id = ?", key)
    return Touched(key, address("node", name), {"instances_cascaded": instances})


def provision_instance(tx: Transaction, args: Arguments) -> Touched:
    """Start another machine for a node: never twice the same, whatever the node has already."""
    node, name, *_ = tx.need("node", _NODE, args["node_id"])
    for category in ("region", "instance_type"):
        if not catalogue.offers(tx, category, args[category]):
            raise tx.missing(category, args[category])
    new = tx.identifier("instance")
    (last,) = tx.row("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'instance'")
    fields = {
        "region": args["region"],
        "instance_type": args["instance_type"],
        "public_address": addressing.public_address(last + 1),
        "private_address": addressing.private_address(last + 1),
    }
    tx.run(
        "INSERT INTO instance VALUES (?, ?, ?, ?, 'starting', ?, ?)",
        *(last + 1, new, tx.account, node, tx.now + tx.config.instance_settle, encode(fields)),
    )
    return Touched(new, address("instance", name), {"status": "starting"})


def terminate_instance(tx: Transaction, args: Arguments) -> Touched:
    """End a machine. Its row and its peers stay; the peers then refer to no instance."""
    query = """SELECT i.id, n.name FROM instance i JOIN node n ON n.id = i.node_id
               WHERE i.account = ? AND i.id = ? AND i.status <> 'terminated'"""
    key, name = tx.need("instance", query, args["instance_id"])
    if not tx.config.cascades and tx.row("SELECT 1 FROM peer WHERE instance_id = ?", key):
        raise Rejected("Cannot terminate instance: it has peers")
    tx.run("UPDATE instance SET status = 'terminated' WHERE id = ?", key)
    return Touched(key, address("instance", name), {"status": "terminated"})
