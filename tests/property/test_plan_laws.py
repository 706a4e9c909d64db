"""Laws of diff, plan, selection, steps and digest over random worlds."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Cause, Op
from fleetc.plan.digest import plan_digest
from fleetc.plan.documents import load_plan, plan_bytes
from fleetc.plan.order import Step, steps
from fleetc.plan.references import reference_fields, targets
from fleetc.plan.selection import SelectionIndex, reduce_plan
from tests.property.plan_model import run_plan
from tests.property.plan_worlds import applied, everything, plan_for, random_world

seeds = st.integers(0, 10**9)


def test_the_generator_makes_every_case_often_enough() -> None:
    mix: Counter[str] = Counter()
    worlds = [random_world(seed) for seed in range(150)]
    for world in worlds:
        actions = world.plan.actions
        mix["delete"] += any(a.op is Op.DELETE for a in actions)
        mix["replace"] += any(a.op is Op.REPLACE for a in actions)
        mix["drift"] += any(a.cause is Cause.DRIFT for a in actions)
        mix["conflict"] += any(a.cause is Cause.CONFLICT for a in actions)
        replaced = [a for a in actions if a.op is Op.REPLACE]
        mix["without a gap"] += any(not a.gap for a in replaced)
        mix["with a gap"] += any(a.gap for a in replaced)
        pairs = {a.address: a for a in replaced if a.kind == "instance"}
        mix["a peer follows its instance"] += any(
            a.kind == "peer" and f"instance/{a.address.rpartition('/')[2]}" in pairs for a in replaced
        )
        mix["a holder is set anew"] += any(
            a.op is Op.UPDATE and "holder" in f.path and f.cause is Cause.FORCED
            for a in actions
            for f in a.fields
        )
        mix["forced"] += any(f.cause is Cause.FORCED for a in actions for f in a.fields)
        networks = [a for a in world.desired.resources if a.startswith("network/")]
        mix["extends to depth 3"] += world.depth >= 3
        mix["two networks"] += len(networks) >= 2
    shares = {name: count / len(worlds) for name, count in mix.items()}
    assert all(shares[name] >= 0.15 for name in ("delete", "replace", "drift", "conflict")), shares
    followed = ("without a gap", "with a gap", "a peer follows its instance", "a holder is set anew")
    assert all(shares[name] >= 0.2 for name in followed), shares
    assert shares["forced"] >= 0.1, shares
    assert shares["extends to depth 3"] >= 0.15, shares
    assert shares["two networks"] == 1, shares


@given(seeds)
@example(361878)  # rings of replacements, whose deletes then go in any order
@example(49605)  # a ring through what a create half needs
def test_applying_a_plan_leaves_nothing_to_do(seed: int) -> None:
    world = random_world(seed)
    blocked = {action.address for action in world.plan.actions if action.blocked}
    baselines = applied(world.desired, world.model, world.baselines, random.Random(seed))
    found, plan = plan_for(world.desired, world.model, baselines)
    if not blocked:
        assert [action.id for action in plan.actions] == []
        assert found.adopt == ()
        assert found.forget == ()
        assert found.converged == ()
        again = applied(world.desired, world.model, baselines)
        assert again == baselines


@given(seeds)
def test_steps_follow_the_references_of_both_states(seed: int) -> None:
    world = random_world(seed)
    plan = everything(world.plan)
    found = steps(plan)
    made = {plan.actions[s.action].address: s for s in found if s.half != "delete"}
    ended = {plan.actions[s.action].address: s for s in found if s.half == "delete"}
    for step in found:
        action = plan.actions[step.action]
        assert set(step.needs) <= set(step.waits_for)
        assert all(found[earlier].wave < step.wave for earlier in step.waits_for)
        if action.op is Op.DELETE or step.half == "delete":
            continue
        for target in world.desired.resources[action.address].depends_on:
            if target in made:
                assert made[target].index in before(found, step)
        for target in referred(action) & ended.keys():
            if not plan.actions[ended[target].action].gap:
                assert step.index in before(found, ended[target])
    assert Counter(s.action for s in found) == Counter(
        row for row, a in enumerate(plan.actions) if a.selected for _ in range(1 + (a.op is Op.REPLACE))
    )


def referred(action: Action) -> set[str]:
    """What the resource of an action named before it."""
    fields = reference_fields(action.kind)
    return {at for spec in fields for at in targets(action.address, spec, action.base.get(spec.name))}


def before(found: Sequence[Step], step: Step) -> set[int]:
    """The steps that must have ended before `step` starts, directly or not."""
    known: set[int] = set()
    waiting = [step.index]
    while waiting:
        for earlier in found[waiting.pop()].waits_for:
            if earlier not in known:
                known.add(earlier)
                waiting.append(earlier)
    return known


@given(seeds, st.data())
def test_selection_is_closed_idempotent_and_undone(seed: int, data: st.DataObject) -> None:
    plan = random_world(seed).plan
    size = len(plan.actions)
    index = SelectionIndex(plan)
    ticked = index.ticked
    past = [ticked]
    for _ in range(3 if size else 0):
        rows = data.draw(st.lists(st.integers(0, size - 1), max_size=4))
        on = data.draw(st.booleans())
        toggled = index.toggle(ticked, rows, on)
        _is_closed(plan, toggled.ticked)
        assert index.toggle(toggled.ticked, rows, on).ticked == toggled.ticked
        moved = {row for row in range(size) if toggled.ticked[row] != ticked[row]}
        assert moved - set(rows) == set(toggled.pulled_in) | set(toggled.pushed_out)
        assert all(toggled.ticked[row] == on for row in rows if row not in toggled.refused)
        ticked = toggled.ticked
        past.append(ticked)
        reduced = reduce_plan(plan, ticked, by="dana")
        assert SelectionIndex(reduced).ticked == ticked
        assert [a.id for a in reduced.actions] == [a.id for a in plan.actions]
        assert {w.address for w in reduced.withheld} == {a.address for a in reduced.actions if not a.selected}
    back = [reduce_plan(plan, each).digest for each in past]
    assert back[0] == plan.digest
    assert len(set(back)) == len(set(past))


def _is_closed(plan: Plan, ticked: bytes) -> None:
    numbers = {action.id: row for row, action in enumerate(plan.actions)}
    for row, action in enumerate(plan.actions):
        if ticked[row]:
            assert not action.blocked
            assert all(ticked[numbers[need]] for need in action.requires)


@given(seeds, st.integers(0, 2**32))
def test_any_closed_choice_runs_without_a_conflict_of_its_own(seed: int, choice: int) -> None:
    world = random_world(seed)
    index = SelectionIndex(world.plan)
    rows = [row for row in range(len(world.plan.actions)) if choice >> (row % 32) & 1]
    chosen = reduce_plan(world.plan, index.toggle(index.ticked, rows, False).ticked)
    before = {where: key for where, (key, _) in world.model.resources.items()}
    run_plan(world.model, chosen, world.baselines, random.Random(choice))
    touched = {action.address for action in chosen.chosen}
    for where, key in before.items():
        if where not in touched:
            assert world.model.resources[where][0] == key, f"{where} was not in the plan"


@given(seeds)
def test_a_plan_survives_its_document(seed: int) -> None:
    plan = random_world(seed).plan
    again = load_plan(plan_bytes(plan))
    assert plan_bytes(again) == plan_bytes(plan)
    assert plan_digest(again) == plan.digest
    left_out = {"actions": (), "adopt_set": (), "declared_sets": ()}
    assert msgspec.structs.replace(again, **left_out) == msgspec.structs.replace(plan, **left_out)
