"""Rules ready to judge: what their declarations came to, checked and compiled (design 3.2).

All are structs, which are quick to declare.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from fleetc.lang import rules_ast as ast
from fleetc.plan.verdicts import Quorum, Verdict
from fleetc.policy.calendar import Calendar
from fleetc.policy.code import Code
from fleetc.policy.conditions import Condition, Leaf
from fleetc.policy.messages import Message

__all__ = [
    "Answer",
    "Body",
    "Budgeted",
    "Cap",
    "Exempt",
    "Guarded",
    "Judged",
    "Reach",
    "RuleSet",
    "Wording",
]


class Answer(msgspec.Struct, frozen=True):
    """What a declaration answers: its name and place, the verdict, who has to agree, what is waited for."""

    name: str
    place: str
    verdict: Verdict
    quorums: tuple[Quorum, ...] = ()
    window: str = ""
    trial: date | None = None


class Wording(msgspec.Struct, frozen=True):
    """The message and the help of a verdict."""

    message: Message
    help: Message


class Reach(msgspec.Struct, frozen=True):
    """Which changes are meant: operations; fields by kind, None for all of them; causes, empty for all."""

    operations: frozenset[str]
    fields: Mapping[str, frozenset[str] | None]
    causes: frozenset[str] = frozenset()


class Body(msgspec.Struct, frozen=True, eq=False):
    """A rule for one kind. `where` is None when it always holds; `tripped` are the parts to show."""

    where: Condition | Leaf | None
    wording: Wording


class Judged(msgspec.Struct, frozen=True, eq=False):
    """A `rule`."""

    answer: Answer
    reach: Reach
    bodies: Mapping[str, Body]


class Guarded(msgspec.Struct, frozen=True, eq=False):
    """An `invariant`: of which kind, for which of them, what holds. The resource is `variable`."""

    answer: Answer
    kind: str
    variable: str
    where: Condition | Leaf | None
    asserted: Condition | Leaf
    wording: Wording


class Cap(msgspec.Struct, frozen=True, eq=False):
    """A limit of a budget: `by` has the code of what is counted apart, by kind; `per` is in seconds."""

    number: int
    percent: bool
    floor: int
    by: Mapping[str, Code]
    by_text: str
    per: int
    place: str


class Budgeted(msgspec.Struct, frozen=True, eq=False):
    """A `budget`."""

    answer: Answer
    when: Condition | Leaf | None
    reach: Reach
    caps: tuple[Cap, ...]
    wording: Wording


class Exempt(msgspec.Struct, frozen=True, eq=False):
    """A `waiver` of a rule, or (with no rule) an `ignore`: `bodies` by kind.

    `text` is all that says what it lets be: how it is written, and each window that it looks at.
    """

    name: str
    place: str
    rule: str
    fields: Mapping[str, frozenset[str] | None]
    bodies: Mapping[str, Condition | Leaf | None]
    reason: str
    granted_by: str
    expires: date
    text: str


class RuleSet(msgspec.Struct, frozen=True, eq=False):
    """All rules of some files, in their order. `digest` is empty when there are none.

    `tests` are kept as they are written: they are run by `fleetc.policy.testing`. `texts` has each
    other declaration by what it is and its name (`rule in-hours`), on one line, and its place.
    """

    digest: str = ""
    groups: Mapping[str, ast.Group] = {}
    calendars: Mapping[str, Calendar] = {}
    rules: tuple[Judged, ...] = ()
    invariants: tuple[Guarded, ...] = ()
    budgets: tuple[Budgeted, ...] = ()
    ignores: tuple[Exempt, ...] = ()
    waivers: tuple[Exempt, ...] = ()
    tests: tuple[ast.Test, ...] = ()
    texts: Mapping[str, tuple[str, str]] = {}

    def __bool__(self) -> bool:
        return bool(self.digest)
