"""The `invariant`s of a set over the fleet as it is to be: live, and what is ticked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from fleetc.ir.address import kind_of
from fleetc.ir.timestamps import day_of
from fleetc.plan.verdicts import Finding, Verdict
from fleetc.policy.calendar import opens
from fleetc.policy.cells import coarse
from fleetc.policy.code import Frame
from fleetc.policy.conditions import holds, leaves
from fleetc.policy.explaining import in_doubt, mend, tripped, unnamed
from fleetc.policy.matching import on_trial, waited, waived_by
from fleetc.policy.rows import Rows
from fleetc.policy.ruleset import Guarded, RuleSet

__all__ = ["Invariants"]

_MOST = 50


@dataclass(slots=True)
class _Kept:
    """What an invariant is for one resource, and what was looked at; `broken` has the finding."""

    looked: frozenset[object]
    broken: Finding | None


@dataclass(slots=True)
class _Watch:
    """One invariant: what it is for each resource, and who has to be looked at again when.

    `stale` are those of the latter for `renewed`; None until it was asked once.
    """

    rule: Guarded
    kept: dict[str, _Kept] = field(default_factory=dict)
    users: dict[object, set[str]] = field(default_factory=dict)
    stale: set[str] | None = None


class Invariants:
    """Which invariants are broken; what a toggle does not touch is kept."""

    def __init__(self, table: Rows, rules: RuleSet) -> None:
        self.table = table
        self.rules = rules
        self.today = day_of(table.circumstances.now)
        self._watches = [_Watch(rule) for rule in rules.invariants if not self._idle(rule)]

    def _idle(self, rule: Guarded) -> bool:
        parts = [part for part in (rule.where, rule.asserted) if part is not None]
        timed = any(leaf.code.timed for part in parts for leaf in leaves(part))
        return not timed and waited(rule.answer, self.rules, self.table.circumstances.now)

    def touch(self, touched: Collection[object], moved: frozenset[str]) -> None:
        """Forget what rests on things that were touched."""
        for watch in self._watches:
            stale = {own for thing in touched for own in watch.users.pop(thing, ())}
            for own in stale | moved:
                watch.kept.pop(own, None)
            if watch.stale is not None:
                watch.stale |= stale
                watch.stale.update(own for own in moved if kind_of(own) == watch.rule.kind)

    def renewed(self) -> Iterator[tuple[str, str, Finding | None]]:
        """Invariant, resource and what is broken of it, for those touched since this was asked last."""
        world = self.table.world
        for watch in self._watches:
            name = watch.rule.answer.name
            every = world.of_kind(watch.rule.kind, live=False) if watch.stale is None else watch.stale
            watch.stale = set()
            for own in every:
                there = world.there(own)
                if there and own not in watch.kept:
                    self._look(watch, own)
                yield name, own, watch.kept[own].broken if there else None

    def resting_on(self, things: Collection[object]) -> Iterable[tuple[tuple[str, str], frozenset[object]]]:
        """The invariants, by name and resource, that looked at these things, with all that they looked at."""
        for watch in self._watches:
            for own in {own for thing in things for own in watch.users.get(thing, ())}:
                if own in watch.kept:
                    yield (watch.rule.answer.name, own), watch.kept[own].looked

    def findings(self) -> list[Finding]:
        """The findings of all invariants, on the whole plan."""
        found = []
        for watch in self._watches:
            for own in self.table.world.of_kind(watch.rule.kind, live=False):
                if own not in watch.kept:
                    self._look(watch, own)
                broken = watch.kept[own].broken
                if broken is not None:
                    found.append(broken)
        return found

    def _look(self, watch: _Watch, own: str) -> None:
        world, rule = self.table.world, watch.rule
        world.looked.clear()
        frame = self._frame(own, rule.variable)
        kept = self._broken(rule, own, frame)
        looked = frozenset(coarse(world.looked))
        watch.kept[own] = _Kept(looked, kept and self._reaching(kept, looked))
        for thing in looked:
            watch.users.setdefault(thing, set()).add(own)

    def _frame(self, own: str, variable: str) -> Frame:
        world = self.table.world
        now = world.now(own)
        return Frame(world, self.table.circumstances, own, world.before(own), now, variables={variable: own})

    def _broken(self, rule: Guarded, own: str, frame: Frame) -> Finding | None:
        about = True if rule.where is None else holds(rule.where, frame)
        value = True if about is False else holds(rule.asserted, frame)
        if value is True:
            return None
        answer, sure = rule.answer, about is True and value is False
        bound, unknown = tripped(rule.asserted, frame)
        unknown = tuple(dict.fromkeys((*in_doubt(rule.where, frame), *unknown)))
        waived = answer.verdict is Verdict.DENY
        return Finding(
            rule=answer.name,
            verdict=answer.verdict,
            place=answer.place,
            message=rule.wording.message.text(frame) or f"{own} breaks {answer.name}",
            help=mend(rule.wording.help.text(frame), unknown, frame),
            tripped=bound,
            unknown=() if sure else unknown or unnamed(frame),
            requires=answer.quorums,
            window=answer.window,
            until=self._opens(answer.window),
            waiver=waived_by(self.rules.waivers, answer.name, frame, rule.kind, self.today) if waived else "",
            trial=on_trial(answer, self.today),
            fixed=False,
            reaches=(own,),
        )

    def _opens(self, window: str) -> float | None:
        return opens(self.rules.calendars[window], self.table.circumstances.now) if window else None

    def _reaching(self, finding: Finding, looked: frozenset[object]) -> Finding:
        """The finding with the first ticked actions that it is about; with none it only warns."""
        from msgspec.structs import replace

        world = self.table.world
        about: dict[str, None] = {}
        for thing in looked:
            if isinstance(thing, tuple):
                about |= dict.fromkeys(world.could_name(*thing))
            elif "/" in str(thing):
                about[str(thing)] = None
            else:
                about |= dict.fromkeys(world.every_of(str(thing)))
        about = dict.fromkeys(sorted(about.keys() & world.ticked)[:_MOST])
        if about:
            return replace(finding, reaches=(*finding.reaches, *about))
        message = f"{finding.message} (so it is already, and this plan changes nothing of it)"
        return replace(finding, verdict=Verdict.WARN, message=message, requires=(), window="", until=None)
