"""Rules ready to judge: what their declarations came to, checked and compiled (design 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

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


@dataclass(frozen=True, slots=True)
class Answer:
    """What a declaration answers: its name and place, the verdict, who has to agree, what is waited for."""

    name: str
    place: str
    verdict: Verdict
    quorums: tuple[Quorum, ...] = ()
    window: str = ""
    trial: date | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """The message and the help of a verdict."""

    message: Message
    help: Message


@dataclass(frozen=True, slots=True)
class Reach:
    """Which changes are meant: operations; fields by kind, None for all of them; causes, empty for all."""

    operations: frozenset[str]
    fields: Mapping[str, frozenset[str] | None]
    causes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A rule for one kind. `where` is None when it always holds; `tripped` are the parts to show."""

    where: Condition | Leaf | None
    wording: Wording


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A `rule`."""

    answer: Answer
    reach: Reach
    bodies: Mapping[str, Body]


@dataclass(frozen=True, slots=True, eq=False)
class Guarded:
    """An `invariant`: of which kind, for which of them, what holds. The resource is `variable`."""

    answer: Answer
    kind: str
    variable: str
    where: Condition | Leaf | None
    asserted: Condition | Leaf
    wording: Wording


@dataclass(frozen=True, slots=True, eq=False)
class Cap:
    """A limit of a budget: `by` has the code of what is counted apart, by kind; `per` is in seconds."""

    number: int
    percent: bool
    floor: int
    by: Mapping[str, Code]
    by_text: str
    per: int
    place: str


@dataclass(frozen=True, slots=True, eq=False)
class Budgeted:
    """A `budget`."""

    answer: Answer
    when: Condition | Leaf | None
    reach: Reach
    caps: tuple[Cap, ...]
    wording: Wording


@dataclass(frozen=True, slots=True, eq=False)
class Exempt:
    """A `waiver` of a rule, or (with no rule) an `ignore`: `bodies` by kind, `text` as it is written."""

    name: str
    place: str
    rule: str
    fields: Mapping[str, frozenset[str] | None]
    bodies: Mapping[str, Condition | Leaf | None]
    reason: str
    granted_by: str
    expires: date
    text: str


@dataclass(frozen=True, eq=False)
class RuleSet:
    """All rules of some files, in their order. `digest` is empty when there are none.

    `tests` are kept as they are written: they are run by `fleetc.policy.testing`. `texts` has each
    other declaration by what it is and its name (`rule in-hours`), on one line, and its place.
    """

    digest: str = ""
    groups: Mapping[str, ast.Group] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    rules: tuple[Judged, ...] = ()
    invariants: tuple[Guarded, ...] = ()
    budgets: tuple[Budgeted, ...] = ()
    ignores: tuple[Exempt, ...] = ()
    waivers: tuple[Exempt, ...] = ()
    tests: tuple[ast.Test, ...] = ()
    texts: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.digest)
