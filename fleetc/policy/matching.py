"""The `rule`s of a set over the actions of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from fleetc.ir.timestamps import day_of
from fleetc.plan.verdicts import Bound, Finding, Verdict
from fleetc.policy.calendar import opens, within
from fleetc.policy.code import Column, Frame
from fleetc.policy.conditions import Condition, Leaf, holds, leaves
from fleetc.policy.explaining import mend, tripped, unnamed
from fleetc.policy.holding import ends
from fleetc.policy.memo import Decided
from fleetc.policy.rows import Rows, covered
from fleetc.policy.ruleset import Answer, Body, Exempt, Judged, RuleSet

__all__ = ["Matches", "on_trial", "waited", "waived_by"]


@dataclass(slots=True)
class _Match:
    """One rule for one kind; `loose` when what it says can turn while its condition stays.

    `fixed` when no tick can turn whether it binds; `idle` when it says nothing now.
    """

    rule: Judged
    kind: str
    body: Body
    decided: Decided
    loose: bool
    fixed: bool
    idle: bool
    made: dict[int, Finding] = field(default_factory=dict)
    until: dict[object, float | None] = field(default_factory=dict)


class Matches:
    """Which rules match which actions; what a toggle does not touch is kept."""

    def __init__(self, table: Rows, rules: RuleSet) -> None:
        self.table = table
        self.rules = rules
        self.today = day_of(table.circumstances.now)
        self._matches = [match for rule in rules.rules for match in self._of(rule)]
        self._allowed: tuple[bytes, tuple[str, ...]] | None = None
        table.forget_indexes()

    def _of(self, rule: Judged) -> Iterator[_Match]:
        for kind, rows in self.table.reached(rule.reach).items():
            body = rule.bodies[kind]
            decided = Decided(self.table, body.where, rows)
            fixed = not decided.changing and not self._waivable(rule, kind)
            idle = waited(rule.answer, self.rules, self.table.circumstances.now) and not decided.timed
            yield _Match(rule, kind, body, decided, self._loose(rule, kind), fixed, idle)

    def _waivable(self, rule: Judged, kind: str) -> bool:
        """Whether ticks have a say in a waiver of a rule."""
        wheres = [w.bodies.get(kind) for w in self.rules.waivers if w.rule == rule.answer.name]
        return any(leaf.code.changing for where in wheres for leaf in _leaves(where))

    def _loose(self, rule: Judged, kind: str) -> bool:
        """Whether message, help or a waiver look at more of the changing state than the condition."""
        body = rule.bodies[kind]
        seen = {c for leaf in _leaves(body.where) for c in leaf.code.cells}
        parts = [part for text in (body.wording.message, body.wording.help) for part in text.parts]
        codes = [part for part in parts if not isinstance(part, str)]
        waivers = [w.bodies.get(kind) for w in self.rules.waivers if w.rule == rule.answer.name]
        codes += [leaf.code for where in waivers for leaf in _leaves(where)]
        return any(code.changing and not code.reads <= seen for code in codes)

    def touch(self, stale: Mapping[Column, set[int]]) -> None:
        """Judge again the rows whose cells were forgotten, by column."""
        for match in self._matches:
            for row in match.decided.touch(stale):
                match.made.pop(row, None)
                self._allowed = None
            if match.loose:
                match.made.clear()

    def findings(self) -> list[Finding]:
        """The findings of all but `allow`, rule by rule."""
        found: list[Finding] = []
        for match in self._matches:
            if match.rule.answer.verdict is not Verdict.ALLOW and not match.idle:
                found += self._found(match)
        return found

    def of(self, row: int) -> Iterator[Finding]:
        """The findings of all but `allow` on one action."""
        for match in self._matches:
            said = match.rule.answer.verdict is not Verdict.ALLOW and not match.idle
            if said and row in match.decided.hits:
                yield self._made(match, row)

    def _found(self, match: _Match) -> Iterator[Finding]:
        return (self._made(match, row) for row in match.decided.hits)

    def _made(self, match: _Match, row: int) -> Finding:
        if row not in match.made:
            match.made[row] = self._finding(match, row)
        return match.made[row]

    def allowed(self) -> tuple[bytes, tuple[str, ...]]:
        """A 1 for each action that `allow` rules cover whole, and the names of those that do."""
        if self._allowed is None:
            self._allowed = self._allow()
        return self._allowed

    def _allow(self) -> tuple[bytes, tuple[str, ...]]:
        marks, names = bytearray(len(self.table.actions)), []
        fields: dict[int, set[str]] = {}
        for match in self._matches:
            if match.rule.answer.verdict is Verdict.ALLOW and not on_trial(match.rule.answer, self.today):
                sure = [row for row, value in match.decided.hits.items() if value is True]
                for row in sure:
                    self._cover(match, row, marks, fields)
                if sure:
                    names.append(match.rule.answer.name)
        return bytes(marks), tuple(names)

    def _cover(self, match: _Match, row: int, marks: bytearray, fields: dict[int, set[str]]) -> None:
        action = self.table.actions[row]
        signature = self.table.signatures[row]
        part = covered(match.rule.reach, signature)
        if part is None:
            marks[row] = 1
            return
        fields.setdefault(row, set()).update(part)
        changed = {change.path for change in action.fields}
        if changed and changed <= fields[row]:
            marks[row] = 1

    # one finding

    def _finding(self, match: _Match, row: int) -> Finding:
        answer, frame = match.rule.answer, self.table.frame(row)
        where, sure = match.body.where, match.decided.hits[row] is True
        match.decided.attend(row)
        bound: tuple[Bound, ...] = ()
        unknown: tuple[str, ...] = ()
        if where is not None:
            bound, unknown = tripped(where, frame, self.table.actions[row], sure=sure)
        value = partial(self.table.value, row)
        waiver = ""
        if answer.verdict is Verdict.DENY:
            waiver = waived_by(self.rules.waivers, answer.name, frame, match.kind, self.today)
        return Finding(
            rule=answer.name,
            verdict=answer.verdict,
            place=answer.place,
            subject=self.table.actions[row].id,
            message=match.body.wording.message.text(frame, value),
            help=mend(match.body.wording.help.text(frame, value), unknown, frame),
            tripped=bound,
            unknown=() if sure else unknown or unnamed(frame),
            requires=answer.quorums,
            window=answer.window,
            until=self._until(match, frame, row) if answer.window else None,
            waiver=waiver,
            trial=on_trial(answer, self.today),
            fixed=match.fixed,
        )

    def _until(self, match: _Match, frame: Frame, row: int) -> float | None:
        """When a hold ends: its window is open, and its condition holds no more.

        That is the same for all changes of which the parts that no time turns are the same, and what
        the others read.
        """
        if not match.decided.timed:
            window = self.rules.calendars[match.rule.answer.window]
            return opens(window, self.table.circumstances.now)
        key = match.decided.timeless(row)
        if key not in match.until:
            match.until[key] = ends(match.body.where, match.rule.answer.window, frame, self.rules.calendars)
        return match.until[key]


def _leaves(condition: Condition | Leaf | None) -> Iterable[Leaf]:
    return leaves(condition) if condition is not None else ()


def waited(answer: Answer, rules: RuleSet, now: float) -> bool:
    """Whether the window of a hold is open: it holds no more, unless its condition has time in it."""
    return bool(answer.window) and within(rules.calendars[answer.window], now)


def on_trial(answer: Answer, today: str) -> str:
    """The last day of a rule's trial, while it lasts; else empty."""
    return answer.trial.isoformat() if answer.trial and today <= answer.trial.isoformat() else ""


def waived_by(waivers: Iterable[Exempt], rule: str, frame: Frame, kind: str, today: str) -> str:
    """The waiver that lifts a denial by a rule; empty for none. One that may not apply does not."""
    for waiver in waivers:
        if waiver.rule != rule or kind not in waiver.bodies or waiver.expires.isoformat() < today:
            continue
        where = waiver.bodies[kind]
        if where is None or holds(where, frame) is True:
            return waiver.name
    return ""
