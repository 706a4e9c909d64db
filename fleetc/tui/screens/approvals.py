"""The approvals screen: the requests of all environments, who approved, who is missing, and deciding.

A decision is on exactly the plan of the request, as the ledger holds it; ticks of the review take
no part in it. The list is read again when the ledger has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from fleetc.tui import request_paint
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk, Desks, Layout
from fleetc.tui.items import Listed
from fleetc.tui.paint import where_plan
from fleetc.tui.requests import Asked, digest_of
from fleetc.tui.screens.deciding import approved
from fleetc.tui.screens.dialogs import Answer, Typed
from fleetc.tui.screens.frame import bound
from fleetc.tui.screens.listing import Listing
from fleetc.tui.text import name_of

if TYPE_CHECKING:
    from fleetc.run.authority import Weighed
    from fleetc.service.approving import Given, Waiting
    from fleetc.service.requested import Requested

__all__ = ["Approvals"]


class Approvals(Listing["Waiting", "Requested"]):
    """The third screen."""

    scope: ClassVar[str] = "approvals"
    BINDINGS = bound("approvals")
    subject = "Requests"

    def __init__(self, desks: Desks) -> None:
        super().__init__(desks, key=digest_of, words=request_paint.words)

    # what is shown

    @property
    def asked(self) -> Asked | None:
        """The request under the cursor."""
        return Asked(*self.listed) if self.listed else None

    def read(self, desk: Desk) -> tuple[Waiting, ...]:
        """The requests of an environment."""
        return desk.session.requests()

    def mark(self, desk: Desk) -> object:
        """Another value when a request, or an approval of an open one, has changed."""
        return desk.session.requests_mark()

    def tell(self, listed: Listed[Waiting]) -> Requested:
        """What a request asks for."""
        return listed.desk.session.requested(digest_of(listed.item))

    def head(self, width: int) -> Content:
        """How many wait."""
        items = [item for items in self.items.of_desk.values() for item in items]
        return request_paint.list_head(items, width)

    def item_row(self, listed: Listed[Waiting], width: int) -> Content:
        """One request."""
        return request_paint.request_row(listed.item, self.now, width)

    def tally(self, desk: Desk) -> str:
        """How many requests of an environment wait."""
        own = self.items.of_desk[desk]
        waiting = sum(item.request.status == "waiting" for item in own)
        return f"{waiting} waiting of {len(own)}" if own else "no request yet"

    def full(self, listed: Listed[Waiting], width: int) -> list[Content]:
        """All there is to say about a request."""
        return request_paint.full(listed.item, self.told.get(digest_of(listed.item)), self.now, width)

    def brief(self, listed: Listed[Waiting], width: int, height: int) -> list[Content]:
        """A request in a few lines."""
        told = self.told.get(digest_of(listed.item))
        return request_paint.brief(listed.item, told, self.now, width, height)

    def where(self, width: int) -> Content:
        """Row 1."""
        return where_plan(self.desk.session, self.desk.choice.plan, self.desk.world, width, self.wide)

    def off(self) -> Mapping[str, str]:
        """The decisions that there is a reason against."""
        reasons = {f"approvals.{verb}": self._off(verb) for verb in ("approve", "reject", "revoke")}
        return {key: reason for key, reason in reasons.items() if reason}

    # keys

    def action_copy(self) -> None:
        """Copy the command that approves this request."""
        if asked := self.asked:
            self.fleetc.copy(f"fleetc approve {asked.digest[:12]}")

    def enter(self, listed: Listed[Waiting]) -> None:
        """Open the plan of a request in the review."""
        desk, digest = listed.desk, digest_of(listed.item)
        warning = "the selection is not in any plan yet: enter again opens another plan"
        if desk.choice.changed and self.effect.plain != warning:
            self.say(warning, style="bold")
            return
        self.say(f"opening {digest[:12]} ...")
        self.ask("open", partial(self._open, desk, digest), partial(self._opened, desk))

    def _open(self, desk: Desk, digest: str) -> tuple[Choice, Layout]:
        return self.desks.drafted(desk, desk.session.open_request(digest))

    def _opened(self, desk: Desk, drafted: tuple[Choice, Layout]) -> None:
        review, plan = self.fleetc.review, drafted[0].plan
        review.adopt(desk, *drafted)
        review.turn_to(desk)
        review.say(f"the plan of request {plan.request_id or plan.digest[:12]}", "r plans again")
        self.fleetc.show(review.scope)

    # deciding

    def _off(self, verb: str) -> str:
        asked = self.asked
        if asked is None:
            return "no request is under the cursor"
        if asked.desk.session.past:
            return asked.desk.session.read_only
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

    def _approve(self, asked: Asked, answer: Answer) -> None:
        def said(given: Given) -> str:
            return approved(given)

        self.decided(
            asked.desk, partial(asked.desk.session.approve_request, asked.digest, answer.typed), said
        )

    def _reject(self, asked: Asked, answer: Answer) -> None:
        call = partial(asked.desk.session.reject_request, asked.digest, answer.reason)
        self.decided(asked.desk, call, lambda _none: f"rejected {asked.digest[:12]}: {answer.reason}")

    def _revoke(self, asked: Asked, answer: Answer) -> None:
        whose = asked.revocable(self.now)

        def said(left: Weighed) -> str:
            needed = f"; needed now: {'; '.join(left.missing)}" if left.missing else ""
            return f"the approval of {name_of(whose)} was taken back{needed}"

        call = partial(asked.desk.session.revoke_request, asked.digest, whose, answer.reason)
        self.decided(asked.desk, call, said)
