"""What declarations of rules say, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fleetc.lang import rules_ast as ast
from fleetc.lang.rules_text import duration, expression
from fleetc.lang.text import few
from fleetc.model.kinds import KINDS
from fleetc.policy.calendar import Calendar, describe
from fleetc.policy.names import past
from fleetc.policy.people import TEAM, People
from fleetc.policy.ruleset import RuleSet
from fleetc.policy.unset import facts_read

__all__ = ["Described", "described"]

_MOST = 8

_Judging: TypeAlias = ast.Rule | ast.Invariant | ast.Budget


@dataclass(frozen=True, slots=True)
class Described:
    """One declaration: what it is, its name and place, and what it says, each line with what it is of."""

    what: str
    name: str
    title: str
    place: str
    says: tuple[tuple[str, str], ...]

    def first(self, label: str) -> str:
        """The first line of a label; empty for none."""
        return next((text for name, text in self.says if name == label), "")


def described(
    declarations: Sequence[ast.Declaration], rules: RuleSet, now: float, people: People | None
) -> tuple[Described, ...]:
    """What all declarations but tests say; `people` are those of the operator's file, if there is one."""
    teller = _Teller(declarations, rules, now, people)
    makers: list[tuple[type, str, Callable[..., Iterator[tuple[str, str]]]]] = [
        (ast.Rule, "rule", teller.rule),
        (ast.Invariant, "invariant", teller.invariant),
        (ast.Budget, "budget", teller.budget),
        (ast.Waiver, "waiver", teller.waiver),
        (ast.Ignore, "ignore", teller.ignore),
        (ast.Group, "group", teller.group),
        (ast.Calendar, "", teller.calendar),
    ]
    found = []
    for type_, what, make in makers:
        for each in declarations:
            if isinstance(each, type_) and not isinstance(each, ast.Test):
                word = what or ("freeze" if getattr(each, "freeze", False) else "window")
                name = each.name
                says = (*make(each), *_unset(each))
                found.append(Described(word, name.text, getattr(each, "title", ""), str(name.span), says))
    return tuple(found)


def _unset(declared: ast.Declaration) -> Iterator[tuple[str, str]]:
    """What comes of facts that it looks at where an environment does not set them."""
    facts = {path.text for path in facts_read(declared)} - {"env.name", "env.account", "env.platform"}
    exempt = isinstance(declared, ast.Waiver | ast.Ignore)
    for fact in sorted(facts):
        doubt = "it lifts nothing" if exempt else "it is judged as strictly as it can be"
        yield "facts", f"where an environment does not set {fact}, {doubt}"


class _Teller:
    def __init__(
        self, declarations: Sequence[ast.Declaration], rules: RuleSet, now: float, people: People | None
    ) -> None:
        self.declarations = declarations
        self.rules = rules
        self.now = now
        self.people = people
        self.groups = {each.name.text: each for each in declarations if isinstance(each, ast.Group)}

    def rule(self, rule: ast.Rule) -> Iterator[tuple[str, str]]:
        """What a rule is about, when, and what it answers."""
        yield "about", _scope(rule.scope)
        yield from _when(rule.where)
        yield from self._answer(rule)

    def invariant(self, rule: ast.Invariant) -> Iterator[tuple[str, str]]:
        """Of what an invariant is, and what holds."""
        claim = rule.assertion
        yield "about", f"each {_noun(claim.kind.text)} that there is to be, as `{claim.variable.text}`"
        yield from _when(claim.where)
        yield "holds", expression(claim.asserted)
        yield from self._answer(rule)

    def budget(self, rule: ast.Budget) -> Iterator[tuple[str, str]]:
        """What a budget counts, and how many there may be."""
        yield "counts", _scope(rule.counted)
        yield from _when(rule.when)
        for cap in rule.caps:
            yield "at most", _cap(cap)
        yield from self._answer(rule)

    def waiver(self, declared: ast.Waiver) -> Iterator[tuple[str, str]]:
        """Which denials a waiver lifts, and who says so."""
        yield "lifts", f"denials by {declared.rule.text}"
        yield "for", _targets(declared.targets)
        yield from _when(declared.where)
        yield from self._granted(declared)

    def ignore(self, declared: ast.Ignore) -> Iterator[tuple[str, str]]:
        """What is left as it is live, and who says so."""
        yield "leaves", f"{_targets(declared.targets)} as it is live"
        yield from _when(declared.where)
        yield from self._granted(declared)

    def group(self, group: ast.Group) -> Iterator[tuple[str, str]]:
        """Who is in a group."""
        for member in group.members:
            yield "member", self._member(member.text)

    def calendar(self, declared: ast.Calendar) -> Iterator[tuple[str, str]]:
        """When a window is open."""
        calendar = self.rules.calendars[declared.name.text]
        yield "times", _times(calendar)
        yield "now", describe(calendar, self.now)

    # parts

    def _answer(self, rule: _Judging) -> Iterator[tuple[str, str]]:
        outcome = rule.outcome
        yield "answers", self._verdict(rule)
        if outcome.message is not None:
            yield "says", _text(outcome.message)
        if rule.help is not None:
            yield "help", _text(rule.help)
        for quorum in outcome.quorums:
            members = self.groups[quorum.group.text].members
            who = "; ".join(self._member(member.text) for member in members)
            yield "agree", f"{quorum.count} of {quorum.group.text}: {who}"
        if outcome.window is not None:
            yield "window", describe(self.rules.calendars[outcome.window.text], self.now)
        if rule.trial is not None:
            yield "trial", f"until {rule.trial}: until then it says what it would, and binds nobody"
        yield from self._exceptions(rule.name.text)
        yield "tests", self._tests(rule.name.text)

    def _verdict(self, rule: _Judging) -> str:
        outcome = rule.outcome
        whole = "it" if isinstance(rule, ast.Rule) else "the whole plan"
        match outcome.verdict.text:
            case "deny":
                return f"deny: {whole} cannot be approved"
            case "hold":
                assert outcome.window is not None
                return f"hold: {whole} waits until {outcome.window.text} is open, whoever approved it"
            case "require":
                quorums = _listed([f"{each.count} of {each.group.text}" for each in outcome.quorums], "and")
                return f"require: {whole} needs {quorums}, each person for one place"
            case "warn":
                return "warn: it says so, and keeps nothing"
            case _:
                return "allow: what it is about needs no approval"

    def _exceptions(self, name: str) -> Iterator[tuple[str, str]]:
        for each in self.declarations:
            if isinstance(each, ast.Waiver) and each.rule.text == name:
                where = f" where {expression(each.where)}" if each.where is not None else ""
                why = f"{each.reason} (granted by {each.granted_by.text}, until {each.expires})"
                yield "waiver", f"{each.name.text}, for {_targets(each.targets)}{where}: {why}"

    def _tests(self, name: str) -> str:
        tests = (each for each in self.declarations if isinstance(each, ast.Test))
        places = [
            str(test.rule.span)
            for test in tests
            if any((expect.rule or test.rule).text == name for expect in test.expected)
        ]
        return f"{len(places)}: {few(places, _MOST)}" if places else "none"

    def _granted(self, declared: ast.Waiver | ast.Ignore) -> Iterator[tuple[str, str]]:
        yield "reason", declared.reason
        members = "; ".join(self._member(m.text) for m in self.groups[declared.granted_by.text].members)
        group = declared.granted_by.text
        yield "granted", f"by {group} ({members}), until {declared.expires}"
        yield (
            "agree",
            f"1 of {group} as the rules applied last have it, and no author, when it is new or changed",
        )

    def _member(self, member: str) -> str:
        """A member as it is written, a team with its persons where they are known."""
        if self.people is None or not member.startswith(TEAM):
            return member
        persons = sorted(name.removeprefix("user:") for name in self.people.persons((member,)))
        return f"{member} ({few(persons, _MOST) or 'nobody'})"


def _noun(kind: str) -> str:
    return KINDS[kind].noun if kind in KINDS else kind


def _scope(scope: ast.Scope) -> str:
    said = f"{_targets(scope.targets)} when {past(name.text for name in scope.operations)}"
    if scope.causes:
        said += f", because of {_listed([name.text for name in scope.causes], 'or')}"
    return said


def _targets(targets: Iterable[ast.Target]) -> str:
    return _listed([_target(target) for target in targets], "and")


def _target(target: ast.Target) -> str:
    fields = _listed([name.text for name in target.fields], "or")
    if target.kind.text == "*":
        return f"{fields} of anything" if fields else "anything"
    noun = f"each {_noun(target.kind.text)}"
    return f"{fields} of {noun}" if fields else noun


def _when(where: ast.Expression | None) -> Iterator[tuple[str, str]]:
    if where is not None:
        yield "when", expression(where)


def _cap(cap: ast.Cap) -> str:
    if cap.percent:
        most = f"{cap.number} % of those that there are"
        most += f" ({cap.floor} in any case)" if cap.floor else ""
    else:
        most = str(cap.number)
    most += f" for each {cap.by.text}" if cap.by else ""
    return (
        f"{most} within {duration(cap.per)}, with those of earlier plans"
        if cap.per
        else f"{most} in one plan"
    )


def _text(template: ast.Template) -> str:
    return "".join(p if isinstance(p, str) else f"{{{expression(p)}}}" for p in template.parts)


def _times(calendar: Calendar) -> str:
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    parts = [_listed([names[day] for day in calendar.days], "and")] if calendar.days else []
    if calendar.start_time is not None and calendar.end_time is not None:
        clock = (f"{at // 60:02}:{at % 60:02}" for at in (calendar.start_time, calendar.end_time))
        parts.append(" to ".join(clock))
    if calendar.first is not None:
        parts.append(f"{calendar.first} to {calendar.last}")
    return f"{', '.join(parts)}, {calendar.tz}"


def _listed(words: Sequence[str], last: str) -> str:
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)
