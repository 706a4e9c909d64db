"""What a rules file says, as a tree with places (design 3.2).

Places take no part in comparisons: two trees are equal when they say the same. Times of day are
minutes since midnight, durations seconds, days 0 for Monday.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypeAlias

import msgspec

from fleetc.lang.source import SourceFile, Span

__all__ = [
    "Applied",
    "Assertion",
    "Assignment",
    "Both",
    "Budget",
    "Build",
    "Calendar",
    "Call",
    "Cap",
    "Compare",
    "Declaration",
    "Either",
    "Expect",
    "Expression",
    "Facts",
    "Given",
    "Group",
    "Ignore",
    "Invariant",
    "Literal",
    "Name",
    "Not",
    "Outcome",
    "Path",
    "Planned",
    "QuorumOf",
    "Rule",
    "RuleFile",
    "Scope",
    "Selection",
    "Setting",
    "Target",
    "Template",
    "Test",
    "Waiver",
    "Within",
]

Scalar: TypeAlias = str | int | bool | None
Setting: TypeAlias = "Scalar | tuple[Setting, ...] | dict[str, Setting]"


_NOWHERE = Span("", 0, 0, 0, 0)
_PLACES = ("span", "file")


class _Node(msgspec.Struct, frozen=True, eq=False):
    """A struct, for there are many and they are quick to declare; its place is no part of what it says."""

    def _says(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__ if name not in _PLACES)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._says() == other._says()

    def __hash__(self) -> int:
        return hash((type(self), self._says()))


class Name(_Node, frozen=True, eq=False):
    """A name as it is written: of a declaration, a kind, a field, a group member."""

    text: str
    span: Span = _NOWHERE


# expressions


class Literal(_Node, frozen=True, eq=False):
    """A text, a number, a truth value, or `none`; a duration is a number of seconds with its own type."""

    value: Scalar
    span: Span = _NOWHERE
    duration: bool = False


class Path(_Node, frozen=True, eq=False):
    """`network.peers`: what a name stands for, and steps from there."""

    names: tuple[Name, ...]
    span: Span = _NOWHERE

    @property
    def text(self) -> str:
        """The path as it is written."""
        return ".".join(name.text for name in self.names)


class Compare(_Node, frozen=True, eq=False):
    """`a == b`, `a in b`, `a matches "glob"`."""

    operator: str
    left: Expression
    right: Expression
    span: Span = _NOWHERE


class Either(_Node, frozen=True, eq=False):
    """`a or b`."""

    parts: tuple[Expression, ...]
    span: Span = _NOWHERE


class Both(_Node, frozen=True, eq=False):
    """`a and b`."""

    parts: tuple[Expression, ...]
    span: Span = _NOWHERE


class Not(_Node, frozen=True, eq=False):
    """`not a`."""

    inner: Expression
    span: Span = _NOWHERE


class Build(_Node, frozen=True, eq=False):
    """`count{x in source | body}`, and likewise `exists`, `all`, `distinct`."""

    builder: Name
    variable: Name
    source: Expression
    body: Expression
    span: Span = _NOWHERE


class Call(_Node, frozen=True, eq=False):
    """`count(x)`, `pinned(x)`: a function of the language."""

    function: Name
    arguments: tuple[Expression, ...]
    span: Span = _NOWHERE


class Within(_Node, frozen=True, eq=False):
    """`within window NAME`; a freeze is one too."""

    window: Name
    span: Span = _NOWHERE


class Selection(_Node, frozen=True, eq=False):
    """`select "…"`: whether a selector selects the change; its place is that of the quoted text."""

    text: str
    span: Span = _NOWHERE


Expression: TypeAlias = "Literal | Path | Compare | Either | Both | Not | Build | Call | Within | Selection"


class Template(_Node, frozen=True, eq=False):
    """A message: texts, and expressions in braces between them."""

    parts: tuple[str | Expression, ...]
    span: Span = _NOWHERE


# parts of declarations


class Target(_Node, frozen=True, eq=False):
    """`peer`, `network.{settings}`, `*.description`: a kind, or `*` for all, and its fields, or all."""

    kind: Name
    fields: tuple[Name, ...] = ()
    span: Span = _NOWHERE


class Scope(_Node, frozen=True, eq=False):
    """Which changes a rule is about; no causes means all of them."""

    operations: tuple[Name, ...]
    targets: tuple[Target, ...]
    causes: tuple[Name, ...] = ()
    span: Span = _NOWHERE


class QuorumOf(_Node, frozen=True, eq=False):
    """`2 of netops`."""

    count: int
    group: Name


class Outcome(_Node, frozen=True, eq=False):
    """What a rule answers: `verdict`, its message, the quorums of a `require`, the window of a `hold`."""

    verdict: Name
    message: Template | None = None
    quorums: tuple[QuorumOf, ...] = ()
    window: Name | None = None


class Cap(_Node, frozen=True, eq=False):
    """`max 5`, `max 10% floor 2`, `max 1 by node.region per 24h` (`per` in seconds, 0 for one plan)."""

    number: int
    percent: bool = False
    floor: int = 0
    by: Path | None = None
    per: int = 0
    span: Span = _NOWHERE


class Assignment(_Node, frozen=True, eq=False):
    """`field = value` in a test."""

    name: Name
    value: Setting


# declarations


class Group(_Node, frozen=True, eq=False):
    """Who counts: `team:NAME` and `user:NAME`."""

    name: Name
    members: tuple[Name, ...]
    span: Span = _NOWHERE


class Calendar(_Node, frozen=True, eq=False):
    """A window or a freeze: what is given of days, time of day and dates limits it, all at once."""

    name: Name
    freeze: bool
    zone: Name | None
    days: tuple[int, ...] = ()
    times: tuple[int, int] | None = None
    dates: tuple[date, date] | None = None
    span: Span = _NOWHERE


class Rule(_Node, frozen=True, eq=False):
    """A verdict on changes."""

    name: Name
    title: str
    scope: Scope
    where: Expression | None
    outcome: Outcome
    help: Template | None = None
    trial: date | None = None
    span: Span = _NOWHERE


class Assertion(_Node, frozen=True, eq=False):
    """`for v in kind where … assert …`."""

    variable: Name
    kind: Name
    where: Expression | None
    asserted: Expression


class Invariant(_Node, frozen=True, eq=False):
    """What holds of every resource of a kind, before and after."""

    name: Name
    title: str
    assertion: Assertion
    outcome: Outcome
    help: Template | None = None
    trial: date | None = None
    span: Span = _NOWHERE


class Budget(_Node, frozen=True, eq=False):
    """How many changes one plan, or a time, may have."""

    name: Name
    title: str
    when: Expression | None
    counted: Scope
    caps: tuple[Cap, ...]
    outcome: Outcome
    help: Template | None = None
    trial: date | None = None
    span: Span = _NOWHERE


class Ignore(_Node, frozen=True, eq=False):
    """Fields that are left as they are live."""

    name: Name
    targets: tuple[Target, ...]
    where: Expression | None
    reason: str
    granted_by: Name
    expires: date
    span: Span = _NOWHERE


class Waiver(_Node, frozen=True, eq=False):
    """What one rule may not deny any more."""

    name: Name
    rule: Name
    targets: tuple[Target, ...]
    where: Expression | None
    reason: str
    granted_by: Name
    expires: date
    span: Span = _NOWHERE


class Given(_Node, frozen=True, eq=False):
    """A resource of a test: `side` is `live` or `desired`."""

    side: str
    kind: Name
    name: Name
    fields: tuple[Assignment, ...]
    span: Span = _NOWHERE


class Facts(_Node, frozen=True, eq=False):
    """What a test says of `env`."""

    fields: tuple[Assignment, ...]
    span: Span = _NOWHERE


class Applied(_Node, frozen=True, eq=False):
    """What a test says of the ledger: a change was applied so many `seconds` before the time of the test.

    `environment` is another one of the same ledger; None for the own one.
    """

    kind: Name
    name: Name
    environment: Name | None
    seconds: int
    span: Span = _NOWHERE


class Planned(_Node, frozen=True, eq=False):
    """A change of a test; `fields` are those it gives, `causes` why (git when none)."""

    operation: Name
    kind: Name
    name: Name
    fields: tuple[Assignment, ...] = ()
    causes: tuple[Name, ...] = ()
    span: Span = _NOWHERE


class Expect(_Node, frozen=True, eq=False):
    """What a test expects: a verdict by a rule (by the test's own, without one), or `nothing`."""

    verdict: str
    rule: Name | None
    span: Span = _NOWHERE


class Test(_Node, frozen=True, eq=False):
    """A small world, a plan, and the verdicts it gets."""

    rule: Name
    title: str
    given: tuple[Given, ...]
    facts: tuple[Facts, ...]
    planned: tuple[Planned, ...]
    at: datetime | None
    expected: tuple[Expect, ...]
    span: Span = _NOWHERE
    applied: tuple[Applied, ...] = ()


Declaration: TypeAlias = "Group | Calendar | Rule | Invariant | Budget | Ignore | Waiver | Test"


class RuleFile(_Node, frozen=True, eq=False):
    """The declarations of one file, in its order."""

    declarations: tuple[Declaration, ...]
    file: SourceFile
