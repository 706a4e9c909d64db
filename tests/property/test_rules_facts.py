"""Laws of the facts of `env`: another environment never loosens what was applied, nor does a fact not set."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from fleetc.plan.verdicts import Verdict
from fleetc.policy.rulings import settled
from tests.property import rule_laws as laws
from tests.property.rule_texts import random_rules
from tests.property.rule_worlds import Fleet, chance, pick, plan_of, random_facts, random_fleet, rules_of

RANDOM = st.randoms(use_true_random=False)
VALUES = {"name": ("prod", "lab"), "tier": ("gold", "regulated"), "size": (1, 3), "locked": (False, True)}


def renamed(rng: random.Random) -> tuple[Fleet, Fleet]:
    """A fleet as it was applied, and the same under the facts of another environment."""
    fleet = random_fleet(rng)
    other = random_facts(rng)
    return fleet, replace(fleet, facts=other, before=fleet.facts)


@given(RANDOM)
def test_no_other_environment_loosens_what_was_applied(rng: random.Random) -> None:
    fleet, accepted = random_fleet(rng), rules_of(random_rules(rng, 3, "a"))
    rules = accepted if chance(rng, 50) else rules_of(random_rules(rng))
    assert laws.renamed_loosens(rng, fleet, rules, accepted) == []


@given(RANDOM)
def test_what_the_rules_applied_last_deny_stays_out_of_a_plan_of_another_environment(
    rng: random.Random,
) -> None:
    applied, now = renamed(rng)
    accepted = rules_of(random_rules(rng, 3, "a"))
    plan = settled(plan_of(now.actions), now.judge(accepted, accepted))[0]
    on = bytes(action.selected for action in plan.actions)
    said = applied.judge(accepted, accepted).judge(on)
    chosen = {action.id for action in plan.chosen}
    assert [f for f in said.findings if f.verdict is Verdict.DENY and f.binds and f.subject in chosen] == []


@given(RANDOM)
def test_under_another_environment_what_is_kept_is_what_a_new_judge_says(rng: random.Random) -> None:
    _, now = renamed(rng)
    accepted = rules_of(random_rules(rng, 2, "a"))
    assert laws.fresh_ones(now, accepted, accepted, laws.other_ticks(rng, now.ticked)) == []


@given(RANDOM)
def test_a_fact_that_is_not_set_is_judged_no_milder_than_any_value_of_it(rng: random.Random) -> None:
    fleet, text, fact = random_fleet(rng), random_rules(rng), pick(rng, tuple(VALUES))
    assume(f"env.{fact} == none" not in text and f"none != env.{fact}" not in text)
    rules = rules_of(text)
    unset = replace(fleet, facts={name: each for name, each in fleet.facts.items() if name != fact})
    said = unset.judge(rules, rules).judge(fleet.ticked)
    for value in VALUES[fact]:
        having = replace(fleet, facts={**fleet.facts, fact: value})
        assert laws.milder(fleet, having.judge(rules, rules).judge(fleet.ticked), said) == []
