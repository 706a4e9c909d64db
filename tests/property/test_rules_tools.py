"""Laws of the tools about rules, over random rules and random tests of them."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from fleetc.lang import rules_ast as ast
from fleetc.lang.rules_printer import printed
from fleetc.lang.source import SourceFile
from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldSpec
from fleetc.plan.verdicts import Verdict
from fleetc.policy import givens
from fleetc.policy.checking import Ruling, check
from fleetc.policy.coverage import Coverage
from fleetc.policy.describing import described
from fleetc.policy.judge import Judge
from fleetc.policy.lints import lint
from fleetc.policy.people import People
from fleetc.policy.ruleset import RuleSet
from fleetc.policy.staging import stage
from fleetc.policy.testing import past_trials, run_tests
from fleetc.policy.world import World
from tests.property.rule_texts import random_rules
from tests.property.rule_worlds import FACTS, addresses, chance, fields_of, pick

RANDOM = st.randoms(use_true_random=False)
OPERATIONS = ("create", "update", "replace", "delete", "move", "unprotect")
EXPECTED = (*(verdict.value for verdict in Verdict), "nothing")


def setting(value: object) -> ast.Setting:
    if isinstance(value, list | tuple):
        return tuple(map(setting, value))
    if isinstance(value, dict):
        return {key: setting(each) for key, each in value.items()}
    return value if isinstance(value, str | int | bool) else None


def fits(spec: FieldSpec, value: ast.Setting) -> bool:
    if isinstance(value, tuple) and not all(isinstance(item, str) for item in value):
        return False
    return type(value) is givens._sort(spec) and (not spec.values or value in spec.values)


def assigned(rng: random.Random, kind: str, *, live: bool) -> tuple[ast.Assignment, ...]:
    """Some fields, each with a value of its type."""
    specs = {spec.name: spec for spec in KINDS[kind].fields if live or not spec.readonly}
    found = {name: setting(value) for name, value in fields_of(rng, kind, 40).items() if name in specs}
    return tuple(
        ast.Assignment(ast.Name(name), value) for name, value in found.items() if fits(specs[name], value)
    )


def named(own: str) -> tuple[ast.Name, ast.Name]:
    kind, _, name = own.partition("/")
    return ast.Name(kind), ast.Name(name)


def a_test(rng: random.Random, verdicts: dict[str, str]) -> ast.Test:
    every = [own for kind in KINDS for own in addresses(kind)]
    given = tuple(
        ast.Given(side, *named(own), assigned(rng, own.partition("/")[0], live=side == "live"))
        for side in ("live", "desired")
        for own in rng.sample(every, rng.randint(0, 6))
    )
    planned = tuple(
        ast.Planned(
            ast.Name(pick(rng, OPERATIONS)), *named(own), assigned(rng, own.partition("/")[0], live=False)
        )
        for own in rng.sample(every, rng.randint(1, 4))
    )
    facts = tuple(
        ast.Assignment(ast.Name(name), setting(value)) for name, value in FACTS.items() if chance(rng, 60)
    )
    names = [pick(rng, list(verdicts)) for _ in range(rng.randint(1, 3))]
    expected = tuple(
        ast.Expect(pick(rng, (verdicts[name], "nothing", *EXPECTED)), ast.Name(name)) for name in names
    )
    return ast.Test(ast.Name(names[0]), "", given, (ast.Facts(facts),), planned, None, expected)


def checked(rng: random.Random, tests: int = 2) -> Ruling | None:
    """Random rules with tests; None when there is no rule."""
    text = random_rules(rng)
    rules = check([SourceFile("all.rules", text.encode())], FACTS).rules
    assert rules is not None
    answers = [each.answer for each in (*rules.rules, *rules.invariants, *rules.budgets)]
    verdicts = {answer.name: answer.verdict.value for answer in answers}
    if not verdicts:
        return None
    more = "\n".join(printed(a_test(rng, verdicts)) for _ in range(tests))
    ruling = check([SourceFile("all.rules", f"{text}\n{more}\n".encode())], FACTS)
    assert ruling.rules is not None, [each.message for each in ruling.diagnostics]
    return ruling


def said_by_all(test: ast.Test, rules: RuleSet, name: str) -> set[str]:
    """The verdicts that bind of one rule, when all rules judge."""
    staged = stage(test, rules)
    world = World(staged.live, staged.actions)
    ruling = Judge(staged.actions, world, rules, rules, staged.facts).judge(b"\1" * len(staged.actions))
    return {finding.verdict.value for finding in ruling.findings if finding.rule == name and finding.binds}


@given(RANDOM)
def test_a_test_passes_exactly_when_all_rules_say_what_it_expects(rng: random.Random) -> None:
    ruling = checked(rng)
    if ruling is None or ruling.rules is None:
        return
    rules = past_trials(ruling.rules)
    for tested in run_tests(ruling.rules):
        for expect in tested.test.expected:
            assert expect.rule is not None
            if expect.verdict in ("allow", "nothing"):
                break  # an allow is no finding
            said = said_by_all(tested.test, rules, expect.rule.text)
            if expect.verdict not in said:
                assert tested.failure is not None
                assert tested.failure.primary.span == expect.span
                break
        else:
            assert tested.passed


@given(RANDOM)
def test_coverage_lints_and_words_are_there_for_any_rules(rng: random.Random) -> None:
    ruling = checked(rng)
    if ruling is None or ruling.rules is None:
        return
    seen = Coverage(ruling.rules)
    run_tests(ruling.rules, seen)
    assert 0 <= seen.percent <= 100
    for covered in seen.rules:
        looked = [atom.true + atom.false + atom.unknown for atom in covered.atoms.values()]
        assert all(count <= covered.reached for count in looked)
        assert 0 <= covered.percent <= 100
    people = People({}, {"sre": ("dana",)})
    for known in (people, None):
        assert {each.severity for each in lint(ruling, 1.8e9, known)} <= {"warning", "note"}
    declared = [each for each in ruling.declarations if not isinstance(each, ast.Test)]
    assert len(described(ruling.declarations, ruling.rules, 1.8e9, people)) == len(declared)


@given(RANDOM)
def test_what_is_said_never_to_match_never_did(rng: random.Random) -> None:
    """No rule that a lint calls dead gives a verdict in a random test."""
    ruling = checked(rng, 3)
    if ruling is None or ruling.rules is None:
        return
    lines = {each.primary.span.line for each in lint(ruling, 1.8e9) if each.code == "F0837"}
    rules = past_trials(ruling.rules)
    dead = {
        each.name.text
        for each in ruling.declarations
        if isinstance(each, ast.Rule)
        and each.where
        and each.where.span.line in lines
        and any(found.primary.span == each.where.span for found in lint(ruling, 1.8e9))
    }
    for test in ruling.rules.tests:
        for name in dead:
            assert said_by_all(test, rules, name) == set()
