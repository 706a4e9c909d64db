"""Diagnostics about rules, gathered while they are checked."""

from __future__ import annotations

from collections.abc import Iterable

from fleetc.lang.diagnostics import Diagnostic, Label, Severity
from fleetc.lang.source import Span
from fleetc.lang.suggest import near

__all__ = ["Report"]

_MOST = 50


class Report:
    """What was found, in the order of the files; each place and message once, at most 50 errors."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Span, str], Diagnostic] = {}

    def add(
        self,
        code: str,
        message: str,
        span: Span,
        label: str = "here",
        *,
        help: str = "",  # noqa: A002 - the name of the diagnostic's field
        secondary: tuple[Label, ...] = (),
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Report one fault."""
        found = Diagnostic(code, severity, message, Label(span, label), secondary, help=help)
        if len(self._found) < _MOST or severity is not Severity.ERROR:
            self._found.setdefault((code, span, message), found)

    def unknown(self, what: str, name: str, known: Iterable[str], span: Span) -> None:
        """Report a name that stands for nothing, with the one that may have been meant."""
        names = list(known)
        similar = near(name, names)
        listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        mend = f"use `{similar}`" if similar else f"known: {listed}" if names else ""
        self.add("F0834", f"no {what} named `{name}`", span, "not known", help=mend)

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return any(found.severity is Severity.ERROR for found in self._found.values())

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All of it, by place."""
        return tuple(sorted(self._found.values(), key=lambda found: found.primary.span))
