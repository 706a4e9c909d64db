"""What the operator works on: for each environment a session, a choice and what was last heard.

The review shows all of them in one tree, whose leaves are numbered through all plans. What a
toggle means, an approval and a run stay those of one environment.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from fleetc.errors import FleetcError, InputProblem
from fleetc.plan.actions import Limit, Plan
from fleetc.plan.changes import Op
from fleetc.plan.selectors import Filtered, filter_mask
from fleetc.plan.universe import Universe, of_plan, verdict_cells
from fleetc.tui.branch import Branch, By
from fleetc.tui.choice import Choice
from fleetc.tui.facets import marks
from fleetc.tui.rows import Group, Rows
from fleetc.tui.session import Session
from fleetc.tui.states import Known, World
from fleetc.tui.verdicts import Verdicts

__all__ = ["Desk", "Desks", "Layout", "Unplanned", "unplanned"]

_UNDO = 200


@dataclass(frozen=True, slots=True)
class Unplanned:
    """An environment that has no plan, why in one line, and the mistakes one by one."""

    environment: str
    why: str
    mistakes: tuple[str, ...] = ()


def unplanned(environment: str, problem: FleetcError | None) -> Unplanned:
    """An environment that has no plan because of a problem."""
    from fleetc.lang.render import render
    from fleetc.lang.source import SourceSet

    found: Any = problem.diagnostics if isinstance(problem, InputProblem) else ()
    mistakes = render(found, SourceSet((), ""), "concise").splitlines()
    return Unplanned(environment, str(problem), tuple(mistakes))


@dataclass(eq=False)
class Desk:
    """One environment: `applied` is the id of the run that was started from here, if any.

    `known` is what of its plan the session was asked for once; `old` says why the plan is not the
    newest that there should be.
    """

    session: Session
    choice: Choice
    world: World = field(default_factory=World)
    known: Known = field(default_factory=Known)
    applied: str = ""
    old: str = ""
    universe: Universe = field(init=False)

    def __post_init__(self) -> None:
        self.take(self.choice)

    def take(self, choice: Choice) -> None:
        """Take another plan; nothing is known of it yet."""
        self.choice, self.universe = choice, of_plan(choice.plan)
        self.universe.marks = {**self.universe.marks, **marks(choice, lambda: self.limits)}
        self.world, self.known, self.old = World(), Known(), ""

    def grow_old(self, why: str) -> None:
        """Mark the plan: it is not the newest that there should be."""
        self.old, self.world = why, replace(self.world, old=why)

    def hear(self, world: World, verdicts: Verdicts) -> str:
        """Take how things stand; what there is to say of what rules say of it, if anything."""
        self.world = replace(world, old=self.old)
        if verdicts is self.choice.verdicts or world.ticked != self.choice.ticked:
            return ""
        actions = self.choice.plan.actions
        self.universe.renew("verdict", lambda: verdict_cells(actions, verdicts.findings))
        return self.choice.hear(verdicts)

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits of what is chosen, as last heard."""
        stands = self.world.of(self.choice.ticked)
        return self.choice.plan.limits if stands is None else stands.limits

    @property
    def environment(self) -> str:
        """The environment's name."""
        return self.session.environment


class Layout(NamedTuple):
    """A tree of all environments: what it is grouped by, its rows, and whose choices they are."""

    by: By
    rows: Rows
    choices: Mapping[Desk, Choice]
    branches: Mapping[Desk, tuple[Branch, int]]


class Desks:
    """All environments of a review, in their order; `said` is the effect of the last step."""

    def __init__(self, branches: Sequence[Desk | Unplanned]) -> None:
        self.branches = tuple(branches)
        self.all = tuple(each for each in branches if isinstance(each, Desk))
        self.addresses: list[str] = []
        self.by = By.KIND
        self.said = ""
        self._tops: list[int] = []
        self._past: deque[tuple[Choice, ...]] = deque(maxlen=_UNDO)
        self._future: deque[tuple[Choice, ...]] = deque(maxlen=_UNDO)

    def lay_out(self, by: By, choices: Mapping[Desk, Choice] | None = None) -> Layout:
        """The tree grouped so, with other choices in the place of some; made on any thread, shown by nobody.

        Asks sessions for what groups are by, unless that is told by the plan.
        """
        new = choices or {}
        each = {desk: new.get(desk, desk.choice) for desk in self.all}
        branches: dict[Desk, tuple[Branch, int]] = {}
        addresses: list[str] = []
        for desk, choice in each.items():
            first = len(addresses)
            branches[desk] = choice.branch_by(by, first, partial(_titles, desk.session, choice, by)), first
            addresses += choice.addresses
        ops: dict[str, bytes] = {op: b"".join(choice.ops[op] for choice in each.values()) for op in Op}
        barred, ticked = (
            b"".join(c.barred for c in each.values()),
            b"".join(c.ticked for c in each.values()),
        )
        groups = [branches[b][0].group if isinstance(b, Desk) else _unplanned(b) for b in self.branches]
        return Layout(by, Rows(groups, addresses, ticked, barred, ops), each, branches)

    def drafted(self, desk: Desk, plan: Plan) -> tuple[Choice, Layout]:
        """The choice of another plan of an environment, and the tree with it; made beside the loop."""
        choice = Choice(plan)
        return choice, self.lay_out(self.by, {desk: choice})

    def take(self, layout: Layout) -> Rows:
        """Let the tree stand so; its rows, with the ticks and verdicts of now."""
        self.by, rows = layout.by, layout.rows
        self.addresses = list(rows.keys)
        for desk, (branch, first) in layout.branches.items():
            desk.choice.stand(branch, first)
        rows.mark(self.ticked)
        rows.judge(self.worst)
        self._tops = [row for row in rows.outline.groups if rows.outline.parent[row] < 0]
        return rows

    def fits(self, layout: Layout) -> bool:
        """Whether a tree is of the plans as they are now."""
        return all(desk.choice is choice for desk, choice in layout.choices.items())

    def rows(self) -> Rows:
        """The rows of the tree by kind: one branch for each environment. What was done is not undone."""
        self.forget_steps()
        return self.take(self.lay_out(By.KIND))

    def rows_of(self, groups: Sequence[Group]) -> Rows:
        """The rows of a tree of some leaves only, as things stand."""
        ops: dict[str, bytes] = {op: b"".join(desk.choice.ops[op] for desk in self.all) for op in Op}
        rows = Rows(groups, self.addresses, self.ticked, self.barred, ops)
        rows.judge(self.worst)
        return rows

    def forget_steps(self) -> None:
        """Let nothing be undone that was done before."""
        self._past.clear()
        self._future.clear()

    # where a row belongs

    def branch(self, row: int) -> Desk | Unplanned:
        """The environment that a row stands in."""
        return self.branches[max(0, bisect_right(self._tops, row) - 1)]

    def top(self, desk: Desk) -> int:
        """The row of an environment."""
        return self._tops[self.branches.index(desk)]

    def after(self, desk: Desk, steps: int) -> Desk:
        """The environment with a plan that stands so many places further, round the end."""
        return self.all[(self.all.index(desk) + steps) % len(self.all)]

    # what is chosen

    @property
    def ticked(self) -> bytes:
        """One 0/1 byte a leaf."""
        return b"".join(desk.choice.ticked for desk in self.all)

    @property
    def barred(self) -> bytes:
        """1 for each leaf that cannot be chosen."""
        return b"".join(desk.choice.barred for desk in self.all)

    @property
    def changed(self) -> bool:
        """Whether a selection is another one than that of its plan."""
        return any(desk.choice.changed for desk in self.all)

    @property
    def waiting(self) -> int:
        """How many approval requests wait, as last heard."""
        heard = (desk.world.standing for desk in self.all)
        return sum(stands.waiting for stands in heard if stands)

    @property
    def drifted(self) -> int:
        """How many resources have drifted, as last heard."""
        return sum(desk.known.drifted for desk in self.all)

    @property
    def problems(self) -> bytes:
        """1 for each leaf that somebody should look at (`Choice.problems`)."""
        return b"".join(desk.choice.problems(desk.limits) for desk in self.all)

    @property
    def worst(self) -> bytes:
        """The strictest verdict on each leaf, one code a leaf (`fleetc.tui.verdicts`)."""
        return b"".join(desk.choice.verdicts.worst for desk in self.all)

    def toggle(self, leaves: Sequence[int], on: bool | None = None) -> bool:
        """Choose the leaves, or leave them out; each plan for itself.

        Without `on` they are left out if all of them are ticked, else chosen.
        """
        if on is None:
            ticked = self.ticked
            on = not all(map(ticked.__getitem__, leaves))
        moved = [
            choice
            for choice in (desk.choice for desk in self.all)
            if choice.toggle(leaves if len(self.all) == 1 else choice.own(leaves), on)
        ]
        if moved:
            self._past.append(tuple(moved))
            self._future.clear()
            self._say(moved)
        return bool(moved)

    def undo(self) -> bool:
        """Take the last toggle back, in all plans that it was in."""
        return self._step(self._past, self._future, Choice.undo)

    def redo(self) -> bool:
        """Do what was undone."""
        return self._step(self._future, self._past, Choice.redo)

    def _step(
        self,
        source: deque[tuple[Choice, ...]],
        target: deque[tuple[Choice, ...]],
        step: Callable[[Choice], bool],
    ) -> bool:
        if not source:
            return False
        moved = source.pop()
        target.append(moved)
        for choice in moved:
            step(choice)
        self._say(moved)
        return True

    def _say(self, moved: Sequence[Choice]) -> None:
        many = len(moved) > 1
        self.said = "; ".join(
            f"{each.plan.environment}: {each.said}" if many else each.said for each in moved
        )

    # what is shown

    def filtered(self, expression: str) -> Filtered:
        """The filter over all plans: each is looked through by itself."""
        found = [filter_mask(expression, desk.universe) for desk in self.all]
        trouble = next((each for each in found if each.trouble), Filtered())
        return Filtered(_joined(each.mask for each in found), trouble.trouble, trouble.unfinished)


def _joined(masks: Iterable[bytes | None]) -> bytes | None:
    parts = [mask for mask in masks if mask is not None]
    return b"".join(parts) if parts else None


def _unplanned(branch: Unplanned) -> Group:
    key = f"environment/{branch.environment}"
    return Group(key, f"{key}  NO PLAN: {branch.why}")


def _titles(session: Session, choice: Choice, by: By) -> Sequence[str] | None:
    """What each action is grouped by; None where the plan's kinds say it."""
    if by is By.WAVE:
        numbers = choice.waves()
        names = {number: str(number) for number in set(numbers)}
        return [names[number] for number in numbers]
    return session.looks(choice.plan).traits(by.value) if by in (By.TEMPLATE, By.REGION) else None
