"""Laws of the judge over random rules and random fleets, and a slow judge that it has to agree with."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.property import rule_laws as laws
from tests.property.rule_texts import random_rules, rule_of
from tests.property.rule_worlds import random_fleet, rules_of

ROOT = Path(__file__).parents[2]
RANDOM = st.randoms(use_true_random=False)


def test_the_worlds_have_everything_often_enough() -> None:
    mix: Counter[str] = Counter()
    for seed in range(150):
        rng = random.Random(seed)
        fleet, rules = random_fleet(rng), rules_of(random_rules(rng))
        ruling = fleet.judge(rules, rules).judge(fleet.ticked)
        mix.update({finding.verdict.value for finding in ruling.findings})
        mix["unknown"] += any(finding.unknown for finding in ruling.findings)
        mix["waived"] += any(finding.waiver for finding in ruling.findings)
        mix["of the plan"] += any(not finding.subject for finding in ruling.findings)
        mix["turned by ticks"] += any(f.subject and not f.fixed for f in ruling.findings)
        mix["over"] += any(limit.over for limit in ruling.budgets)
        mix["allowed"] += 1 in ruling.allowed
        mix["asked"] += bool(ruling.requirements)
    rare = {"waived", "over", "allowed", "asked", "hold", "unknown"}
    assert all(mix[each] >= 5 for each in rare), mix
    assert all(mix[each] >= 15 for each in ("deny", "warn", "of the plan", "turned by ticks")), mix


@given(RANDOM)
def test_it_says_what_a_slow_judge_says(rng: random.Random) -> None:
    fleet, text = random_fleet(rng), random_rules(rng)
    rules = rules_of(text)
    judge = fleet.judge(rules, rules)
    for ticked in laws.other_ticks(rng, fleet.ticked, 2):
        assert laws.against_the_oracle(fleet, text, rules, ticked, judge.judge(ticked)) == []


@given(RANDOM)
def test_what_is_kept_is_what_a_new_judge_says(rng: random.Random) -> None:
    fleet = random_fleet(rng)
    rules, accepted = rules_of(random_rules(rng)), rules_of(random_rules(rng, 2, "a"))
    assert laws.fresh_ones(fleet, rules, accepted, laws.other_ticks(rng, fleet.ticked)) == []


@given(RANDOM)
def test_a_fixed_verdict_is_not_turned_by_ticks(rng: random.Random) -> None:
    fleet, rules = random_fleet(rng), rules_of(random_rules(rng))
    assert laws.fixed_ones(fleet, rules, laws.other_ticks(rng, fleet.ticked, 5)) == []


@given(RANDOM)
def test_a_hold_ends_when_its_window_is_open_and_its_condition_is_over(rng: random.Random) -> None:
    fleet = random_fleet(rng)
    text = random_rules(rng, 0) + "\n".join(rule_of(rng, f"h{n}", ("hold",)) for n in range(2))
    rules = rules_of(text)
    ruling = fleet.judge(rules, rules).judge(fleet.ticked)
    assert laws.holds_end(fleet, text, rules, ruling) == []


@given(RANDOM)
def test_a_denial_more_never_loosens(rng: random.Random) -> None:
    fleet, text = random_fleet(rng), random_rules(rng)
    more = text + rule_of(rng, "more", ("deny",))
    assert laws.with_a_denial(fleet, rules_of(text), rules_of(more), fleet.ticked) == []


@given(RANDOM)
def test_of_two_rule_sets_the_stricter_wins(rng: random.Random) -> None:
    fleet = random_fleet(rng)
    rules, accepted = rules_of(random_rules(rng)), rules_of(random_rules(rng, 3, "a"))
    assert laws.stricter(fleet, rules, accepted, fleet.ticked) == []


@given(RANDOM)
def test_nothing_ticked_in_a_settled_plan_is_denied(rng: random.Random) -> None:
    fleet = random_fleet(rng)
    rules, accepted = rules_of(random_rules(rng)), rules_of(random_rules(rng, 2, "a"))
    assert laws.settling(fleet, rules, accepted) == []


@given(RANDOM)
def test_a_checked_rule_never_fails_and_keeps_its_types(rng: random.Random) -> None:
    assert laws.types_kept(random_fleet(rng), rules_of(random_rules(rng, 6))) == []


@given(RANDOM)
def test_the_order_of_mappings_has_no_say(rng: random.Random) -> None:
    fleet, rules = random_fleet(rng), rules_of(random_rules(rng))
    rulings = [each.judge(rules, rules).judge(fleet.ticked) for each in (fleet, fleet.shuffled(rng))]
    assert rulings[0] == rulings[1]


_DIGEST = """
import hashlib, random, sys
from tests.property.rule_texts import random_rules
from tests.property.rule_worlds import random_fleet, rules_of
said = hashlib.sha256()
for seed in range(40):
    rng = random.Random(seed)
    fleet, rules = random_fleet(rng), rules_of(random_rules(rng))
    judge = fleet.judge(rules, rules)
    for ticked in (fleet.ticked, bytes(len(fleet.ticked)), fleet.ticked):
        said.update(repr(judge.judge(ticked)).encode())
print(said.hexdigest())
"""


def test_the_seed_of_hashes_has_no_say() -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _DIGEST],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    said = [process.communicate()[0] for process in running]
    assert len(said[0]) == 65
    assert said[0] == said[1]
