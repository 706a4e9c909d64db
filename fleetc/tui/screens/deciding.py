"""Deciding on a plan: how it stands, approving, applying, planning again.

Of several environments it is always the one under the cursor, and an answer that comes late goes
to the one that was asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from textual.timer import Timer

from fleetc.ports import Approval
from fleetc.tui import states
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk, Desks, Unplanned
from fleetc.tui.detail import Waves
from fleetc.tui.paint import stakes
from fleetc.tui.screens.dialogs import Typed
from fleetc.tui.screens.frame import Frame

__all__ = ["Deciding"]

REST = 0.3
"""Seconds without a toggle after which the selection's digest is worked out."""


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

    @property
    def choice(self) -> Choice:
        """What is chosen of the desk's plan."""
        return self.desk.choice

    @property
    def world(self) -> states.World:
        """What was last heard of it."""
        return self.desk.world

    @property
    def waves(self) -> Waves:
        """The waves of its actions, once they are known."""
        return self.desk.waves

    def adopt(self, desk: Desk, choice: Choice) -> None:
        """Take another plan of an environment."""
        desk.take(choice)
        self.refresh_world()

    def off(self) -> Collection[str]:
        """Approve and apply, when there is a reason."""
        reasons = {"plan.approve": self._off(states.approve_off), "plan.apply": self._off(states.apply_off)}
        return [key for key, reason in reasons.items() if reason]

    def _off(self, check: Callable[[Choice, states.World, str], str]) -> str:
        if self.unplanned is not None:
            return f"{self.unplanned.environment} has no plan"
        return check(self.choice, self.world, self.desk.session.read_only)

    # the world outside

    def chosen_anew(self) -> None:
        """Ask how the new selection stands once the toggles have come to rest."""
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST, self.refresh_world)

    def refresh_world(self) -> None:
        """Ask the desk's session how things stand, for the selection as it is."""
        desk, choice = self.desk, self.desk.choice
        session, ticked = desk.session, choice.ticked
        waves = None if desk.waves else choice.waves

        def look() -> tuple[states.World, Waves | None]:
            stands = session.standing(ticked)
            world = states.World(session.snapshot_age(), session.lock(), ticked, stands, session.max_age)
            return world, waves() if waves else None

        self.ask("world", look, partial(self.heard, desk, choice))

    def heard(self, desk: Desk, choice: Choice, answer: tuple[states.World, Waves | None]) -> None:
        """Take the session's answer, unless the plan was another one."""
        if choice is desk.choice:
            desk.world, waves = answer
            desk.waves = waves if waves is not None else desk.waves
            self.paint()

    # planning again, approving, applying

    def action_replan(self) -> None:
        """Observe and plan again."""
        if self.unplanned is not None:
            self.say(f"{self.unplanned.environment} has no plan: correct it, and open the review again")
            return
        self.say("observing and planning again ...")
        desk = self.desk
        self.ask("plan", lambda: Choice(desk.session.replan()), partial(self._replanned, desk))

    def _replanned(self, desk: Desk, choice: Choice) -> None:
        choice.carry(desk.choice)
        self.adopt(desk, choice)
        self.say(choice.said)

    def action_approve(self) -> None:
        """Open the approval dialog, or say why not."""
        self._decide("approve", self._off(states.approve_off), self._approve)

    def action_apply(self) -> None:
        """Open the apply dialog, or say why not."""
        self._decide("apply", self._off(states.apply_off), self._apply)

    def _decide(self, verb: str, reason: str, then: Callable[[Desk, bytes, str], None]) -> None:
        if reason:
            self.say(f"{verb} is off: {reason}", style="bold")
            return
        desk, ticked = self.desk, self.choice.ticked
        expected = f"{desk.environment} {self.choice.destroyed}"
        dialog = Typed(f"{verb.capitalize()} this plan", stakes(self.choice, self.world), expected, verb)
        self.app.push_screen(dialog, lambda typed: then(desk, ticked, typed) if typed else None)

    def _approve(self, desk: Desk, ticked: bytes, typed: str) -> None:
        self.ask(_group(desk), partial(desk.session.approve, ticked, typed, ""), self._approved)

    def _approved(self, approval: Approval) -> None:
        self.say(f"approved by {approval.approver}: {approval.digest[:12]}, used once", "X apply")
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
