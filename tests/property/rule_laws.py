"""What has to hold of the judge, as functions that give complaints: none when all is well."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from fleetc.plan.selection import Rows
from fleetc.plan.verdicts import Finding, Verdict
from fleetc.policy.calendar import within
from fleetc.policy.code import Code, Frame, Span
from fleetc.policy.conditions import Condition, Leaf, leaves
from fleetc.policy.judge import Judge, Ruling
from fleetc.policy.messages import Message
from fleetc.policy.rows import Rows as Table
from fleetc.policy.ruleset import RuleSet
from fleetc.policy.rulings import settled
from fleetc.policy.selections import selections
from fleetc.policy.types import Base, Type
from fleetc.policy.world import UNKNOWN, Unknown
from tests.property.rule_verdicts import Said, Slow
from tests.property.rule_worlds import Fleet, chance, plan_of, random_facts

__all__ = [
    "against_the_oracle",
    "fixed_ones",
    "fresh_ones",
    "holds_end",
    "milder",
    "other_ticks",
    "renamed_loosens",
    "settling",
    "stricter",
    "types_kept",
    "with_a_denial",
]


def other_ticks(rng: random.Random, ticked: bytes, count: int = 3) -> list[bytes]:
    """Some other ticks, and the first ones again."""
    found = [ticked]
    for _ in range(count):
        found.append(bytes(on ^ chance(rng, 25) for on in found[-1]))
    return [*found, ticked]


@lru_cache(maxsize=1024)
def slow_of(fleet: Fleet, text: str, ticked: bytes) -> Slow:
    """The slow judge of a fleet; the same one when it is asked for again."""
    return Slow(fleet, text, ticked)


def _names(rules: RuleSet, of: str) -> set[str]:
    return {text.split()[1] for text in rules.texts if text.startswith(of)}


# the oracle


def against_the_oracle(fleet: Fleet, text: str, rules: RuleSet, ticked: bytes, ruling: Ruling) -> list[str]:
    """Where a ruling by one rule set differs from that of the slow judge."""
    slow = slow_of(fleet, text, ticked)
    return [
        *_unlike("rule", {_said(f, f.subject) for f in ruling.findings if f.subject}, slow.rules),
        *_unlike(
            "requirement", {r.rule for r in ruling.requirements}, slow.requirements(_broken(ruling, rules))
        ),
        *_unlike("over", {f.rule for f in ruling.findings if f.rule in _names(rules, "budget")}, slow.over),
        *_counts(slow, ruling),
        *_invariants(fleet, text, rules, slow, ruling),
        *_allowed(fleet, slow, ruling),
    ]


def _unlike(
    what: str, got: set[object] | set[Said] | set[str], wanted: set[Said] | set[str]
) -> Iterator[str]:
    for each in sorted(map(str, got - wanted)):  # type: ignore[operator]
        yield f"{what}: {each} is too much"
    for each in sorted(map(str, wanted - got)):  # type: ignore[operator]
        yield f"{what}: {each} is missing"


def _said(finding: Finding, subject: str) -> Said:
    known, trial = not finding.unknown, bool(finding.trial)
    return Said(finding.rule, finding.verdict.value, subject, known, finding.waiver, trial)


def _broken(ruling: Ruling, rules: RuleSet) -> list[Finding]:
    named = _names(rules, "invariant")
    return [f for f in ruling.findings if f.rule in named]


def _invariants(fleet: Fleet, text: str, rules: RuleSet, slow: Slow, ruling: Ruling) -> Iterator[str]:
    """Each broken one is found; it only warns when it is so without the plan, and nothing ticked is about it."""
    wanted = {(said.rule, said.subject): said for said in slow.invariants}
    found = {(f.rule, f.reaches[0]): f for f in _broken(ruling, rules)}
    yield from _unlike("invariant", {str(k) for k in found}, {str(k) for k in wanted})
    before = {(s.rule, s.subject): s for s in slow_of(fleet, text, bytes(len(slow.ticked))).invariants}
    for key in found.keys() & wanted.keys():
        finding, said = found[key], wanted[key]
        demoted = len(finding.reaches) == 1 and key in before and not _on(slow, key[1])
        verdict = Verdict.WARN if demoted else finding.verdict
        if finding.verdict.value != said.verdict and not (finding.verdict is verdict is Verdict.WARN):
            yield f"invariant: {key} is {finding.verdict}, not {said.verdict}"
        same = (not finding.unknown, finding.waiver, bool(finding.trial))
        if same != (said.known, said.waiver, said.trial):
            yield f"invariant: {key} says {same}, not {said}"
        if len(finding.reaches) > 1 and finding.verdict.value != said.verdict:
            yield f"invariant: {key} is about {finding.reaches[1:]}, and only warns"


def _on(slow: Slow, own: str) -> bool:
    """Whether a change of a resource is ticked, other than the end of a protection."""
    return own in slow.oracle.doing


def _counts(slow: Slow, ruling: Ruling) -> Iterator[str]:
    """The arithmetic of the caps that count all together."""
    wanted = [
        (f"budget {budget.name.text}", count, slow.allowed(budget, cap))
        for budget, filled in slow.budgets(alone=False)
        for cap, count in zip(budget.caps, filled, strict=True)
        if cap.by is None
    ]
    plain = [limit for limit in ruling.budgets if " by " not in limit.text and ": " not in limit.text]
    found = [(limit.name, limit.count, limit.allowed) for limit in plain]
    if any(each not in found for each in wanted):
        yield f"budgets: {found}, not {wanted}"


def _allowed(fleet: Fleet, slow: Slow, ruling: Ruling) -> Iterator[str]:
    asked = {s.subject for s in slow.rules if s.binds and s.verdict in ("require", "hold", "deny")}
    free = zip(slow.allowing, fleet.actions, strict=True)
    wanted = bytes(mark and action.id not in asked for mark, action in free)
    if ruling.allowed != wanted:
        yield f"allowed: {list(ruling.allowed)}, not {list(wanted)}"
    if bool(ruling.allowed_by) != (1 in wanted):
        yield f"allowed by {ruling.allowed_by}"


# what is kept, and what time does


def fresh_ones(fleet: Fleet, rules: RuleSet, accepted: RuleSet, ticks: Sequence[bytes]) -> list[str]:
    """Where a judge that was asked before says something else than a new one; `ticks` ends as it begins."""
    judge, found = fleet.judge(rules, accepted), []
    rulings = [judge.judge(ticked) for ticked in ticks]
    for ticked, ruling in zip(ticks, rulings, strict=True):
        for new in (fleet.judge(rules, accepted, ticked), fleet.judge(rules, accepted)):
            found += _told_apart(ruling, new.judge(ticked))
    return found + _told_apart(rulings[0], rulings[-1]) + _told_apart(rulings[-1], judge.judge(ticks[-1]))


def _told_apart(one: Ruling, other: Ruling) -> list[str]:
    if one == other:
        return []
    pairs = [*zip(one.findings, other.findings, strict=False)]
    return [f"kept {a} where a new judge says {b}" for a, b in pairs if a != b] or [f"{one} is not {other}"]


def holds_end(fleet: Fleet, text: str, rules: RuleSet, ruling: Ruling) -> list[str]:
    """Where a hold ends at a time at which it does not, or later than it could."""
    found = []
    for finding in ruling.findings:
        if finding.window and finding.subject:
            calendar = rules.calendars[finding.window]
            hours = [fleet.now + 3600.0 * n for n in range(24 * 9)]
            until = finding.until if finding.until is not None else hours[-1] + 1
            for at in [hour for hour in hours if hour < until][-3:] + [until] * (finding.until is not None):
                slow = slow_of(replace(fleet, now=at), text, fleet.ticked)
                held = any(s[0] == finding.rule and s[2] == finding.subject for s in slow.rules)
                ends = within(calendar, at) and not held
                if ends != (at == until) and "applied_within" not in text and "soaked" not in text:
                    found.append(f"{finding.rule} on {finding.subject}: ends {until}, and at {at} {ends}")
    return found


def fixed_ones(fleet: Fleet, rules: RuleSet, ticks: Sequence[bytes]) -> list[str]:
    """Which fixed verdicts turn with ticks after all."""
    judge = fleet.judge(rules, rules)
    rulings = [
        {(f.rule, f.subject): f for f in judge.judge(ticked).findings if f.subject} for ticked in ticks
    ]
    return [
        f"{finding.rule} on {finding.subject} is fixed, and turns"
        for ruling in rulings
        for key, finding in ruling.items()
        if finding.fixed and any(key not in r or r[key].binds != finding.binds for r in rulings)
    ]


# two rule sets, and plans


def stricter(fleet: Fleet, rules: RuleSet, accepted: RuleSet, ticked: bytes) -> list[str]:
    """Where two rule sets together are not as strict as each of them."""
    one, other = (fleet.judge(each, each).judge(ticked) for each in (rules, accepted))
    both = fleet.judge(rules, accepted).judge(ticked)
    said = {(f.rule, f.verdict, f.subject, f.message) for f in both.findings}
    found = [
        f"{f.rule} says {f.verdict} on {f.subject} by itself only"
        for ruling in (one, other)
        for f in ruling.findings
        if (f.rule, f.verdict, f.subject, f.message) not in said
    ]
    if both.allowed != bytes(map(min, one.allowed, other.allowed)):
        found.append("allowed is not what both allow")
    missing = {r.rule for each in (one, other) for r in each.requirements} - {
        r.rule for r in both.requirements
    }
    return found + [f"{name} asks by itself only" for name in sorted(missing)]


def milder(fleet: Fleet, old: Ruling, new: Ruling) -> list[str]:
    """Where a ruling is milder than another one, whatever its messages say."""
    said = {(f.rule, f.verdict, f.subject, f.reaches[:1]) for f in new.findings if f.binds}
    found = [
        f"{f.rule} does not say {f.verdict} on {f.subject or f.reaches} any more"
        for f in old.findings
        if f.binds and (f.rule, f.verdict, f.subject, f.reaches[:1]) not in said
    ]
    rows = zip(fleet.actions, old.allowed, new.allowed, strict=True)
    found += [f"{action.id} is let go" for action, before, after in rows if after > before]
    asked = {(need.rule, need.quorums) for need in new.requirements}
    return found + [f"{n.rule} asks nobody" for n in old.requirements if (n.rule, n.quorums) not in asked]


def renamed_loosens(rng: random.Random, fleet: Fleet, rules: RuleSet, accepted: RuleSet) -> list[str]:
    """Where another environment loosens what the rules applied last say; it is judged by `rules` as well."""
    other = replace(fleet, facts=random_facts(rng), before=fleet.facts)
    old, new = fleet.judge(accepted, accepted), other.judge(rules, accepted)
    ticks = other_ticks(rng, fleet.ticked, 1)
    return [said for each in ticks for said in milder(fleet, old.judge(each), new.judge(each))]


def with_a_denial(fleet: Fleet, rules: RuleSet, more: RuleSet, ticked: bytes) -> list[str]:
    """Where a rule set with a denial more is milder."""
    old, new = (fleet.judge(each, each).judge(ticked) for each in (rules, more))
    found = []
    for action in fleet.actions:
        ranks = [max((f.verdict.rank for f in r.of(action.id) if f.binds), default=0) for r in (old, new)]
        if ranks[1] < ranks[0]:
            found.append(f"{action.id} is judged milder")
    if not set(old.requirements) <= set(new.requirements):
        found.append("a requirement is gone")
    if any(after > before for before, after in zip(old.allowed, new.allowed, strict=True)):
        found.append("more is allowed")
    ends = [settled(plan_of(fleet.actions), fleet.judge(each, each))[0] for each in (rules, more)]
    ticks = [bytes(action.selected for action in plan.actions) for plan in ends]
    said = fleet.judge(rules, rules).judge(ticks[1])
    denied = [f for f in said.findings if f.subject and f.verdict is Verdict.DENY and f.binds]
    on = {action.id for action in ends[1].chosen}
    found += [
        f"{f.subject} stays ticked, and is denied without the new rule" for f in denied if f.subject in on
    ]
    steady = all(f.fixed for f in old.findings if f.subject and f.verdict is Verdict.DENY)
    steady = steady and not any(leaf.code.changing for rule in rules.rules for leaf in _leaves(rule.bodies))
    if steady and any(after > before for before, after in zip(*ticks, strict=True)):
        found.append("more is ticked")
    return found


def _leaves(bodies: object) -> Iterator[Leaf]:
    for body in bodies.values():  # type: ignore[attr-defined]
        if body.where is not None:
            yield from leaves(body.where)


def settling(fleet: Fleet, rules: RuleSet, accepted: RuleSet) -> list[str]:
    """Where a settled plan is not."""
    plan, ruling = settled(plan_of(fleet.actions), fleet.judge(rules, accepted))
    ticked = bytes(action.selected for action in plan.actions)
    found = [f"{f.subject or 'the plan'} is denied, and ticked" for f in plan.denied if f.subject]
    found += ["the selection is not closed"] * (Rows(plan.actions).closed(ticked) != ticked)
    again, _ = settled(plan, fleet.judge(rules, accepted))
    found += ["it is not settled once more"] * (again != plan)
    fresh = fleet.judge(rules, accepted, ticked).judge(ticked)
    return found + _told_apart(ruling, fresh)


# types


def types_kept(fleet: Fleet, rules: RuleSet) -> list[str]:
    """Where an expression of a rule comes to a value outside of its type; raises what it raises."""
    judge = fleet.judge(rules, rules)
    facts = fleet.beside()
    circumstances = facts.circumstances.__class__(
        fleet.facts, "acme", fleet.now, rules.calendars, fleet.applied
    )
    table = Table(judge.actions, judge.world, circumstances, selections(facts.masks))
    found = []
    for code, frame in _everything(table, rules, judge):
        value = code.run(frame)
        if not _fits(value, code.type):
            found.append(f"{value!r} is no {code.type}")
    return found


def _everything(table: Table, rules: RuleSet, judge: Judge) -> Iterator[tuple[Code, Frame]]:
    """All code of a rule set, in all frames that it may be run in."""
    for rule in rules.rules:
        for kind, rows in table.reached(rule.reach).items():
            body = rule.bodies[kind]
            codes = [*_codes(body.where), *_said_in(body.wording.message), *_said_in(body.wording.help)]
            yield from ((code, table.frame(row)) for row in rows for code in codes)
    for each in rules.invariants:
        codes = [*_codes(each.where), *_codes(each.asserted), *_said_in(each.wording.message)]
        for own in judge.world.of_kind(each.kind, live=False):
            frame = Frame(judge.world, table.circumstances, variables={each.variable: own})
            yield from ((code, frame) for code in codes)
    for budget in rules.budgets:
        rows_of = table.reached(budget.reach)
        for cap in budget.caps:
            yield from ((code, table.frame(row)) for k, code in cap.by.items() for row in rows_of.get(k, ()))
    for exempt in (*rules.waivers, *rules.ignores):
        for kind, where in exempt.bodies.items():
            for own in judge.world.every_of(kind):
                state = judge.world.before(own)
                yield from (
                    (code, Frame(judge.world, table.circumstances, own, state, state))
                    for code in _codes(where)
                )


def _codes(where: Condition | Leaf | None) -> list[Code]:
    return [leaf.code for leaf in leaves(where)] if where is not None else []


def _said_in(message: Message) -> list[Code]:
    return [part for part in message.parts if not isinstance(part, str)]


def _fits(value: object, type_: Type) -> bool:
    if value is UNKNOWN or type_.base is Base.ANY or value is None:
        return not isinstance(value, Unknown) or value is UNKNOWN
    match type_.base:
        case Base.BOOLEAN:
            return isinstance(value, bool)
        case Base.NUMBER | Base.DURATION:
            return isinstance(value, int | Span) and not isinstance(value, bool)
        case Base.TEXT:
            return isinstance(value, str)
        case Base.RESOURCE:
            return isinstance(value, str) and value.partition("/")[0] == type_.kind
        case Base.MAPPING:
            return isinstance(value, dict)
        case Base.SET:
            item = type_.item
            assert item is not None
            items = value if isinstance(value, tuple) else ("no set",)
            return isinstance(value, tuple) and all(isinstance(x, Unknown) or _fits(x, item) for x in items)
        case _:
            return False
