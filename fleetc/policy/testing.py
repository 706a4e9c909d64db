"""Runs the `test` declarations of a rule set (design 3.3).

All planned changes are ticked; the rules applied last are the same ones, and a rule on trial judges
as it will when its trial is over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from msgspec.structs import replace

from fleetc.ir.address import kind_of
from fleetc.lang import rules_ast as ast
from fleetc.lang.diagnostics import Diagnostic, Label, Severity
from fleetc.lang.rules_text import expression
from fleetc.lang.text import few
from fleetc.plan.verdicts import Finding, Verdict
from fleetc.policy.code import Frame, State
from fleetc.policy.conditions import Condition, Leaf, holds, leaves
from fleetc.policy.coverage import Coverage, Rule
from fleetc.policy.explaining import names, tripped
from fleetc.policy.judge import Judge, Ruling
from fleetc.policy.rows import Rows, covered
from fleetc.policy.ruleset import Answer, Budgeted, Exempt, Guarded, Judged, RuleSet
from fleetc.policy.selections import selectors_in
from fleetc.policy.staging import stage
from fleetc.policy.world import UNKNOWN, Resource, World

__all__ = ["Tested", "past_trials", "run_tests"]

_SHOWN = 3
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Tested:
    """A test that was run; `failure` says of the first expectation that does not hold what is there."""

    test: ast.Test
    failure: Diagnostic | None = None

    @property
    def passed(self) -> bool:
        """Whether all that it expects is so."""
        return self.failure is None


def past_trials(rules: RuleSet) -> RuleSet:
    """The rules as they are when their trials are over."""
    return replace(
        rules,
        rules=tuple(replace(rule, answer=_decided(rule.answer)) for rule in rules.rules),
        invariants=tuple(replace(rule, answer=_decided(rule.answer)) for rule in rules.invariants),
        budgets=tuple(replace(rule, answer=_decided(rule.answer)) for rule in rules.budgets),
    )


def _decided(answer: Answer) -> Answer:
    return replace(answer, trial=None)


def run_tests(rules: RuleSet, coverage: Coverage | None = None) -> tuple[Tested, ...]:
    """Run the tests of a set, in their order; `coverage` is told what they see.

    A test is judged by the rules that it expects something of: no rule changes what another one says.
    """
    judging = past_trials(rules)
    texts = selectors_in(judging)
    found = []
    for test in rules.tests:
        names = {(expect.rule or test.rule).text for expect in test.expected}
        if coverage is not None:
            for name in names:
                coverage.named(name)
            for look in _Case(test, judging, texts).looks():
                coverage.saw(look.rule, look.condition, look.frame)
        found.append(Tested(test, _Case(test, _only(judging, names), texts).failure()))
    return tuple(found)


def _only(rules: RuleSet, names: Collection[str]) -> RuleSet:
    """The rules of some names, with what excepts from them."""
    return replace(
        rules,
        rules=tuple(rule for rule in rules.rules if rule.answer.name in names),
        invariants=tuple(rule for rule in rules.invariants if rule.answer.name in names),
        budgets=tuple(rule for rule in rules.budgets if rule.answer.name in names),
        waivers=tuple(waiver for waiver in rules.waivers if waiver.rule in names),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """One condition in one frame; `subject` is the change or resource that it is run for."""

    rule: Rule
    condition: Condition | Leaf | None
    frame: Frame
    subject: str


class _Case:
    """One test: its plan, and how some rules judge it; `texts` are the selectors in them."""

    def __init__(self, test: ast.Test, rules: RuleSet, texts: Iterable[str]) -> None:
        self.test = test
        self.rules = rules
        self.texts = texts
        self.stage = stage(test, rules)

    @cached_property
    def ruling(self) -> Ruling:
        """What the rules say."""
        return self._judge(self.rules).judge(self._ticked)

    @property
    def _ticked(self) -> bytes:
        return b"\1" * len(self.stage.actions)

    def _judge(self, rules: RuleSet) -> Judge:
        actions = self.stage.actions
        return Judge(actions, World(self.stage.live, actions), rules, rules, self.stage.facts)

    # what is expected

    def failure(self) -> Diagnostic | None:
        """The first expectation that does not hold, as a diagnostic at its place."""
        return next((self._unmet(e) for e in self.test.expected if not self._met(e)), None)

    def _name(self, expect: ast.Expect) -> str:
        """The rule that an expectation is about: the test's own one when it names none."""
        return (expect.rule or self.test.rule).text

    def _met(self, expect: ast.Expect) -> bool:
        said = self._said(self._name(expect))
        return not said if expect.verdict == NOTHING else expect.verdict in said

    def _said(self, name: str) -> dict[str, None]:
        """The verdicts that a rule gives and that bind. `allow` is one when it allows all that it reaches."""
        said = {f.verdict.value: None for f in self._findings(name) if f.binds}
        allows, reached = self._allows(name)
        if reached and allows == reached:
            said[Verdict.ALLOW.value] = None
        elif allows:
            said[f"{Verdict.ALLOW.value} of {allows} of {reached} changes"] = None
        return said

    def _findings(self, name: str) -> list[Finding]:
        return [finding for finding in self.ruling.findings if finding.rule == name]

    def _allows(self, name: str) -> tuple[int, int]:
        """How many changes a rule allows whole by itself, and how many it is about."""
        rule = self._rule(name)
        if not isinstance(rule, Judged) or rule.answer.verdict is not Verdict.ALLOW:
            return 0, 0
        alone = RuleSet(self.rules.digest, calendars=self.rules.calendars, rules=(rule,))
        return sum(self._judge(alone).judge(self._ticked).allowed), len(self._reached(rule))

    def _rule(self, name: str) -> Judged | Guarded | Budgeted:
        every: tuple[Judged | Guarded | Budgeted, ...]
        every = (*self.rules.rules, *self.rules.invariants, *self.rules.budgets)
        return next(rule for rule in every if rule.answer.name == name)

    # what was found instead

    def _unmet(self, expect: ast.Expect) -> Diagnostic:
        name = self._name(expect)
        said = self._said(name)
        lifted = [f"{f.verdict} that {f.waiver} waives" for f in self._findings(name) if f.waiver]
        got = ", ".join([*said, *dict.fromkeys(lifted)]) or NOTHING
        return Diagnostic(
            "F0844",
            Severity.ERROR,
            f"expected {expect.verdict} by {name}, and got {got}",
            Label(expect.span, f"got {got}"),
            (Label(self.test.rule.span, "in this test"),),
            tuple(self._notes(self._rule(name))),
        )

    def _notes(self, rule: Judged | Guarded | Budgeted) -> Iterator[str]:
        """What a rule said, and the values that decided."""
        name = rule.answer.name
        for finding in self._findings(name)[:_SHOWN]:
            yield f"{finding.verdict} on {finding.subject or 'the whole plan'}: {finding.message}"
        if isinstance(rule, Budgeted):
            yield from (f"{b.name}: {b.text}" for b in self.ruling.budgets if b.name == f"budget {name}")
        if isinstance(rule, Judged) and rule.answer.verdict is Verdict.ALLOW:
            yield from self._left_over(rule)
        looks = [look for look in self.looks() if look.rule is rule]
        if not looks and not isinstance(rule, Budgeted):
            yield self._unreached(rule)
        shown = dict.fromkeys(look.subject for look in looks)
        for subject in list(shown)[:_SHOWN]:
            for look in looks:
                if look.subject == subject and look.condition is not None:
                    yield from _told(look)

    def _unreached(self, rule: Judged | Guarded) -> str:
        if isinstance(rule, Guarded):
            return f"there is no {rule.kind}"
        about = f"{', '.join(sorted(rule.reach.operations))} of {few(sorted(rule.reach.fields), 4)}"
        planned = few([action.id for action in self.stage.actions], 4) or "nothing"
        return f"it is about no change here: it is about {about}, and planned is {planned}"

    def _left_over(self, rule: Judged) -> Iterator[str]:
        """The fields of changes that a rule which allows others leaves to an approval."""
        table = self._table
        for row in self._reached(rule)[:_SHOWN]:
            fields = covered(rule.reach, table.signatures[row])
            rest = [f.path for f in table.actions[row].fields if fields is not None and f.path not in fields]
            if rest:
                yield f"{table.actions[row].id}: it says nothing of {few(rest, 4)}"

    # what conditions see

    @cached_property
    def _table(self) -> Rows:
        facts, actions = self.stage.facts, self.stage.actions
        world = World(self.stage.live, actions)
        masks = {text: facts.masks(text) for text in self.texts}
        return Rows(actions, world, facts.circumstances, masks)

    def _reached(self, rule: Judged) -> list[int]:
        """The changes that a rule is about."""
        return self._table.reached_rows(rule.reach)

    def looks(self) -> Iterator[_Look]:
        """Each condition of each rule, in each frame that it is about."""
        table = self._table
        for rule in self.rules.rules:
            for row in self._reached(rule):
                action = table.actions[row]
                yield _Look(rule, rule.bodies[action.kind].where, table.frame(row), action.id)
        for invariant in self.rules.invariants:
            yield from self._invariant(invariant)
        for budget in self.rules.budgets:
            yield _Look(budget, budget.when, Frame(table.world, table.circumstances), "the whole plan")
        for waiver in self.rules.waivers:
            yield from self._waiver(waiver)
        for ignore in self.rules.ignores:
            yield from self._ignore(ignore)

    def _invariant(self, rule: Guarded) -> Iterator[_Look]:
        for own in self._table.world.of_kind(rule.kind, live=False):
            frame = self._about(own, rule.variable)
            if rule.where is not None:
                yield _Look(rule, rule.where, frame, own)
            if rule.where is None or holds(rule.where, frame) is not False:
                yield _Look(rule, rule.asserted, frame, own)

    def _about(self, own: str, variable: str) -> Frame:
        world = self._table.world
        old, new = world.before(own), world.now(own)
        return Frame(world, self._table.circumstances, own, old, new, variables={variable: own})

    def _waiver(self, waiver: Exempt) -> Iterator[_Look]:
        rule, table = self._rule(waiver.rule), self._table
        if isinstance(rule, Guarded) and rule.kind in waiver.bodies:
            for own in table.world.of_kind(rule.kind, live=False):
                yield _Look(waiver, waiver.bodies[rule.kind], self._about(own, rule.variable), own)
        for row in self._reached(rule) if isinstance(rule, Judged) else ():
            action = table.actions[row]
            if action.kind in waiver.bodies:
                yield _Look(waiver, waiver.bodies[action.kind], table.frame(row), action.id)

    def _ignore(self, ignore: Exempt) -> Iterator[_Look]:
        for own, fields in self.stage.live.items():
            if (kind := kind_of(own)) in ignore.bodies:
                state = Resource(fields)
                frame = Frame(self._table.world, self._table.circumstances, own, state, state)
                yield _Look(ignore, ignore.bodies[kind], frame, own)


def _told(look: _Look) -> Iterator[str]:
    """What each part of a condition is, and the values that it read."""
    assert look.condition is not None
    written = sorted(leaves(look.condition), key=lambda leaf: leaf.written.span)
    parts = [f"`{expression(leaf.written)}` is {_said(leaf, look.frame)}" for leaf in written]
    yield f"{look.subject}: {', '.join(parts)}"
    bound, unknown = tripped(look.condition, look.frame)
    if bound:
        yield f"{look.subject}: {names(bound)}"
    if unknown:
        yield f"{look.subject}: not known: {', '.join(unknown)}"


def _said(leaf: Leaf, frame: Frame) -> str:
    value: State = leaf.code.run(frame)
    return "not known" if value is UNKNOWN else "true" if value is True else "false"
