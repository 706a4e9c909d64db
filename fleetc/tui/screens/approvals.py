"""The approvals screen: the requests of all environments, who approved, who is missing, and deciding.

A decision is on exactly the plan of the request, as the ledger holds it; ticks of the review take
no part in it. The list is read again when the ledger has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.content import Content
from textual.geometry import Size
from textual.timer import Timer
from textual.widget import Widget

from fleetc.plan.actions import Plan
from fleetc.tui import request_paint
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk, Desks
from fleetc.tui.line import Line, Lines
from fleetc.tui.paint import where_plan
from fleetc.tui.requests import Asked, Asks
from fleetc.tui.rows import Rows
from fleetc.tui.screens.deciding import approved
from fleetc.tui.screens.dialogs import Answer, Typed
from fleetc.tui.screens.frame import Frame, Rule, bound
from fleetc.tui.text import name_of
from fleetc.tui.tree import Tree

if TYPE_CHECKING:
    from fleetc.run.authority import Weighed
    from fleetc.service.approving import Given, Waiting
    from fleetc.service.requested import Requested

__all__ = ["Approvals"]

LOOK = 2.0
"""Seconds between two looks whether the ledger's requests have changed."""
REST = 0.15
"""Seconds that the cursor has to rest on a request before its plan is read."""


class Approvals(Frame):
    """The third screen."""

    scope: ClassVar[str] = "approvals"
    BINDINGS = bound("approvals")

    def __init__(self, desks: Desks) -> None:
        super().__init__(name="approvals")
        self.desks = desks
        self.asks = Asks(desks)
        self.told: dict[str, Requested] = {}
        self.listing = Tree(self.row, id="requests")
        self.detail = Lines(id="detail")
        self.now = 0.0
        self._marks: dict[Desk, object] = {}
        self._rest: Timer | None = None

    # layout

    def left(self) -> Iterator[Widget]:
        """How many wait, then the requests."""
        yield Line(id="list-head")
        yield Rule()
        yield self.listing

    def right(self) -> Iterator[Widget]:
        """The request under the cursor."""
        yield self.detail

    def below(self) -> Iterator[Widget]:
        """A line across."""
        yield Rule()

    def shape(self, size: Size) -> tuple[int, int]:
        """The list has 68 of 120 columns; the detail 8 of 24 rows."""
        return size.width * 68 // 120, max(4, size.height // 3)

    def on_mount(self) -> None:
        """Begin to look."""
        self.listing.load(self.rows)
        self.listing.focus()
        self.set_interval(LOOK, self._look)

    def on_screen_resume(self) -> None:
        """Read the requests again."""
        super().on_screen_resume()
        self.reload()

    # what is shown

    @property
    def rows(self) -> Rows:
        """The rows of the requests."""
        return self.asks.rows

    @property
    def asked(self) -> Asked | None:
        """The request under the cursor."""
        return self.asks.at_cursor()

    @property
    def desk(self) -> Desk:
        """The environment under the cursor, else that of the review."""
        return self.asks.desk_at_cursor() or self.fleetc.review.desk

    def row(self, row: int, width: int) -> Content:
        """One request, or an environment."""
        return request_paint.listed(self.asks, row, self.now, width)

    def where(self, width: int) -> Content:
        """Row 1."""
        return where_plan(self.desk.session, self.desk.choice.plan, self.desk.world, width, self.wide)

    def off(self) -> Collection[str]:
        """The decisions that there is a reason against."""
        reasons = {f"approvals.{verb}": self._off(verb) for verb in ("approve", "reject", "revoke")}
        return [key for key, reason in reasons.items() if reason]

    def paint(self) -> None:
        """Every line; the list paints itself."""
        super().paint()
        room = self.detail.scrollable_content_region
        if not self.is_mounted or not room.width:
            return
        self.line("list-head", request_paint.list_head(self.asks.items, self.room("list-head")))
        asked = self.asked
        if asked is None:
            self.detail.show([])
            return
        told, item = self.told.get(asked.digest), asked.item
        if self.wide or self.has_class("zoom-right"):
            self.detail.show(request_paint.full(item, told, self.now, room.width))
        else:
            self.detail.show(request_paint.brief(item, told, self.now, room.width, room.height))

    # reading

    def reload(self) -> None:
        """Read all requests again."""
        for desk in self.desks.all:
            self.ask(f"requests {desk.environment}", partial(_read, desk), partial(self._loaded, desk))

    def _loaded(self, desk: Desk, answer: tuple[tuple[Waiting, ...], object, float]) -> None:
        items, self._marks[desk], self.now = answer
        self.asks.take(desk, items)
        self.listing.load(self.rows)
        self.paint()
        if self.asked:
            self._read(self.asked)

    def _look(self) -> None:
        if self.is_current:
            for desk in self.desks.all:
                self.ask(f"mark {desk.environment}", desk.session.requests_mark, partial(self._looked, desk))

    def _looked(self, desk: Desk, mark: object) -> None:
        if desk in self._marks and mark != self._marks[desk]:
            self.reload()

    @on(Tree.Moved)
    @on(Lines.Resized)
    def _moved(self) -> None:
        self.paint()
        if self.asked and self.asked.digest not in self.told:
            self._read(self.asked)

    def _read(self, asked: Asked) -> None:
        """Read the plan of a request when the cursor has come to rest on it."""
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST, partial(self._tell, asked))

    def _tell(self, asked: Asked) -> None:
        call = partial(asked.desk.session.requested, asked.digest)
        self.ask("requested", call, partial(self._was_told, asked.digest))

    def _was_told(self, digest: str, told: Requested) -> None:
        self.told[digest] = told
        self.paint()

    # keys

    def action_refresh(self) -> None:
        """Read the requests again."""
        self.reload()
        self.say("the requests were read again")

    def action_copy(self) -> None:
        """Copy the command that approves this request."""
        if asked := self.asked:
            self.fleetc.copy(f"fleetc approve {asked.digest[:12]}")

    def action_detail(self) -> None:
        """Open the plan of a request in the review, or fold an environment."""
        asked = self.asked
        if asked is None:
            if self.rows.cursor >= 0:
                self.listing.fold(self.rows.cursor, is_open=not self.rows.is_open(self.rows.cursor))
            return
        desk, warning = asked.desk, "the selection is not in any plan yet: enter again opens another plan"
        if desk.choice.changed and self.effect.plain != warning:
            self.say(warning, style="bold")
            return
        self.say(f"opening {asked.digest[:12]} ...")
        self.ask("open", partial(desk.session.open_request, asked.digest), partial(self._opened, desk))

    def _opened(self, desk: Desk, plan: Plan) -> None:
        review = self.fleetc.review
        review.adopt(desk, Choice(plan))
        review.turn_to(desk)
        review.say(f"the plan of request {plan.request_id or plan.digest[:12]}", "r plans again")
        self.fleetc.show(review.scope)

    @on(Tree.Clicked)
    def _clicked(self) -> None:
        self.action_detail()

    # deciding

    def _off(self, verb: str) -> str:
        asked = self.asked
        if asked is None:
            return "no request is under the cursor"
        if asked.digest not in self.told:
            return "its plan is still being read"
        return asked.off(verb, self.told[asked.digest], self.now)

    def _decide(
        self, verb: str, title: str, then: Callable[[Asked, Answer], None], *, reason: bool = False
    ) -> None:
        asked = self.asked
        if (why := self._off(verb)) or asked is None:
            self.say(f"{verb} is off: {why}", style="bold")
            return
        told = self.told[asked.digest]
        said = request_paint.request_stakes(asked.item, told, self.now, Typed.WIDTH)
        dialog = Typed(title, said, f"{told.environment} {told.destroyed}", verb, reason=reason)
        self.app.push_screen(dialog, lambda answer: then(asked, answer) if answer else None)

    def action_approve(self) -> None:
        """Open the dialog that approves a request, or say why not."""
        self._decide("approve", "Approve this request", self._approve)

    def action_reject(self) -> None:
        """Open the dialog that rejects a request for good, or say why not."""
        self._decide("reject", "Reject this request for good", self._reject, reason=True)

    def action_revoke(self) -> None:
        """Open the dialog that takes an approval back, or say why not."""
        whose = self.asked.revocable(self.now) if self.asked else ""
        title = f"Take back the approval of {name_of(whose)}"
        self._decide("revoke", title, self._revoke, reason=True)

    def _call(self, asked: Asked, call: Callable[[], Any], said: Callable[[Any], str]) -> None:
        """Make a decision of an environment, and say what it came to."""

        def done(answer: Any) -> None:
            self.say(said(answer))
            self.reload()
            if asked.desk is self.fleetc.review.desk:
                self.fleetc.review.refresh_world()

        self.ask(f"decide {asked.desk.environment}", call, done)

    def _approve(self, asked: Asked, answer: Answer) -> None:
        def said(given: Given) -> str:
            return approved(given)

        self._call(asked, partial(asked.desk.session.approve_request, asked.digest, answer.typed), said)

    def _reject(self, asked: Asked, answer: Answer) -> None:
        call = partial(asked.desk.session.reject_request, asked.digest, answer.reason)
        self._call(asked, call, lambda _none: f"rejected {asked.digest[:12]}: {answer.reason}")

    def _revoke(self, asked: Asked, answer: Answer) -> None:
        whose = asked.revocable(self.now)

        def said(left: Weighed) -> str:
            needed = f"; needed now: {'; '.join(left.missing)}" if left.missing else ""
            return f"the approval of {name_of(whose)} was taken back{needed}"

        call = partial(asked.desk.session.revoke_request, asked.digest, whose, answer.reason)
        self._call(asked, call, said)

    # leaving

    def action_next_environment(self) -> None:
        """Go to the next environment."""
        self._turn(1)

    def action_previous_environment(self) -> None:
        """Go to the previous environment."""
        self._turn(-1)

    def _turn(self, steps: int) -> None:
        self.rows.go(self.asks.top(self.desks.after(self.desk, steps)))
        self.listing.settle(lifted=True)

    def action_back(self) -> None:
        """Take the zoom back, or go to the plan."""
        if not self.unzoom():
            self.fleetc.show("plan")

    def action_leave(self) -> None:
        """Go back to the plan."""
        self.fleetc.show("plan")


def _read(desk: Desk) -> tuple[tuple[Waiting, ...], object, float]:
    session = desk.session
    mark = session.requests_mark()
    return session.requests(), mark, session.now()
