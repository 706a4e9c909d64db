"""The snapshots screen: what was seen when, what differs between two looks, and looking at the past.

With B marked somewhere the screen is of the past: row 1 says so, reversed. `p` plans the revision of
the review against B, for study only, and the review then is of the past, too; `esc` goes back to live.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widget import Widget

from fleetc.tui import past_paint
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk, Desks, Layout
from fleetc.tui.items import Listed
from fleetc.tui.line import Line
from fleetc.tui.past import (
    ContentTree,
    DiffTree,
    Marks,
    PastTree,
    SnapItem,
    Timeline,
    key_of,
    pair,
    stepped,
    words_of,
)
from fleetc.tui.screens.frame import Rule, bound
from fleetc.tui.screens.past_pane import PastPane
from fleetc.tui.screens.saving import Saving
from fleetc.tui.states import barred, revision
from fleetc.tui.text import shown

if TYPE_CHECKING:
    from fleetc.service.shelf import Contents, Shelf

__all__ = ["Snapshots"]

NONE = Marks()


class Snapshots(PastPane["SnapItem", "Contents"]):
    """The fifth screen."""

    scope: ClassVar[str] = "snapshots"
    BINDINGS = bound("snapshots")
    subject = "Snapshots"

    def __init__(self, desks: Desks) -> None:
        super().__init__(desks, key=key_of, words=words_of)
        self.shelves: dict[Desk, Shelf] = {}
        self.marks: dict[Desk, Marks] = {}
        self.live: dict[Desk, Choice] = {}
        self._taken: dict[str, str] = {}
        self._timeline: Timeline | None = None

    # layout

    def below(self) -> Iterator[Widget]:
        """The line of time, then what every list has."""
        yield Rule()
        yield Line(id="timeline")
        yield self.typing

    # what is shown

    def read(self, desk: Desk) -> tuple[SnapItem, ...]:
        """The snapshots of an environment."""
        shelf = desk.session.shelf()
        self.shelves = {**self.shelves, desk: shelf}  # another one: the last may be on its way to the screen
        self._taken |= {each.row.name: each.row.taken_at for each in shelf.kept}
        return tuple(SnapItem(desk.environment, each) for each in shelf.kept)

    def mark(self, desk: Desk) -> object:
        """Another value when a snapshot was taken, or a run began or ended."""
        return desk.session.shelf_mark()

    def tell(self, listed: Listed[SnapItem]) -> Contents:
        """What a snapshot holds, in numbers."""
        return listed.desk.session.contents(listed.item.name)

    def head(self, width: int) -> Content:
        """How many there are."""
        return past_paint.head(len(self.items), self.shelves, width)

    def item_row(self, listed: Listed[SnapItem], width: int) -> Content:
        """One snapshot."""
        newest = listed.item is self.items.of_desk[listed.desk][0]
        return past_paint.snapshot_row(listed.item, self._marks_of(listed.desk), newest, width)

    def tally(self, desk: Desk) -> str:
        """How many there are of an environment."""
        return past_paint.tally(self.shelves.get(desk))

    def full(self, listed: Listed[SnapItem], width: int) -> list[Content]:
        """All there is to say about a snapshot."""
        told = self.told.get(key_of(listed.item))
        return past_paint.full(listed.item, told, self._marks_of(listed.desk), width)

    def brief(self, listed: Listed[SnapItem], width: int, height: int) -> list[Content]:
        """The same in a few lines."""
        told = self.told.get(key_of(listed.item))
        return past_paint.brief(listed.item, told, self._marks_of(listed.desk), width, height)

    def where(self, width: int) -> Content:
        """Row 1; in the past it is another one."""
        desk = self.desk
        b = self._marks_of(desk).b
        return past_paint.where(desk.session, b, self._taken.get(b, ""), width)

    def paint(self) -> None:
        """The line of time, too."""
        super().paint()
        if not self.is_mounted or not self.size.width:
            return
        shelf, width = self.shelves.get(self.desk), self.size.width
        known = self._timeline
        if shelf is not None and (known is None or known.shelf is not shelf or known.width != width):
            self._timeline = known = Timeline(shelf, width)
        line = known.line(self._marks_of(self.desk), self._at) if known and shelf else ""
        self.line("timeline", shown(line, "$keys"))

    def off(self) -> Mapping[str, str]:
        """What there is a reason against."""
        reason = self._save_off(self.listed)
        return {"snapshots.save": reason} if reason else {}

    # marks

    def _marks_of(self, desk: Desk) -> Marks:
        return self.marks.get(desk, NONE)

    @property
    def _at(self) -> str:
        return self.listed.item.name if self.listed else ""

    def _names(self, desk: Desk) -> list[str]:
        return [item.name for item in self.items.of_desk[desk]]

    def _mark(self, desk: Desk, marks: Marks, said: str) -> None:
        self.marks[desk] = marks
        self.listing.refresh()
        self.say(said)

    def action_mark_a(self) -> None:
        """Mark A there, or nowhere."""
        if listed := self.listed:
            marks = self._marks_of(listed.desk).with_a(listed.item.name)
            self._mark(listed.desk, marks, f"A is {marks.a}: d compares" if marks.a else "A is nowhere")

    def action_mark_b(self) -> None:
        """Mark B there, and look at it in place of live; or nowhere."""
        if listed := self.listed:
            marks = self._marks_of(listed.desk).with_b(listed.item.name)
            said = f"looking at {marks.b}: p plans against it" if marks.b else "B is nowhere: this is live"
            self._mark(listed.desk, marks, said)

    def action_older(self) -> None:
        """Go to the snapshot before, and let it be B."""
        self._step(older=True)

    def action_newer(self) -> None:
        """Go to the snapshot after, and let it be B."""
        self._step(older=False)

    def _step(self, *, older: bool) -> None:
        desk, marks = self.desk, self._marks_of(self.desk)
        names = self._names(desk)
        to = stepped(names, marks.b, older=older) if marks.b else self._at or next(iter(names), "")
        if not to:
            self.say(
                f"{marks.b} is the {'oldest' if older else 'newest'} one"
                if names
                else "no snapshot is stored"
            )
            return
        self.items.go(f"{desk.environment}/{to}")
        self.listing.settle()
        a = "" if marks.a == to else marks.a
        self._mark(desk, Marks(a, to), f"looking at {to}" + ("" if a == marks.a else "; A is nowhere"))
        if isinstance(self.seen, DiffTree) and pair(self._marks_of(desk), to, names):
            self.action_diff()
        elif isinstance(self.seen, ContentTree):
            self._open(desk, to)

    # trees

    def action_diff(self) -> None:
        """Show what differs from A to B."""
        desk = self.desk
        found = pair(self._marks_of(desk), self._at, self._names(desk))
        if found is None:
            self.say("d compares two snapshots: mark one with a and another with b", style="bold")
            return
        self.say(f"comparing {found.a} and {found.b} ...")

        def call() -> PastTree:
            return DiffTree(desk.session.difference(found.a, found.b))

        self.grow(call)

    def enter(self, listed: Listed[SnapItem]) -> None:
        """Look at a snapshot: B is there, and the pane shows what it holds."""
        desk, name = listed.desk, listed.item.name
        marks = self._marks_of(desk)
        self.marks[desk] = Marks("" if marks.a == name else marks.a, name)
        self.listing.refresh()
        self._open(desk, name)

    def _open(self, desk: Desk, name: str) -> None:
        self.say(f"opening {name} ...")
        call = partial(_contents, desk, name)
        self.grow(call)

    # the past

    def action_plan_past(self) -> None:
        """Plan the review's revision against B, to look at only, and show it in the review."""
        desk = self.desk
        name = self._marks_of(desk).b or self._at
        if not name:
            self.say("no snapshot is under the cursor")
            return
        review = self.fleetc.review
        self.say(f"planning {revision(desk.choice.plan)} against {name} ...")

        def call() -> tuple[Choice, Layout]:
            choice = Choice(desk.session.look_back(name))
            return choice, self.desks.lay_out(self.desks.by, {desk: choice})

        def show(answer: tuple[Choice, Layout]) -> None:
            choice, layout = answer
            self.live.setdefault(desk, desk.choice)
            self.marks[desk] = self._marks_of(desk)._replace(b=name)
            review.adopt(desk, choice, layout)
            review.turn_to(desk)
            review.say(f"{revision(choice.plan)} against {name}: to look at only", "5 esc back to live")
            self.fleetc.show(review.scope)

        self.ask(f"decide {desk.environment}", call, show)

    def _to_live(self, desk: Desk) -> None:
        """End the past in an environment: the review has the plan and the ticks again that it had before."""
        self.marks.pop(desk, None)
        choice = self.live.pop(desk, None)
        self.listing.refresh()
        self.say("this is live")
        if choice is None or not desk.session.past:
            return

        def call() -> Layout:
            desk.session.look_live()
            return self.desks.lay_out(self.desks.by, {desk: choice})

        self.ask(f"decide {desk.environment}", call, partial(self.fleetc.review.adopt, desk, choice))

    def action_back(self) -> None:
        """Clear the filter, take the zoom back, close the tree, go back to live, or to the plan: one a press."""
        desk = self.desk
        if (
            self.typing.display
            or self.expression
            or self.has_class("zoom-left")
            or self.has_class("zoom-right")
        ):
            super().action_back()
        elif self.seen is not None:
            self.show_tree(None)
        elif self._marks_of(desk) != NONE or desk.session.past:
            self._to_live(desk)
        else:
            super().action_back()

    # files

    def action_save(self) -> None:
        """Ask for a file, and write a snapshot to it."""
        listed, why = self.listed, self._save_off(self.listed)
        if listed is None or why:
            self.say(f"save is off: {why}", style="bold")
            return
        name, session = listed.item.name, listed.desk.session
        said = [
            shown(f"snapshot     {name}"),
            shown("what it is   canonical JSON lines, which git can review and"),
            shown("             `fleetc snapshot import` takes in"),
            shown("A file that is there already is left as it is."),
        ]

        def save(path: str | None) -> None:
            if path:
                call = partial(session.save_snapshot, name, path)
                self.ask("save", call, lambda where: self.say(f"saved: {where}"))

        self.app.push_screen(Saving(said, f"{name}.jsonl"), save)

    def _save_off(self, listed: Listed[SnapItem] | None) -> str:
        if listed is None:
            return "no snapshot is under the cursor"
        if self.app.is_web:
            return "it writes a file where fleetc runs, not here"
        return barred(listed.desk.session)

    def action_copy(self) -> None:
        """Copy the command that shows the same."""
        words = ["show", self._at]
        if isinstance(self.seen, DiffTree):
            words = ["diff", self.seen.found.before.name, self.seen.found.after.name]
        if words[-1]:
            self.fleetc.copy(shlex.join(["fleetc", "-e", self.desk.environment, "snapshot", *words]))


def _contents(desk: Desk, name: str) -> PastTree:
    return ContentTree(desk.session.snapshot(name))
