"""The collector of diagnostics: what every pass over a fleet reports to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from fleetc.lang.diagnostics import Affected, Applicability, Diagnostic, Edit, Fix, Label, Severity
from fleetc.lang.source import Span
from fleetc.lang.suggest import near

__all__ = ["ERRORS_A_FILE", "POISON", "Report", "quote_fix"]

ERRORS_A_FILE = 20
_RECORDED_A_FILE = 2_000
_COMPARED = 1_000_000


class _Poison:
    """The value of a key whose written value is wrong; no check looks at it again."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "POISON"


POISON = _Poison()


def quote_fix(span: Span, raw: str) -> Fix:
    """The machine-applicable mend that writes a plain scalar as a string."""
    return Fix(f'write "{raw}"', (Edit(span, f'"{raw}"'),), Applicability.MACHINE)


@dataclass(slots=True)
class Report:
    """Diagnostics in the order found; `finish` gives them in file order.

    Beyond 2,000 a file nothing more is recorded: hostile input must not cost memory.
    """

    found: list[tuple[Diagnostic, str]] = field(default_factory=list)
    _count: Counter[str] = field(default_factory=Counter)
    failed: bool = False
    _compared: int = 0

    def near(self, name: str, candidates: Collection[str]) -> str | None:
        """The candidate that `name` was probably meant to be; none once a million were looked at."""
        self._compared += len(candidates)
        return near(name, candidates) if self._compared <= _COMPARED else None

    def add(
        self,
        severity: Severity,
        code: str,
        message: str,
        span: Span,
        label: str = "",
        *,
        secondary: Sequence[Label] = (),
        notes: Sequence[str] = (),
        help: str = "",  # noqa: A002  (the record's own word)
        fixes: Sequence[Fix] = (),
        affected: Affected | None = None,
        owner: str = "",
        secret: bool = False,
    ) -> None:
        """Record one diagnostic; `owner` is the template it is about, whose users it reaches.

        The text at a `secret` place is never shown.
        """
        self.failed = self.failed or severity is Severity.ERROR
        self._count[span.path] += 1
        if self._count[span.path] > _RECORDED_A_FILE:
            return
        item = Diagnostic(
            code,
            severity,
            message,
            Label(span, label, secret),
            tuple(secondary),
            tuple(notes),
            help,
            tuple(fixes),
            affected=affected,
        )
        self.found.append((item, owner))

    def error(self, code: str, message: str, span: Span, label: str = "", **more: object) -> None:
        """Record an error; the keywords are those of `add`."""
        self.add(Severity.ERROR, code, message, span, label, **more)  # type: ignore[arg-type]

    def warning(self, code: str, message: str, span: Span, label: str = "", **more: object) -> None:
        """Record a warning; the keywords are those of `add`."""
        self.add(Severity.WARNING, code, message, span, label, **more)  # type: ignore[arg-type]

    def note(self, code: str, message: str, span: Span, label: str = "", **more: object) -> None:
        """Record a note; the keywords are those of `add`."""
        self.add(Severity.NOTE, code, message, span, label, **more)  # type: ignore[arg-type]

    def take(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Record the diagnostics of an earlier stage as they are."""
        for item in diagnostics:
            self.failed = self.failed or item.severity is Severity.ERROR
            self.found.append((item, ""))

    def finish(
        self, paths: Sequence[str], reach: Callable[[str], Affected | None] = lambda owner: None
    ) -> tuple[Diagnostic, ...]:
        """All diagnostics by file (in the order of `paths`) and place, 20 errors a file at most.

        Beside errors no notes are shown: what an error hides may be what a note misses.
        """
        rank = {path: number for number, path in enumerate(paths)}

        def place(entry: tuple[Diagnostic, str]) -> tuple[int, Span, str, str]:
            item = entry[0]
            return (rank.get(item.primary.span.path, len(rank)), item.primary.span, item.code, item.message)

        shown: list[Diagnostic] = []
        errors: Counter[str] = Counter()
        for item, owner in sorted(self.found, key=place):
            if self.failed and item.severity is Severity.NOTE:
                continue
            path = item.primary.span.path
            errors[path] += item.severity is Severity.ERROR
            if item.severity is Severity.ERROR and errors[path] > ERRORS_A_FILE:
                continue
            reached = reach(owner) if owner and item.affected is None else None
            shown.append(msgspec.structs.replace(item, affected=reached) if reached else item)
        return _with_rest(shown, errors)


def _with_rest(shown: list[Diagnostic], errors: Counter[str]) -> tuple[Diagnostic, ...]:
    """`shown`, with "N more errors" noted at the last error shown of each file that has more."""
    last = {
        item.primary.span.path: number for number, item in enumerate(shown) if item.severity is Severity.ERROR
    }
    for path, number in last.items():
        if errors[path] > ERRORS_A_FILE:
            more = errors[path] - ERRORS_A_FILE
            note = f"{more} more error{'s' if more > 1 else ''} in this file"
            shown[number] = msgspec.structs.replace(shown[number], notes=(*shown[number].notes, note))
    return tuple(shown)
