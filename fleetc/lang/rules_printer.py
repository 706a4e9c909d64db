"""Declarations of rules as text, in one layout (design 3.2).

What is printed reads back as the same tree. Comments and the places of the original are not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fleetc.lang.rules_ast import (
    Applied,
    Assignment,
    Budget,
    Calendar,
    Cap,
    Declaration,
    Expression,
    Given,
    Group,
    Ignore,
    Invariant,
    Name,
    Outcome,
    Planned,
    Rule,
    RuleFile,
    Scope,
    Setting,
    Target,
    Test,
    Waiver,
)
from fleetc.lang.rules_text import bare, duration, expression, quoted, template

__all__ = ["expression", "print_rules", "printed"]

_WIDEST = 110
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def print_rules(file: RuleFile) -> str:
    """All declarations of a file, with an empty line between two; ends with a line break unless empty."""
    return "\n".join(printed(each) + "\n" for each in file.declarations)


def printed(declaration: Declaration) -> str:
    """One declaration, a clause a line; a group, window or freeze that fits is on one line."""
    match declaration:
        case Group(name=name, members=members):
            return _group(name, members)
        case Calendar(name=name, freeze=freeze):
            head = f"{'freeze' if freeze else 'window'} {name.text}"
            clauses = [*_calendar(declaration)]
            line = f"{head} {{ {' '.join(clauses)} }}"
            return line if len(line) <= _WIDEST else _block(head, clauses)
        case Rule():
            return _block(_head("rule", declaration.name, declaration.title), _rule(declaration))
        case Invariant():
            return _block(_head("invariant", declaration.name, declaration.title), _invariant(declaration))
        case Budget():
            return _block(_head("budget", declaration.name, declaration.title), _budget(declaration))
        case Ignore(name=name):
            return _block(f"ignore {name.text}", _exception(declaration))
        case Waiver(name=name, rule=rule):
            return _block(f"waiver {name.text} of {rule.text}", _exception(declaration))
        case Test(rule=rule, title=title):
            return _block(_head("test", rule, title), _test(declaration))


def _head(word: str, name: Name, title: str) -> str:
    return f"{word} {name.text} {quoted(title)}" if title else f"{word} {name.text}"


def _block(head: str, clauses: Iterable[str]) -> str:
    return "\n".join([head + " {", *(f"  {clause}" for clause in clauses), "}"])


def _group(name: Name, members: tuple[Name, ...]) -> str:
    texts = [quoted(member.text) for member in members]
    line = f"group {name.text} = {', '.join(texts)}"
    return line if len(line) <= _WIDEST else f"group {name.text} =\n  " + ",\n  ".join(texts)


def _calendar(calendar: Calendar) -> Iterator[str]:
    if calendar.zone:
        yield f"tz {quoted(calendar.zone.text)}"
    if calendar.days:
        yield f"days {', '.join(_days(calendar.days))}"
    if calendar.times:
        yield "from {} to {}".format(*(f"{at // 60:02}:{at % 60:02}" for at in calendar.times))
    if calendar.dates:
        yield "from {} to {}".format(*calendar.dates)


def _days(days: tuple[int, ...]) -> Iterator[str]:
    """Days by name; of three or more in a row only the first and the last."""
    at = 0
    while at < len(days):
        end = at
        while end + 1 < len(days) and days[end + 1] == days[end] + 1:
            end += 1
        if end - at >= 2:
            yield f"{_DAYS[days[at]]}..{_DAYS[days[end]]}"
        else:
            yield from (_DAYS[day] for day in days[at : end + 1])
        at = end + 1


def _rule(rule: Rule) -> Iterator[str]:
    yield f"on {_scope(rule.scope)}"
    if rule.where is not None:
        yield f"where {expression(rule.where)}"
    yield _outcome(rule.outcome)
    yield from _ending(rule)


def _invariant(invariant: Invariant) -> Iterator[str]:
    claim = invariant.assertion
    yield f"for {claim.variable.text} in {claim.kind.text}{_where(claim.where)}"
    yield f"assert {expression(claim.asserted)}"
    yield f"else {_outcome(invariant.outcome)}"
    yield from _ending(invariant)


def _budget(budget: Budget) -> Iterator[str]:
    if budget.when is not None:
        yield f"when {expression(budget.when)}"
    yield f"count {_names(budget.counted.operations)} of {_targets(budget.counted.targets)}"
    yield from map(_cap, budget.caps)
    yield f"else {_outcome(budget.outcome)}"
    yield from _ending(budget)


def _ending(declaration: Rule | Invariant | Budget) -> Iterator[str]:
    if declaration.help is not None:
        yield f"help {template(declaration.help)}"
    if declaration.trial is not None:
        yield f"trial until {declaration.trial}"


def _exception(declaration: Ignore | Waiver) -> Iterator[str]:
    yield f"for {_targets(declaration.targets)}{_where(declaration.where)}"
    group, expires = declaration.granted_by.text, declaration.expires
    yield f"reason {quoted(declaration.reason)} granted by {group} expires {expires}"


def _where(condition: Expression | None) -> str:
    return "" if condition is None else f" where {expression(condition)}"


def _scope(scope: Scope) -> str:
    return f"{_names(scope.operations)} {_targets(scope.targets)}{_causes(scope.causes)}"


def _causes(causes: tuple[Name, ...]) -> str:
    return f" from {_names(causes)}" if causes else ""


def _names(names: tuple[Name, ...]) -> str:
    return ", ".join(name.text for name in names)


def _targets(targets: tuple[Target, ...]) -> str:
    return ", ".join(map(_target, targets))


def _target(target: Target) -> str:
    match target.fields:
        case ():
            return target.kind.text
        case (field,):
            return f"{target.kind.text}.{field.text}"
        case fields:
            return f"{target.kind.text}.{{{_names(fields)}}}"


def _outcome(outcome: Outcome) -> str:
    parts = [outcome.verdict.text]
    if outcome.quorums:
        parts.append(" and ".join(f"{quorum.count} of {quorum.group.text}" for quorum in outcome.quorums))
    if outcome.window is not None:
        parts.append(f"until window {outcome.window.text}")
    if outcome.message is not None:
        parts.append(template(outcome.message))
    return " ".join(parts)


def _cap(cap: Cap) -> str:
    parts = [f"max {cap.number}{'%' if cap.percent else ''}"]
    if cap.floor:
        parts.append(f"floor {cap.floor}")
    if cap.by is not None:
        parts.append(f"by {expression(cap.by)}")
    if cap.per:
        parts.append(f"per {duration(cap.per)}")
    return " ".join(parts)


# tests


def _test(test: Test) -> Iterator[str]:
    yield from map(_given, test.given)
    for facts in test.facts:
        yield f"given env {_assignments(facts.fields) or '{ }'}"
    yield from map(_applied, test.applied)
    yield from map(_planned, test.planned)
    if test.at is not None:
        precision = "seconds" if test.at.second else "minutes"
        yield f"at {test.at.isoformat(timespec=precision).replace('+00:00', 'Z')}"
    for expect in test.expected:
        yield f"expect {expect.verdict}" + (f" by {expect.rule.text}" if expect.rule else "")


def _given(given: Given) -> str:
    fields = _assignments(given.fields)
    return f"given {given.side} {given.kind.text} {quoted(given.name.text)}" + (fields and f" {fields}")


def _applied(applied: Applied) -> str:
    where = f" in {quoted(applied.environment.text)}" if applied.environment else ""
    name = quoted(applied.name.text)
    return f"given applied {applied.kind.text} {name}{where} {duration(applied.seconds)} ago"


def _planned(planned: Planned) -> str:
    fields = _assignments(planned.fields)
    head = f"plan {planned.operation.text} {planned.kind.text} {quoted(planned.name.text)}"
    return head + (fields and f" {fields}") + _causes(planned.causes)


def _assignments(fields: tuple[Assignment, ...]) -> str:
    each = " ".join(f"{field.name.text} = {_setting(field.value)}" for field in fields)
    return f"{{ {each} }}" if each else ""


def _setting(value: Setting) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return quoted(value)
        case tuple():
            return f"[{', '.join(map(_setting, value))}]"
    entries = ", ".join(f"{bare(key)} = {_setting(inner)}" for key, inner in value.items())
    return f"{{ {entries} }}" if entries else "{ }"
