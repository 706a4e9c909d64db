"""Wrong judges, one mistake each, and that the suite sees every one of them.

A mutant is one function with one of its lines written otherwise. What has to see it are the cases
of `tests/cases/rules` and the laws of `rule_laws` over fleets and rules of fixed seeds.
"""

from __future__ import annotations

import inspect
import random
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from fleetc.ir.values import Ref
from fleetc.plan.actions import Action
from fleetc.plan.changes import Cause, FieldChange, Op
from fleetc.policy import (
    budgets,
    cells,
    code,
    expressions,
    functions,
    holding,
    invariants,
    judge,
    matching,
    memo,
    operators,
    rows,
    rulings,
    world,
)
from fleetc.policy.code import Circumstances
from fleetc.policy.judge import Facts, Judge
from fleetc.policy.selections import masks_of
from fleetc.policy.world import World
from tests.cases.rules import test_cases as written
from tests.property import rule_laws as laws
from tests.property.rule_scenarios import SCENARIOS, every_tick
from tests.property.rule_texts import random_rules
from tests.property.rule_worlds import plan_of, random_fleet, rules_of

SEEDS = 60

Mutant = tuple[Callable[..., Any], str, str]

MUTANTS: dict[str, Mutant] = {
    "what is not known counts as false in `and`": (code.both, "known = UNKNOWN", "return False"),
    "what is not known counts as false in `or`": (code.either, "known = UNKNOWN", "pass"),
    "`or` ends at the first that does not hold": (code.either, "if value is True:", "if value is not True:"),
    "not unknown is true": (code.no, "UNKNOWN if value is UNKNOWN else value is not True", "value is not True"),
    "known after apply is absent": (code._raw, "return UNKNOWN", "return None"),
    "what cannot be read is absent": (code._raw, "if not state.fresh and", "if False and"),
    "defaults are not seen": (code._raw, "return spec.default", "return None"),
    "before is after": (code.state_of, "return frame.old", "return frame.new"),
    "a deleted one is still there": (world.planned, "return None", "return live"),
    "an update changes nothing": (world.planned, "**action.wanted, **changed", ""),
    "what is not ticked is done already": (world.World._there, "if own in self.ticked", "if True"),
    "references are those of before": (world.World._names, "if live else self._now(own)", "if True else None"),
    "an unknown set is empty": (functions.items_of, "return (OTHERS,)", "return ()"),
    "an item that is not known does not count": (functions._count, "_span(sure, unknown,", "_span(sure, 0,"),
    "distinct has everything": (functions._once, "found.setdefault(marked(value), value)", "found[len(found)] = value"),
    "absent is a value of a set": (functions._once, "elif value is not None", "else"),
    "a range is its least": (operators._order, "return found.pop() if len(found) == 1 else UNKNOWN", "return _ORDERS[order](first.low, second.low)"),
    "`in` takes an unknown item for another": (operators._within, "UNKNOWN if UNKNOWN in found else False", "False"),
    "!= is ==": (operators._not_if, "else not value", "else value"),
    "causes have no say": (rows.reaches, "if not reach.causes", "if True"),
    "fields have no say": (rows.reaches, "return wanted is None or any(name in wanted for name, _ in signature.fields)", "return True"),
    "operations have no say": (rows.reaches, "signature.operation not in reach.operations or ", ""),
    "an allow of one field lets all go": (matching.Matches._cover, "changed <= fields[row]", "fields[row]"),
    "an allow that may hold counts": (matching.Matches._allow, "if value is True]", "]"),
    "a waiver never ends": (matching.waived_by, " or waiver.expires.isoformat() < today", ""),
    "a waiver is of every rule": (matching.waived_by, "waiver.rule != rule or ", ""),
    "a trial never ends": (matching.on_trial, " and today <= answer.trial.isoformat()", ""),
    "a budget counts what is not ticked": (budgets._Count.ticked, "compress(rows, map(on, rows))", "rows"),
    "a budget has no floor": (budgets.Budgets._limit, "max(cap.floor, total * cap.number // 100)", "(total * cap.number // 100)"),
    "a budget forgets what was before": (budgets.Budgets._limit, "used = count + earlier", "used = count"),
    "a budget counts for ever": (budgets.Budgets._earlier, "s.at > since and ", ""),
    "a budget is over when it is full": (budgets.Budgets._limit, "used > allowed", "used >= allowed"),
    "cells are never forgotten": (cells.Cells.forget, "self._kept.pop(key, None)", "pass"),
    "rules are not decided again": (memo.Decided.touch, "if not touched or", "if True or"),
    "invariants are not looked at again": (invariants.Invariants.touch, "watch.kept.pop(own, None)", "pass"),
    "what was broken before denies": (invariants.Invariants._reaching, "if about:", "if True:"),
    "the rules applied last are not asked": (judge._Bench._marked, "if not self.accepted:\n        return found", "if self.accepted:\n        return []\n    return found"),
    "an allow of one rule set is enough": (judge.Judge._allowed, "map(min,", "map(max,"),
    "a requirement of what is not ticked binds": (judge._requirements, "and finding.binds and concerns", "and finding.binds"),
    "a selector selects the one before": (rows.Rows._reader, "self.selections[column[1]]", "(self.selections[column[1]][1:] + bytes(1))"),
    "a message asks for another selection": (rows._Chosen.__contains__, "[self._row]", "[self._row - 1]"),
    "a hold ends when its window opens": (holding.ends, "if where is None or", "if True or"),
    "a hold goes on in its window": (matching.waited, "return bool(answer.window) and", "return False and"),
    "a replacement does not count": (budgets._Count.__init__, "table.reached(budget.reach)", "table.reached(msgspec.structs.replace(budget.reach, operations=budget.reach.operations - {'replace'}))"),
    "what is in no known group does not count": (budgets.Budgets._grouped, "unknown = groups.pop(None, [])", "unknown = groups.pop(None, []) and []"),
    "a group forgets what was before": (budgets.Budgets._grouped, "earlier[text] +", "0 * earlier[text] +"),
    "what goes along does not count": (budgets._Count.carried, "if ticked[row] else ()", "if False else ()"),
    "a move is about nothing": (rows.reaches, "not in reach.operations or", "not in reach.operations - {'move'} or"),
    "a finding is kept": (matching.Matches.touch, "match.made.pop(row, None)", "pass"),
    "a message that looks further is kept": (matching.Matches._loose, "return any(", "return False and any("),
    "what was decided without is not attended to": (memo.Decided.attend, "if leaf.code.changing", "if False"),
    "a waiver that ticks turn is taken for fixed": (matching.Matches._waivable, "return any(", "return False and any("),
    "the end of a protection turns another change": (world.World.flip, " and known[a.address].id == a.id", ""),
    "who named it before a toggle does so after it": (world.World.flip, "self._named.clear()", "pass"),
    "who names it does so in every state": (world.World._index, "and target in then", "or True"),
    "what is made anew is known": (world.planned, "fresh=True", "fresh=False"),
    "a text has an own name": (operators._pattern, "(named and match", "(match"),
    "a resource has no own name": (operators._plain, "own_name(value) if", "value if"),
    "an incomplete fleet has one more at most": (functions._span, "_ENDLESS if without_end else", ""),
    "1 is true": (cells.Cells._key_of, "if not self._code.type.free", "if isinstance(value, int) or not self._code.type.free"),
    "all is exists": (functions._all, "both(", "either("),
    "what was applied long ago was applied just now": (functions._applied_within, "passed <= seconds", "passed >= seconds"),
    "a fact that is not set is none": (expressions.Expressions._env, "facts.get(text, UNKNOWN)", "facts.get(text)"),
    "nobody knows whether a fact is set": (operators.compared, "if asked and", "if False and"),
    "the environment is what the commit says": (judge._Bench.__init__, "facts.accepted if accepted else None", "None"),
    "the same rules are asked as one environment": (judge.Judge.__init__, " and facts.accepted is None", ""),
    "what is denied stays ticked": (rulings.settled, "_barred(action, denied.get(action.id))", "action"),
}  # fmt: skip


@contextmanager
def mutated(function: Callable[..., Any], old: str, new: str) -> Iterator[None]:
    """The function with one line written otherwise, wherever it is called from."""
    source = textwrap.dedent(inspect.getsource(function))
    assert old in source, f"{function.__qualname__} has no {old!r}"
    made: dict[str, Any] = {}
    text = "from __future__ import annotations\n" + source.replace(old, new)
    exec(compile(text, "mutant", "exec"), function.__globals__ | {}, made)
    own = function.__code__
    function.__code__ = made[function.__name__].__code__  # type: ignore[attr-defined]
    try:
        yield
    finally:
        function.__code__ = own  # type: ignore[attr-defined]


def _cases() -> Iterator[str]:
    for case in written.CASES:
        values = getattr(case, "values", (case,))
        try:
            written.test_case(*values)
        except AssertionError:
            yield "a case"


RULES = """
rule hub { on delete peer where before.publicly_reachable and count{p in network.peers | not p.publicly_reachable} > 0 deny "{count}" }
rule named { on delete peer where exists{v in virtual_ips | v.name == "front"} deny "held" }
rule pins { on create template where exists{m in after.modules | not pinned(m)} deny "floats" }
"""
LIVE: dict[str, dict[str, Any]] = {
    "network/core": {},
    "peer/core/hub": {"publicly_reachable": True},
    "peer/core/one": {"publicly_reachable": False},
    "peer/core/two": {"publicly_reachable": False},
    "virtual_ip/core/front": {"primary_holder": "one", "failover_holders": []},
}


def _action(op: Op, own: str, *fields: FieldChange) -> Action:
    kind = own.partition("/")[0]
    wanted = {each.path: each.after for each in fields}
    return Action(f"{op}:{own}", op, own, kind, Cause.GIT, True, fields, (), (), (), wanted=wanted)


ACTIONS = (
    *(_action(Op.DELETE, f"peer/core/{name}") for name in ("hub", "one", "two")),
    _action(Op.UPDATE, "virtual_ip/core/front", FieldChange("primary_holder", "one", "two", Cause.GIT)),
    _action(Op.CREATE, "template/t", FieldChange("modules", None, Ref("template/t", "modules"), Cause.GIT)),
)
# what is ticked, and what is denied then, ticked or not
TOLD: list[tuple[bytes, set[str]]] = [
    (bytes((1, 0, 0, 0, 1)), {"hub 2 hub", "named held one", "pins floats t"}),
    (bytes((1, 1, 0, 0, 1)), {"hub 1 hub", "named held one", "pins floats t"}),
    (bytes((1, 1, 1, 1, 1)), {"named held two", "pins floats t"}),
    (bytes((1, 0, 1, 1, 1)), {"hub 1 hub", "named held two", "pins floats t"}),
    (bytes((1, 0, 0, 0, 1)), {"hub 2 hub", "named held one", "pins floats t"}),
]


def _toggles() -> Iterator[str]:
    """One judge, asked at each toggle."""
    rules, plan = rules_of(RULES), plan_of(ACTIONS)
    asked = Judge(ACTIONS, World(LIVE, ACTIONS), rules, rules, Facts(Circumstances(), masks_of(plan)))
    for ticked, wanted in TOLD:
        found = asked.judge(ticked).findings
        said = {f"{f.rule} {f.message} {f.subject.rpartition('/')[2]}" for f in found}
        if said != wanted:
            yield f"{sorted(said)} and not {sorted(wanted)}"


def _scenarios() -> Iterator[str]:
    """All ticks of fleets that are written for one thing each."""
    for fleet, text in SCENARIOS.values():
        rules, ticks = rules_of(text), every_tick(fleet)
        made = fleet.judge(rules, rules)
        for ticked in ticks:
            yield from laws.against_the_oracle(fleet, text, rules, ticked, made.judge(ticked))
        yield from laws.fresh_ones(fleet, rules, rules, ticks)
        yield from laws.fixed_ones(fleet, rules, ticks)


def _laws() -> Iterator[str]:
    for seed in range(SEEDS):
        rng = random.Random(seed)
        fleet, text = random_fleet(rng), random_rules(rng)
        rules, accepted = rules_of(text), rules_of(random_rules(rng, 2, "a"))
        made = fleet.judge(rules, rules)
        for ticked in laws.other_ticks(rng, fleet.ticked, 2):
            yield from laws.against_the_oracle(fleet, text, rules, ticked, made.judge(ticked))
        yield from laws.fresh_ones(fleet, rules, accepted, laws.other_ticks(rng, fleet.ticked))
        yield from laws.stricter(fleet, rules, accepted, fleet.ticked)
        yield from laws.settling(fleet, rules, accepted)
        yield from laws.fixed_ones(fleet, rules, laws.other_ticks(rng, fleet.ticked))
        yield from laws.holds_end(fleet, text, rules, made.judge(fleet.ticked))
        yield from laws.renamed_loosens(rng, fleet, accepted, accepted)


def seen() -> bool:
    """Whether something is wrong with the judge."""
    try:
        return any(next(look(), "") != "" for look in (_toggles, _scenarios, _cases, _laws))
    except Exception:  # a judge that fails is seen as well
        return True


def test_the_judge_as_it_is_is_right() -> None:
    assert [*_toggles(), *_scenarios(), *_cases(), *_laws()] == []


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_judge_is_seen(name: str) -> None:
    with mutated(*MUTANTS[name]):
        assert seen()
