"""A slow judge of plans, on top of the slow judge of expressions: each declaration looked at by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

from fleetc.lang import rules_ast as ast
from fleetc.lang.rules_parser import parse_rules
from fleetc.lang.source import SourceFile
from fleetc.model.kinds import KINDS
from fleetc.plan.actions import Action
from fleetc.plan.selectors import select
from fleetc.plan.universe import of_plan
from fleetc.plan.verdicts import Finding, Verdict
from fleetc.policy.calendar import Calendar, within
from tests.property.rule_oracle import Context, Oracle
from tests.property.rule_values import UNKNOWN, Res, truth
from tests.property.rule_worlds import Fleet, plan_of

__all__ = ["Said", "Slow"]

_NOTHING = (None, "", [], (), {})


class Said(NamedTuple):
    """One verdict: by what, on what (an action's id, or a resource of an invariant), and whether it binds."""

    rule: str
    verdict: str
    subject: str
    known: bool = True
    waiver: str = ""
    trial: bool = False

    @property
    def binds(self) -> bool:
        """Whether it counts."""
        return not (self.waiver or self.trial)


class Slow:
    """The verdicts of one rules file over one fleet with some ticks."""

    def __init__(self, fleet: Fleet, text: str, ticked: bytes) -> None:
        parsed, faults = parse_rules(SourceFile("all.rules", text.encode()))
        assert not faults
        self.fleet, self.ticked, self.declared = fleet, ticked, parsed.declarations
        universe = of_plan(plan_of(fleet.actions))
        calendars = {
            each.name.text: _calendar(each) for each in self.declared if isinstance(each, ast.Calendar)
        }
        self.oracle = Oracle(
            fleet, ticked, calendars, lambda expression: select(expression, universe, lenient=True)
        )
        self.today = datetime.fromtimestamp(fleet.now, UTC).date()

    def _of(self, type_: type) -> Iterator[Any]:
        return (each for each in self.declared if isinstance(each, type_))

    def _holds(self, expression: ast.Expression | None, where: Context) -> Any:
        return True if expression is None else truth(self.oracle.value(expression, where))

    # rules

    @cached_property
    def rules(self) -> set[Said]:
        """The verdicts of rules on actions, but for `allow`."""
        found = set()
        for rule in self._of(ast.Rule):
            verdict = rule.outcome.verdict.text
            for action, value in self._matching(rule):
                if verdict != "allow" and not self._idle(rule, rule.where):
                    where = self.oracle.context(action)
                    waiver = self._waiver(rule.name.text, where) if verdict == "deny" else ""
                    known = value is not UNKNOWN
                    found.add(Said(rule.name.text, verdict, action.id, known, waiver, self._trial(rule)))
        return found

    def _matching(self, rule: ast.Rule) -> Iterator[tuple[Action, Any]]:
        for action in self.fleet.actions:
            if action.kind in KINDS and _concerns(rule.scope, action):
                value = self._holds(rule.where, self.oracle.context(action))
                if value is not False:
                    yield action, value

    def _idle(
        self, declared: ast.Rule | ast.Invariant | ast.Budget, *conditions: ast.Expression | None
    ) -> bool:
        """Whether a hold is over: its window is open, and time has no say in its condition."""
        window = declared.outcome.window
        if window is None or any(_timed(each) for each in conditions):
            return False
        return within(self.oracle.calendars[window.text], self.fleet.now)

    def _trial(self, declared: ast.Rule | ast.Invariant | ast.Budget) -> bool:
        return declared.trial is not None and self.today <= declared.trial

    def _waiver(self, rule: str, where: Context) -> str:
        kind = where.own.partition("/")[0]
        for waiver in self._of(ast.Waiver):
            named = waiver.rule.text == rule and self.today <= waiver.expires
            if named and kind in _fields(waiver.targets) and self._holds(waiver.where, where) is True:
                return str(waiver.name.text)
        return ""

    # invariants

    @cached_property
    def invariants(self) -> set[Said]:
        """What is broken; the subject is the resource."""
        found = set()
        for each in self._of(ast.Invariant):
            claim, verdict = each.assertion, each.outcome.verdict.text
            if self._idle(each, claim.where, claim.asserted):
                continue
            for own in self.oracle.of_kind(claim.kind.text):
                where = Context(variables={claim.variable.text: Res(claim.kind.text, own, "now")}, bare=False)
                about, value = self._holds(claim.where, where), self._holds(claim.asserted, where)
                if about is False or value is True:
                    continue
                state = self.oracle.now_(own)
                itself = Context(own, None, self.oracle.live(own), state)
                waiver = self._waiver(each.name.text, itself) if verdict == "deny" else ""
                known = UNKNOWN not in (about, value)
                found.add(Said(each.name.text, verdict, own, known, waiver, self._trial(each)))
        return found

    # budgets

    def budgets(self, *, alone: bool = True) -> Iterator[tuple[ast.Budget, list[int]]]:
        """Each budget that judges, and how much each of its caps is filled (by the fullest group).

        What came before does not count where this plan adds nothing (`alone`).
        """
        for budget in self._of(ast.Budget):
            if self._holds(budget.when, Context(bare=False)) is not False:
                yield budget, [self._filled(budget, cap, alone) for cap in budget.caps]

    @cached_property
    def over(self) -> set[str]:
        """The budgets that are over one of their caps."""
        return {
            budget.name.text
            for budget, filled in self.budgets()
            if not self._idle(budget)
            and any(count > self.allowed(budget, cap) for cap, count in zip(budget.caps, filled, strict=True))
        }

    def allowed(self, budget: ast.Budget, cap: ast.Cap) -> int:
        """How many a cap lets pass."""
        kinds = _fields(budget.counted.targets)
        total = sum(self.fleet.managed.get(kind, 0) for kind in kinds)
        return max(cap.floor, total * cap.number // 100) if cap.percent else cap.number

    def _filled(self, budget: ast.Budget, cap: ast.Cap, alone: bool) -> int:
        operations = {name.text for name in budget.counted.operations}
        kinds = _fields(budget.counted.targets)
        on = [action for action, tick in zip(self.fleet.actions, self.ticked, strict=True) if tick]
        counted = [action for action in on if action.kind in KINDS and _concerns(budget.counted, action)]
        along = {own for action in on for own in action.cascade if own.partition("/")[0] in kinds}
        carried = along if "delete" in operations else set()
        spent = [
            each
            for each in self.fleet.spent
            if cap.per and each.at > self.fleet.now - cap.per and each.op in operations and each.kind in kinds
        ]
        if cap.by is None:
            own = len(counted) + len(carried)
            return own + len(spent) if own or not alone else 0
        where = [self.oracle.context(action) for action in counted]
        where += [Context(own, None, self.oracle.live(own), self.oracle.live(own)) for own in carried]
        groups = [_group(self.oracle.value(cap.by, each)) for each in where]
        earlier = [each.groups.get(cap.by.text, "") for each in spent]
        filled = [0]
        for group in {*groups, *earlier, ""} - {None}:
            now = groups.count(None) + groups.count(group)
            before = earlier.count(group) + (earlier.count("") if group else 0)
            filled.append(now + before if now else 0)
        return max(filled)

    # together

    def requirements(self, broken: Iterable[Finding]) -> set[str]:
        """The rules that ask for an approval of what is ticked; `broken` are findings of invariants."""
        on = {action.id for action, tick in zip(self.fleet.actions, self.ticked, strict=True) if tick}
        said = {
            each.rule
            for each in self.rules
            if each.verdict == "require" and each.binds and each.subject in on
        }
        over = self.over
        budgets = {
            b.name.text
            for b in self._of(ast.Budget)
            if b.name.text in over and b.outcome.verdict.text == "require" and not self._trial(b)
        }
        asking = {each.rule for each in broken if each.verdict is Verdict.REQUIRE and each.binds}
        return said | budgets | asking

    @cached_property
    def allowing(self) -> bytes:
        """A 1 for each action of which `allow` rules cover all."""
        marks = bytearray(len(self.fleet.actions))
        for row, action in enumerate(self.fleet.actions):
            covered: set[str] = set()
            for rule in self._of(ast.Rule):
                sure = any(each is action and value is True for each, value in self._matching(rule))
                if rule.outcome.verdict.text == "allow" and sure and not self._trial(rule):
                    part = _covered(rule.scope, action)
                    marks[row] |= part is None
                    covered |= part or set()
            changed = {change.path for change in action.fields}
            marks[row] |= bool(changed) and changed <= covered
        return bytes(marks)


def _timed(at: object) -> bool:
    """Whether a clock or the ledger is asked anywhere in an expression."""
    if isinstance(at, ast.Within) or (
        isinstance(at, ast.Call) and at.function.text in ("applied_within", "soaked")
    ):
        return True
    parts = getattr(at, "__struct_fields__", ()) if not isinstance(at, tuple) else at
    return any(_timed(part if isinstance(at, tuple) else getattr(at, part)) for part in parts)


def _calendar(each: ast.Calendar) -> Calendar:
    start, end = each.times or (None, None)
    first, last = each.dates or (None, None)
    return Calendar(each.zone.text if each.zone else "UTC", each.days, start, end, first, last)


def _group(value: Any) -> str | None:
    """Under what text a change is counted; None when nobody knows."""
    if value is UNKNOWN:
        return None
    if isinstance(value, Res):
        return "none" if value.own is None else value.own.partition("/")[2]
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


# scopes


def _fields(targets: Iterable[ast.Target]) -> Mapping[str, set[str] | None]:
    """The kinds that are named, each with the fields that are, None for all."""
    found: dict[str, set[str] | None] = {}
    for target in targets:
        names = {name.text for name in target.fields}
        for kind in KINDS.values():
            has = {spec.name for spec in kind.fields if not spec.readonly}
            if target.kind.text not in ("*", kind.name) or (names and not names & has):
                continue
            earlier = found.get(kind.name, set())
            found[kind.name] = None if not names or earlier is None else earlier | (names & has)
    return found


def _moving(action: Action) -> list[tuple[str, str]]:
    """The fields that a change is about, each with its cause."""
    if action.op.value == "delete":
        held = [name for name, value in action.base.items() if not _empty(value)]
        return [(name, action.cause.value) for name in held]
    creates = action.op.value == "create"
    return [(f.path, f.cause.value) for f in action.fields if not (creates and _empty(f.after))]


def _empty(value: object) -> bool:
    return any(type(value) is type(none) and value == none for none in _NOTHING)


def _concerns(scope: ast.Scope, action: Action) -> bool:
    causes = {name.text for name in scope.causes}
    wanted = _fields(scope.targets)
    if action.op.value not in {name.text for name in scope.operations} or action.kind not in wanted:
        return False
    names = wanted[action.kind]
    if names is None and (not causes or action.cause.value in causes):
        return True
    return any(
        (names is None or name in names) and (not causes or cause in causes)
        for name, cause in _moving(action)
    )


def _covered(scope: ast.Scope, action: Action) -> set[str] | None:
    """The fields of a change that a scope speaks of, None for all of it."""
    causes = {name.text for name in scope.causes}
    names = _fields(scope.targets)[action.kind]
    if names is None and not causes:
        return None
    if action.op.value != "update":
        return None if names is None and action.cause.value in causes else set()
    return {
        name
        for name, cause in _moving(action)
        if (names is None or name in names) and (not causes or cause in causes)
    }
