"""What rules say of the actions of one plan, ready to be shown. Pure.

Findings come sorted by nothing in particular; they are put in order once, on the session's thread.
A row's strictest verdict is one byte, so that groups count and problems are found in no time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fleetc.plan.verdicts import Finding, Verdict

__all__ = ["HINDERS", "Texts", "Verdicts", "code_of"]

Texts = Mapping[tuple[bool, str], str]
"""Rules as they are written, by `Finding.accepted` and `Finding.place`."""

_CODES = {verdict: verdict.rank for verdict in Verdict}
HINDERS = (Verdict.DENY, Verdict.HOLD, Verdict.REQUIRE)
"""The verdicts that stand in the way of a run, strictest first."""


def code_of(verdict: Verdict) -> int:
    """The byte that stands for a verdict as the strictest of a row; 0 stands for none."""
    return _CODES[verdict]


class Verdicts:
    """The findings on a plan of so many actions, by row.

    `rows` has the row of each action's id, `places` those of addresses. `worst` is one code a row,
    of findings that bind; `reached` a 1 for each row that a finding on the whole plan is about.
    """

    def __init__(
        self,
        findings: Sequence[Finding],
        rows: Mapping[str, int],
        places: Mapping[str, int],
    ) -> None:
        self.findings = findings
        self.whole = tuple(finding for finding in findings if not finding.subject)
        self._of: dict[str, list[Finding]] = {}
        worst, reached = bytearray(len(rows)), bytearray(len(rows))
        for finding in findings:
            if finding.subject in rows:
                self._of.setdefault(finding.subject, []).append(finding)
                row, code = rows[finding.subject], _CODES[finding.verdict]
                if code > worst[row] and finding.binds:
                    worst[row] = code
        for finding in self.whole:
            if finding.binds:
                for address in finding.reaches:
                    if address in places:
                        reached[places[address]] = 1
        self.worst, self.reached = bytes(worst), bytes(reached)

    def of(self, action: str) -> list[Finding]:
        """The findings on an action, strictest first; those that bind nobody come last."""
        found = self._of.get(action, ())
        return sorted(found, key=lambda finding: (not finding.binds, -finding.verdict.rank))

    def about(self, address: str) -> list[Finding]:
        """The findings on the whole plan that are about an address."""
        return [finding for finding in self.whole if address in finding.reaches]

    @property
    def overall(self) -> Finding | None:
        """The strictest finding on the whole plan that binds."""
        binding = (finding for finding in self.whole if finding.binds)
        return max(binding, key=lambda finding: finding.verdict.rank, default=None)

    def strictest(self, action: str) -> Finding | None:
        """The strictest finding on an action that binds."""
        return next((finding for finding in self.of(action) if finding.binds), None)

    def denial(self, action: str) -> Finding | None:
        """The finding because of which an action cannot be chosen."""
        found = self.strictest(action)
        return found if found is not None and found.verdict is Verdict.DENY else None

    def rows_of(self, verdict: Verdict) -> bytes:
        """A 1 for each row whose strictest verdict is this one."""
        wanted = _CODES[verdict]
        return self.worst.translate(bytes(code == wanted for code in range(256)))
