"""The faults of one file, gathered while it is read."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from fleetc.lang.diagnostics import Diagnostic, Fix, Label, Severity
from fleetc.lang.source import SourceFile, Span

__all__ = ["Faults", "Place"]

_MOST = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Character offsets of a text with a few words about it."""

    start: int
    end: int
    text: str = ""


class Faults:
    """At most 20 errors and 20 other findings of a file; later ones are only counted.

    `failed` says whether there is an error, `full` whether no further error will be shown.
    """

    def __init__(self, file: SourceFile) -> None:
        self.failed = self.full = False
        self._file = file
        self._found: list[tuple[int, Diagnostic]] = []
        self._counts = dict.fromkeys(Severity, 0)

    def add(
        self,
        code: str,
        message: str,
        primary: Place,
        *,
        help: str = "",  # noqa: A002 - the name of the diagnostic's field
        secondary: tuple[Place, ...] = (),
        notes: tuple[str, ...] = (),
        fixes: tuple[Fix, ...] = (),
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Report one fault."""
        self._counts[severity] += 1
        self.failed = self._counts[Severity.ERROR] > 0
        self.full = self._counts[Severity.ERROR] >= _MOST
        if self._counts[severity] > _MOST:
            return
        diagnostic = Diagnostic(
            code,
            severity,
            message,
            self._label(primary),
            secondary=tuple(self._label(place) for place in secondary),
            notes=notes,
            help=help,
            fixes=fixes,
        )
        self._found.append((primary.start, diagnostic))

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What was found, in file order; the last of a kind says how many more there are."""
        found = [diagnostic for _, diagnostic in sorted(self._found, key=lambda item: item[0])]
        for severity, count in self._counts.items():
            if count > _MOST:
                last = max(i for i, item in enumerate(found) if item.severity is severity)
                more = f"{count - _MOST:,} more {severity}s in this file are not shown"
                found[last] = msgspec.structs.replace(found[last], notes=(*found[last].notes, more))
        return tuple(found)

    def _label(self, place: Place) -> Label:
        if place.end == 0:  # the whole file: do not decode a file that is too large
            return Label(Span(self._file.path, 1, 1, 1, 1), place.text)
        return Label(self._file.span(place.start, place.end), place.text)
