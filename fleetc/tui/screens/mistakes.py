"""In the place of the tree when there is no plan: each mistake with its line, and what can be done.

The last plan that the ledger has stays in reach, marked old.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from fleetc.errors import FleetcError
from fleetc.tui.line import Line, Lines
from fleetc.tui.paint import environment, mark_cursor, plan_row
from fleetc.tui.screens.editing import run_editor
from fleetc.tui.screens.frame import Frame, Rule, bound
from fleetc.tui.text import Part, fit, lined, paragraph, place, shown
from fleetc.tui.tree import Tree
from fleetc.tui.troubles import Trouble, rows_of, troubles

if TYPE_CHECKING:
    from fleetc.service.pointing import Editable

__all__ = ["Mistakes"]


class Mistakes(Frame):
    """Problems of environments, by `(environment, problem)`, and the one under the cursor in full.

    `editable` gives the file to open for an environment and a place in it; without it none can be.
    """

    scope: ClassVar[str] = "mistakes"
    BINDINGS = bound("mistakes")

    def __init__(
        self,
        problems: Sequence[tuple[str, FleetcError]],
        *,
        name: str = "mistakes",
        editable: Callable[[str, str], Editable] | None = None,
    ) -> None:
        super().__init__(name=name)
        self.editable = editable
        self.listing = Tree(self.row, id="troubles")
        self.detail = Lines(id="detail")
        self.take(problems)

    def take(self, problems: Sequence[tuple[str, FleetcError]]) -> None:
        """Show other problems."""
        self.problems = tuple(problems)
        self.found = troubles(self.problems)
        self.rows = rows_of(self.found)
        self.listing.load(self.rows)

    # layout

    def left(self) -> Iterator[Widget]:
        """How many, then the list."""
        yield Line(id="head")
        yield Rule()
        yield self.listing

    def right(self) -> Iterator[Widget]:
        """The one under the cursor."""
        yield self.detail

    def below(self) -> Iterator[Widget]:
        """What can be done."""
        yield Rule()
        yield Line(id="choices")

    def shape(self, size: Size) -> tuple[int, int]:
        """The list has half of the columns; the detail 8 of 24 rows."""
        return size.width // 2, max(4, size.height // 3)

    def on_mount(self) -> None:
        """Look at the first one."""
        self.listing.focus()

    # painting

    @property
    def trouble(self) -> Trouble | None:
        """The one under the cursor."""
        return self.found[self.rows.leaf] if self.rows.leaf >= 0 else None

    @property
    def environment(self) -> str:
        """The environment under the cursor, else the first one."""
        row = self.rows.cursor
        while row >= 0 and self.rows.outline.parent[row] >= 0:
            row = self.rows.outline.parent[row]
        return self.rows.outline.group_at[row].title if row >= 0 else ""

    def row(self, row: int, width: int) -> Content:
        """One trouble, or an environment."""
        leaf = self.rows.outline.leaf[row]
        if leaf < 0:
            group = self.rows.outline.group_at[row]
            arrow = "v" if self.rows.is_open(row) else ">"
            head = Content.assemble(f" {arrow} ", shown(f"environment/{group.title}", "bold"))
            return mark_cursor(self.rows, row, plan_row(head, Content(str(len(group.leaves))), width), 0)
        each = self.found[leaf]
        words = "  ".join(filter(None, (each.code, place(each.place), each.message)))
        return mark_cursor(self.rows, row, fit(shown(f"     {words}"), width), 2)

    def where(self, width: int) -> Content:
        """Row 1."""
        left = [
            Part(environment(self.environment), 20),
            Part(shown("NO PLAN", "bold reverse"), 14),
        ]
        return lined(width, left)

    def paint(self) -> None:
        """The lines, and the trouble under the cursor."""
        super().paint()
        if not self.is_mounted or not self.size.width:
            return
        many = len(self.found)
        said = f"{many} problem{'s' if many != 1 else ''}: there is no plan"
        self.line("head", lined(self.room("head"), [Part(shown(said, "bold"))]))
        self.line("choices", lined(self.size.width, [Part(shown(self.choices()))]))
        room = self.detail.scrollable_content_region.width
        if room and self.trouble:
            lines = [shown(f" {line}") for line in self.trouble.lines]
            self.detail.show([line for each in lines for line in paragraph(each, room, 4)])
        elif room:
            self.detail.show([])

    def choices(self) -> str:
        """What can be done now."""
        return "r tries again   o opens the line   p shows the last plan, marked old"

    @on(Tree.Moved)
    @on(Lines.Resized)
    def _moved(self) -> None:
        self.paint()

    def off(self) -> Mapping[str, str]:
        """Opening a line, where there is none."""
        known = self.trouble and self.trouble.place
        return {} if known else {f"{self.scope}.source": "no line of a file says it"}

    # keys

    def action_detail(self) -> None:
        """Give the screen to the one under the cursor, or take it back."""
        if not self.unzoom():
            self.zoom("right")
            self.detail.focus()

    def action_source(self) -> None:
        """Open the line in the editor."""
        if self.trouble is None or not self.trouble.place:
            self.say("no line of a file says this")
        elif self.editable is None or self.app.is_web:
            self.say(f"{place(self.trouble.place)}: no editor can be opened here")
        else:
            call = partial(self.editable, self.environment, self.trouble.place)
            self.ask("source", call, self._found_file)

    def _found_file(self, found: Editable) -> None:
        if run_editor(self, found.name, found.path, found.line) is not None:
            self.say(f"{found.name}:{found.line}", "commit, then r tries again")

    def action_copy(self) -> None:
        """Copy what is said."""
        if self.trouble:
            self.fleetc.copy("\n".join(self.trouble.lines))

    def action_again(self) -> None:
        """Plan again."""
        self.fleetc.show("plan")
        self.fleetc.review.action_replan()

    def action_old_plan(self) -> None:
        """Go back to the plan there was."""
        self.fleetc.show("plan")

    def action_next_environment(self) -> None:
        """Go to the next environment."""
        self._turn(1)

    def action_previous_environment(self) -> None:
        """Go to the previous environment."""
        self._turn(-1)

    def _turn(self, steps: int) -> None:
        groups = list(self.rows.outline.groups)
        if groups:
            here = max((n for n, row in enumerate(groups) if row <= self.rows.cursor), default=0)
            self.rows.go(groups[(here + steps) % len(groups)])
            self.listing.settle(lifted=True)

    def action_back(self) -> None:
        """Take the zoom back, or go to the plan there was."""
        if self.unzoom():
            self.listing.focus()
        else:
            self.action_old_plan()

    def action_leave(self) -> None:
        """Go back to the plan there was."""
        self.action_old_plan()
