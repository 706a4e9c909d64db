"""Diagnostics: one record, rendered everywhere (design 1.6)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from fleetc.lang.source import Span

__all__ = [
    "Affected",
    "Applicability",
    "Diagnostic",
    "Edit",
    "Fix",
    "Label",
    "OriginStep",
    "Severity",
    "count_errors",
    "has_errors",
]


class Severity(StrEnum):
    """How much a diagnostic matters; only `ERROR` stops a compile or changes an exit code."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Applicability(StrEnum):
    """Whether a tool may apply a fix by itself."""

    MACHINE = "machine"
    MAYBE = "maybe"


class Label(Struct, frozen=True):
    """A place with a few words about it. The text of a `secret` place is never shown."""

    span: Span
    text: str = ""
    secret: bool = False


class Edit(Struct, frozen=True):
    """Replace the characters of `span` by `text`."""

    span: Span
    text: str


class Fix(Struct, frozen=True):
    """A mend: what it does in words, and the edits that do it."""

    message: str
    edits: tuple[Edit, ...] = ()
    applicability: Applicability = Applicability.MAYBE


class OriginStep(Struct, frozen=True):
    """One step of the way a value came: written, alias, merge, range, defaults, extends, schema."""

    step: str
    text: str
    span: Span | None = None


class Affected(Struct, frozen=True):
    """How far a fault reaches: a count and a few names."""

    count: int
    sample: tuple[str, ...] = ()


class Diagnostic(Struct, frozen=True):
    """One fault, warning or note, with a place.

    `message` is one line without a trailing full stop and may hold outside text, which renderers
    pass through `fleetc.lang.text.visible`.
    """

    code: str
    severity: Severity
    message: str
    primary: Label
    secondary: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str = ""
    fixes: tuple[Fix, ...] = ()
    origin: tuple[OriginStep, ...] = ()
    affected: Affected | None = None


def count_errors(diagnostics: Iterable[Diagnostic]) -> str:
    """How many of them are errors, in words: `1 error`."""
    count = sum(item.severity is Severity.ERROR for item in diagnostics)
    return f"{count} error" if count == 1 else f"{count} errors"


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any of them is an error."""
    return any(item.severity is Severity.ERROR for item in diagnostics)
