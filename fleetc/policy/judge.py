"""The judge: what rules say of a plan as it is ticked (design 3.2).

It is made once a plan, and asked again at each toggle. Every rule that matches counts: those applied
last (`accepted`) and those at the plan's commit, which bind together, so that the stricter wins.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress

import msgspec

from fleetc.plan.actions import Action, Limit
from fleetc.plan.verdicts import Finding, Requirement, Verdict
from fleetc.policy.budgets import Budgets, Spent
from fleetc.policy.code import Circumstances
from fleetc.policy.granting import grants
from fleetc.policy.invariants import Invariants
from fleetc.policy.matching import Matches
from fleetc.policy.rows import Rows
from fleetc.policy.ruleset import RuleSet
from fleetc.policy.selections import selections
from fleetc.policy.world import World

__all__ = ["BrokenKey", "Facts", "Judge", "Ruling"]

BrokenKey = tuple[int, str, str]
"""An invariant for one resource: number of the rule set, name, address."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a judge knows beside plan, world and rules.

    `managed` counts the live managed resources by kind, `spent` are changes that were applied
    before. `masks` gives the 0/1 mask of a selector's text over the plan's actions. `accepted` are
    the circumstances for the rules applied last, where the account was another environment then.
    """

    circumstances: Circumstances
    masks: Callable[[str], bytes]
    managed: Mapping[str, int] | None = None
    spent: Sequence[Spent] = ()
    accepted: Circumstances | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules say of one selection of a plan.

    - `findings`: on the whole plan first, then action by action; also of actions not ticked.
    - `requirements`: who has to approve what is ticked. `budgets`: each limit with its arithmetic.
    - `allowed`: a 1 for each action that needs no approval, and `allowed_by` the rules that say so.
    """

    findings: tuple[Finding, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    budgets: tuple[Limit, ...] = ()
    allowed: bytes = b""
    allowed_by: tuple[str, ...] = ()

    def of(self, action: str) -> tuple[Finding, ...]:
        """The findings on one action."""
        return tuple(finding for finding in self.findings if finding.subject == action)


class Judge:
    """Judges one plan by two rule sets: the one at its commit, and the one applied last.

    An `allow` counts when both say so: what only the commit allows is allowed once it was applied.
    """

    def __init__(
        self,
        actions: Sequence[Action],
        world: World,
        rules: RuleSet,
        accepted: RuleSet,
        facts: Facts,
    ) -> None:
        self.actions = actions
        self.world = world
        self.facts = facts
        self.rows = {action.id: row for row, action in enumerate(actions)}
        self._ticked = bytes(action.selected for action in actions)
        self._same = accepted.digest == rules.digest and facts.accepted is None
        self._grants = grants(actions, rules, accepted)
        self._benches = [_Bench(self, rules, accepted=False)] if rules else []
        if accepted and not self._same:
            self._benches.append(_Bench(self, accepted, accepted=True))
        self._broken: dict[BrokenKey, Finding] = {}

    def judge(self, ticked: bytes) -> Ruling:
        """What the rules say when exactly these actions are ticked (a 0/1 byte an action)."""
        self._flip(self._moved(ticked))
        findings = [f for bench in self._benches for f in bench.findings(ticked)]
        if len(self._benches) > 1:
            findings = _once(findings)
        findings += self._grants
        order = self.rows
        findings.sort(key=lambda finding: order.get(finding.subject, -1))
        allowed, allowed_by = self._allowed(findings)
        return Ruling(
            tuple(findings),
            _requirements(findings, ticked, order),
            tuple(limit for bench in self._benches for limit in bench.budgets.limits(ticked)),
            allowed,
            allowed_by,
        )

    def _moved(self, ticked: bytes) -> Iterator[int]:
        """The rows whose tick is another one than when this was asked last."""
        size = len(self.actions)
        if len(ticked) != size:
            raise ValueError("ticks of another plan")
        differing = int.from_bytes(ticked) ^ int.from_bytes(self._ticked)
        self._ticked = ticked
        return compress(range(size), differing.to_bytes(size))

    def _flip(self, rows: Iterable[int]) -> None:
        moved = self.world.flip(self.actions[row] for row in rows)
        self._touch({thing for own in moved for thing in self.world.touched(own)}, moved)

    def _touch(self, touched: set[object], moved: frozenset[str]) -> None:
        for bench in self._benches:
            bench.touch(touched, moved)

    # one action at a time

    def turn(self, rows: Iterable[int]) -> None:
        """Turn the ticks of some actions over, each once; what that moves is judged when it is asked for."""
        ticked, turned = bytearray(self._ticked), tuple(rows)
        for row in turned:
            ticked[row] ^= 1
        self._ticked = bytes(ticked)
        self._flip(turned)

    def lose(self, row: int) -> None:
        """Take away what is live of an action's resource, whatever is ticked."""
        own = self.actions[row].address
        touched = self.touched(row)
        self.world.lose(own)
        self._touch(touched, frozenset({own}))

    def touched(self, row: int) -> set[object]:
        """What the tick of an action can change, as `World.touched`."""
        own = self.actions[row].address
        return set(self.world.touched(own)) if own in self.world.actions else set()

    def broken(self) -> Mapping[BrokenKey, Finding]:
        """The invariants that are broken as it is ticked, also those that no tick has to do with.

        Only what was touched since it was asked last is looked at; it is always the same mapping.
        """
        for number, bench in enumerate(self._benches):
            for name, own, finding in bench.invariants.renewed():
                self._broken.pop((number, name, own), None)
                if finding is not None:
                    self._broken[number, name, own] = finding
        return self._broken

    def resting_on(self, things: Collection[object]) -> dict[BrokenKey, frozenset[object]]:
        """The invariants that look at any of these things, each with all that it looks at."""
        return {
            (number, *key): looked
            for number, bench in enumerate(self._benches)
            for key, looked in bench.invariants.resting_on(things)
        }

    def findings_of(self, row: int) -> list[Finding]:
        """What rules say of one action as it is ticked now."""
        return [finding for bench in self._benches for finding in bench.of(row)]

    def groups(self, action: str) -> dict[str, str]:
        """Under what the budgets count an action, for those of later plans."""
        found: dict[str, str] = {}
        for bench in self._benches:
            found |= bench.budgets.groups(self.rows[action])
        return found

    def _allowed(self, findings: Sequence[Finding]) -> tuple[bytes, tuple[str, ...]]:
        """Which actions need no approval: every rule set allows them, and nothing asks for one."""
        if len(self._benches) != (1 if self._same else 2):
            return bytes(len(self.actions)), ()
        marks = [bench.matches.allowed() for bench in self._benches]
        free = bytearray(map(min, zip(*(mark for mark, _ in marks), strict=True)))
        order = self.rows
        for finding in findings:
            asks = finding.binds and finding.verdict.rank >= Verdict.REQUIRE.rank
            if asks and finding.subject in order:
                free[order[finding.subject]] = 0
        names = dict.fromkeys(name for _, named in marks for name in named)
        return bytes(free), tuple(names) if 1 in free else ()


class _Bench:
    """One rule set over one plan."""

    def __init__(self, judge: Judge, rules: RuleSet, *, accepted: bool) -> None:
        facts, world, actions = judge.facts, judge.world, judge.actions
        known = (facts.accepted if accepted else None) or facts.circumstances
        circumstances = replace(known, calendars=rules.calendars)
        self.table = table = Rows(actions, world, circumstances, selections(facts.masks))
        self.accepted = accepted
        self.matches = Matches(table, rules)
        self.invariants = Invariants(table, rules)
        self.budgets = Budgets(table, rules, facts.managed or {}, facts.spent)

    def touch(self, touched: set[object], moved: frozenset[str]) -> None:
        if touched:
            self.matches.touch(self.table.touch(touched))
        self.invariants.touch(touched, moved)

    def findings(self, ticked: bytes) -> list[Finding]:
        found = [*self.invariants.findings(), *self.budgets.findings(ticked), *self.matches.findings()]
        return self._marked(found)

    def of(self, row: int) -> list[Finding]:
        """What the rules say of one action; not of the whole plan."""
        return self._marked(list(self.matches.of(row)))

    def _marked(self, found: list[Finding]) -> list[Finding]:
        if not self.accepted:
            return found
        return [msgspec.structs.replace(finding, accepted=True) for finding in found]


def _once(findings: Sequence[Finding]) -> list[Finding]:
    """Each verdict once: what both rule sets say alike is said by the rules at the commit."""
    found: dict[object, Finding] = {}
    for f in findings:
        found.setdefault(
            (f.rule, f.verdict, f.subject, f.message, f.waiver, f.trial, f.requires, f.reaches), f
        )
    return list(found.values())


def _requirements(
    findings: Sequence[Finding], ticked: bytes, order: Mapping[str, int]
) -> tuple[Requirement, ...]:
    found: dict[object, Requirement] = {}
    for finding in findings:
        concerns = not finding.subject or ticked[order[finding.subject]]
        if finding.verdict is Verdict.REQUIRE and finding.binds and concerns:
            key = finding.rule, finding.requires
            need = Requirement(finding.requires, finding.rule, finding.message, finding.others)
            found.setdefault(key, need)
    return tuple(found.values())
