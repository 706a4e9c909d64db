"""Warnings and notes about rules that are right: what can do nothing, what is over, what nobody can meet.

A lint never changes an exit code. `now` is in seconds since the epoch; a day is one of UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias, TypeVar

import msgspec

from fleetc.lang import rules_ast as ast
from fleetc.lang.diagnostics import Diagnostic, Severity
from fleetc.lang.source import Span
from fleetc.model.kinds import KINDS
from fleetc.model.namespaces import name_space
from fleetc.model.schema import FieldSpec
from fleetc.plan.changes import Cause, Op
from fleetc.policy.calendar import opens
from fleetc.policy.checking import Ruling
from fleetc.policy.contradictions import always, never
from fleetc.policy.names import past
from fleetc.policy.people import TEAM, People
from fleetc.policy.quorum import filled
from fleetc.policy.reporting import Report
from fleetc.policy.ruleset import RuleSet
from fleetc.policy.shadowing import shadowed

__all__ = ["lint"]

D = TypeVar("D")
_Judging: TypeAlias = ast.Rule | ast.Invariant | ast.Budget
_JUDGING = (ast.Rule, ast.Invariant, ast.Budget)
_Exempt: TypeAlias = ast.Waiver | ast.Ignore
_EXEMPT = (ast.Waiver, ast.Ignore)

_SOON = timedelta(days=7)
_CAUSES = {
    Op.CREATE: (Cause.GIT, Cause.DRIFT),
    Op.DELETE: (Cause.GIT, Cause.CONFLICT),
    Op.UNPROTECT: (Cause.GIT,),
}
"""The causes of operations that cannot have all of them."""


def lint(checked: Ruling, now: float, people: People | None = None) -> tuple[Diagnostic, ...]:
    """What to know about rules without an error; nothing about others.

    `people` are those of the operator's file; None when there is none at hand.
    """
    if checked.rules is None:
        return ()
    linter = _Linter(checked.declarations, checked.rules, now, people)
    linter.matching()
    linter.calendars()
    linter.dates()
    linter.groups()
    linter.unused()
    for found in shadowed(checked.declarations, checked.rules):
        linter.warn("F0838", found.message, found.place, help=found.help)
    return linter.report.diagnostics()


class _Linter:
    def __init__(
        self, declarations: tuple[ast.Declaration, ...], rules: RuleSet, now: float, people: People | None
    ) -> None:
        self.declarations = declarations
        self.rules = rules
        self.now = now
        self.today = datetime.fromtimestamp(now, UTC).date()
        self.people = people
        self.report = Report()
        self.judging: tuple[_Judging, ...] = tuple(e for e in declarations if isinstance(e, _JUDGING))
        self.exempts: tuple[_Exempt, ...] = tuple(e for e in declarations if isinstance(e, _EXEMPT))

    def of(self, type_: type[D]) -> Iterator[D]:
        """The declarations of one sort."""
        return (each for each in self.declarations if isinstance(each, type_))

    def warn(
        self, code: str, message: str, span: Span, help: str = "", *, note: bool = False  # noqa: A002
    ) -> None:  # fmt: skip
        """Report a lint."""
        severity = Severity.NOTE if note else Severity.WARNING
        self.report.add(code, message, span, help=help, severity=severity)

    # F0837: what never matches

    def matching(self) -> None:
        """Scopes that name no change that there is, and conditions that cannot hold."""
        for rule in self.of(ast.Rule):
            self._scope(rule.scope)
            self._never(rule.where, _known(rule.scope))
        for invariant in self.of(ast.Invariant):
            self._never(invariant.assertion.where, {})
            if always(invariant.assertion.asserted):
                self.warn(
                    "F0837", "this always holds, so that it guards nothing", invariant.assertion.asserted.span
                )
        for budget in self.of(ast.Budget):
            self._scope(budget.counted)
            self._never(budget.when, {})
        for exempt in self.exempts:
            self._never(exempt.where, {})

    def _never(self, where: ast.Expression | None, known: dict[str, tuple[str, ...]]) -> None:
        if where is not None and never(where, known):
            self.warn("F0837", "this can never hold: its parts exclude each other", where.span)

    def _scope(self, scope: ast.Scope) -> None:
        """Operations, targets and causes of a scope that no change has."""
        operations = [Op(name.text) for name in scope.operations]
        pairs = [(op, target) for op in operations for target in scope.targets if _can(op, target)]
        for target in scope.targets:
            if not any(each is target for _, each in pairs):
                said = (
                    f"no {target.kind.text} is ever {past(operations)}"
                    if target.kind.text != "*"
                    else "nothing is"
                )
                fields = f" in {', '.join(name.text for name in target.fields)}" if target.fields else ""
                self.warn("F0837", f"{said}{fields}: this never matches", target.span)
        for name in scope.operations:
            if pairs and not any(op == name.text for op, _ in pairs):
                self.warn("F0837", f"none of these is ever {past([name.text])}", name.span)
        for cause in scope.causes:
            if not any(cause.text in _CAUSES.get(op, tuple(Cause)) for op in operations):
                said = f"the cause of a {' or '.join(operations)} is never {cause.text}"
                self.warn("F0837", said, cause.span)

    # F0837, F0840, F0841: windows and dates

    def calendars(self) -> None:
        """Windows that never open, and those that are over."""
        for declared in self.of(ast.Calendar):
            calendar = self.rules.calendars[declared.name.text]
            sort = "freeze" if declared.freeze else "window"
            start = self.now
            if declared.dates:
                first = datetime.combine(declared.dates[0], datetime.min.time(), UTC)
                start = (first - timedelta(days=1)).timestamp()
            if opens(calendar, start) is None:
                said = f"the {sort} `{declared.name.text}` never opens"
                self.warn(
                    "F0837", said, declared.name.span, "its days, its time and its dates exclude each other"
                )
            elif declared.dates and declared.dates[1] < self.today:
                said = f"the {sort} `{declared.name.text}` is over since {declared.dates[1]}"
                self.warn("F0840", said, declared.name.span, "take it out, or give it new dates")

    def dates(self) -> None:
        """Exceptions and trials that are over, or soon will be."""
        for waiver in self.of(ast.Waiver):
            self._ends("waiver", waiver.name, waiver.expires, "it waives nothing any more")
        for ignore in self.of(ast.Ignore):
            self._ends("ignore", ignore.name, ignore.expires, "nothing is left alone by it any more")
        for rule in self.judging:
            if rule.trial is not None:
                self._ends("trial of", rule.name, rule.trial, "it judges for good; take `trial until` out")

    def _ends(self, sort: str, name: ast.Name, last: date, then: str) -> None:
        what = f"the {sort} `{name.text}`"
        if last < self.today:
            self.warn("F0840", f"{what} is over since {last}", name.span, then)
        elif last - self.today <= _SOON:
            days = (last - self.today).days
            when = "today" if not days else f"in {days} day{'s' if days > 1 else ''}"
            self.warn("F0841", f"{what} ends {when}, on {last}", name.span, f"after that, {then}")

    # F0839: groups

    def groups(self) -> None:
        """Quorums that their groups cannot fill, and teams that nobody knows."""
        for group in self.of(ast.Group):
            self._teams(group)
        for rule in self.judging:
            self._quorums(rule)
        for exempt in self.exempts:
            self._granting(exempt)

    def _teams(self, group: ast.Group) -> None:
        for member in group.members:
            name = member.text.removeprefix(TEAM)
            if not member.text.startswith(TEAM):
                continue
            if self.people is None:
                said = f"who is in {member.text} is not known here: there is no operator's file"
                self.warn("F0839", said, member.span, note=True)
            elif not self.people.has_team(name):
                said = f"the operator's file has no team `{name}`, so that nobody is in it"
                self.warn("F0839", said, member.span, f'write under [teams]: {name} = ["user:NAME"]')

    def _quorums(self, rule: _Judging) -> None:
        rules = self.rules
        answers = [each.answer for each in (*rules.rules, *rules.invariants, *rules.budgets)]  # type: ignore[attr-defined]
        quorums = next(answer.quorums for answer in answers if answer.name == rule.name.text)
        members = [member for quorum in quorums for member in quorum.members]
        if self.people is None and any(member.startswith(TEAM) for member in members):
            return
        people = self.people or People()
        persons = people.persons(members)
        having = filled(quorums, sorted(persons), people)
        for written, quorum, count in zip(rule.outcome.quorums, quorums, having, strict=True):
            if count < quorum.count:
                alone = len(people.persons(quorum.members))
                said = f"{quorum.count} of {quorum.group} cannot be had: "
                said += f"it has {alone}" if alone < quorum.count else f"{count} are left beside the others"
                self.warn("F0839", said, written.group.span, "add members to the group, or require fewer")

    def _granting(self, exempt: ast.Waiver | ast.Ignore) -> None:
        name = exempt.granted_by
        members = [member.text for member in self.rules.groups[name.text].members]
        if self.people is None and any(member.startswith(TEAM) for member in members):
            return
        if not (self.people or People()).persons(members):
            said = f"nobody is in {name.text}, so that nobody can grant `{exempt.name.text}`"
            self.warn("F0839", said, name.span, "add members to the group")

    # F0842: unused

    def unused(self) -> None:
        """Groups and windows that no rule names."""
        outcomes = [rule.outcome for rule in self.judging]
        groups = {quorum.group.text for outcome in outcomes for quorum in outcome.quorums}
        groups |= {exempt.granted_by.text for exempt in self.exempts}
        windows = {outcome.window.text for outcome in outcomes if outcome.window}
        windows |= {within.window.text for within in _withins(self.declarations)}
        for group in self.of(ast.Group):
            if group.name.text not in groups:
                self.warn("F0842", f"nothing uses the group `{group.name.text}`", group.name.span, note=True)
        for calendar in self.of(ast.Calendar):
            if calendar.name.text not in windows:
                sort = "freeze" if calendar.freeze else "window"
                said = f"nothing uses the {sort} `{calendar.name.text}`"
                self.warn("F0842", said, calendar.name.span, note=True)


def _known(scope: ast.Scope) -> dict[str, tuple[str, ...]]:
    """The values that a change in a scope can have."""
    operations = [Op(name.text) for name in scope.operations]
    causes = {cause.value for op in operations for cause in _CAUSES.get(op, tuple(Cause))}
    kinds = {target.kind.text for target in scope.targets}
    known = {"operation": tuple(op.value for op in operations), "cause": tuple(causes)}
    return known if "*" in kinds else {**known, "kind": tuple(kinds)}


def _can(op: Op, target: ast.Target) -> bool:
    """Whether an operation can be done to one of the kinds of a target, and touch one of its fields."""
    kinds = [target.kind.text] if target.kind.text != "*" else list(KINDS)
    names = {name.text for name in target.fields}
    return any(_can_kind(op, kind, names) for kind in kinds)


def _can_kind(op: Op, kind: str, names: set[str]) -> bool:
    specs = [spec for spec in KINDS[kind].fields if spec.name in names or not names]
    if not specs:
        return False
    match op:
        case Op.UPDATE:
            return any(_updates(spec) for spec in specs)
        case Op.REPLACE:
            return _replaceable(kind)
        case Op.MOVE:
            return name_space(kind) == kind
        case Op.UNPROTECT:
            return not names
        case _:
            return True


def _updates(spec: FieldSpec) -> bool:
    return not spec.readonly and not spec.replaces and (not spec.derived or bool(spec.through))


def _replaceable(kind: str) -> bool:
    """Whether a field of a kind replaces it, or it is named by what can be replaced."""
    fields = KINDS[kind].fields
    named = (spec.refers_to for spec in fields if spec.derived and spec.refers_to in KINDS)
    return any(spec.replaces for spec in fields) or any(map(_replaceable, named))


def _withins(found: object) -> Iterator[ast.Within]:
    """Each `within window` in some declarations."""
    if isinstance(found, ast.Within):
        yield found
    elif isinstance(found, tuple):
        for each in found:
            yield from _withins(each)
    elif isinstance(found, msgspec.Struct):
        for name in found.__struct_fields__:
            yield from _withins(getattr(found, name))
