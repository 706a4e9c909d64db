"""The drift screen: what is live otherwise than it was verified, since when, and putting it back.

It tells of the plan under review and its snapshot, so that it never says anything else than the
review does. Putting back makes a new plan in which only that is chosen, and shows it in the review:
nothing is approved or applied from here.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from fleetc.plan.drift import DriftState
from fleetc.tui import drift_paint
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk, Desks, Layout
from fleetc.tui.drift import LATER, DriftItem, Glance, answerable, key_of, put_back, put_back_off, words_of
from fleetc.tui.items import Listed
from fleetc.tui.screens.dialogs import Confirm
from fleetc.tui.screens.frame import bound
from fleetc.tui.screens.listing import Listing
from fleetc.tui.screens.reading import Reading
from fleetc.tui.states import barred
from fleetc.tui.telling import past_lines
from fleetc.tui.text import place

if TYPE_CHECKING:
    from fleetc.ir.state import LiveResource
    from fleetc.service.drifting import DriftReport

__all__ = ["DriftScreen"]


class DriftScreen(Listing["DriftItem", "LiveResource | None"]):
    """The fourth screen."""

    scope: ClassVar[str] = "drift"
    BINDINGS = bound("drift")
    subject = "Drift"

    def __init__(self, desks: Desks) -> None:
        super().__init__(desks, key=key_of, words=words_of)
        self.reports: dict[Desk, Glance] = {}
        self.marked: set[str] = set()

    # what is shown

    def read(self, desk: Desk) -> tuple[DriftItem, ...]:
        """What has drifted in an environment; nothing is told of the past."""
        if desk.session.past:
            self.reports = {other: known for other, known in self.reports.items() if other is not desk}
            return ()
        report = desk.session.drift()
        known = Glance(report, report.counts, any(each.drift.action for each in report.drift))
        self.reports = {**self.reports, desk: known}  # another one: the last may be on its way to the screen
        return tuple(DriftItem(desk.environment, each) for each in report.drift)

    def _report(self, desk: Desk) -> DriftReport | None:
        known = self.reports.get(desk)
        return known.report if known else None

    def mark(self, desk: Desk) -> object:
        """Another value when the plan is another one, or a run began or ended."""
        session, run = desk.session, desk.session.latest_run()
        return session.past, session.plan.digest, session.plan.snapshot_taken_at, run and (run.id, run.status)

    def tell(self, listed: Listed[DriftItem]) -> LiveResource | None:
        """What stands there, where the drift itself does not say it."""
        drift = listed.item.drift
        return listed.desk.session.observed(drift.address) if drift.state is DriftState.UNMANAGED else None

    def head(self, width: int) -> Content:
        """How much has drifted."""
        return drift_paint.head(self.reports.values(), self.now, width)

    def item_row(self, listed: Listed[DriftItem], width: int) -> Content:
        """One drift."""
        marked = key_of(listed.item) in self.marked
        return drift_paint.drift_row(listed.item.drifted, marked, self.now, width)

    def tally(self, desk: Desk) -> str:
        """How much has drifted in an environment."""
        return "looking at the past" if desk.session.past else drift_paint.tally(self._report(desk))

    def full(self, listed: Listed[DriftItem], width: int) -> list[Content]:
        """All there is to say about a drift."""
        off = self._put_back_off()
        told = self.told.get(key_of(listed.item))
        return drift_paint.full(listed.item.drifted, told, self.now, width, off=off)

    def brief(self, listed: Listed[DriftItem], width: int, height: int) -> list[Content]:
        """A drift in a few lines."""
        return drift_paint.brief(
            listed.item.drifted, self.told.get(key_of(listed.item)), self.now, width, height
        )

    def idle(self, width: int) -> list[Content]:
        """How the environment under the cursor stands as a whole."""
        past = self.desk.session.past
        return drift_paint.said_of(self._report(self.desk), past, width)

    def where(self, width: int) -> Content:
        """Row 1."""
        desk = self.desk
        return drift_paint.where(desk.session, desk.choice.plan, self._report(desk), width)

    def off(self) -> Mapping[str, str]:
        """The answers that there is a reason against."""
        reasons = {
            "drift.put_back": self._put_back_off(),
            "drift.take_over": LATER,
            "drift.accept": LATER,
        }
        return {key: reason for key, reason in reasons.items() if reason}

    # looking

    def enter(self, listed: Listed[DriftItem]) -> None:
        """Show the detail in full, or both panes again."""
        if not self.unzoom():
            self.zoom("right")
            self.detail.focus()

    def action_refresh(self) -> None:
        """Look at the platform again, and plan again: the selection comes along."""
        self.fleetc.review.plan_again(self.desk, self)

    def action_past(self) -> None:
        """Tell the history of a resource."""
        if listed := self.listed:
            address = listed.item.drift.address
            call = partial(listed.desk.session.looks(listed.desk.choice.plan).past, address)
            self.app.push_screen(Reading(f"History of {address}", call, past_lines, again="h"))
        else:
            self.say("an environment has no history: go to one of its rows")

    def action_source(self) -> None:
        """Show the line that a wanted value comes from."""
        fields = self.listed.item.drift.fields if self.listed else ()
        origin = next((field.origin for field in fields if ":" in field.origin), "")
        if not origin:
            self.say("no line of a file says this")
            return
        call = partial(self.desk.session.source_line, origin)
        self.ask("source", call, lambda line: self.say(f"{place(origin)}: {line.strip()}"))

    def action_copy(self) -> None:
        """Copy the command that plans only this, or its address where no plan does anything about it."""
        if listed := self.listed:
            drift = listed.item.drift
            words = ["fleetc", "-e", listed.desk.environment, "plan", "--only", drift.address]
            self.fleetc.copy(shlex.join(words) if drift.action else drift.address)

    def action_choose(self) -> None:
        """Mark what is to be put back, or unmark it."""
        if listed := self.listed:
            self.marked ^= {key_of(listed.item)}
            self.listing.move(1)
            self.say(f"{len(self.marked)} marked" if self.marked else "nothing is marked")

    # answering

    def _marked(self) -> list[DriftItem]:
        """What is marked in the environment under the cursor."""
        items = self.items.of_desk[self.desk] if self.marked else ()
        return [item for item in items if key_of(item) in self.marked]

    def _meant(self) -> list[DriftItem]:
        """What is marked, else what is under the cursor, else all that is shown of the environment."""
        if marked := self._marked():
            return marked
        if self.listed:
            return [self.listed.item]
        row = self.rows.cursor
        return [self.items.leaf(leaf).item for leaf in self.rows.leaves(row)] if row >= 0 else []

    def _put_back_off(self) -> str:
        """Why nothing of what is meant can be put back; looked at for every paint, so it walks no list."""
        session, known = self.desk.session, self.reports.get(self.desk)
        if reason := session.read_only if session.past else barred(session):
            return reason
        if self.marked or (self.listed is None and known is not None and known.answerable):
            return ""
        if self.listed is None:
            return f"nothing of {self.desk.environment} can be put back"
        return put_back_off(self.listed.item.drift)

    def action_put_back(self) -> None:
        """Open the dialog that makes a plan of what is meant, or say why not."""
        desk, meant = self.desk, self._meant()
        found = answerable(meant)
        if reason := self._put_back_off() or ("" if found else "no action of a plan does that"):
            self.say(f"put back is off: {reason}", style="bold")
            return
        said = drift_paint.stakes(desk, found, len(meant) - len(found), Confirm.WIDTH)
        wanted = [drift.address for drift in found]
        dialog = Confirm("Put back what drifted", said, "make the plan")
        self.app.push_screen(dialog, lambda yes: self._put_back(desk, wanted) if yes else None)

    def _put_back(self, desk: Desk, wanted: Sequence[str]) -> None:
        self.say("observing and planning again ...")
        review = self.fleetc.review

        def call() -> tuple[Choice, Layout, str]:
            choice = Choice(desk.session.draft())
            said = put_back(choice, wanted)
            layout = self.desks.lay_out(self.desks.by, {desk: choice})
            if said:
                desk.session.take_draft()
            return choice, layout, said

        def planned(answer: tuple[Choice, Layout, str]) -> None:
            choice, layout, said = answer
            self.marked.clear()
            if not said:
                self.say("nothing of it has drifted any more: r checks again")
                return
            review.adopt(desk, choice, layout)
            review.turn_to(desk)
            review.say(said, "A approve")
            self.fleetc.show(review.scope)

        self.ask(f"decide {desk.environment}", call, planned)

    def action_take_over(self) -> None:
        """Say why drift cannot be taken over into the fleet file."""
        self.say(f"take over is off: {LATER}", style="bold")

    def action_accept(self) -> None:
        """Say why drift cannot be accepted until a date."""
        self.say(f"accept is off: {LATER}", style="bold")
