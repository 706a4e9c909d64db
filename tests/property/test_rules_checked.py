"""What is checked: no text makes the checker fail, what is ill-typed is refused, and what is not has a bound."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetc.lang import rules_ast as ast
from fleetc.lang.diagnostics import has_errors
from fleetc.lang.rules_parser import parse_rules
from fleetc.lang.rules_printer import print_rules
from fleetc.lang.source import SourceFile
from fleetc.model.kinds import KINDS
from fleetc.policy import rows, steps
from fleetc.policy.checking import check
from fleetc.policy.world import World
from tests.property import rule_laws as laws
from tests.property.rule_conditions import condition, of_change
from tests.property.rule_texts import SHARED, random_rules
from tests.property.rule_trees import rule_files
from tests.property.rule_worlds import FACTS, Fleet, pick, random_fleet, rules_of

RANDOM = st.randoms(use_true_random=False)
_ILL_TYPED = (
    "listen_port",
    'listen_port == "x"',
    'listen_port > "1"',
    "publicly_reachable > 1",
    "network.peers",
    "network.peers == 1",
    "network == instance",
    "host in host",
    "count(host) > 1",
    "exists{p in host | true}",
    "exists{p in network.peers | p}",
    "all{p in network.peers | p.listen_port}",
    "distinct{p in network.peers | p.lan_subnets} == none",
    "network.settings == network.settings",
    "pinned(1)",
    "pinned(host, host)",
    "applied_within(1)",
    'soaked(1h, "lab")',
    "resolved(listen_port) == none",
    "unheard(host)",
    "some{p in network.peers | true}",
    "no_such_field",
    "network.no_such_field == 1",
    "host.name == 1",
    "network.peers.host == 1",
    "env",
    "env.no_such_fact",
    "within window nowhere",
    'select "kind:nothing"',
    'select "verdict:deny"',
    'select "("',
    'action == "drop"',
    'network.routing_mode == "dynamic"',
    "host matches host",
    "not listen_port",
    "env.locked and listen_port",
    'cause == "weather"',
    "p.host == none",
    "count{p in network.peers | q.host == none} > 0",
)


@pytest.mark.parametrize("wrong", _ILL_TYPED)
def test_what_is_ill_typed_is_refused_with_its_place(wrong: str) -> None:
    before = SHARED.count("\n") + 1
    text = f'{SHARED}rule r {{ on update peer where {wrong} deny "no" }}\n'
    found = check([SourceFile("all.rules", text.encode())], FACTS)
    assert found.rules is None
    assert [each.primary.span.line for each in found.diagnostics if each.severity == "error"] == [before]


@pytest.mark.parametrize(("operation", "name"), [("create", "before"), ("delete", "after")])
def test_a_side_that_is_not_there_is_refused(operation: str, name: str) -> None:
    text = f'rule r {{ on update, {operation} peer where {name}.publicly_reachable deny "no" }}'
    found = check([SourceFile("all.rules", text.encode())], FACTS)
    assert [each.code for each in found.diagnostics] == ["F0836"]


@given(RANDOM)
def test_one_wrong_condition_among_right_rules_is_refused(rng: random.Random) -> None:
    wrong = pick(rng, _ILL_TYPED)
    text = random_rules(rng) + f'rule wrong {{ on update peer where {wrong} deny "no" }}\n'
    assert check([SourceFile("all.rules", text.encode())], FACTS).rules is None


@given(rule_files)
def test_no_declarations_make_the_checker_fail(declared: tuple[ast.Declaration, ...]) -> None:
    text = print_rules(ast.RuleFile(declared, SourceFile("all.rules", b"")))
    found = check([SourceFile("all.rules", text.encode())], FACTS)
    assert (found.rules is None) == has_errors(found.diagnostics)


@given(RANDOM)
def test_a_right_file_cut_or_garbled_is_right_or_refused(rng: random.Random) -> None:
    text = random_rules(rng)
    at, length = rng.randint(0, len(text)), rng.randint(0, 12)
    garbled = text[:at] + pick(rng, ("", " ", "{", "not ", "network", ".", " | ", '"')) + text[at + length :]
    found = check([SourceFile("all.rules", garbled.encode())], FACTS)
    assert (found.rules is None) == has_errors(found.diagnostics)


# the bound


class _Counted:
    """How many fields were read, and how many resources looked for."""

    reads = 0


@contextmanager
def _counting(patch: pytest.MonkeyPatch) -> Iterator[_Counted]:
    counted = _Counted()

    def reading(real: Any) -> Any:
        def read(*arguments: Any, **named: Any) -> Any:
            counted.reads += 1
            return real(*arguments, **named)

        return read

    with patch.context() as patched:
        patched.setattr(steps, "field_of", reading(steps.field_of))
        patched.setattr(rows, "field_of", reading(rows.field_of))
        patched.setattr(World, "naming", reading(World.naming))
        yield counted


def _cost(at: object, most: int) -> int:
    """How many reads an expression takes at most, when no set has more than `most` items."""
    match at:
        case ast.Path():
            return _steps([name.text for name in at.names])
        case ast.Build():
            return 2 * _cost(at.source, most) + most * _cost(at.body, most)
        case ast.Compare():
            return _cost(at.left, most) + _cost(at.right, most)
        case ast.Both() | ast.Either():
            return sum(_cost(part, most) for part in at.parts)
        case ast.Not():
            return _cost(at.inner, most)
        case ast.Call():
            return sum(_cost(part, most) for part in at.arguments)
        case _:
            return 0


def _steps(names: Sequence[str]) -> int:
    """A view is two steps; one that joins fields goes the way to its resource once for each of them."""
    found = 0
    for name in names:
        views = (view for kind in KINDS.values() for view in kind.views if view.name == name)
        found = (found + 2) * max([1, *(len(view.joined) for view in views)])
    return found


def _largest(fleet: Fleet) -> int:
    """More than any set in a fleet has items."""
    kinds = [sum(own.startswith(f"{kind}/") for own in {*fleet.live, *_planned(fleet)}) for kind in KINDS]
    return max([*kinds, 6])


def _planned(fleet: Fleet) -> set[str]:
    return {action.address for action in fleet.actions}


@given(RANDOM)
def test_a_rule_costs_at_most_the_plan_times_its_quantifiers(rng: random.Random) -> None:
    fleet, kind = random_fleet(rng, 70), pick(rng, ("peer", "node", "virtual_ip", "network"))
    operations = ("create", "update", "replace", "delete", "move", "unprotect")
    where = condition(rng, of_change(kind, operations))
    text = f'{SHARED}rule r {{ on {", ".join(operations)} {kind} where {where} deny "no" }}\n'
    parsed, _ = parse_rules(SourceFile("all.rules", text.encode()))
    (rule,) = (each for each in parsed.declarations if isinstance(each, ast.Rule))
    plan = sum(action.kind == kind for action in fleet.actions)
    # once for what its cells are kept under, once for them, once to decide, once to tell what it rests on
    bound = 4 * plan * _cost(rule.where, _largest(fleet))
    rules = rules_of(text)
    with pytest.MonkeyPatch.context() as patch, _counting(patch) as counted:
        judge = fleet.judge(rules, rules)
        for ticked in laws.other_ticks(rng, fleet.ticked, 2):
            judge.judge(ticked)
            assert counted.reads <= bound
            counted.reads = 0
