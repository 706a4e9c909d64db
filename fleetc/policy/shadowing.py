"""Rules that change nothing, because another one says at least as much of at least as many changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fleetc.lang import rules_ast as ast
from fleetc.lang.rules_text import expression
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


class _Rule(NamedTuple):
    """A rule with its place among the others and its condition as text, empty for none."""

    number: int
    rule: Judged
    where: str
    name: ast.Name
    waived: bool


def shadowed(declarations: Sequence[ast.Declaration], rules: RuleSet) -> Iterator[Shadow]:
    """The rules that another one makes pointless, and waivers of what their rule is not about."""
    waived = {waiver.rule for waiver in rules.waivers}
    pairs = zip((each for each in declarations if isinstance(each, ast.Rule)), rules.rules, strict=True)
    every = [
        _Rule(number, rule, expression(w.where) if w.where else "", w.name, w.name.text in waived)
        for number, (w, rule) in enumerate(pairs)
    ]
    for narrow in every:
        wide = next((other for other in every if _shadows(other, narrow)), None)
        if wide is not None:
            name, by = narrow.name.text, wide.name.text
            yield Shadow(
                f"`{name}` changes nothing: `{by}` says at least as much of the same changes",
                narrow.name.span,
                f"take `{name}` out, or make it stricter than `{by}`",
            )
    for declared in declarations:
        if isinstance(declared, ast.Waiver):
            yield from _waiver(declared, rules)


def _shadows(wide: _Rule, narrow: _Rule) -> bool:
    """Whether one rule makes another pointless; of two equal ones the first stays."""
    first, second = wide.rule.answer, narrow.rule.answer
    if wide is narrow or first.trial is not None or (wide.where and wide.where != narrow.where):
        return False
    if not (_answers(first, second) and _reaches(wide.rule.reach, narrow.rule.reach)):
        return False
    if first.verdict is Verdict.DENY and wide.waived:
        return False
    same = wide.where == narrow.where and wide.rule.reach == narrow.rule.reach
    equal = same and _answers(second, first) and second.trial is None
    return not equal or wide.number < narrow.number


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
