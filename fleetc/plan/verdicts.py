"""What rules say of a plan: verdicts with the values that led to them (design 3.2).

The values only; `fleetc.policy` makes them. They are no part of a plan's digest: the digests of the
rules are, and the same rules say the same of the same plan, but for what depends on the time.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

__all__ = ["Bound", "Finding", "Quorum", "Requirement", "Verdict", "strictest"]


class Verdict(StrEnum):
    """What a rule answers, mildest first; the strictest of all that match wins."""

    ALLOW = "allow"
    WARN = "warn"
    REQUIRE = "require"
    HOLD = "hold"
    DENY = "deny"

    @property
    def rank(self) -> int:
        """Its place, 0 for `allow`."""
        return _RANKS[self]


_RANKS = {verdict: rank for rank, verdict in enumerate(Verdict)}


def strictest(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The strictest of some verdicts; None for none."""
    return max(verdicts, key=_RANKS.__getitem__, default=None)


class Quorum(msgspec.Struct, frozen=True):
    """So many distinct members of a group; `members` as the rules file names them (`team:sre`)."""

    count: int
    group: str
    members: tuple[str, ...]


class Requirement(msgspec.Struct, frozen=True):
    """What a rule requires: all its quorums, each person counted for one place. `text` says what for.

    With `others`, authors fill no place: nobody grants what they ask for.
    """

    quorums: tuple[Quorum, ...]
    rule: str
    text: str = ""
    others: bool = False


class Bound(msgspec.Struct, frozen=True):
    """A value that a rule looked at, as text: what it is of, and where that was written, if anywhere."""

    name: str
    value: str
    origin: str = ""


class Finding(msgspec.Struct, frozen=True):
    """One rule's verdict on one action, or on the whole plan.

    - `rule`, `place`: the rule's name, and `path:line:column` of its declaration.
    - `subject`: an action's id; empty for the whole plan. `reaches` are addresses that a verdict on
      the whole plan is about.
    - `tripped`: the values the condition rests on; `unknown` those it needs that nobody knows yet:
      then the verdict is the strictest that the rule can give.
    - `requires`: the quorums of a `require`; with `others`, authors fill no place of them.
    - `window`, `until`: what a `hold` waits for, and when that opens (seconds since the epoch; None
      when it does not within a year).
    - `waiver`: the waiver that lifts a `deny`; such a finding binds nobody, nor does one on `trial`.
    - `fixed`: it stays so whatever else is ticked, so that the action cannot be chosen.
    - `accepted`: it comes of the rules applied last, not of those at the plan's commit.
    """

    rule: str
    verdict: Verdict
    place: str
    subject: str = ""
    message: str = ""
    help: str = ""
    tripped: tuple[Bound, ...] = ()
    unknown: tuple[str, ...] = ()
    requires: tuple[Quorum, ...] = ()
    window: str = ""
    until: float | None = None
    waiver: str = ""
    trial: str = ""
    fixed: bool = True
    accepted: bool = False
    reaches: tuple[str, ...] = ()
    others: bool = False

    @property
    def binds(self) -> bool:
        """Whether it counts: it is neither waived nor on trial."""
        return not (self.waiver or self.trial)
