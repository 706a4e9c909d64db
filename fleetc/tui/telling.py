"""Why a row is there and what its past is, as lines for a pane. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from fleetc.ir.timestamps import rfc3339
from fleetc.plan.verdicts import Finding
from fleetc.tui.findings import section
from fleetc.tui.text import Part, lined, paragraph, rule, shown
from fleetc.tui.verdicts import Texts
from fleetc.tui.words import clock, name_of, place, value

if TYPE_CHECKING:
    from fleetc.policy.reasons import Chain
    from fleetc.service.history import Step
    from fleetc.service.lookups import Done, Past
    from fleetc.service.pointing import Told, Written

__all__ = ["done_lines", "past_lines", "why_lines"]

_FIELDS = 20


def why_lines(told: Told, width: int, *, findings: Sequence[Finding], texts: Texts) -> list[Content]:
    """The chain of each action, how its values came, and the rules with their text."""
    lines: list[Content] = []
    for chain in told.chains:
        lines += _chain(chain, width)
    if told.written:
        lines += [rule(width), shown(" Where the values come from")]
        for each in told.written:
            lines += _written(each, width)
    if rules := section("Rules", findings, texts, width):
        lines += [rule(width), *rules]
    return lines


def _chain(chain: Chain, width: int) -> Iterator[Content]:
    words = ", ".join(filter(None, (chain.operation, chain.standing)))
    yield from paragraph(Content.assemble(" ", shown(chain.address, "bold"), shown(f"  {words}")), width, 1)
    for field in chain.fields[:_FIELDS]:
        sides = (field.baseline, field.live, field.desired)
        was, live, wanted = (value(side, key=field.field) for side in sides)
        was = was if field.verified else "never"
        said = f"{field.field}: {field.cause}; verified {was}, live {live}, wanted {wanted}"
        yield from paragraph(shown(f"   {said}"), width, 5)
    if len(chain.fields) > _FIELDS:
        yield shown(f"   and {len(chain.fields) - _FIELDS} more fields", "$faint")
    room = max((len(step.label) for step in chain.steps), default=0)
    for step in chain.steps:
        label = shown(f"   {step.label:<{room}}  ", "$keys")
        text = shown(step.text, "bold" if step.keeps else "")
        yield from paragraph(Content.assemble(label, text), width, room + 5)


def _written(each: Written, width: int) -> Iterator[Content]:
    where = place(each.origin)
    yield lined(width, [Part(shown(f"  {each.field}", "bold"), 9)], [Part(shown(where, "$faint"), 2)])
    if each.text.strip():
        yield from paragraph(shown(f"    | {each.text.strip()}"), width, 6, 3)
    for step in each.steps:
        at = f" ({place(str(step.span))})" if step.span else ""
        yield from paragraph(shown(f"    {step.step}: {step.text}{at}"), width, 6)
    if each.by is not None:
        since = "" if each.by.exact else "not since "
        head = f"    {since}{each.by.commit[:7]} {each.by.time[:10]} {each.by.author}"
        yield from paragraph(shown(f"{head}: {each.by.summary}", "$faint"), width, 6, 2)


def past_lines(past: Past, width: int) -> list[Content]:
    """What was applied to a resource, and what snapshots saw of it, newest first."""
    lines: list[Content] = [shown(f" Applied by runs ({len(past.runs)})", "bold")]
    for at, run, op, by in past.runs:
        lines.append(lined(width, [Part(shown(f"  {_when(at)}  {op:<8} {run}  {name_of(by)}"))]))
    lines += [rule(width), shown(f" Seen in snapshots ({len(past.steps)} changes)", "bold")]
    for step in past.steps:
        lines += _step(step, width)
    if not past.runs and not past.steps:
        lines.append(shown(" nothing is known of it yet"))
    return lines


def _step(step: Step, width: int) -> Iterator[Content]:
    change = step.difference
    head = f"  {_when(step.snapshot.taken_at)}  {change.change:<8} {step.snapshot.name}"
    yield lined(width, [Part(shown(head, "bold"))], [Part(shown(step.snapshot.label, "$faint"), 2)])
    if change.change == "changed":
        for field in change.fields:
            before, after = (value(side, key=field.path) for side in (field.before, field.after))
            yield from paragraph(shown(f"      {field.path}  {before} -> {after}"), width, 8, 3)


def _when(at: str) -> str:
    return f"{at[:10]} {clock(at)}"


def done_lines(done: Sequence[Done], width: int) -> list[Content]:
    """What was done, oldest first, each as the command that does it."""
    if not done:
        return [shown(" Nothing yet: looking and choosing change nothing.")]
    lines: list[Content] = []
    for each in done:
        when = shown(f" {clock(rfc3339(each.at))}  ", "$faint")
        lines += paragraph(Content.assemble(when, shown(each.command)), width, 11)
    return lines
