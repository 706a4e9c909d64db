"""What rules say of a plan, in words: a section for each verdict, equal ones folded as changes are.

Two verdicts fold when they are equal but for the name of what they are about, which then stands as
`{name}` (its parent's as `{parent}`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from fleetc.ir.address import parts
from fleetc.ir.timestamps import rfc3339
from fleetc.lang.text import cut, few, visible
from fleetc.plan.actions import Action, Plan
from fleetc.plan.groups import LEAST
from fleetc.plan.ranges import ranges
from fleetc.plan.verdicts import Finding, Quorum, Requirement, Verdict

__all__ = ["Entry", "Section", "held_until", "needed", "sections"]

_MOST_VALUES = 6
_BUDGET = "budget "  # its arithmetic is its message
_MOST_ADDRESSES = 200
_LONGEST = 600  # characters of one line; JSON has them all


class Entry(NamedTuple):
    """One verdict: what it is about and by which rule, and what there is to say of it, a line each."""

    head: str
    lines: tuple[str, ...]


class Section(NamedTuple):
    """The verdicts of one sort; `grave` when the plan cannot be applied because of them."""

    title: str
    entries: tuple[Entry, ...]
    total: int
    grave: bool = False


def sections(plan: Plan) -> tuple[Section, ...]:
    """What rules say, the gravest first. Everything from outside is passed through `visible`."""
    actions = {action.id: action for action in plan.actions}
    found = []
    for title, verdict, wanted in _SECTIONS:
        findings = [f for f in plan.findings if f.verdict is verdict or verdict is None if wanted(f)]
        if findings:
            entries = tuple(_entries(findings, actions))
            grave = verdict is Verdict.DENY and any(f in plan.denied for f in findings)
            found.append(Section(title, entries, len(findings), grave))
    return tuple(found)


def _binds(finding: Finding) -> bool:
    return finding.binds


_SECTIONS: tuple[tuple[str, Verdict | None, Callable[[Finding], bool]], ...] = (
    ("Denied by rules", Verdict.DENY, _binds),
    ("Held by rules", Verdict.HOLD, _binds),
    ("Required by rules", Verdict.REQUIRE, _binds),
    ("Warnings by rules", Verdict.WARN, _binds),
    ("Waived denials", None, lambda finding: bool(finding.waiver)),
    (
        "On trial, so that it binds nobody yet",
        None,
        lambda finding: bool(finding.trial) and not finding.waiver,
    ),
)


# folding


def _entries(findings: Sequence[Finding], actions: dict[str, Action]) -> Iterable[Entry]:
    """Single verdicts in their order, then folds, the smallest first."""
    folds: dict[object, list[Finding]] = {}
    for finding in findings:
        folds.setdefault(_key(finding), []).append(finding)
    large = sorted((same for same in folds.values() if len(same) >= LEAST), key=len)
    alone = {id(finding) for same in folds.values() if len(same) < LEAST for finding in same}
    yield from (_entry(finding, actions) for finding in findings if id(finding) in alone)
    yield from (_folded(same, actions) for same in large)


def _key(finding: Finding) -> object:
    """The same for two findings exactly when they are equal once names are masked."""
    if not finding.subject:
        return id(finding)
    mask = _masking(finding.subject)
    return (
        finding.subject.partition("/")[0],
        *(finding.rule, finding.verdict, finding.place, finding.requires, finding.window, finding.until),
        *(finding.waiver, finding.trial, finding.accepted),
        mask(finding.message),
        mask(finding.help),
        tuple((mask(bound.name), mask(bound.value)) for bound in finding.tripped),
        tuple(map(mask, finding.unknown)),
    )


def _masking(subject: str) -> Callable[[str], str]:
    """What puts `{name}` and `{parent}` in the place of the names of an action's resource."""
    own = subject.partition(":")[2]
    _, *names = parts(own)
    masks = [(own, "{address}"), (names[-1], "{name}")]
    masks += [(names[0], "{parent}")] if len(names) > 1 else []
    masks.sort(key=lambda pair: -len(pair[0]))

    found = [(re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])"), word) for name, word in masks if name]

    def mask(text: str) -> str:
        for name, word in found:
            text = name.sub(word, text)
        return text

    return mask


def _folded(same: Sequence[Finding], actions: dict[str, Action]) -> Entry:
    first = same[0]
    operation, _, address = first.subject.partition(":")
    where = [finding.subject.partition(":")[2] for finding in same]
    mask = _masking(first.subject)
    left = "" if _ticked(first, actions) else ", left out"
    head = f"{len(same)} x {operation} {address.partition('/')[0]}{left}, by {_by(first)}"
    members = visible(", ".join(ranges(where)), _MOST_ADDRESSES)
    return Entry(visible(head), (members, *_lines(first, mask, places=False)))


def _entry(finding: Finding, actions: dict[str, Action]) -> Entry:
    if finding.subject:
        operation, _, address = finding.subject.partition(":")
        left = "" if _ticked(finding, actions) else ", left out"
        about = f"{operation} {address}{left}"
    else:
        about = f"the whole plan ({few(finding.reaches, 4)})" if finding.reaches else "the whole plan"
    return Entry(visible(f"{about}, by {_by(finding)}"), tuple(_lines(finding, str, places=True)))


def _ticked(finding: Finding, actions: dict[str, Action]) -> bool:
    action = actions.get(finding.subject)
    return action is None or action.selected


# one verdict


def _by(finding: Finding) -> str:
    return f"{finding.rule} ({finding.place}{', as applied last' if finding.accepted else ''})"


def _lines(finding: Finding, mask: Callable[[str], str], *, places: bool) -> Iterable[str]:
    if finding.message:
        yield _shown(mask(finding.message))
    for bound in [each for each in finding.tripped if not each.name.startswith(_BUDGET)][:_MOST_VALUES]:
        place = f" ({bound.origin})" if bound.origin and places else ""
        yield f"{_shown(f'{mask(bound.name)} is {mask(bound.value)}')}{visible(place)}"
    if finding.unknown:
        yield _shown(f"not known yet: {', '.join(map(mask, finding.unknown))}")
    if finding.requires:
        yield visible(f"needs {' and '.join(_quorum(quorum) for quorum in finding.requires)}")
    if finding.window:
        yield visible(f"waits for window {finding.window}, {held_until(finding)}")
    if finding.waiver:
        yield visible(f"waived by {finding.waiver}")
    if finding.trial:
        yield visible(f"on trial until {finding.trial}: it would {finding.verdict}")
    if finding.help:
        yield _shown(f"help: {mask(finding.help)}")


def _shown(text: str) -> str:
    return cut(visible(text), _LONGEST)


def held_until(finding: Finding) -> str:
    """When what a hold waits for opens."""
    if finding.until is None:
        return "which does not open within a year"
    return f"until {rfc3339(finding.until)}"


def _quorum(quorum: Quorum) -> str:
    return f"{quorum.count} of {quorum.group} ({', '.join(quorum.members)})"


def needed(requirements: Iterable[Requirement]) -> tuple[str, ...]:
    """Who has to approve: `2 of netops and 1 of sre for routing-needs-two`, each text once."""
    texts = (
        f"{' and '.join(f'{each.count} of {each.group}' for each in need.quorums)} for {need.rule}"
        for need in requirements
    )
    return tuple(dict.fromkeys(map(visible, texts)))
