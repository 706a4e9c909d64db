"""Kind schemas: one declaration per kind of resource drives everything else.

Elaboration, lowering, diff, selectors, reports and the editors' JSON Schema read these values.
The declarations themselves stand in `fleetc.model.kinds`; no other module names a kind's fields.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

__all__ = ["External", "FieldSpec", "FieldType", "KindSchema", "View"]


class FieldType(StrEnum):
    """The type of a field's value, as it stands in canonical JSON."""

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    ENUM = "enum"
    STRING_LIST = "list of strings"
    STRING_MAP = "mapping of strings"
    MAPPING = "mapping"  # free: any JSON object
    CIDR = "CIDR"
    CIDR_LIST = "list of CIDRs"
    IPV4 = "IPv4 address or host name"
    IPV6 = "IPv6 address"
    PORTS = "port or range of ports"  # "443" or "8000-8010"
    SELECTOR = "selector"  # "all", "peer:NAME", "tag:NAME" or a CIDR
    PIN = "version or state of a module"
    MODULES = "list of module references"  # "name", "name@version" or "name@state"
    REFERENCE = "reference"  # the bare name of what it refers to
    REFERENCES = "list of references"


class External(StrEnum):
    """What a fleet may name without declaring it; the snapshot's catalogue resolves it."""

    MODULE = "module"
    NODE_PLATFORM = "node_platform"
    REGION = "region"
    INSTANCE_TYPE = "instance_type"
    NODE = "node"


class FieldSpec(Struct, frozen=True):
    """One field of a kind.

    - `key`: what the author writes in the fleet file; empty when nobody writes it.
    - `default`: the wanted value when nothing is written; None means that there is none.
    - `refers_to`: kind name or `External` value that a reference names. References inside a
      network name a sibling (`virtual_ip.primary_holder` is a peer's host).
    - `replaces`: a change of it replaces the resource.
    - `unordered`: a list compared as a set.
    - `given`: the platform gives it when it is not written (it is known after apply).
    - `derived`: computed from other resources, never written by the author.
    - `readonly`: read back from the platform only; never wanted, never sent.
    - `empty`: what "removed" means for a field without default.
    - `through`: a reference field and a field of what it names, which is what the platform is asked
      to put here; what else a fleet holds here comes of other resources.
    - `only_with`: another key, and the values of it with which this one may be written.
    - `holds`: the platform refuses to end what it names while it is named.
    """

    name: str
    type: FieldType
    key: str = ""
    required: bool = False
    default: object = None
    refers_to: str = ""
    values: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    replaces: bool = False
    unordered: bool = False
    given: bool = False
    derived: bool = False
    readonly: bool = False
    empty: object = None
    through: tuple[str, ...] = ()
    only_with: tuple[str, ...] = ()
    holds: bool = False
    doc: str = ""


class View(Struct, frozen=True):
    """A field that nobody writes or reads back: rules work it out of others (design 2.1).

    One of these says how:

    - `own`: the resource's own name.
    - `back`: the one resource of kind `back[0]` whose reference field `back[1]` names this one.
    - `path`: a reference or view, and a field of what it leads to.
    - `joined`: what these reference fields name, in this order, each once.
    """

    name: str
    own: bool = False
    back: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()


class KindSchema(Struct, frozen=True):
    """One kind of resource.

    - `section`: where its items stand in the fleet file (`nodes`, `sdwan.networks.peers`).
    - `identity`: the author's key that names an item (`name`, `hostname`, `host`).
    - `parent`: the kind whose name comes before its own in addresses; empty for none.
    - `present_when`: author's keys that must all be known for the resource to exist (an
      instance exists when region and instance type do); empty: always.
    - `cascades`: kinds that the platform deletes with one of this kind.
    - `one_of`: author's keys of which exactly one must be written; empty for none.
    - `unique`: author's keys that no two of the kind have alike under one parent; empty for none.
    - `holders`: the field of the one in charge and the field of those that may take over from
      it (a fail-over on the platform is no drift); empty for none.
    - `fleeting`: a reference field, a field of what it names, and the values of that field with
      which one that vanished is not made again unless somebody ticks it; empty for none.
    - `summary`: its place in the diff summary, dotted; empty when it counts for its node.
    - `views`: fields that rules have beside `fields`; the reverse of each reference they have too.
    """

    name: str
    section: str
    identity: str
    fields: tuple[FieldSpec, ...]
    parent: str = ""
    present_when: tuple[str, ...] = ()
    cascades: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()
    fleeting: tuple[str, ...] = ()
    summary: str = ""
    views: tuple[View, ...] = ()
    doc: str = ""

    @property
    def noun(self) -> str:
        """What one of it is called in messages."""
        return self.name.replace("_", " ")

    @property
    def joined(self) -> bool:
        """Whether its items stand at the top of the fleet, each under `<parent>:<name>`."""
        return bool(self.parent) and "." not in self.section

    def field(self, name: str) -> FieldSpec | None:
        """The field of that name, if the kind has it."""
        return next((spec for spec in self.fields if spec.name == name), None)
