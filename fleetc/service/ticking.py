"""A part of a plan: which of its actions are ticked, and what that brings along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from fleetc.service.compiling import desired, since
from fleetc.service.identity import person

if TYPE_CHECKING:
    from fleetc.plan.actions import Plan
    from fleetc.plan.universe import Universe
    from fleetc.service.planning import Ask, Made
    from fleetc.service.workspace import Workspace

__all__ = ["choose", "reduced_plan"]


def choose(workspace: Workspace, made: Made, ask: Ask) -> Made:
    """The plan reduced to what was asked for, with its own digest."""
    from fleetc.plan.selection import SelectionIndex
    from fleetc.plan.selectors import rows_at, rows_in, select, unmatched

    if not (ask.select or ask.only or ask.exclude or ask.without or ask.rest):
        return made
    plan, index, universe = made.plan, SelectionIndex(made.plan), _universe(workspace, made.plan, ask)
    ticked, notes = index.ticked, list(made.notes)
    picked = {text: select(text, universe) for text in (*ask.select, *ask.exclude)}
    notes += unmatched(picked)
    chosen = [*(picked[text] for text in ask.select), *(rows_at(a, plan) for a in ask.only)]
    if ask.rest:
        left = frozenset(ask.rest)
        chosen.append(bytes(action.address in left for action in plan.actions))
    if ask.select or ask.only or ask.rest:
        toggled = index.toggle(bytes(len(plan.actions)), rows_in(chosen), True)
        ticked = toggled.ticked
        notes += _dragged(plan, toggled.pulled_in, "ticked too, because what is chosen requires it")
        notes += _dragged(plan, toggled.refused, "not ticked, because it is denied or needs what is")
    dropped = [*(picked[text] for text in ask.exclude), *(rows_at(a, plan) for a in ask.without)]
    if dropped:
        toggled = index.toggle(ticked, rows_in(dropped), False)
        ticked = toggled.ticked
        notes += _dragged(plan, toggled.pushed_out, "left out too, because they require what is left out")
    reduced = reduced_plan(made, ticked, person(workspace).identity)
    return replace(made, plan=reduced, notes=tuple(notes))


def reduced_plan(made: Made, ticked: bytes, by: str) -> Plan:
    """The plan with other ticks, judged again; what is left out now is withheld by `by`."""
    from fleetc.plan.selection import reduce_plan

    reduced = reduce_plan(made.plan, ticked, by=by)
    if made.judge is None:
        return reduced
    from fleetc.policy.rulings import ruled

    return ruled(reduced, made.judge)[0]


def _dragged(plan: Plan, rows: Sequence[int], why: str) -> list[str]:
    """A note of what a choice brings along; none when it brings nothing."""
    from fleetc.plan.ranges import ranges

    names = ", ".join(ranges(plan.actions[row].address for row in rows))
    return [f"note: {why}: {names}"] if names else []


def _universe(workspace: Workspace, plan: Plan, ask: Ask) -> Universe:
    from fleetc.plan.universe import of_plan

    new = partial(desired, workspace, rev=ask.rev, worktree=ask.worktree)
    return of_plan(plan, since(workspace, new))
