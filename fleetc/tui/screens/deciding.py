"""Deciding on a plan: how it stands, approving, applying, planning again.

Of several environments it is always the one under the cursor, and an answer that comes late goes
to the one that was asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from textual.timer import Timer

from fleetc.tui import states
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk, Desks, Unplanned
from fleetc.tui.paint import stakes
from fleetc.tui.screens.dialogs import Typed
from fleetc.tui.screens.frame import Frame
from fleetc.tui.text import moment, name_of
from fleetc.tui.verdicts import Verdicts

if TYPE_CHECKING:
    from fleetc.service.approving import Given

__all__ = ["Deciding", "approved"]

REST = 0.3
"""Seconds without a toggle after which the selection's digest is worked out, and rules are asked."""
PROMPT = 0.02
"""The same where it was denied when rules were heard last: nobody should see it chosen for long."""


class Heard(NamedTuple):
    """An answer of the session."""

    world: states.World
    verdicts: Verdicts
    known: states.Known


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
    def known(self) -> states.Known:
        """What stays of its plan, once it was asked for."""
        return self.desk.known

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
        self._rest = self.set_timer(PROMPT if self.choice.doubtful else REST, self.refresh_world)

    def refresh_world(self) -> None:
        """Ask the desk's session how things stand, for the selection as it is."""
        desk, choice = self.desk, self.desk.choice
        session, ticked, known = desk.session, choice.ticked, desk.known

        def look() -> Heard:
            stands = session.standing(ticked)
            world = states.World(session.snapshot_age(), session.lock(), ticked, stands, session.max_age)
            same = stands.findings is choice.verdicts.findings
            verdicts = choice.verdicts if same else choice.judged(stands.findings)
            if known.asked:
                return Heard(world, verdicts, known)
            before = session.approved_before()
            return Heard(world, verdicts, states.Known(True, choice.waves(), session.rule_texts(), before))

        self.ask("world", look, partial(self.heard, desk, choice))

    def heard(self, desk: Desk, choice: Choice, answer: Heard) -> None:
        """Take the session's answer, unless the plan was another one."""
        if choice is not desk.choice:
            return
        before, worst = choice.ticked, choice.verdicts.worst
        desk.known = answer.known
        said = desk.hear(answer.world, answer.verdicts)
        if choice.ticked != before:
            self.refused()
            self.chosen_anew()
        if choice.verdicts.worst != worst:
            self.judged()
        if said:
            self.say(said, "u undo" if choice.ticked == before else "", style="bold")
        else:
            self.paint()

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


def approved(given: Given) -> str:
    """What an approval came to, and who still has to approve."""
    approval = given.approval
    verb = "has approved it already" if given.already else "approved it"
    said = f"{name_of(approval.approver)} {verb}: {approval.digest[:12]}"
    if given.missing:
        return f"{said}; still needed: {'; '.join(given.missing)}"
    return f"{said}, used once, until {moment(approval.expires_at)}"


def _group(desk: Desk) -> str:
    """Where decisions wait for each other: in one environment, never for another one's."""
    return f"decide {desk.environment}"
