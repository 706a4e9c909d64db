"""The first picture of a review: it is there before the plan, and says what is being waited for.

Planning goes on on the session's thread. What it comes to is the review, or the mistakes in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.content import Content

from fleetc.errors import FleetcError
from fleetc.lang.collector import collector_paused
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk, Desks, unplanned
from fleetc.tui.paint import environment
from fleetc.tui.screens.frame import bound
from fleetc.tui.screens.mistakes import Mistakes
from fleetc.tui.session import Session
from fleetc.tui.text import Part, lined, shown
from fleetc.tui.troubles import RETRY, worth_another_try
from fleetc.tui.waiting import TICK, Waiting, seconds

if TYPE_CHECKING:
    from fleetc.service.pointing import Editable

__all__ = ["Became", "Opener", "Opening"]


class Became(Protocol):
    """What became of one environment: its session, or the problem that kept it from being."""

    @property
    def environment(self) -> str:
        """Its name."""
        ...

    @property
    def value(self) -> Session | None:
        """The session, where there is a plan."""
        ...

    @property
    def problem(self) -> FleetcError | None:
        """Why there is none."""
        ...


class Opener(Protocol):
    """What makes the sessions of a review; its methods are called on the session's thread."""

    @property
    def environments(self) -> Sequence[str]:
        """The names of all environments."""
        ...

    def open(self, told: Callable[[str], None]) -> Sequence[Became]:
        """Plan; `told` hears what is being done, and ends it by raising."""
        ...

    def editable(self, environment: str, origin: str) -> Editable:
        """The file to open for a place of a mistake."""
        ...

    def last(self) -> Sequence[Became]:
        """The newest plans that the ledger has."""
        ...


class Opening(Mistakes):
    """Waits for the plans, then gives way to the review; where there is none, it says why."""

    scope: ClassVar[str] = "opening"
    BINDINGS = bound("opening")

    def __init__(self, opener: Opener) -> None:
        super().__init__((), name="opening", editable=opener.editable)
        self.opener = opener
        self.waiting: Waiting | None = None
        self.retry_at = 0.0

    def on_mount(self) -> None:
        """Begin to plan."""
        super().on_mount()
        self.set_interval(TICK, self._tick)
        self.begin()

    # waiting

    def begin(self) -> None:
        """Make the plans."""
        self._load("reading the fleet file", self.opener.open, old=False)

    def _load(
        self, doing: str, call: Callable[[Callable[[str], None]], Sequence[Became]], *, old: bool
    ) -> None:
        if self.waiting:
            return
        self.take(())
        waiting = self.waiting = Waiting(doing)
        self.retry_at = 0.0
        self.ask("open", lambda: _desks(call(waiting.hear), old=old), self._opened)
        self.paint()

    def on_unmount(self) -> None:
        """Nobody waits any more."""
        if self.waiting:
            self.waiting.cancel()

    def _opened(self, answer: tuple[Desks | None, Sequence[tuple[str, FleetcError]]]) -> None:
        desks, problems = answer
        self.waiting = None
        if desks is not None:
            self.fleetc.take(desks)
            self.fleetc.begin()
            return
        self.take(problems)
        self.retry_at = seconds() + RETRY if worth_another_try(problems) else 0.0
        self.paint()

    def _tick(self) -> None:
        if self.waiting:
            self.paint()
        elif self.retry_at:
            if seconds() >= self.retry_at:
                self.begin()
            self.paint()

    def complain(self, error: FleetcError, hint: str = "") -> None:
        """Show a failure as the only trouble."""
        self.waiting = None
        self.take([(", ".join(self.opener.environments), error)])
        self.paint()

    # painting

    def where(self, width: int) -> Content:
        """Row 1."""
        names = self.environment or ", ".join(self.opener.environments)
        word = "LOADING" if self.waiting else "NO PLAN"
        return lined(width, [Part(environment(names), 20), Part(shown(word, "bold reverse"), 14)])

    def paint(self) -> None:
        """What is waited for, or the mistakes."""
        super().paint()
        if not self.is_mounted or not self.waiting:
            return
        self.line("head", lined(self.room("head"), [Part(shown(self.waiting.said, "bold"))]))

    def off(self) -> Mapping[str, str]:
        """All but waiting, while a plan is made."""
        if not self.waiting:
            return super().off()
        names = ("detail", "again", "source", "old_plan", "copy")
        return {f"opening.{name}": "a plan is being made" for name in names}

    def choices(self) -> str:
        """What can be done now."""
        if self.waiting:
            return "cancelling ..." if self.waiting.cancelled else "esc cancels   ? help   q leaves"
        said = super().choices()
        wait = f"next try in {ceil(self.retry_at - seconds())} s   " if self.retry_at else ""
        return f"{wait}{said}"

    # keys

    def action_again(self) -> None:
        """Plan again."""
        self.begin()

    def action_old_plan(self) -> None:
        """Open the newest plans of the ledger, marked old."""
        self._load("opening the last plan", lambda _told: self.opener.last(), old=True)

    def action_back(self) -> None:
        """Cancel, or take the zoom back."""
        if self.waiting:
            self.waiting.cancel()
            self.paint()
        elif self.retry_at:
            self.retry_at = 0.0
            self.paint()
        elif self.unzoom():
            self.listing.focus()

    def action_leave(self) -> None:
        """Quit."""
        self.fleetc.leave(changed=False)


def _desks(
    outcomes: Sequence[Became], *, old: bool
) -> tuple[Desks | None, Sequence[tuple[str, FleetcError]]]:
    """The desks of a review, made where it holds nobody up; the problems when there is no plan at all."""
    problems = [(each.environment, each.problem) for each in outcomes if each.problem is not None]
    if not any(each.value is not None for each in outcomes):
        return None, problems
    with collector_paused():
        branches = [
            Desk(each.value, Choice(each.value.plan))
            if each.value is not None
            else unplanned(each.environment, each.problem)
            for each in outcomes
        ]
        for branch in branches:
            if isinstance(branch, Desk) and old:
                branch.grow_old("the newest plan of the ledger")
        desks = Desks(branches)
        desks.rows()
        return desks, problems
