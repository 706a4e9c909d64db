"""From declarations to a rule set: every name is known, every comparison is of like with like.

`check` is the type checker of files: it reports all that is wrong, and gives a rule set only when
nothing is, so that no rule is ever left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from fleetc.ir.values import canonical
from fleetc.lang import rules_ast as ast
from fleetc.lang.diagnostics import Diagnostic, Label, has_errors
from fleetc.lang.rules_parser import parse_rules
from fleetc.lang.rules_printer import printed
from fleetc.lang.source import SourceFile
from fleetc.model.kinds import KINDS
from fleetc.plan.verdicts import Quorum, Verdict
from fleetc.policy.calendar import Calendar, zone, zones
from fleetc.policy.code import Code
from fleetc.policy.conditions import Condition, Leaf, condition_of
from fleetc.policy.expressions import Expressions, Scope
from fleetc.policy.givens import Givens
from fleetc.policy.messages import message_of, with_bound
from fleetc.policy.names import KNOWN_FACTS, change_scope, fact_types
from fleetc.policy.reaching import Reaching
from fleetc.policy.reporting import Report
from fleetc.policy.ruleset import (
    Answer,
    Body,
    Budgeted,
    Cap,
    Exempt,
    Guarded,
    Judged,
    Reach,
    RuleSet,
    Wording,
)
from fleetc.policy.types import Base, Side, resource

__all__ = ["Ruling", "check", "digest_of"]

D = TypeVar("D")


@dataclass(frozen=True)
class Ruling:
    """What some files came to: a rule set (None when there is an error) and what was found."""

    rules: RuleSet | None
    diagnostics: tuple[Diagnostic, ...]
    declarations: tuple[ast.Declaration, ...] = ()


def digest_of(files: Iterable[SourceFile]) -> str:
    """The digest of rule files: SHA-256 over their paths and contents; empty for none."""
    parts = sorted((file.path, file.text) for file in files)
    return hashlib.sha256(canonical(parts)).hexdigest() if parts else ""


def _windows(node: object) -> Iterator[str]:
    """The names of the windows in a part of a declaration."""
    if isinstance(node, ast.Within):
        yield node.window.text
    elif isinstance(node, tuple):
        for each in node:
            yield from _windows(each)
    elif isinstance(node, msgspec.Struct):
        for name in node.__struct_fields__:
            yield from _windows(getattr(node, name))


def _text(declared: ast.Declaration) -> tuple[str, tuple[str, str]]:
    """What a declaration is and its name, and it on one line with its place."""
    assert not isinstance(declared, ast.Test)
    text = printed(declared)
    line = " ".join(each.strip() for each in text.splitlines())
    return " ".join(text.split()[:2]), (line, str(declared.name.span))


def check(files: Sequence[SourceFile], facts: Mapping[str, object] | None = None) -> Ruling:
    """Check rule files as one set. `facts` are those of `env`, beside the ones that there always are."""
    found: list[Diagnostic] = []
    declarations: list[ast.Declaration] = []
    for file in sorted(files, key=lambda each: each.path):
        parsed, faults = parse_rules(file)
        declarations += parsed.declarations
        found += faults
    checker = _Checker(declarations, fact_types({**KNOWN_FACTS, **(facts or {})}))
    rules = checker.rules(digest_of(files))
    unread = has_errors(found)
    told = checker.report.diagnostics()
    if unread:  # what could not be read may have declared what is not known
        told = tuple(item for item in told if item.code != "F0834")
    diagnostics = (*found, *told)
    failed = unread or checker.report.failed
    return Ruling(None if failed else rules, diagnostics, tuple(declarations))


@dataclass
class _Checker:
    """The declarations of some files, by what they are."""

    declarations: Sequence[ast.Declaration]
    facts: Mapping[str, object]
    report: Report = field(default_factory=Report)

    def __post_init__(self) -> None:
        self.expressions = Expressions(self.report)
        self.groups = self._named((ast.Group,), "group")
        self.calendars = self._named((ast.Calendar,), "window or freeze")
        self.judging = self._named((ast.Rule, ast.Invariant, ast.Budget), "rule")
        self._named((ast.Waiver,), "waiver")
        self._named((ast.Ignore,), "ignore")
        self.base = Scope(self.facts, self.calendars.keys())  # type: ignore[arg-type]
        self.reaching = Reaching(self.report)

    def _named(self, types: tuple[type, ...], what: str) -> dict[str, ast.Declaration]:
        found: dict[str, ast.Declaration] = {}
        for each in self.declarations:
            if isinstance(each, types):
                name = each.name  # type: ignore[union-attr]
                earlier = found.setdefault(name.text, each)
                if earlier is not each:
                    first = Label(earlier.name.span, "the first one")  # type: ignore[union-attr]
                    self.report.add(
                        "F0833", f"a second {what} named `{name.text}`", name.span, "declared again",
                        secondary=(first,), help="give one of them another name",
                    )  # fmt: skip
        return found

    def _each(self, type_: type[D], make: Callable[[D], object]) -> list[object]:
        return [make(each) for each in self.declarations if isinstance(each, type_)]

    def rules(self, digest: str) -> RuleSet:
        """The rule set; meaningless when something was reported."""
        for group in self.groups.values():
            self._members(group)  # type: ignore[arg-type]
        for test in self.declarations:
            if isinstance(test, ast.Test):
                self._test(test)
        calendars = {name: self._calendar(each) for name, each in self.calendars.items()}  # type: ignore[arg-type]
        return RuleSet(
            digest,
            self.groups,  # type: ignore[arg-type]
            calendars,
            tuple(self._each(ast.Rule, self._rule)),  # type: ignore[arg-type]
            tuple(self._each(ast.Invariant, self._invariant)),  # type: ignore[arg-type]
            tuple(self._each(ast.Budget, self._budget)),  # type: ignore[arg-type]
            tuple(self._each(ast.Ignore, self._ignore)),  # type: ignore[arg-type]
            tuple(self._each(ast.Waiver, self._waiver)),  # type: ignore[arg-type]
            tuple(each for each in self.declarations if isinstance(each, ast.Test)),
            dict(map(_text, (each for each in self.declarations if not isinstance(each, ast.Test)))),
        )

    # names

    def _members(self, group: ast.Group) -> None:
        for member in group.members:
            sort, _, name = member.text.partition(":")
            if sort not in ("team", "user") or not name.strip():
                self.report.add(
                    "F0834", f"`{member.text}` is neither a person nor a team", member.span,
                    help='write "user:NAME" or "team:NAME"',
                )  # fmt: skip

    def _group(self, name: ast.Name) -> tuple[str, ...]:
        group = self.groups.get(name.text)
        if group is None:
            self.report.unknown("group", name.text, self.groups, name.span)
            return ()
        return tuple(member.text for member in group.members)  # type: ignore[union-attr]

    def _calendar(self, declared: ast.Calendar) -> Calendar:
        name = declared.zone.text if declared.zone else "UTC"
        if zone(name) is None:
            assert declared.zone is not None
            self.report.unknown("time zone", name, zones(), declared.zone.span)
        start, end = declared.times or (None, None)
        first, last = declared.dates or (None, None)
        return Calendar(name, declared.days, start, end, first, last)

    def _answer(self, declared: ast.Rule | ast.Invariant | ast.Budget) -> Answer:
        outcome = declared.outcome
        window = outcome.window
        if window is not None and window.text not in self.calendars:
            self.report.unknown("window", window.text, self.calendars, window.span)
        return Answer(
            declared.name.text,
            str(declared.name.span),
            Verdict(outcome.verdict.text),
            tuple(Quorum(q.count, q.group.text, self._group(q.group)) for q in outcome.quorums),
            window.text if window else "",
            declared.trial,
        )

    # declarations

    def _condition(self, expression: ast.Expression | None, scope: Scope) -> Condition | Leaf | None:
        return condition_of(expression, scope, self.expressions) if expression is not None else None

    def _wording(
        self, declared: ast.Rule | ast.Invariant | ast.Budget, condition: ast.Expression | None, scope: Scope
    ) -> Wording:
        scope = with_bound(condition, scope, self.expressions)
        return Wording(
            message_of(declared.outcome.message, scope, self.expressions),
            message_of(declared.help, scope, self.expressions),
        )

    def _rule(self, rule: ast.Rule) -> Judged:
        reach = self.reaching.reach(rule.scope)
        bodies = {}
        for kind in reach.fields:
            scope = change_scope(self.base, kind, reach.operations)
            where = self._condition(rule.where, scope)
            bodies[kind] = Body(where, self._wording(rule, rule.where, scope))
        return Judged(self._answer(rule), reach, bodies)

    def _invariant(self, declared: ast.Invariant) -> Guarded:
        claim = declared.assertion
        answer, kind = self._answer(declared), claim.kind.text
        name = claim.variable.text
        if kind not in KINDS:
            self.report.unknown("kind", kind, KINDS, claim.kind.span)
            kind = next(iter(KINDS))
        if answer.verdict is Verdict.ALLOW:
            self.report.add(
                "F0831", "an invariant cannot allow anything", declared.outcome.verdict.span,
                help="write deny, require, hold or warn",
            )  # fmt: skip
        variable = Code(resource(kind, Side.NOW), lambda frame: frame.variables.get(name), changing=True)
        scope = self.base.having(name, variable)
        where = self._condition(claim.where, scope)
        asserted = condition_of(claim.asserted, scope, self.expressions)
        return Guarded(answer, kind, name, where, asserted, self._wording(declared, claim.asserted, scope))

    def _budget(self, budget: ast.Budget) -> Budgeted:
        reach = self.reaching.reach(budget.counted)
        when = self._condition(budget.when, self.base)
        caps = tuple(self._cap(cap, reach) for cap in budget.caps)
        return Budgeted(
            self._answer(budget), when, reach, caps, self._wording(budget, budget.when, self.base)
        )

    def _cap(self, cap: ast.Cap, reach: Reach) -> Cap:
        by: dict[str, Code] = {}
        if cap.by and cap.percent:
            said = "a percentage is of all that there are, and cannot be by something"
            self.report.add("F0831", said, cap.span, help="write a number for each: max 1 by node.region")
        for kind in reach.fields if cap.by else ():
            assert cap.by is not None
            code = self.expressions.code(cap.by, change_scope(self.base, kind, reach.operations))
            if code.type.base in (Base.SET, Base.MAPPING):
                self.report.add("F0835", f"this is {code.type}, and one value is needed", cap.by.span)
            by[kind] = code
        text = cap.by.text if cap.by else ""
        return Cap(cap.number, cap.percent, cap.floor, by, text, cap.per, str(cap.span))

    def _exempt(self, declared: ast.Ignore | ast.Waiver, rule: str, scope: Callable[[str], Scope]) -> Exempt:
        self._group(declared.granted_by)
        fields = self.reaching.fields(declared.targets)
        bodies = {kind: self._condition(declared.where, scope(kind)) for kind in fields}
        return Exempt(
            declared.name.text,
            str(declared.name.span),
            rule,
            fields,
            bodies,
            declared.reason,
            declared.granted_by.text,
            declared.expires,
            "\n".join((printed(declared), *self._looked_at(declared.where))),
        )

    def _looked_at(self, where: object) -> Iterator[str]:
        """The windows that a condition looks at, each as it is written."""
        names = dict.fromkeys(_windows(where))
        return (printed(self.calendars[name]) for name in names if name in self.calendars)

    def _ignore(self, declared: ast.Ignore) -> Exempt:
        for target in declared.targets:
            if not target.fields:
                self.report.add(
                    "F0831", "which fields are to be left as they are?", target.span,
                    help=f"write {target.kind.text}.FIELD, or {target.kind.text}.{{FIELD, FIELD}}",
                )  # fmt: skip
        none = frozenset({"create", "delete"})
        return self._exempt(declared, "", lambda kind: change_scope(self.base, kind, none, selects=False))

    def _waiver(self, declared: ast.Waiver) -> Exempt:
        name = declared.rule
        rule = self.judging.get(name.text)
        if rule is None or isinstance(rule, ast.Budget):
            known = [key for key, each in self.judging.items() if not isinstance(each, ast.Budget)]
            self.report.unknown("rule or invariant", name.text, known, name.span)
        elif rule.outcome.verdict.text != "deny":  # type: ignore[union-attr]
            self.report.add(
                "F0831", f"`{name.text}` denies nothing, so that nothing can be waived", name.span,
                help="leave the waiver out",
            )  # fmt: skip
        for target in declared.targets:
            if target.fields:
                self.report.add("F0831", "a waiver is of whole changes, not of fields", target.span)
        operations = (
            frozenset(op.text for op in rule.scope.operations) if isinstance(rule, ast.Rule) else None
        )
        both = frozenset({"create", "delete"})
        selects = operations is not None

        def scope(kind: str) -> Scope:
            return change_scope(self.base, kind, operations or both, selects=selects)

        return self._exempt(declared, name.text, scope)

    def _test(self, test: ast.Test) -> None:
        names = [test.rule, *(expect.rule for expect in test.expected if expect.rule)]
        for name in names:
            if name.text not in self.judging:
                self.report.unknown("rule, invariant or budget", name.text, self.judging, name.span)
        Givens(self.report, self.facts).test(test)  # type: ignore[arg-type]
