"""The sections of a fleet file, derived from the kind declarations.

A section is a list of items (`nodes`) or a mapping from name to item. One section may declare
several kinds: an item of `nodes` is a node and, when its region and type are known, an instance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, Literal

import msgspec

from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldSpec, FieldType, KindSchema

__all__ = ["DEFAULTS", "HEADER", "INFORMATIONAL", "ONE_OR_MANY", "PROTECT", "SECTIONS", "Section", "children"]

_T = FieldType

PROTECT = FieldSpec(
    "protect", _T.BOOLEAN, key="protect", doc="Whether its delete and its replacement are denied."
)
"""The key that guards what an item declares; it is not inherited by `extends`."""

INFORMATIONAL = tuple(
    FieldSpec(key, _T.STRING, key=key, doc=f"Informational: nodes have their own `{own}`.")
    for key, own in (("provider_region", "region"), ("instance_type", "instance_type"))
)
"""Keys of templates in the platform's own files; they have no effect."""

# Keys that no resource has as a field, and why they are special: `extends` and `without` fold
# templates, `provision` decides whether a node has an instance, `protect` guards the live resource.
_EXTRA = {
    "templates": (
        FieldSpec("extends", _T.STRING_LIST, key="extends", doc="Templates it inherits from."),
        FieldSpec("without", _T.STRING_LIST, key="without", doc="Inherited modules it drops."),
        *INFORMATIONAL,
        PROTECT,
    ),
    "nodes": (
        FieldSpec("provision", _T.BOOLEAN, key="provision", doc="Whether it has an instance."),
        FieldSpec("modules", _T.MODULES, key="modules", doc="Modules beside its template's."),
        PROTECT,
    ),
    "sdwan.networks": (PROTECT,),
    "sdwan.networks.virtual_ips": (PROTECT,),
}

ONE_OR_MANY = frozenset({"extends"})
"""Keys that take one name or a list of names."""

HEADER = (
    FieldSpec("version", _T.INTEGER, key="version", required=True, doc="Language version: 1."),
    FieldSpec("account", _T.REFERENCE, key="account", required=True, doc="The account it belongs to."),
    FieldSpec("include", _T.STRING_LIST, key="include", doc="More files, as relative globs."),
)
"""Keys that only the root file may hold."""

DEFAULTS = ("defaults", "nodes")
"""Where defaults stand, and the section they are for."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section.

    - `keys`: the specification of each key an author may write, the identity not among them.
    - `required`: keys an item must have once defaults are folded in.
    - `looked_at`: keys whose values need more than a type check; `flat` those of them whose
      mappings of strings are nearly always harmless.
    - `hosts`: items are named by host, so that ranges may stand there.
    - `joined`: items stand under `<parent>:<name>`, in a mapping only.
    - `shape`: the msgspec struct that decides in one step whether an item has the right types;
      `shapes` a list of it.
    """

    path: str
    identity: str
    parent: str
    kinds: tuple[KindSchema, ...]
    keys: Mapping[str, FieldSpec]
    required: tuple[str, ...]
    looked_at: frozenset[str]
    flat: tuple[str, ...]
    hosts: bool
    shape: type
    joined: bool = False
    kind: KindSchema = field(init=False)
    shapes: object = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", self.kinds[0])
        object.__setattr__(self, "shapes", list[self.shape])  # type: ignore[name-defined]

    @property
    def noun(self) -> str:
        """What one item is called in messages."""
        return self.kind.noun


_TEXT = Annotated[str, msgspec.Meta(min_length=1)]
_MORE_THAN_TYPE = frozenset(
    {
        _T.CIDR,
        _T.CIDR_LIST,
        _T.IPV4,
        _T.IPV6,
        _T.PORTS,
        _T.SELECTOR,
        _T.PIN,
        _T.MODULES,
        _T.MAPPING,
        _T.STRING_LIST,
    }
)
_SHAPES: Mapping[FieldType, Any] = {
    _T.STRING: str,
    _T.BOOLEAN: bool,
    _T.STRING_LIST: list[_TEXT],
    _T.STRING_MAP: dict[str, str],
    _T.MAPPING: dict[str, Any],
    _T.CIDR: _TEXT,
    _T.CIDR_LIST: list[_TEXT],
    _T.IPV4: _TEXT,
    _T.IPV6: _TEXT,
    _T.PORTS: int | str,
    _T.SELECTOR: _TEXT,
    _T.PIN: _TEXT,
    _T.MODULES: list[_TEXT],
    _T.REFERENCE: _TEXT,
    _T.REFERENCES: list[_TEXT],
}


def _shape(spec: FieldSpec) -> Any:
    if spec.key in ONE_OR_MANY:
        return _TEXT | list[_TEXT]
    if spec.type is _T.ENUM:
        return Literal[spec.values]
    if spec.type is _T.INTEGER:
        return Annotated[int, msgspec.Meta(ge=spec.minimum, le=spec.maximum)]
    return _SHAPES[spec.type]


def _names_hosts(spec: FieldSpec) -> bool:
    target = KINDS.get(spec.refers_to)
    return target is not None and target.identity == "host"


def _build(path: str, kinds: tuple[KindSchema, ...], nested: tuple[str, ...]) -> Section:
    specs = [spec for kind in kinds for spec in kind.fields if spec.key]
    keys = {spec.key: spec for spec in (*specs, *_EXTRA.get(path, ()))}
    shape = msgspec.defstruct(
        "Item",
        [
            *([] if kinds[0].joined else [(kinds[0].identity, _TEXT | None, None)]),
            *((key, _shape(spec), msgspec.UNSET) for key, spec in keys.items()),
            *((key, Any, msgspec.UNSET) for key in nested),
        ],
        forbid_unknown_fields=True,
        kw_only=True,
    )
    return Section(
        path=path,
        identity=kinds[0].identity,
        parent=KINDS[kinds[0].parent].section if kinds[0].parent else "",
        kinds=kinds,
        keys=MappingProxyType(keys),
        required=tuple(
            spec.key
            for kind in kinds
            if not kind.present_when
            for spec in kind.fields
            if spec.required and spec.key
        ),
        looked_at=frozenset(
            key for key, spec in keys.items() if spec.type in _MORE_THAN_TYPE or _names_hosts(spec)
        ),
        flat=tuple(key for key, spec in keys.items() if spec.type is _T.STRING_MAP),
        hosts=kinds[0].identity in ("hostname", "host"),
        shape=shape,
        joined=kinds[0].joined,
    )


def _sections() -> Mapping[str, Section]:
    paths = dict.fromkeys(kind.section for kind in KINDS.values())
    return MappingProxyType(
        {
            path: _build(
                path,
                tuple(kind for kind in KINDS.values() if kind.section == path),
                tuple(p.rpartition(".")[2] for p in paths if p.rpartition(".")[0] == path),
            )
            for path in paths
        }
    )


SECTIONS = _sections()
"""The sections by path (`sdwan.networks.peers`), parents before children."""


def _by_parent() -> dict[str, dict[str, Section]]:
    found: dict[str, dict[str, Section]] = {}
    for section in SECTIONS.values():
        above, _, key = section.path.rpartition(".")
        found.setdefault(above, {})[key] = section
    return found


_CHILDREN = _by_parent()


def children(path: str) -> Mapping[str, Section]:
    """The sections written directly under `path`, by key; the top level is the empty path."""
    return _CHILDREN.get(path, {})
