"""The base of a screen that is a list of items by environment, and a pane on the one under the cursor.

How to make one. Subclass `Listing[T, D]`: `T` is an item as the session lists it, `D` what is read
of it when the cursor rests on it. Set `scope`, `BINDINGS = bound(scope)` and `subject`, give the
constructor the functions that name an item and say what a filter finds it by, and fill in

- on the session's thread: `read` (the items of an environment), `mark` (a value that is another
  one when they have to be read again; asked every two seconds) and `tell` (what is read of an item);
- painting: `head`, `item_row`, `tally` (what stands beside an environment's name), `full`
  (the pane where there is room for all of it) and `brief` (the few lines of a narrow screen);
- `enter`: what `enter` does on an item.

`where` and `off` are those of `Frame`; a screen with more to say in row 1 overrides `where`, one with
something to say while no item is under the cursor `idle`, and one with a second tree `filtered`.

What the base does: it reads when the screen is shown and when a mark changes, keeps the cursor on
its item, folds environments, filters as one types (`/`), turns environments (`]` `[`), and goes
back a step a press. Its handlers are those of `<scope>.detail` (enter), `<scope>.filter`,
`<scope>.next_match`, `<scope>.previous_match` and `<scope>.refresh`: put the ones that the screen has into the key
table. `listed` is the item under the cursor, `desk` its environment, `told` what was read of an
item (by key, None while it is being read), `now` the session's time at the last reading. `decided`
makes a call that changes something, says what it came to and reads the list again. A row is made
when it is seen: nothing here walks the items to paint. Texts from outside are `shown(...)`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from textual import on
from textual.content import Content
from textual.geometry import Size
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from fleetc.tui.desk import Desk, Desks
from fleetc.tui.items import Items, Listed, Named
from fleetc.tui.line import Line, Lines
from fleetc.tui.paint import environment, mark_cursor, plan_row
from fleetc.tui.rows import Rows
from fleetc.tui.screens.frame import Frame, Rule
from fleetc.tui.text import KEPT, Part, lined, shown
from fleetc.tui.tree import Tree

__all__ = ["Listing"]

LOOK = 2.0
"""Seconds between two looks whether the items have changed."""
REST = 0.15
"""Seconds that the cursor has to rest on an item before it is read."""
TOLD = 200
"""How many items are remembered as they were read."""

T = TypeVar("T")
D = TypeVar("D")


class Listing(Frame, Generic[T, D]):
    """A list of items by environment, and a pane."""

    subject: ClassVar[str] = ""
    """What is listed, in words."""

    def __init__(self, desks: Desks, *, key: Callable[[T], str], words: Callable[[T], str]) -> None:
        super().__init__(name=self.scope)
        self.desks = desks
        self.key = key
        self.items: Items[T] = Items(desks, key, words)
        self.told: dict[str, D] = {}
        self.listing = Tree(self.row, id="items")
        self.detail = Lines(id="detail")
        self.typing = Input(id="typing", compact=True, restrict=r"[^\x00-\x1f\x7f-\x9f]*")
        self.now = 0.0
        self.was_read = False
        self._marks: dict[Desk, object] = {}
        self._rest: Timer | None = None

    # to be filled in

    @abstractmethod
    def read(self, desk: Desk) -> tuple[T, ...]:
        """The items of an environment. Called on the session's thread."""

    @abstractmethod
    def mark(self, desk: Desk) -> object:
        """A value that is another one when the items have to be read again. On the session's thread."""

    @abstractmethod
    def tell(self, listed: Listed[T]) -> D:
        """What there is to read of an item. Called on the session's thread."""

    @abstractmethod
    def head(self, width: int) -> Content:
        """The line above the list."""

    @abstractmethod
    def item_row(self, listed: Listed[T], width: int) -> Content:
        """One item on a line of `width` cells; its first five cells are the tree's."""

    @abstractmethod
    def tally(self, desk: Desk) -> str:
        """What stands beside an environment's name: how many there are, or that there is none."""

    @abstractmethod
    def full(self, listed: Listed[T], width: int) -> list[Content]:
        """All there is to say about an item."""

    @abstractmethod
    def brief(self, listed: Listed[T], width: int, height: int) -> list[Content]:
        """The same in `height` lines."""

    def idle(self, width: int) -> list[Content]:
        """The pane while no item is under the cursor."""
        return []

    @abstractmethod
    def enter(self, listed: Listed[T]) -> None:
        """Do what `enter` does on an item."""

    # layout

    def left(self) -> Iterator[Widget]:
        """How many there are, then the items."""
        yield Line(id="list-head")
        yield Rule()
        yield self.listing

    def right(self) -> Iterator[Widget]:
        """The item under the cursor."""
        yield self.detail

    def below(self) -> Iterator[Widget]:
        """A line across, and where a filter is typed."""
        yield Rule()
        yield self.typing

    def shape(self, size: Size) -> tuple[int, int]:
        """The list has 68 of 120 columns; the pane 8 of 24 rows."""
        return size.width * 68 // 120, max(4, size.height // 3)

    def on_mount(self) -> None:
        """Begin to look."""
        self.typing.display = False
        self.listing.load(self.rows)
        self.listing.focus()
        self.set_interval(LOOK, self._look)

    def on_screen_resume(self) -> None:
        """Read the items again."""
        self.reload()

    # what is shown

    @property
    def rows(self) -> Rows:
        """The rows of the list."""
        return self.items.rows

    @property
    def listed(self) -> Listed[T] | None:
        """The item under the cursor."""
        return self.items.at_cursor()

    @property
    def desk(self) -> Desk:
        """The environment under the cursor, else that of the review."""
        return self.items.desk_at_cursor() or self.fleetc.review.desk

    def row(self, row: int, width: int) -> Content:
        """One item, or an environment."""
        if listed := self.items.of_row(row):
            return mark_cursor(self.rows, row, self.item_row(listed, width), 2)
        arrow = "v" if self.rows.is_open(row) else ">"
        head = Content.assemble(f" {arrow} ", shown(self.rows.outline.group_at[row].title, "bold"))
        return plan_row(head, shown(self.tally(self.items.desk_of(row))), width)

    def where(self, width: int) -> Content:
        """Row 1: environment, what the screen is on, who looks."""
        session = self.desk.session
        left = [Part(environment(session.environment), 20), Part(shown(self.subject, "bold"), 12)]
        right = [Part(shown(session.who), 10)]
        if session.read_only:
            right.insert(0, Part(shown(f"READ-ONLY ({session.read_only})", "bold reverse"), 13))
        return lined(width, left, right)

    def paint(self) -> None:
        """Every line; the list paints itself."""
        super().paint()
        if not self.is_mounted:
            return
        self.line("list-head", self._head(self.room("list-head")))
        room = self.detail.scrollable_content_region
        if not room.width:
            return
        listed = self.listed
        if listed is None:
            self.detail.show(self.idle(room.width))
        elif self.wide or self.has_class("zoom-right"):
            self.detail.show(self.full(listed, room.width))
        else:
            self.detail.show(self.brief(listed, room.width, room.height))

    def _head(self, width: int) -> Content:
        expression = self.items.expression
        if not expression:
            return self.head(width)
        count = f"{self.rows.matched:,} of {len(self.items):,} shown"
        clears = [] if self.rows.matched else [Part(shown("esc clears"), 7)]
        return lined(
            width, [Part(shown(f"Filter / {expression}"), KEPT), Part(shown(count, "bold"), 9), *clears]
        )

    # reading

    def reload(self) -> None:
        """Read all items again."""
        for desk in self.desks.all:
            self.ask(f"read {desk.environment}", partial(self._reading, desk), partial(self._loaded, desk))

    def _reading(self, desk: Desk) -> tuple[tuple[T, ...], Named, object, float]:
        mark = self.mark(desk)
        items = self.read(desk)
        return items, self.items.named(items), mark, desk.session.now()

    def _loaded(self, desk: Desk, answer: tuple[tuple[T, ...], Named, object, float]) -> None:
        items, named, self._marks[desk], self.now = answer
        self.was_read = True
        self.items.take(desk, items, named)
        self.listing.load(self.rows)
        self.paint()
        if self.listed:
            self._rest_on(self.listed)

    def _look(self) -> None:
        if self.is_current:
            for desk in self.desks.all:
                self.ask(f"mark {desk.environment}", partial(self.mark, desk), partial(self._looked, desk))

    def _looked(self, desk: Desk, mark: object) -> None:
        if desk in self._marks and mark != self._marks[desk]:
            self.reload()

    @on(Tree.Moved)
    @on(Lines.Resized)
    def _moved(self) -> None:
        self.paint()
        if self.listed and self.key(self.listed.item) not in self.told:
            self._rest_on(self.listed)

    def _rest_on(self, listed: Listed[T]) -> None:
        """Read an item when the cursor has come to rest on it."""
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST, partial(self._tell, listed))

    def _tell(self, listed: Listed[T]) -> None:
        self.ask("tell", partial(self.tell, listed), partial(self._was_told, self.key(listed.item)))

    def _was_told(self, key: str, told: D) -> None:
        self.told.pop(key, None)
        self.told[key] = told
        if len(self.told) > TOLD:
            del self.told[next(iter(self.told))]
        self.paint()

    # keys

    def action_refresh(self) -> None:
        """Read the items again."""
        self.reload()
        self.say(f"the {self.subject.lower()} were read again")

    def action_detail(self) -> None:
        """Do what `enter` does on an item, or fold an environment."""
        if listed := self.listed:
            self.enter(listed)
        elif self.rows.cursor >= 0:
            self.listing.fold(self.rows.cursor, is_open=not self.rows.is_open(self.rows.cursor))

    @on(Tree.Clicked)
    def _clicked(self) -> None:
        self.action_detail()

    def decided(self, desk: Desk, call: Callable[[], Any], said: Callable[[Any], str]) -> None:
        """Make a call that decides something in an environment, say what it came to, read again."""

        def done(answer: Any) -> None:
            self.say(said(answer))
            self.reload()
            if desk is self.fleetc.review.desk:
                self.fleetc.review.refresh_world()

        self.ask(f"decide {desk.environment}", call, done)

    # the filter

    @property
    def filtered(self) -> Tree:
        """The tree that a filter is on."""
        return self.listing

    @property
    def expression(self) -> str:
        """The filter."""
        return self.items.expression

    def action_filter(self) -> None:
        """Type a filter, with the list in sight."""
        if self.has_class("zoom-right"):
            self.unzoom()
        self.typing.value = self.expression
        self.typing.display = True
        self.set_focus(self.typing)

    @on(Input.Changed, "#typing")
    def _typed(self, event: Input.Changed) -> None:
        self.narrow(event.value)

    @on(Input.Submitted, "#typing")
    def _stop_typing(self) -> None:
        pane = self.filtered
        self.typing.display = False
        pane.focus()
        self.paint()

    def narrow(self, expression: str) -> None:
        """Show only what fits."""
        self.items.narrow(expression)
        self.listing.settle()

    def action_next_match(self) -> None:
        """Go to the next item that is shown."""
        self._seek(backwards=False)

    def action_previous_match(self) -> None:
        """Go to the previous item that is shown."""
        self._seek(backwards=True)

    def _seek(self, *, backwards: bool) -> None:
        tree = self.filtered
        if tree.rows is not None and tree.rows.seek(None, backwards):
            tree.settle()
        else:
            self.say("nothing is shown")

    # leaving

    def action_next_environment(self) -> None:
        """Go to the next environment."""
        self._turn(1)

    def action_previous_environment(self) -> None:
        """Go to the previous environment."""
        self._turn(-1)

    def _turn(self, steps: int) -> None:
        self.rows.go(self.items.top(self.desks.after(self.desk, steps)))
        self.listing.settle(lifted=True)

    def action_back(self) -> None:
        """Clear the filter, take the zoom back, or go to the plan: one a press."""
        if self.typing.display or self.expression:
            self.typing.value = ""
            self.narrow("")
            self._stop_typing()
        elif not self.unzoom():
            self.fleetc.show("plan")

    def action_leave(self) -> None:
        """Go back to the plan."""
        self.fleetc.show("plan")
