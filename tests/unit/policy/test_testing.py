"""Tests that stand in rules files: what their worlds are, what they expect, and what they cover."""

from __future__ import annotations

import pytest

from fleetc.lang.diagnostics import Diagnostic
from fleetc.lang.source import SourceFile
from fleetc.plan.actions import Action
from fleetc.policy import testing
from fleetc.policy.checking import check
from fleetc.policy.coverage import Coverage
from fleetc.policy.ruleset import RuleSet
from fleetc.policy.staging import stage
from fleetc.policy.testing import past_trials, run_tests

RULES = """\
rule no-hub-goes {
  on delete peer
  where before.publicly_reachable and count{p in network.peers | not p.publicly_reachable} > 0
  deny "hub {host} serves {count}"
}
rule free { on update network.{description, tags} allow }
invariant high { for p in peer where p.host != "x" assert p.listen_port > 50000 else deny "{p.host} is low" }
budget few { when env.name == "prod" count delete of peer max 1 else warn "few" }
"""


def rules_of(text: str) -> RuleSet:
    found = check([SourceFile("a.rules", text.encode())])
    assert found.rules is not None, found.diagnostics
    return found.rules


def ran(*tests: str, rules: str = RULES) -> list[testing.Tested]:
    return list(run_tests(rules_of(rules + "\n".join(tests))))


def failure(test: str, rules: str = RULES) -> Diagnostic:
    (only,) = ran(test, rules=rules)
    assert only.failure is not None
    return only.failure


def actions(test: str, rules: str = RULES) -> tuple[Action, ...]:
    found = rules_of(rules + test)
    return stage(found.tests[0], found).actions


PASSING = (
    (
        'test no-hub-goes { given live peer "n/h" { publicly_reachable = true } given live peer "n/s" { } '
        'plan delete peer "n/h" expect deny by no-hub-goes expect deny }'
    ),
    'test no-hub-goes { given live peer "n/h" { publicly_reachable = true } plan delete peer "n/h" expect nothing }',
    'test free { given live network "n" { } given desired network "n" { tags = ["a"] } expect allow }',
    'test free { given live network "n" { } given desired network "n" { routing_mode = "ibgp" } expect nothing }',
    'test high { given desired peer "n/a" { listen_port = 1 } expect deny expect nothing by few }',
    'test high { given live peer "n/a" { listen_port = 1 } plan delete node "z" expect warn expect nothing by free }',
    'test high { given desired peer "n/x" { listen_port = 1 } expect nothing }',
    'test few { given env { name = "prod" } plan delete peer "n/a" plan delete peer "n/b" expect warn }',
    'test few { plan delete peer "n/a" plan delete peer "n/b" expect nothing }',
)


@pytest.mark.parametrize("test", PASSING)
def test_what_is_so_passes(test: str) -> None:
    assert [each.failure for each in ran(test)] == [None]


def test_the_first_expectation_that_does_not_hold_is_reported_at_its_place() -> None:
    found = failure(
        'test high {\n  given desired peer "n/a" { listen_port = 1 }\n  expect deny\n  expect warn\n'
        "  expect nothing\n}"
    )
    assert found.code == "F0844"
    assert (found.primary.span.line, found.primary.span.column) == (RULES.count("\n") + 4, 3)
    assert found.message == "expected warn by high, and got deny"


def test_a_failure_says_what_each_part_of_the_condition_was_and_what_it_read() -> None:
    found = failure(
        'test no-hub-goes { given live peer "n/h" { publicly_reachable = true } plan delete peer "n/h" expect deny }'
    )
    assert found.message == "expected deny by no-hub-goes, and got nothing"
    assert found.notes == (
        (
            "delete:peer/n/h: `before.publicly_reachable` is true, "
            "`count{p in network.peers | not p.publicly_reachable} > 0` is false"
        ),
        "delete:peer/n/h: before.publicly_reachable true",
    )


def test_a_failure_says_that_a_rule_is_about_no_change() -> None:
    found = failure('test no-hub-goes { plan create peer "n/h" expect deny }')
    assert found.notes == (
        "it is about no change here: it is about delete of peer, and planned is create:peer/n/h",
    )
    assert failure('test high { plan delete node "a" expect deny }').notes == ("there is no peer",)


def test_a_failure_tells_a_waived_denial_and_the_arithmetic_of_a_budget() -> None:
    waived = """
group sre = "team:sre"
rule no { on delete peer deny "no" }
waiver w of no { for peer reason "x" granted by sre expires 2001-01-01 }
test no { plan delete peer "n/a" expect deny }
"""
    assert failure("", rules=waived).message == "expected deny by no, and got deny that w waives"
    budget = 'test few { given env { name = "prod" } plan delete peer "n/a" expect warn }'
    assert failure(budget).notes == (
        "budget few: 1 of at most 1",
        'the whole plan: `env.name == "prod"` is true',
    )


def test_an_allow_has_to_cover_every_change_that_it_is_about() -> None:
    both = (
        'test free { given live network "a" { } given live network "b" { } given desired network "a" { tags = ["x"] } '
        'given desired network "b" { tags = ["x"] routing_mode = "ibgp" } expect ALLOW }'
    )
    found = failure(both.replace("ALLOW", "allow"))
    assert found.message == "expected allow by free, and got allow of 1 of 2 changes"
    assert found.notes == ("update:network/b: it says nothing of routing_mode",)
    assert failure(both.replace("ALLOW", "nothing")).message.startswith("expected nothing by free, and got")


def test_a_rule_on_trial_counts_as_if_it_were_over() -> None:
    rules = 'rule no { on delete peer deny "no" trial until 2999-01-01 }\n'
    assert ran('test no { plan delete peer "n/a" expect deny }', rules=rules)[0].passed
    assert all(rule.answer.trial is None for rule in past_trials(rules_of(rules)).rules)


def test_the_clock_is_noon_of_a_monday_unless_it_is_said() -> None:
    rules = """
window monday { tz "UTC" days mon from 12:00 to 12:01 }
rule told { on delete peer where within window monday warn "monday" }
"""
    assert ran('test told { plan delete peer "n/a" expect warn }', rules=rules)[0].passed
    later = 'test told { plan delete peer "n/a" at 2000-01-03T12:01Z expect nothing }'
    assert ran(later, rules=rules)[0].passed


# the plan of a test


def test_what_differs_is_an_update_of_exactly_that() -> None:
    (action,) = actions(
        'test free { given live network "n" { description = "a" tags = ["x", "y"] } '
        'given desired network "n" { description = "b" tags = ["y", "x"] routing_mode = "static" } expect nothing }'
    )
    assert (action.id, action.cause, action.selected) == ("update:network/n", "git", True)
    assert [(f.path, f.before, f.after) for f in action.fields] == [("description", "a", "b")]
    assert action.fields[0].origin == f"a.rules:{RULES.count(chr(10)) + 1}:104"
    assert action.base == {"description": "a", "tags": ["x", "y"]}
    assert action.wanted == {"description": "b", "tags": ["x", "y"]}


def test_what_is_not_live_is_created_with_its_defaults_and_the_names_in_its_address() -> None:
    (action,) = actions('test high { given desired peer "n/a" { listen_port = 51821 } expect nothing }')
    assert action.id == "create:peer/n/a"
    assert {f.path: f.after for f in action.fields} == {
        "network": "n",
        "instance": "a",
        "publicly_reachable": False,
        "listen_port": 51821,
    }
    assert all(f.before is None for f in action.fields)
    assert action.base == {}


def test_a_field_that_cannot_be_changed_replaces() -> None:
    (action,) = actions(
        'test high { given live instance "a" { region = "eu" } given desired instance "a" { region = "us" } '
        "expect nothing }"
    )
    assert action.id == "replace:instance/a"


def test_what_is_planned_replaces_what_is_desired_and_is_live() -> None:
    (action,) = actions(
        'test free { given live network "n" { } given desired network "n" { tags = ["a"] } '
        'plan update network "n" { description = "x" } from drift expect nothing }'
    )
    assert [f.path for f in action.fields] == ["description"]
    assert (action.cause, action.fields[0].cause) == ("drift", "drift")
    rules = rules_of(RULES + 'test free { plan delete network "n" expect nothing }')
    assert stage(rules.tests[0], rules).live == {"network/n": {}}


def test_actions_require_what_makes_what_they_name_and_what_lets_go() -> None:
    found = actions(
        'test free { given live peer "n/b" { } given live virtual_ip "n/v" { primary_holder = "b" } '
        'given desired network "n" { } given desired peer "n/a" { } plan delete peer "n/b" '
        'plan update virtual_ip "n/v" { primary_holder = "a" } expect nothing }'
    )
    assert {action.id: action.requires for action in found} == {
        "create:network/n": (),
        "create:peer/n/a": ("create:network/n",),
        "delete:peer/n/b": ("update:virtual_ip/n/v",),
        "update:virtual_ip/n/v": ("create:network/n", "create:peer/n/a"),
    }


# what is wrong with a test


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('given live peer "hub" { }', "`hub` does not name a peer"),
        ('given live network "a/b" { }', "`a/b` does not name a network"),
        ('given live peer "a/" { }', "`a/` does not name a peer"),
        ('given live peer "a/b" { listen_port = "x" }', "`listen_port` is a number, and this is a text"),
        (
            'given live peer "a/b" { listen_port = true }',
            "`listen_port` is a number, and this is a truth value",
        ),
        ('given live network "a" { tags = "x" }', "`tags` is a list, and this is a text"),
        ('given live network "a" { tags = [1] }', "`tags` is a list of texts"),
        ('given live network "a" { routing_mode = "bgp" }', "no value of routing_mode named `bgp`"),
        ('given desired instance "a" { status = "running" }', "there is no `status` here"),
        ('given live instance "a" { colour = "red" }', "no field of instance named `colour`"),
        ('given live peers "a" { }', "no kind named `peers`"),
        ('plan delete peer "a/b" from drift, git', "a change of a test has one cause"),
        ('plan delete peer "a/b" from dirft', "no cause named `dirft`"),
        ("given env { name = 5 }", "`env.name` is a text, and this is a number"),
        ('given env { nam = "x" }', "no fact of `env` named `nam`"),
    ],
)
def test_what_a_test_cannot_give(given: str, said: str) -> None:
    text = RULES + f'test free {{ {given} plan delete node "z" expect nothing }}'
    found = check([SourceFile("a.rules", text.encode())])
    assert found.rules is None
    assert [each.message for each in found.diagnostics if each.message.startswith(said)] != []
    assert len(found.diagnostics) == 1


def test_a_live_resource_may_have_what_only_the_platform_gives() -> None:
    text = 'test high { given live instance "a" { status = "running" } plan delete node "z" expect nothing }'
    assert ran(text)[0].passed


# coverage


def test_coverage_counts_what_each_condition_was_seen_to_be() -> None:
    rules = rules_of(RULES + "\n".join(PASSING[:2]))
    seen = Coverage(rules)
    run_tests(rules, seen)
    hub, free, high, few = seen.rules
    assert [(a.text, a.true, a.false) for a in hub.atoms.values()] == [
        ("before.publicly_reachable", 2, 0),
        ("count{p in network.peers | not p.publicly_reachable} > 0", 1, 1),
    ]
    assert (hub.label, hub.percent, hub.tests) == ("rule no-hub-goes", 75, 2)
    assert (free.outcomes, free.tests, free.reached) == ((0, 1), 0, 0)
    assert [atom.missing for atom in high.atoms.values()] == [("false",), ("false",)]
    assert [(a.true, a.false) for a in few.atoms.values()] == [(0, 2)]
    assert seen.percent == 100 * (3 + 0 + 2 + 1) // (4 + 1 + 4 + 2)


def test_what_is_not_known_was_neither_true_nor_false() -> None:
    rules = rules_of(
        'rule r { on create instance where public_address == "x" deny "x" }\n'
        'test r { plan create instance "a" expect deny }'
    )
    seen = Coverage(rules)
    run_tests(rules, seen)
    (atom,) = seen.rules[0].atoms.values()
    assert (atom.true, atom.false, atom.unknown, atom.missing) == (0, 0, 1, ("true", "false"))


def test_waivers_and_ignores_are_covered_too() -> None:
    rules = rules_of("""
group sre = "team:sre"
rule no { on delete peer deny "no" }
waiver w of no { for peer where host == "a" reason "x" granted by sre expires 2001-01-01 }
ignore i { for network.tags where name == "lab" reason "x" granted by sre expires 2001-01-01 }
test no { given live network "lab" { } plan delete peer "n/a" plan delete peer "n/b" expect deny }
""")
    seen = Coverage(rules)
    run_tests(rules, seen)
    assert {each.label: each.percent for each in seen.rules} == {
        "rule no": 100,
        "waiver w": 100,
        "ignore i": 50,
    }


def test_no_rules_are_covered_whole() -> None:
    assert Coverage(rules_of('group a = "user:b"')).percent == 100


# what was applied before

LEDGER = """\
rule again { on update node where applied_within(1h) deny "again" }
rule early { on update node where not soaked("lab", 1d) deny "early" }
"""


@pytest.mark.parametrize(
    ("given", "rule", "verdict"),
    [
        ('node "e" 1h ago', "again", "deny"),
        ('node "e" 3601s ago', "again", "nothing"),
        ('node "f" 1m ago', "again", "nothing"),
        ('node "e" in "lab" 1m ago', "again", "nothing"),
        ('node "e" in "lab" 24h ago', "early", "nothing"),
        ('node "e" in "lab" 23h ago', "early", "deny"),
        ('node "e" 2d ago', "early", "deny"),
        ('node "e" 1m ago given applied node "e" in "lab" 2d ago', "early", "nothing"),
    ],
)
@pytest.mark.parametrize("at", ["", "at 2027-01-31T09:00Z "])
def test_a_test_says_what_was_applied_and_when(given: str, rule: str, verdict: str, at: str) -> None:
    test = f'test {rule} {{ given applied {given} {at}plan update node "e" expect {verdict} }}'
    assert [each.failure for each in ran(test, rules=LEDGER)] == [None]


@pytest.mark.parametrize(
    ("clauses", "message"),
    [
        ('given live node "a" given live node "a" { }', "this test gives the live `node/a` a second time"),
        (
            'given desired node "a" given desired node "a" { }',
            "this test gives the desired `node/a` a second time",
        ),
        ('plan create node "a" plan delete node "a"', "this test plans `node/a` a second time"),
        ('plan update node "a" plan update node "a"', "this test plans `node/a` a second time"),
        (
            'plan unprotect node "a" plan unprotect node "a"',
            "this test ends the protection of `node/a` a second time",
        ),
        (
            'given applied node "a" 1h ago given applied node "a" 2h ago',
            "this test gives as applied `node/a` a second time",
        ),
        (
            'given applied node "a" in "lab" 1h ago given applied node "a" in "lab" 2h ago',
            "this test gives as applied in lab `node/a` a second time",
        ),
        (
            'given env { name = "a" } given env { name = "b" }',
            "this test gives the fact `name` a second time",
        ),
    ],
)
def test_what_is_said_twice_of_one_thing_is_no_test(clauses: str, message: str) -> None:
    text = f'{LEDGER}test again {{ {clauses} plan delete node "z" expect nothing }}'
    found = check([SourceFile("a.rules", text.encode())])
    assert [(each.code, each.message) for each in found.diagnostics] == [("F0833", message)]
    assert found.rules is None


def test_one_thing_may_be_given_and_planned_and_lose_its_protection() -> None:
    test = (
        'test again { given live node "a" given desired node "a" given applied node "a" in "x" 1h ago '
        'given applied node "a" in "y" 1h ago plan unprotect node "a" plan update node "a" expect nothing }'
    )
    assert [each.failure for each in ran(test, rules=LEDGER)] == [None]


def test_what_was_applied_names_a_resource_that_can_be() -> None:
    text = LEDGER + 'test again { given applied nod "a" 1h ago plan delete node "z" expect nothing }'
    (wrong,) = check([SourceFile("a.rules", text.encode())]).diagnostics
    assert (wrong.code, wrong.help) == ("F0834", "use `node`")
    (bad,) = check([SourceFile("a.rules", text.replace('nod "a"', 'node "a/b"').encode())]).diagnostics
    assert (bad.code, bad.message) == ("F0832", "`a/b` does not name a node")


def test_a_fact_that_a_test_does_not_give_is_not_set_but_each_environment_has_a_name() -> None:
    rules = (
        'rule gold { on delete node where env.tier == "gold" deny "gold" }\n'
        'rule prod { on delete node where env.name == "prod" deny "prod" }\n'
        'rule free { on delete node where env.tier != "gold" allow }\n'
    )
    outcomes = ran(
        'test gold { plan delete node "a" expect deny by gold expect nothing by prod }',
        'test gold { given env { tier = "gold" } plan delete node "a" expect deny by gold }',
        'test gold { given env { tier = "bronze" } plan delete node "a" expect allow by free expect nothing by gold }',
        'test free { given env { tier = none } plan delete node "a" expect nothing by free expect deny by gold }',
        rules=rules,
    )
    assert [each.failure for each in outcomes] == [None] * 4
