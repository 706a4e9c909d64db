"""What the plain review says, as text: where one is, the changes, what a decision is about. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from fleetc.lang.text import few
from fleetc.plan.actions import Limit
from fleetc.plan.changes import Op
from fleetc.report.plan_text import render_action
from fleetc.report.verdicts_text import needed, sections
from fleetc.tui import states
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk
from fleetc.tui.words import age, clock, in_short, moment, name_of, value

if TYPE_CHECKING:
    from fleetc.service.drifting import DriftReport

__all__ = ["change", "changes", "drift", "stakes", "standing", "where", "whole"]

_NAMED = 3
_DRIFTS = 100


def where(desk: Desk) -> list[str]:
    """Which environment, plan, revision and state this is, who looks, and what is odd."""
    plan, world, session = desk.choice.plan, desk.world, desk.session
    taken = f"snapshot of {clock(plan.snapshot_taken_at)}" if plan.snapshot_taken_at else plan.snapshot
    old = f", {age(world.age)} old" if world.age is not None else ""
    here = f"Environment {desk.environment}: plan {plan.digest[:12]} of {states.revision(plan)}"
    lines = [f"{here}, against {taken}{old}. You are {session.who}."]
    if session.read_only:
        lines.append(f"READ-ONLY: {session.read_only}.")
    if plan.unknown:
        lines.append(f"PARTIAL: {len(plan.unknown)} unknown, the snapshot is not complete.")
    if world.moved:
        said = f"{plan.revision} moved to {world.moved}; this plan is for {plan.commit[:7]}"
        lines.append(f"MOVED: {said}; replan makes a new one.")
    if world.stale:
        lines.append(f"STALE: the snapshot is {age(world.age)} old; replan observes again.")
    if world.lock is not None:
        lines.append(f"LOCKED: {world.lock.purpose} by {world.lock.owner}; watch follows it.")
    return lines


def whole(desk: Desk) -> list[str]:
    """How many changes there are, what is chosen of them, and how that stands."""
    choice = desk.choice
    total = len(choice.addresses)
    if not total:
        return [f"No changes: desired equals observed{desk.known.observed}."]
    counts = [f"{flags.count(1)} {op}" for op, flags in choice.ops.items() if flags.count(1)]
    stands = states.standing(choice, desk.world)
    return [
        f"{total} change{'s' if total > 1 else ''}: {', '.join(counts)}.",
        f"Chosen {choice.count} of {total}, {choice.destroyed} destroyed"
        + (f"; {stands}." if stands else "."),
    ]


def standing(desk: Desk) -> list[str]:
    """The limits of what is chosen with their arithmetic, what rules say, and who has to approve."""
    stands = desk.world.of(desk.choice.ticked)
    plan = desk.choice.plan
    limits = (*stands.limits, *stands.budgets) if stands else (*plan.limits, *plan.budgets)
    lines = [_limit(each) for each in sorted(limits, key=lambda each: not each.over)]
    if stands is None:
        return lines
    lines += [f"{each.verdict.value} by {each.rule}: {each.message}" for each in stands.binding]
    lines += [f"needs {text}" for text in needed(stands.requirements)]
    for each in stands.approvals:
        broken = " (BREAK-GLASS)" if each.breaks_glass else ""
        lines.append(f"approved by {name_of(each.approver)}{broken} until {moment(each.expires_at)}")
    return lines + [f"missing {text}" for text in stands.missing]


def _limit(limit: Limit) -> str:
    named = limit.text if limit.text.startswith(limit.name) else f"{limit.name}: {limit.text}"
    return f"{'OVER' if limit.over else 'ok'}: {named}"


def changes(choice: Choice, rows: Sequence[int]) -> list[str]:
    """Some changes of one plan, a line each, with the numbers that they have among all plans."""
    room = len(str(choice.first + len(choice.addresses)))
    return [f"{choice.first + row + 1:>{room}}  {_one(choice, row)}" for row in rows]


def _one(choice: Choice, row: int) -> str:
    action = choice.plan.actions[row]
    on = bool(choice.ticked[row])
    mark = "chosen" if on else "denied" if choice.denied(row) else "out"
    note = in_short(action) if on else choice.why(row)
    found = choice.verdicts.strictest(action.id)
    if found is not None and on:
        note += f"; {found.verdict.value} by {found.rule}: {found.message}"
    return f"{mark:<6}  {action.op.value:<8}  {action.address}  {note}"


def change(desk: Desk, row: int, width: int) -> list[str]:
    """All there is to say of one change."""
    choice = desk.choice
    action = choice.plan.actions[row]
    shown = msgspec.structs.replace(action, selected=bool(choice.ticked[row]))
    lines = [f"Change {choice.first + row + 1}, {_one(choice, row)}"]
    lines += render_action(shown, width=width, calls=True).splitlines()
    told = (*choice.verdicts.of(action.id), *choice.verdicts.about(action.address))
    plan = msgspec.structs.replace(choice.plan, actions=(shown,), findings=told)
    for section in sections(plan):
        lines.append(f"{section.title}:")
        for entry in section.entries:
            lines += [f"  {entry.head}", *(f"    {line}" for line in entry.lines)]
    if by := desk.known.before.get(action.id):
        names = few([name_of(each) for each in by], _NAMED)
        lines.append(f"Approved before, exactly the same, by {names}.")
    for title, rows in (("Needs", choice.needs(row)), ("Needed by", choice.needed_by(row))):
        lines.append(f"{title}: {len(rows)}")
        lines += [f"  {line}" for line in changes(choice, rows[:20])]
        lines += [f"  and {len(rows) - 20} more"] if len(rows) > 20 else []
    return lines


def drift(environment: str, report: DriftReport) -> list[str]:
    """What has drifted as of a plan's snapshot, with the three values of each field."""
    checked = f" as of {report.checked_at}" if report.checked_at else ""
    head = f"{environment}: {len(report.drift)} drifted{checked}"
    lines = [head if report.drift else f"{environment}: nothing has drifted{checked}"]
    lines += [] if report.complete else [f"PARTIAL: {'; '.join(report.problems) or 'not all was seen'}"]
    lines += [f"Run {report.later_run} has changed the account since."] if report.later_run else []
    for each in report.drift[:_DRIFTS]:
        found, seen = each.drift, each.first_seen
        since = f", first seen {seen.at}" if seen else ""
        why = f": {found.reason}" if found.reason else ""
        lines.append(f"  {found.state.value:<9}  {found.address}{since}{why}")
        lines += [
            f"             {field.path}: live {value(field.live)}, verified {value(field.baseline)}, "
            f"wanted {value(field.desired)}"
            for field in found.fields
        ]
    more = len(report.drift) - _DRIFTS
    return lines + ([f"  and {more} more; `fleetc review` lists all"] if more > 0 else [])


def stakes(desk: Desk) -> list[str]:
    """What a decision is about: what is done and destroyed, the limits, the rules, the people."""
    choice = desk.choice
    done = [f"{choice.chosen_of(op)} {op}" for op in Op if choice.chosen_of(op)]
    lines = [
        f"environment  {desk.environment}",
        f"selection    {choice.count} of {len(choice.addresses)}",
        f"does         {', '.join(done) or 'nothing'}",
        f"destroys     {choice.destroyed}  {few(choice.condemned(_NAMED), _NAMED)}".rstrip(),
    ]
    if stands := desk.world.of(choice.ticked):
        lines.insert(1, f"digest       {stands.digest[:12]}")
    held = [f"HELD by {each.rule}" for each in (stands.held if stands else ())]
    return [f"  {line}" for line in (*lines, *held, *standing(desk))]
