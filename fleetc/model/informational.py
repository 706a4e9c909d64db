"""Keys of the platform's own files that say nothing to fleetc: accepted, checked, shown in one note.

Its export has `provider_configs`, `fleet` (`default_template`, `provider`), and for each template
`provider_region` and `instance_type`. None of them is compared or applied: credentials do not travel
through git, and a node says itself which template, region and instance type it has.
"""

from __future__ import annotations

from fleetc.lang.nodes import Map, Seq
from fleetc.model.check import Place, check_value, unknown_key
from fleetc.model.formats import check_format
from fleetc.model.report import POISON, Report
from fleetc.model.schema import FieldSpec, FieldType
from fleetc.model.sections import INFORMATIONAL

__all__ = ["IN_FLEET", "OF_TEMPLATES", "PLATFORM_KEYS", "check_informational"]

IN_FLEET = ("default_template", "provider")
"""The keys of `fleet`, each a string."""

OF_TEMPLATES = tuple(spec.key for spec in INFORMATIONAL)
"""Informational keys of a template."""

PLATFORM_KEYS = tuple(
    FieldSpec(key, FieldType.MAPPING, key=key, doc="Informational: shown, never compared, never applied.")
    for key in ("provider_configs", "fleet")
)
"""Informational keys at the top of a file."""


def check_informational(tree: Map, report: Report) -> None:
    """Check the informational keys of a file, and note once that they have no effect."""
    found = [spec.key for spec in PLATFORM_KEYS if spec.key in tree]
    for spec in PLATFORM_KEYS:
        if spec.key in tree:
            _top(spec, tree, report)
    spans = [tree.key_span(key) for key in found]
    for item in _templates(tree):
        written = [key for key in OF_TEMPLATES if key in item]
        found += written
        spans += [item.key_span(key) for key in written]
    if found:
        listed = ", ".join(f"`{key}`" for key in dict.fromkeys(found))
        configs = tree.get("provider_configs")
        names = ", ".join(configs) if isinstance(configs, Map) else ""
        report.note(
            "F0140",
            f"informational, never compared or applied: {listed}",
            min(spans),
            "the first one",
            notes=(f"provider configs: {names}",) if names else (),
            help="a node has its own `template`, `region` and `instance_type`, or those of `defaults`",
        )


def _templates(tree: Map) -> list[Map]:
    templates = tree.get("templates")
    if isinstance(templates, Map):
        return [item for item in templates.values() if isinstance(item, Map)]
    return [item for item in templates if isinstance(item, Map)] if isinstance(templates, Seq) else []


def _top(spec: FieldSpec, tree: Map, report: Report) -> None:
    place = Place(tree, spec.key, report)
    value = check_value(spec, tree[spec.key], place)
    if value is POISON or not isinstance(value, Map):
        return
    check_format(spec, value, place)
    for key in value if spec.key == "fleet" else ():
        if key in IN_FLEET:
            check_value(FieldSpec(key, FieldType.STRING, key=key), value[key], Place(value, key, report))
        else:
            unknown_key(value, key, IN_FLEET, report)
