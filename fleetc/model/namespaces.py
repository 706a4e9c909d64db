"""Who names whom: the kinds whose names stand in an address.

An instance has its node's name, a peer is named by its network and its host's node. What a rename
of one kind changes in the addresses of others follows from the kind declarations alone.
"""

from __future__ import annotations

from functools import cache

from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldSpec, FieldType

__all__ = ["bearers", "name_space", "name_spaces", "value_space"]


@cache
def name_space(kind: str) -> str:
    """The kind that gives resources of `kind` their own name: `node` for a peer."""
    schema = KINDS[kind]
    for spec in schema.fields:
        if spec.derived and spec.type is FieldType.REFERENCE and spec.refers_to not in ("", schema.parent):
            return name_space(spec.refers_to)
    return kind


@cache
def name_spaces(kind: str) -> tuple[str, ...]:
    """The kinds that name the parts of an address: `("network", "node")` for a peer."""
    parent = KINDS[kind].parent
    return (*((name_space(parent),) if parent else ()), name_space(kind))


def value_space(spec: FieldSpec) -> str:
    """The kind whose names the values of a field are; empty for a field that names nothing."""
    if spec.type is FieldType.MODULES:
        return "module"
    return name_space(spec.refers_to) if spec.refers_to in KINDS else ""


def bearers(address: str) -> tuple[str, ...]:
    """The addresses of what a resource has its names from, those of other resources only.

    `("network/fabric", "node/edge-01")` for `peer/fabric/edge-01`.
    """
    kind, *names = address.split("/")
    found = (
        f"{space}/{name}"
        for space, name in zip(name_spaces(kind), names, strict=True)
        if not KINDS[space].parent
    )
    return tuple(text for text in found if text != address)
