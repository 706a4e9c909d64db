"""Types of written values: the pass that finds every error of an item.

It runs only on items that the one-step check of `Section.shape` refuses. A wrong value becomes
`POISON`, which later checks pass over, so that one fault gives one error.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from fleetc.lang.diagnostics import Affected, Applicability, Edit, Fix
from fleetc.lang.nodes import Map, Node, Seq
from fleetc.lang.source import Span
from fleetc.model.report import POISON, Report, quote_fix
from fleetc.model.schema import FieldSpec, FieldType
from fleetc.model.sections import ONE_OR_MANY

__all__ = ["Place", "check_value", "describe", "unknown_key"]

_T = FieldType
_TEXTS = frozenset({_T.STRING, _T.ENUM, _T.CIDR, _T.IPV4, _T.IPV6, _T.SELECTOR, _T.PIN, _T.REFERENCE})
_LISTS = frozenset({_T.STRING_LIST, _T.CIDR_LIST, _T.MODULES, _T.REFERENCES})
_WANTED = {
    _T.STRING: "a string",
    _T.ENUM: "a string",
    _T.INTEGER: "an integer",
    _T.BOOLEAN: "true or false",
    _T.STRING_LIST: "a list of strings",
    _T.STRING_MAP: "a mapping of strings",
    _T.MAPPING: "a mapping",
    _T.CIDR: "a CIDR such as `10.0.0.0/24`",
    _T.CIDR_LIST: "a list of CIDRs",
    _T.IPV4: "an IPv4 address or a host name",
    _T.IPV6: "an IPv6 address",
    _T.PORTS: "a port or a range of ports such as `8000-8010`",
    _T.SELECTOR: "a selector such as `all` or a CIDR",
    _T.PIN: "a version or a state",
    _T.MODULES: "a list of module references",
    _T.REFERENCE: "a name",
    _T.REFERENCES: "a list of names",
}
_TRUTH = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: its container, the key or index, and what to say about it.

    `owner` is the template that the value belongs to; `affected` what else a fault reaches.
    """

    holder: Map | Seq
    key: str | int
    report: Report
    owner: str = ""
    affected: Affected | None = None

    @property
    def span(self) -> Span:
        """The place of the value."""
        return self.holder.value_span(self.key)  # type: ignore[arg-type]

    @property
    def raw(self) -> str:
        """The value as it is written."""
        return self.holder.raw(self.key)  # type: ignore[arg-type]

    def inside(self, holder: Map | Seq, key: str | int) -> Place:
        """The place of a value within this one."""
        return Place(holder, key, self.report, self.owner, self.affected)

    def wrong(self, code: str, message: str, label: str = "", **more: object) -> object:
        """Report an error here; the value is poisoned."""
        more = {"owner": self.owner, "affected": self.affected, **more}
        self.report.error(code, message, self.span, label, **more)
        return POISON


def describe(value: object) -> str:
    """What a value is, in an author's words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int):
        return "an integer"
    if isinstance(value, float):
        return "a number with a fraction"
    if isinstance(value, str):
        return "a string"
    return "a list" if isinstance(value, list) else "a mapping"


def unknown_key(holder: Map, key: str, known: tuple[str, ...], report: Report, owner: str = "") -> None:
    """Report a key that does not exist here, with the nearest one or the list of all."""
    similar = report.near(key, known)
    span = holder.key_span(key)
    if similar and similar not in holder:
        fix = Fix(f"write `{similar}`", (Edit(span, similar),), Applicability.MACHINE)
        advice, fixes = f"a key with a similar name exists: `{similar}`", [fix]
    else:
        advice, fixes = f"the keys here are {', '.join(f'`{name}`' for name in known)}", []
    report.error(
        "F0101", f"unknown key `{key}`", span, "not a key here", help=advice, fixes=fixes, owner=owner
    )


def misspelt(holder: Map, key: str, known: Container[str], report: Report) -> bool:
    """Whether a key that is not known here stands for `key`: then that one is not missed as well."""
    return key not in holder and any(
        other not in known and report.near(other, (key,)) is not None for other in holder
    )


def check_value(spec: FieldSpec, value: Node, place: Place) -> object:
    """The value, or `POISON` after reporting what is wrong with its type."""
    if value is None:
        return _null(spec, place)
    if spec.key in ONE_OR_MANY and isinstance(value, str):
        return _text(spec, value, place)
    if spec.type in _TEXTS:
        return _text(spec, value, place)
    if spec.type in _LISTS:
        return _list(spec, value, place)
    if spec.type is _T.INTEGER:
        return _integer(spec, value, place)
    if spec.type is _T.BOOLEAN:
        return _boolean(spec, value, place)
    if spec.type is _T.PORTS:
        known = isinstance(value, str | int) and not isinstance(value, bool)
        return value if known else _mismatch(spec, value, place)
    return _mapping(spec, value, place)


def _null(spec: FieldSpec, place: Place) -> object:
    if spec.required:
        wanted = _WANTED[spec.type]
        return place.wrong(
            "F0103",
            f"`{spec.key}` is null, and it is required",
            f"{wanted} is wanted",
            help=f"write {wanted}",
        )
    return place.wrong(
        "F0104",
        f"`{spec.key}` is null",
        "null is not the same as leaving the key out",
        help="give it a value, or take the key away",
    )


def _mismatch(spec: FieldSpec, value: object, place: Place) -> object:
    wanted = _WANTED[spec.type]
    subject = f"`{spec.key}`" if isinstance(place.key, str) else f"an item of `{spec.key}`"
    if isinstance(place.key, int):
        wanted = "a string"
    return place.wrong(
        "F0107", f"{subject} is {describe(value)}", f"{wanted} is wanted", help=f"write {wanted}"
    )


def _text(spec: FieldSpec, value: Node, place: Place) -> object:
    if isinstance(value, bool):
        return place.wrong(
            "F0108",
            f"`{spec.key}` is a boolean where a string is wanted",
            "read as true or false",
            help="quote it",
            fixes=(quote_fix(place.span, place.raw),),
        )
    if isinstance(value, int | float):
        return place.wrong(
            "F0106",
            f"`{spec.key}` is a number where a string is wanted",
            f"read as the number {value}",
            help="quote it",
            fixes=(quote_fix(place.span, place.raw),),
        )
    if not isinstance(value, str):
        return _mismatch(spec, value, place)
    if not value and spec.type is not _T.STRING:
        return place.wrong(
            "F0105",
            f"`{spec.key}` is an empty string",
            "",
            help=f"write {_WANTED[spec.type]}, or take the key away",
        )
    if spec.type is _T.ENUM and value not in spec.values:
        return _choice(spec, value, place)
    return value


def _choice(spec: FieldSpec, value: str, place: Place) -> object:
    similar = place.report.near(value, spec.values)
    choices = ", ".join(f"`{choice}`" for choice in spec.values)
    fixes = (
        [Fix(f"write `{similar}`", (Edit(place.span, similar),), Applicability.MACHINE)] if similar else []
    )
    return place.wrong(
        "F0302",
        f"`{value}` is not a value of `{spec.key}`",
        f"similar: `{similar}`" if similar else "",
        help=f"write one of {choices}",
        fixes=fixes,
    )


def _integer(spec: FieldSpec, value: Node, place: Place) -> object:
    if isinstance(value, float):
        return place.wrong(
            "F0115", f"`{spec.key}` has a fraction", "an integer is wanted", help="write it without a point"
        )
    if isinstance(value, str) and value.isascii() and value.lstrip("-").isdigit():
        fix = Fix(f"write {value}", (Edit(place.span, value),), Applicability.MACHINE)
        return place.wrong(
            "F0109",
            f"`{spec.key}` is a string where an integer is wanted",
            "",
            help="take the quotes away",
            fixes=(fix,),
        )
    if isinstance(value, bool) or not isinstance(value, int):
        return _mismatch(spec, value, place)
    low, high = spec.minimum, spec.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"{low} to {high}" if high is not None else f"{low} or more"
        return place.wrong("F0301", f"`{spec.key}` is out of range", f"{bounds}", help=f"write {bounds}")
    return value


def _boolean(spec: FieldSpec, value: Node, place: Place) -> object:
    if isinstance(value, bool):
        return value
    meant = _TRUTH.get(value.lower()) if isinstance(value, str) else None
    if meant is None:
        return _mismatch(spec, value, place)
    fix = Fix(f"write {meant}", (Edit(place.span, meant),), Applicability.MACHINE)
    return place.wrong(
        "F0109",
        f"`{spec.key}` is a string where true or false is wanted",
        "",
        help=f"write {meant}",
        fixes=(fix,),
    )


def _list(spec: FieldSpec, value: Node, place: Place) -> object:
    if isinstance(value, str):
        fix = Fix(f"write [{place.raw}]", (Edit(place.span, f"[{place.raw}]"),))
        return place.wrong(
            "F0116",
            f"`{spec.key}` is one string where a list is wanted",
            "",
            help="put it in brackets",
            fixes=(fix,),
        )
    if not isinstance(value, Seq):
        return _mismatch(spec, value, place)
    item = FieldSpec(spec.name, _T.REFERENCE, key=spec.key, required=True)
    checked = [check_value(item, entry, place.inside(value, index)) for index, entry in enumerate(value)]
    return POISON if any(entry is POISON for entry in checked) else value


def _mapping(spec: FieldSpec, value: Node, place: Place) -> object:
    if not isinstance(value, Map):
        return _mismatch(spec, value, place)
    if spec.type is _T.MAPPING:
        return value
    checked = [
        check_value(FieldSpec(key, _T.STRING, key=key), entry, place.inside(value, key))
        for key, entry in value.items()
    ]
    return POISON if any(entry is POISON for entry in checked) else value
