"""What a run leaves, whatever fails of it: no invariant breaks that held (the law of `policy.progress`)."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from fleetc.plan.actions import Action, Call
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.policy.progress import Progress
from fleetc.policy.ruleset import RuleSet
from tests.property.rule_texts import SHARED, invariant_of
from tests.property.rule_worlds import Fleet, chance, pick, random_fleet, rules_of

NETWORKS = ("mesh", "lab")
Live = dict[str, bool]
COUNTS: Mapping[str, Callable[[int, int], bool]] = {
    ">=": lambda count, limit: count >= limit,
    "<=": lambda count, limit: count <= limit,
    "==": lambda count, limit: count == limit,
}


@dataclass(frozen=True)
class Rule:
    """So many public peers in each network."""

    sign: str
    limit: int

    def text(self, number: int) -> str:
        counted = "count{p in n.peers | p.publicly_reachable}"
        return f'invariant i{number} {{ for n in network assert {counted} {self.sign} {self.limit} else deny "no" }}\n'

    def broken(self, live: Live) -> set[tuple[Rule, str]]:
        def public(network: str) -> int:
            return sum(on for own, on in live.items() if own.split("/")[1] == network)

        return {(self, name) for name in NETWORKS if not COUNTS[self.sign](public(name), self.limit)}


@dataclass
class World:
    """A fleet of peers, a plan over it, and rules that neither its beginning nor its end breaks."""

    live: Live
    ops: dict[str, Op]
    wanted: Live
    rules: Sequence[Rule]
    actions: tuple[Action, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.actions = tuple(self._action(own, op) for own, op in self.ops.items())

    def _action(self, own: str, op: Op) -> Action:
        after = self.wanted.get(own, False)
        change = (FieldChange("publicly_reachable", self.live.get(own), after, Cause.GIT, ""),)
        halves = ("delete", "create") if op is Op.REPLACE else ("",)
        calls = tuple(Call("x", "update", {}, half=half) for half in halves)
        return Action(
            f"{op}:{own}", op, own, "peer", Cause.GIT, True, () if op is Op.DELETE else change,
            calls, (), (), wanted={} if op is Op.DELETE else {"publicly_reachable": after},
        )  # fmt: skip

    def done(self, live: Live, action: Action) -> Live:
        left = {own: on for own, on in live.items() if own != action.address}
        return left if action.op is Op.DELETE else left | {action.address: self.wanted[action.address]}

    def broken(self, live: Live) -> set[tuple[Rule, str]]:
        return {each for rule in self.rules for each in rule.broken(live)}

    def progress(self) -> Progress:
        networks = {f"network/{name}": {} for name in NETWORKS}
        peers = {own: {"publicly_reachable": on} for own, on in self.live.items()}
        fleet = Fleet({**networks, **peers}, self.actions)
        rules = rules_of("".join(rule.text(n) for n, rule in enumerate(self.rules)))
        whole, sofar = (fleet.judge(rules, RuleSet()) for _ in range(2))
        ruling = whole.judge(fleet.ticked)
        return Progress(whole, sofar, (rules,), ruling, lambda finding: True)


def random_world(rng: random.Random) -> World:
    owns = [f"peer/{network}/{n}" for network in NETWORKS for n in range(rng.randint(1, 5))]
    live = {own: chance(rng, 50) for own in owns if chance(rng, 75)}
    wanted = {own: chance(rng, 50) for own in owns if chance(rng, 75)}
    ops = {own: Op.UPDATE for own in owns if own in live and own in wanted and live[own] != wanted[own]}
    ops |= dict.fromkeys(wanted.keys() - live.keys(), Op.CREATE)
    ops |= dict.fromkeys(live.keys() - wanted.keys(), Op.DELETE)
    for own in sorted(live.keys() & wanted.keys()):
        if chance(rng, 30):
            ops[own] = Op.REPLACE
    every = [Rule(sign, limit) for sign in COUNTS for limit in range(5)]
    world = World(live, dict(sorted(ops.items())), wanted, every)
    end = {own: wanted.get(own, on) for own, on in live.items() if ops.get(own) is not Op.DELETE} | wanted
    fit = [rule for rule in every if not rule.broken(live) and not rule.broken(end)]
    world.rules = rng.sample(fit, min(len(fit), 2))
    return world


@dataclass
class Run:
    """A run of the plan with random failures, as `fleetc.run.work` does it; `forced` counts what went first."""

    world: World
    rng: random.Random
    forced: int = 0

    def __post_init__(self) -> None:
        self.live, self.progress = self.world.live, self.world.progress()
        self.left = list(self.world.actions)
        self.under_way: list[Action] = []

    def go(self) -> None:
        while self.left or self.under_way:
            started = [] if len(self.under_way) >= 4 else [a for a in self.left if self.may(a)][:1]
            for action in started:
                self.left.remove(action)
                self.under_way.append(action)
                self.progress.begin(action.id)
            if self.under_way and (not started or chance(self.rng, 40)):
                self.end(pick(self.rng, self.under_way))
            elif not self.under_way and not started and self.left:
                self.force(self.left.pop(0))

    def may(self, action: Action) -> bool:
        block = self.progress.blocks(action.id)
        if block is not None and not block.waits:
            self.left.remove(action)
            self.progress.end(action.id, done=False)
        return block is None

    def force(self, action: Action) -> None:
        if self.progress.blocks(action.id, last=True) is None:
            self.forced += 1
            end, network = self.live, action.address.split("/")[1]
            for each in (action, *self.left):
                end = self.world.done(end, each)
            worse = self.world.broken(end) - self.world.broken(self.live)
            assert not {name for _, name in worse} & {network}, (action.id, self.live)
            self.progress.begin(action.id)
            self.under_way.append(action)
        else:
            self.progress.end(action.id, done=False)

    def end(self, action: Action) -> None:
        self.under_way.remove(action)
        took = chance(self.rng, 60)
        before = self.world.broken(self.live)
        if action.op is Op.REPLACE and not took and chance(self.rng, 40):
            self.live = {own: on for own, on in self.live.items() if own != action.address}
            self.progress.lose(action.id)
            self.progress.end(action.id, done=None)
            return
        if took:
            self.live = self.world.done(self.live, action)
        self.progress.end(action.id, done=None if chance(self.rng, 30) else took)
        if not self.forced:
            assert not self.world.broken(self.live) - before, (action.id, self.live)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_a_run_that_fails_anywhere_breaks_no_invariant_that_held(seed: int) -> None:
    rng = random.Random(seed)
    world = random_world(rng)
    run = Run(world, rng)
    run.go()
    gaps = any(op is Op.REPLACE for op in world.ops.values())
    if not run.forced and not gaps:
        assert world.broken(run.live) <= world.broken(world.live)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_a_run_in_which_nothing_fails_does_all_of_the_plan(seed: int) -> None:
    rng = random.Random(seed)
    world = random_world(rng)
    progress, left = world.progress(), list(world.actions)
    while left:
        able = [a for a in left if progress.blocks(a.id) is None]
        action = able[0] if able else left[0]
        assert able or progress.blocks(action.id, last=True) is None, action.id
        left.remove(action)
        progress.begin(action.id)
        progress.end(action.id, done=True)


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_what_is_broken_is_the_same_asked_bit_by_bit_and_all_at_once(rng: random.Random) -> None:
    fleet = random_fleet(rng)
    rules = rules_of(SHARED + "".join(invariant_of(rng, f"i{number}") for number in range(3)))
    judge = fleet.judge(rules, RuleSet())
    judge.broken()
    ticked = bytearray(fleet.ticked)
    for _ in range(4):
        rows = [row for row in range(len(ticked)) if chance(rng, 30)]
        judge.turn(rows)
        for row in rows:
            ticked[row] ^= 1
        fresh = fleet.judge(rules, RuleSet(), bytes(ticked))
        said = {(f.rule, f.reaches[0]) for f in fresh.judge(bytes(ticked)).findings}
        assert {key[1:] for key in judge.broken()} == said
        row = rng.randrange(len(ticked)) if ticked else None
        if row is not None:
            assert judge.findings_of(row) == []


def test_a_replacement_that_ended_the_old_one_only_counts_as_gone() -> None:
    first, second = "peer/mesh/0", "peer/mesh/1"
    ops = {first: Op.REPLACE, second: Op.UPDATE}
    world = World({first: True, second: True}, ops, {first: True, second: False}, [Rule(">=", 1)])
    progress = world.progress()
    assert progress.blocks(f"update:{second}") is None
    progress.begin(f"replace:{first}")
    progress.lose(f"replace:{first}")
    progress.end(f"replace:{first}", done=None)
    block = progress.blocks(f"update:{second}")
    assert block is not None
    assert not block.waits
