"""Deciding on a plan: how it stands, approving, applying, planning again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from textual.timer import Timer

from fleetc.plan.actions import Plan
from fleetc.ports import Approval
from fleetc.tui import states
from fleetc.tui.choice import Choice
from fleetc.tui.detail import Waves
from fleetc.tui.paint import stakes
from fleetc.tui.screens.dialogs import Typed
from fleetc.tui.screens.frame import Frame

__all__ = ["Deciding"]

REST = 0.3
"""Seconds without a toggle after which the selection's digest is worked out."""


class Deciding(Frame):
    """A screen on one plan. `applied` is the id of the run that was started from it, if any."""

    def __init__(self, choice: Choice, *, name: str) -> None:
        super().__init__(name=name)
        self.choice = choice
        self.waves: Waves = ()
        self.world = states.World()
        self.applied = ""
        self._rest: Timer | None = None

    def adopt(self, choice: Choice) -> None:
        """Take another plan."""
        self.choice = choice
        self.waves = ()
        self.world = states.World()
        self.refresh_world()

    def off(self) -> Collection[str]:
        """Approve and apply, when there is a reason."""
        read_only = self.fleetc.session.read_only
        reasons = {
            "plan.approve": states.approve_off(self.choice, self.world, read_only),
            "plan.apply": states.apply_off(self.choice, self.world, read_only),
        }
        return [key for key, reason in reasons.items() if reason]

    # the world outside

    def chosen_anew(self) -> None:
        """Ask how the new selection stands once the toggles have come to rest."""
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST, self.refresh_world)

    def refresh_world(self) -> None:
        """Ask the session how things stand, for the selection as it is."""
        session, ticked = self.fleetc.session, self.choice.ticked
        waves = None if self.waves else self.choice.waves

        def look() -> tuple[states.World, Waves | None]:
            world = states.World(session.snapshot_age(), session.lock(), ticked, session.standing(ticked))
            return world, waves() if waves else None

        self.ask("world", look, partial(self.heard, self.choice))

    def heard(self, choice: Choice, answer: tuple[states.World, Waves | None]) -> None:
        """Take the session's answer, unless the plan was another one."""
        if choice is self.choice:
            self.world, waves = answer
            self.waves = waves if waves is not None else self.waves
            self.paint()

    # planning again, approving, applying

    def action_replan(self) -> None:
        """Observe and plan again."""
        self.say("observing and planning again ...")
        self.ask("plan", self.fleetc.session.replan, self._replanned)

    def _replanned(self, plan: Plan) -> None:
        choice = Choice(plan)
        choice.carry(self.choice)
        self.adopt(choice)
        self.say(choice.said)

    def action_approve(self) -> None:
        """Open the approval dialog, or say why not."""
        reason = states.approve_off(self.choice, self.world, self.fleetc.session.read_only)
        self._decide("approve", reason, self._approve)

    def action_apply(self) -> None:
        """Open the apply dialog, or say why not."""
        reason = states.apply_off(self.choice, self.world, self.fleetc.session.read_only)
        self._decide("apply", reason, self._apply)

    def _decide(self, verb: str, reason: str, then: Callable[[bytes, str], None]) -> None:
        if reason:
            self.say(f"{verb} is off: {reason}", style="bold")
            return
        ticked, session = self.choice.ticked, self.fleetc.session
        expected = f"{session.environment} {self.choice.destroyed}"
        dialog = Typed(f"{verb.capitalize()} this plan", stakes(self.choice, self.world), expected, verb)
        self.app.push_screen(dialog, lambda typed: then(ticked, typed) if typed else None)

    def _approve(self, ticked: bytes, typed: str) -> None:
        self.ask("decide", partial(self.fleetc.session.approve, ticked, typed, ""), self._approved)

    def _approved(self, approval: Approval) -> None:
        self.say(f"approved by {approval.approver}: {approval.digest[:12]}, used once", "X apply")
        self.refresh_world()

    def _apply(self, ticked: bytes, _typed: str) -> None:
        self.ask("decide", partial(self.fleetc.session.apply, ticked), self._applying)

    def _applying(self, run: str) -> None:
        self.applied = run
        self.say(f"run {run} was started", "2 watch")
        self.fleetc.follow(run)
