"""Rules that change nothing, because another one says at least as much of at least as many changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from fleetc.lang import rules_ast as ast
from fleetc.lang.source import Span
from fleetc.plan.verdicts import Verdict
from fleetc.policy.ruleset import Answer, Guarded, Judged, Reach, RuleSet

__all__ = ["Shadow", "shadowed"]


class Shadow(NamedTuple):
    """What is pointless, where, and what to do about it."""

    message: str
    place: Span
    help: str


_COVERED = {
    Verdict.DENY: (Verdict.DENY, Verdict.HOLD, Verdict.REQUIRE, Verdict.WARN, Verdict.ALLOW),
    Verdict.HOLD: (Verdict.HOLD, Verdict.ALLOW),
    Verdict.REQUIRE: (Verdict.REQUIRE, Verdict.ALLOW),
    Verdict.WARN: (Verdict.WARN,),
    Verdict.ALLOW: (Verdict.ALLOW,),
}
"""The verdicts that a verdict leaves nothing to do for. A hold ends, and then what is required counts; a
warning says something of its own."""


def shadowed(declarations: Sequence[ast.Declaration], rules: RuleSet) -> Iterator[Shadow]:
    """The rules that another one makes pointless, and waivers of what their rule is not about."""
    written = {each.name.text: each for each in declarations if isinstance(each, ast.Rule)}
    places = {name: number for number, name in enumerate(written)}
    waived = {waiver.rule for waiver in rules.waivers}
    for rule in rules.rules:
        other = next((o for o in rules.rules if _shadows(o, rule, written, places, waived)), None)
        if other is not None:
            name, by = rule.answer.name, other.answer.name
            yield Shadow(
                f"`{name}` changes nothing: `{by}` says at least as much of the same changes",
                written[name].name.span,
                f"take `{name}` out, or make it stricter than `{by}`",
            )
    for declared in declarations:
        if isinstance(declared, ast.Waiver):
            yield from _waiver(declared, rules)


def _shadows(
    wide: Judged, narrow: Judged, written: Mapping[str, ast.Rule], places: Mapping[str, int], waived: set[str]
) -> bool:
    """Whether one rule makes another pointless; of two equal ones the first stays."""
    if wide is narrow or wide.answer.trial is not None:
        return False
    first, second = written[wide.answer.name], written[narrow.answer.name]
    if not (first.where is None or first.where == second.where):
        return False
    if not (_reaches(wide.reach, narrow.reach) and _answers(wide.answer, narrow.answer)):
        return False
    if wide.answer.verdict is Verdict.DENY and wide.answer.name in waived:
        return False
    equal = (
        first.where == second.where and wide.reach == narrow.reach and _answers(narrow.answer, wide.answer)
    )
    return (
        not equal or narrow.answer.trial is not None or places[wide.answer.name] < places[narrow.answer.name]
    )


def _reaches(wide: Reach, narrow: Reach) -> bool:
    if not narrow.operations <= wide.operations:
        return False
    if wide.causes and not (narrow.causes and narrow.causes <= wide.causes):
        return False
    return all(
        kind in wide.fields and _holds(wide.fields[kind], fields) for kind, fields in narrow.fields.items()
    )


def _holds(wide: frozenset[str] | None, narrow: frozenset[str] | None) -> bool:
    return wide is None or (narrow is not None and narrow <= wide)


def _answers(strict: Answer, mild: Answer) -> bool:
    """Whether the first answer leaves nothing to do for the second."""
    if mild.verdict not in _COVERED[strict.verdict]:
        return False
    if strict.verdict is mild.verdict is Verdict.HOLD:
        return strict.window == mild.window
    if strict.verdict is mild.verdict is Verdict.REQUIRE:
        asked = {quorum.group: quorum.count for quorum in strict.quorums}
        return all(asked.get(quorum.group, 0) >= quorum.count for quorum in mild.quorums)
    return True


def _waiver(declared: ast.Waiver, rules: RuleSet) -> Iterator[Shadow]:
    """The kinds of a waiver that its rule is not about."""
    every: tuple[Judged | Guarded, ...] = (*rules.rules, *rules.invariants)
    rule = next(each for each in every if each.answer.name == declared.rule.text)
    kinds = {rule.kind} if isinstance(rule, Guarded) else rule.reach.fields.keys()
    for target in declared.targets:
        if target.kind.text != "*" and target.kind.text not in kinds:
            yield Shadow(
                f"`{declared.rule.text}` is not about any {target.kind.text}, so that this waives nothing",
                target.span,
                f"name a kind that it is about: {', '.join(sorted(kinds))}",
            )
