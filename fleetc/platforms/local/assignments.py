"""Calls on assignments: modules of single nodes, beside those of their template."""

from __future__ import annotations

import msgspec

from fleetc.errors import Rejected
from fleetc.ir.address import address
from fleetc.platforms.local import catalogue
from fleetc.platforms.local.transaction import Arguments, Touched, Transaction, encode, given, merged

__all__ = ["create_assignment", "delete_assignment", "update_assignment"]

_NODE = "SELECT id, name FROM node WHERE account = ? AND id = ?"
_ASSIGNMENT = """SELECT a.id, n.name, a.module, a.fields FROM assignment a JOIN node n ON n.id = a.node_id
                 WHERE a.account = ? AND a.id = ?"""
_OWN = ("enabled", "priority", "config", "pin")


def create_assignment(tx: Transaction, args: Arguments) -> Touched:
    """Put a module on a node."""
    node, host = tx.need("node", _NODE, args["node_id"])
    module, new = args["module"], tx.identifier("assignment")
    known = tx.row("SELECT 1 FROM module WHERE account = ? AND name = ?", tx.account, module)
    if known is None and not catalogue.offers(tx, "module", module):
        raise tx.missing("module", module)
    tx.unique("Module", "SELECT 1 FROM assignment WHERE node_id = ? AND module = ?", node, module)
    fields = given(args, *_OWN, enabled=True)
    _check(fields)
    tx.run("INSERT INTO assignment VALUES (?, ?, ?, ?, ?)", new, tx.account, node, module, encode(fields))
    return Touched(new, address("assignment", host, str(module)), {})


def update_assignment(tx: Transaction, args: Arguments) -> Touched:
    """Change an assignment; its node and module stay."""
    key, host, module, text = tx.need("assignment", _ASSIGNMENT, args.pop("assignment_id"))
    changed = merged(text, args)
    _check(msgspec.json.decode(changed))
    tx.run("UPDATE assignment SET fields = ? WHERE id = ?", changed, key)
    return Touched(key, address("assignment", host, module), {})


def delete_assignment(tx: Transaction, args: Arguments) -> Touched:
    """Take a module off a node; what its template put there stays."""
    key, host, module, _ = tx.need("assignment", _ASSIGNMENT, args["assignment_id"])
    tx.run("DELETE FROM assignment WHERE id = ?", key)
    return Touched(key, address("assignment", host, module), {})


def _check(fields: Arguments) -> None:
    priority = fields.get("priority", 0)
    if type(priority) is not int or priority < 0:
        raise Rejected("Priority must be greater than or equal to 0")
    if not isinstance(fields.get("enabled"), bool):
        raise Rejected("Enabled is not included in the list")
