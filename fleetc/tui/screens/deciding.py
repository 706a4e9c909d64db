"""Deciding on a plan: how it stands, approving, applying, planning again.

Of several environments it is always the one under the cursor, and an answer that comes late goes
to the one that was asked about.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content
from textual.timer import Timer

from fleetc.errors import FleetcError, InputProblem
from fleetc.tui import states
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk, Desks, Layout, Unplanned
from fleetc.tui.hearing import Heard, hear
from fleetc.tui.paint import stakes
from fleetc.tui.screens.dialogs import Confirm, Typed
from fleetc.tui.screens.frame import Frame
from fleetc.tui.text import paragraph, shown
from fleetc.tui.waiting import TICK, Waiting
from fleetc.tui.words import approved

if TYPE_CHECKING:
    from fleetc.service.approving import Given

__all__ = ["Deciding", "approved"]

REST = 0.3
"""Seconds without a toggle after which the selection's digest is worked out, and rules are asked."""
_LOST = 10
PROMPT = 0.02
"""The same where it was denied when rules were heard last: nobody should see it chosen for long."""
FOLLOWS = "enter follows the run"
"""The hint where a lock keeps a plan from being applied."""


class Deciding(Frame):
    """A screen on the plans of some environments; `desk` is the one that keys decide about.

    `unplanned` stands in its place while the cursor is on an environment without a plan.
    """

    def __init__(self, desks: Desks, *, name: str) -> None:
        super().__init__(name=name)
        self.desks = desks
        self.desk = desks.all[0]
        self.unplanned: Unplanned | None = None
        self._rest: Timer | None = None
        self._waiting: Waiting | None = None
        self._complaint = ""

    @property
    def choice(self) -> Choice:
        """What is chosen of the desk's plan."""
        return self.desk.choice

    @property
    def world(self) -> states.World:
        """What was last heard of it."""
        return self.desk.world

    @property
    def known(self) -> states.Known:
        """What stays of its plan, once it was asked for."""
        return self.desk.known

    def adopt(self, desk: Desk, choice: Choice, layout: Layout | None = None) -> None:
        """Take another plan of an environment, with the tree that was made of it."""
        desk.take(choice)
        self.refresh_world()

    def off(self) -> Mapping[str, str]:
        """Approve and apply, when there is a reason."""
        reasons = {"plan.approve": self._off(states.approve_off), "plan.apply": self._off(states.apply_off)}
        return {key: reason for key, reason in reasons.items() if reason}

    def _off(self, check: Callable[[Choice, states.World, str], str]) -> str:
        if self.unplanned is not None:
            return f"{self.unplanned.environment} has no plan"
        return check(self.choice, self.world, self.desk.session.read_only)

    # the world outside

    def chosen_anew(self) -> None:
        """Ask how the new selection stands once the toggles have come to rest."""
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(PROMPT if self.choice.doubtful else REST, self.refresh_world)

    def refresh_world(self) -> None:
        """Ask the desk's session how things stand, for the selection as it is."""
        desk, choice = self.desk, self.desk.choice
        ticked, known = choice.ticked, desk.known

        def look() -> Heard | None:
            same = desk.session.plan is choice.plan
            return hear(desk.session, choice, ticked, known) if same else None

        self.ask("world", look, partial(self.heard, desk, choice), self._unheard)

    def _unheard(self, problem: FleetcError) -> bool:
        """Say why nothing was heard; it is asked again by itself."""
        self.complain(problem, "asked again every 2 s")
        self._complaint = self.effect.plain
        return True

    def heard(self, desk: Desk, choice: Choice, answer: Heard | None) -> None:
        """Take the session's answer, unless the plan was another one."""
        if choice is not desk.choice or answer is None:
            return
        before, worst, known = choice.ticked, choice.verdicts.worst, desk.world
        desk.known = answer.known
        said = desk.hear(answer.world, answer.verdicts)
        if choice.ticked != before:
            self.refused()
            self.chosen_anew()
        if choice.verdicts.worst != worst:
            self.judged()
        if said:
            self.say(said, "u undo" if choice.ticked == before else "", style="bold")
        elif moved := states.moved(choice.plan, known, answer.world):
            self.say(moved, "r plans again", style="bold")
        elif self._complaint and self.effect.plain == self._complaint:
            self.say("heard again")
        else:
            self.paint()
        if isinstance(self.fleetc.screen, Frame) and self.fleetc.screen is not self:
            self.fleetc.screen.paint()  # it shows how many wait, and have drifted

    def refused(self) -> None:
        """Show the ticks without what rules refused."""

    def judged(self) -> None:
        """Show what rules say now."""

    # planning again, approving, applying

    def action_replan(self) -> None:
        """Observe and plan again."""
        if self.unplanned is not None:
            self.say(f"{self.unplanned.environment} has no plan: correct it, and open the review again")
            return
        self.plan_again(self.desk, self)

    def plan_again(self, desk: Desk, by: Frame) -> None:
        """Observe and plan again, as the screen `by` was asked to: it says what comes of it."""
        if desk.session.past:
            by.say("looking at the past: 5, then esc, goes back to live", style="bold")
            return
        waiting = self._waiting = Waiting("observing and planning again")
        desk.session.told = waiting.hear
        self.work(partial(self._tell_waiting, by, waiting), "waiting")
        drafted, failed = partial(self._drafted, desk, by), partial(self._undrafted, desk, by)
        by.ask("plan", partial(self._draft, desk), drafted, failed)

    async def _tell_waiting(self, by: Frame, waiting: Waiting) -> None:
        """Say how far it is until it ends, unless something else was said since."""
        told = by.effect.plain
        while self._waiting is waiting and not waiting.cancelled:
            if by.effect.plain == told:
                by.say(waiting.said, "esc cancels")
                told = by.effect.plain
            await asyncio.sleep(TICK)

    def cancel_planning(self) -> bool:
        """Let planning again end at its next step; whether there was any."""
        if self._waiting is None or self._waiting.cancelled:
            return False
        self._waiting.cancel()
        self.say("cancelling ...")
        return True

    def _undrafted(self, desk: Desk, by: Frame, problem: FleetcError) -> bool:
        """Show mistakes in the place of the tree; whether it was those that kept it from being planned."""
        self._waiting = None
        if not isinstance(problem, InputProblem) or not problem.diagnostics:
            return False
        self.fleetc.mistaken(desk, problem, by)
        return True

    def _draft(self, desk: Desk) -> tuple[Choice, Layout]:
        return self.desks.drafted(desk, desk.session.draft())

    def _drafted(self, desk: Desk, by: Frame, drafted: tuple[Choice, Layout]) -> None:
        self._waiting = None
        choice, layout = drafted
        lost = choice.carry(desk.choice)
        if not lost:
            self.take_draft(desk, by, choice, layout)
            return
        said = [
            shown(f"{len(lost)} that you chose or left out yourself would be lost:", "bold"),
            *(line for text in lost[:_LOST] for line in paragraph(shown(f"  {text}"), Confirm.WIDTH, 4)),
            *([shown(f"  and {len(lost) - _LOST} more")] if len(lost) > _LOST else []),
            Content(""),
            shown("Cancel keeps the plan and the selection as they are."),
        ]

        def answer(yes: bool | None) -> None:
            if yes:
                self.take_draft(desk, by, choice, layout)
            else:
                by.say("the plan stays as it was", "r plans again")

        self.app.push_screen(Confirm("Take the new plan?", said, "take it"), answer)

    def take_draft(self, desk: Desk, by: Frame, choice: Choice, layout: Layout) -> None:
        """Work on the plan that was drafted last, with this choice of it and the tree of it."""

        def take(_: object) -> None:
            self.adopt(desk, choice, layout)
            by.say(choice.said)

        by.ask("plan", desk.session.take_draft, take)

    def action_approve(self) -> None:
        """Open the approval dialog, or say why not."""
        self._decide("approve", self._off(states.approve_off), self._approve)

    def action_apply(self) -> None:
        """Open the apply dialog, or say why not."""
        self._decide("apply", self._off(states.apply_off), self._apply)
        if self.unplanned is None and self.world.lock is not None and isinstance(self.fleetc.screen, Frame):
            self.say(self.effect.plain, FOLLOWS, style="bold")

    def follow_lock(self) -> bool:
        """Go to the run that was just said to hold the lock; whether one was."""
        if self.hint != FOLLOWS or self.world.lock is None:
            return False
        self.say("")
        self.fleetc.show("apply")
        self.fleetc.apply.find_latest()
        return True

    def _decide(self, verb: str, reason: str, then: Callable[[Desk, bytes, str], None]) -> None:
        if reason:
            self.say(f"{verb} is off: {reason}", style="bold")
            return
        desk, ticked = self.desk, self.choice.ticked
        expected = f"{desk.environment} {self.choice.destroyed}"
        said = stakes(self.choice, self.world, self.known, Typed.WIDTH)
        dialog = Typed(f"{verb.capitalize()} this plan", said, expected, verb)
        self.app.push_screen(dialog, lambda answer: then(desk, ticked, answer.typed) if answer else None)

    def _approve(self, desk: Desk, ticked: bytes, typed: str) -> None:
        self.ask(_group(desk), partial(desk.session.approve, ticked, typed, ""), self._approved)

    def _approved(self, given: Given) -> None:
        self.say(approved(given), "" if given.missing else "X apply")
        self.refresh_world()

    def _apply(self, desk: Desk, ticked: bytes, _typed: str) -> None:
        self.ask(_group(desk), partial(desk.session.apply, ticked), partial(self._applying, desk))

    def _applying(self, desk: Desk, run: str) -> None:
        desk.applied = run
        self.say(f"run {run} was started", "2 watch")
        self.fleetc.follow(desk, run)


def _group(desk: Desk) -> str:
    """Where decisions wait for each other: in one environment, never for another one's."""
    return f"decide {desk.environment}"
