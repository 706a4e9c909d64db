"""The JSON Schema of fleet files, for editors; made from the kind declarations.

`grammar/fleet.schema.json` is this document, kept equal by a test. It knows forms and types; what
only the compiler can judge (references, ranges, CIDRs) it leaves open. Written for draft 2020-12.
"""

from __future__ import annotations

import msgspec

from fleetc.model.informational import IN_FLEET, PLATFORM_KEYS
from fleetc.model.moves import FORGET, MOVED
from fleetc.model.schema import FieldSpec, FieldType
from fleetc.model.sections import DEFAULTS, HEADER, ONE_OR_MANY, SECTIONS, Section, children

__all__ = ["fleet_schema", "schema_text"]

_T = FieldType
Schema = dict[str, object]

_TEXT: Schema = {"type": "string", "minLength": 1}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_FORMS: dict[FieldType, Schema] = {
    _T.STRING: {"type": "string"},
    _T.INTEGER: {"type": "integer"},
    _T.BOOLEAN: {"type": "boolean"},
    _T.STRING_MAP: {"type": "object", "additionalProperties": {"type": "string"}},
    _T.MAPPING: {"type": "object"},
    **dict.fromkeys((_T.STRING_LIST, _T.CIDR_LIST, _T.MODULES, _T.REFERENCES), _TEXTS),
    **dict.fromkeys((_T.ENUM, _T.CIDR, _T.IPV4, _T.IPV6, _T.SELECTOR, _T.PIN, _T.REFERENCE), _TEXT),
    _T.PORTS: {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 65535}, _TEXT]},
}


def fleet_schema() -> Schema:
    """The schema of a root file."""
    header = {spec.key: _key(spec) for spec in HEADER}
    groups = sorted({path.partition(".")[0] for path in SECTIONS if "." in path})
    defaults, section = DEFAULTS
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A fleet of fleetc",
        **_object(
            {
                **header,
                defaults: _object({section: _object(_keys(SECTIONS[section]))}),
                **{key: _section(below) for key, below in children("").items()},
                **{key: _object({name: _section(s) for name, s in children(key).items()}) for key in groups},
                **{spec.key: _key(spec) for spec in PLATFORM_KEYS},
                "fleet": _object({key: {"type": "string"} for key in IN_FLEET}),
                MOVED.key: {"type": "array", "items": _object({"from": _TEXT, "to": _TEXT}, ["from", "to"])},
                FORGET.key: {**_TEXTS, "description": FORGET.doc},
            },
            [spec.key for spec in HEADER if spec.required],
        ),
    }


def schema_text() -> str:
    """The text of `grammar/fleet.schema.json`."""
    return msgspec.json.format(msgspec.json.encode(fleet_schema()), indent=2).decode() + "\n"


def _object(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    form: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**form, "required": required} if required else form


def _section(section: Section) -> Schema:
    """A list of items with their names, or a mapping from name to item."""
    if section.joined:
        items = _object(_keys(section))
        return {"description": section.kind.doc, "type": "object", "additionalProperties": items}
    properties = {section.identity: _TEXT, **_keys(section)}
    properties.update({key: _section(below) for key, below in children(section.path).items()})
    choice: Schema = {"oneOf": [{"required": [key]} for key in section.kind.one_of]}
    rules = choice if section.kind.one_of else {}
    return {
        "description": section.kind.doc,
        "anyOf": [
            {"type": "array", "items": _object(properties, [section.identity]) | rules},
            {"type": "object", "additionalProperties": _object(properties) | rules},
        ],
    }


def _keys(section: Section) -> dict[str, Schema]:
    return {key: _key(spec) for key, spec in section.keys.items()}


def _key(spec: FieldSpec) -> Schema:
    form = dict(_FORMS[spec.type])
    if spec.key in ONE_OR_MANY:
        form = {"anyOf": [_TEXT, _TEXTS]}
    if spec.values:
        form = {"enum": list(spec.values)}
    bounds = {"minimum": spec.minimum, "maximum": spec.maximum, "default": spec.default}
    form.update({name: value for name, value in bounds.items() if value is not None})
    return {**form, "description": spec.doc} if spec.doc else form
