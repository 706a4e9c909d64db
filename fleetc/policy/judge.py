"""The judge: what rules say of a plan as it is ticked (design 3.2).

It is made once a plan, and asked again at each toggle. Every rule that matches counts: those applied
last (`accepted`) and those at the plan's commit, which bind together, so that the stricter wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress

import msgspec

from fleetc.plan.actions import Action, Limit
from fleetc.plan.verdicts import Finding, Requirement, Verdict
from fleetc.policy.budgets import Budgets, Spent
from fleetc.policy.code import Circumstances
from fleetc.policy.invariants import Invariants
from fleetc.policy.matching import Matches
from fleetc.policy.rows import Rows
from fleetc.policy.ruleset import RuleSet
from fleetc.policy.selections import selections
from fleetc.policy.world import World

__all__ = ["Facts", "Judge", "Ruling"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a judge knows beside plan, world and rules.

    `managed` counts the live managed resources by kind, `spent` are changes that were applied
    before. `masks` gives the 0/1 mask of a selector's text over the plan's actions.
    """

    circumstances: Circumstances
    masks: Callable[[str], bytes]
    managed: Mapping[str, int] | None = None
    spent: Sequence[Spent] = ()


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
        self._same = accepted.digest == rules.digest
        self._benches = [_Bench(self, rules, accepted=False)] if rules else []
        if accepted and not self._same:
            self._benches.append(_Bench(self, accepted, accepted=True))

    def judge(self, ticked: bytes) -> Ruling:
        """What the rules say when exactly these actions are ticked (a 0/1 byte an action)."""
        moved = self.world.flip(self.actions[row] for row in self._moved(ticked))
        touched = {thing for own in moved for thing in self.world.touched(own)}
        for bench in self._benches:
            bench.touch(touched, moved)
        findings = [f for bench in self._benches for f in bench.findings(ticked)]
        if len(self._benches) > 1:
            findings = _once(findings)
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
        circumstances = replace(facts.circumstances, calendars=rules.calendars)
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
            found.setdefault(key, Requirement(finding.requires, finding.rule, finding.message))
    return tuple(found.values())
