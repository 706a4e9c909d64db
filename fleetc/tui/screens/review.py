"""The plan review: what would change, what is chosen of it, and why."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Input

from fleetc.tui import detail, states
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk, Desks
from fleetc.tui.line import Line, Lines
from fleetc.tui.paint import guards, header, review_row, where_plan, where_unplanned
from fleetc.tui.screens.deciding import Deciding
from fleetc.tui.screens.frame import Rule, bound
from fleetc.tui.text import Part, clock, lined, paragraph, place, shown
from fleetc.tui.tree import Tree

__all__ = ["Review"]

MANY = 50
"""From so many rows on, toggling all that are shown asks first."""


class Review(Deciding):
    """The first screen; its tree is the plans', its right pane the detail of the cursor's row."""

    scope: ClassVar[str] = "plan"
    BINDINGS = bound("plan")

    def __init__(self, desks: Desks) -> None:
        super().__init__(desks, name="plan")
        self.unchanged = False
        self.expression = ""
        self.trouble = ""
        self.listing = Tree(self.row, id="tree")
        self.detail = Lines(id="detail")
        self.typing = Input(id="typing", compact=True, restrict=r"[^\x00-\x1f\x7f-\x9f]*")
        self.rows = desks.rows()

    def adopt(self, desk: Desk, choice: Choice) -> None:
        """Show another plan; the cursor, open groups and the filter stay as far as they fit."""
        before = self.rows
        super().adopt(desk, choice)
        self.rows = self.desks.rows()
        self.rows.carry(before)
        self.listing.load(self.rows)
        self.narrow(self.expression)

    # layout

    def left(self) -> Iterator[Widget]:
        """Counts, then the tree."""
        yield Line(id="counts")
        yield Rule()
        yield self.listing

    def right(self) -> Iterator[Widget]:
        """The detail of a row."""
        yield Line(id="title", classes="wide-only")
        yield Rule(classes="wide-only")
        yield self.detail

    def below(self) -> Iterator[Widget]:
        """Guards and filter."""
        yield Rule()
        yield Line(id="guards")
        yield Line(id="filter")
        yield self.typing

    def shape(self, size: Size) -> tuple[int, int]:
        """The tree has 68 of 120 columns; the brief detail 4 of 24 rows."""
        return size.width * 68 // 120, max(4, size.height // 4 - 2)

    def on_mount(self) -> None:
        """Show the plan and look at the world every two seconds."""
        self.typing.display = False
        self.listing.load(self.rows)
        self.listing.focus()
        self.set_interval(2.0, self.refresh_world)
        self.refresh_world()

    # painting

    def row(self, row: int, width: int) -> Content:
        """One row of the tree."""
        branch = self.desks.branch(row)
        choice = branch.choice if isinstance(branch, Desk) else self.choice
        return review_row(choice, self.rows, row, width)

    def where(self, width: int) -> Content:
        """Row 1."""
        if self.unplanned is not None:
            return where_unplanned(self.unplanned, width)
        return where_plan(self.desk.session, self.choice.plan, self.world, width, self.wide)

    def paint(self) -> None:
        """Everything but the tree, which paints itself."""
        super().paint()
        width = self.size.width
        if not self.is_mounted or not width:
            return
        none = Content("")
        room = self.room("counts")
        self.line("counts", none if self.unplanned else header(self.choice, room, self.wide))
        self.line("title", Content.assemble(" ", detail.title(self.choice, self.rows, self.known.waves)))
        self.line("guards", none if self.unplanned else guards(self.choice, self.world, width, self.wide))
        self.line("filter", self._filter_line(width))
        self._paint_detail()

    def _paint_detail(self) -> None:
        pane = self.detail
        room = pane.scrollable_content_region
        if not room.width:
            return
        if self.unplanned is not None:
            said = (self.unplanned.why, *self.unplanned.mistakes)
            pane.show([line for text in said for line in paragraph(shown(f" {text}"), room.width, 3)])
        elif self.wide or self.has_class("zoom-right"):
            pane.show(detail.full(self._seen, room.width, self.unchanged))
        else:
            pane.show(detail.brief(self._seen, room.width, room.height))

    @property
    def _seen(self) -> detail.Seen:
        return detail.Seen(self.choice, self.rows, self.known)

    def _filter_line(self, width: int) -> Content:
        total = len(self.desks.addresses)
        if not total:
            plan = self.choice.plan
            at = f" at {clock(plan.snapshot_taken_at)}" if plan.snapshot_taken_at else ""
            return lined(width, [Part(shown(f"No changes: desired equals observed{at}", "bold"))])
        found = f"{self.rows.matched} of {total} shown" if self.expression else ""
        what = found
        if self.expression and not self.rows.matched:
            what = f"0 of {total} shown: filter {self.expression}; esc clears"
        filtered = shown(f"Filter / {self.expression or '(none)'}", "" if self.expression else "$faint")
        status = "" if self.unplanned else states.standing(self.choice, self.world)
        if self.trouble:
            filtered, what = shown(f"Filter: {self.trouble}"), ""
        return lined(width, [Part(filtered), Part(shown(what, "bold"), 6)], [Part(shown(status, "bold"), 8)])

    @on(Tree.Moved)
    @on(Lines.Resized)
    def _moved(self) -> None:
        self._settle_desk()
        self.paint()

    def _settle_desk(self) -> None:
        """Work on the environment that the cursor is in; on none, stay where we are."""
        if self.rows.cursor < 0:
            return
        branch = self.desks.branch(self.rows.cursor)
        self.unplanned = None if isinstance(branch, Desk) else branch
        if isinstance(branch, Desk) and branch is not self.desk:
            self.desk = branch
            self.refresh_world()

    def turn_to(self, desk: Desk) -> None:
        """Put the cursor on an environment."""
        self.rows.go(self.desks.top(desk))
        self.listing.settle(lifted=True)
        self._settle_desk()

    def action_next_environment(self) -> None:
        """Go to the next environment."""
        self.turn_to(self.desks.after(self.desk, 1))

    def action_previous_environment(self) -> None:
        """Go to the previous environment."""
        self.turn_to(self.desks.after(self.desk, -1))

    # choosing

    def _chosen(self, changed: bool, nothing: str) -> None:
        if changed:
            self.rows.mark(self.desks.ticked)
            self.listing.settle()
            self.say(self.desks.said, "u undo")
            self.chosen_anew()
        else:
            self.say(nothing)

    def action_choose(self) -> None:
        """Choose or leave out the row or the marked range."""
        each = [self.rows.leaves(row) for row in self.listing.range_rows()]
        leaves = each[0] if len(each) == 1 else list(dict.fromkeys(chain.from_iterable(each)))
        barred = self._barred()
        self.listing.range_from = None
        self._chosen(self.desks.toggle(leaves), barred or "nothing to choose here")
        if leaves and barred:
            self.say(self.effect.plain, f"{barred}  {self.hint}".strip())

    def _barred(self) -> str:
        """What of the marked rows cannot be chosen, and why; empty when all of it can."""
        rows = self.listing.range_rows()
        if len(rows) == 1 and self.rows.outline.leaf[rows[0]] >= 0 and self.rows.barred_of(rows[0]):
            return f"{self.rows.key(rows[0])} cannot be chosen: {self.choice.why(self._leaf(rows[0]))}"
        count = max((self.rows.barred_of(row) for row in rows), default=0)
        return f"{count} cannot be chosen" if count else ""

    def _leaf(self, row: int) -> int:
        return self.rows.outline.leaf[row] - self.choice.first

    def judged(self) -> None:
        """Show what rules say now."""
        self.rows.judge(self.desks.worst)
        self.listing.refresh()

    def refused(self) -> None:
        """Show the ticks without what rules refused."""
        self.rows.mark(self.desks.ticked)
        self.listing.refresh()

    @on(Tree.Clicked)
    def _clicked(self) -> None:
        self.action_choose()

    def action_toggle_shown(self) -> None:
        """Choose all shown rows, or leave them all out; many only at the second press."""
        leaves = self.rows.shown_leaves()
        warning = f"a again: all {len(leaves):,} shown rows at once"
        if len(leaves) > MANY and self.effect.plain != warning:
            self.say(warning, style="bold")
        else:
            self._chosen(self.desks.toggle(leaves), "nothing to choose here")

    def action_range(self) -> None:
        """Begin or end a range."""
        self.listing.range_from = None if self.listing.range_from is not None else self.rows.position
        self.say("" if self.listing.range_from is None else "range: move, then space; v ends it")
        self.listing.refresh()

    def action_undo(self) -> None:
        """Undo the last toggle."""
        self._chosen(self.desks.undo(), "nothing to undo")

    def action_redo(self) -> None:
        """Redo what was undone."""
        self._chosen(self.desks.redo(), "nothing to redo")

    # looking

    def action_detail(self) -> None:
        """Fold a group, or show a row's detail in full."""
        if self.rows.cursor >= 0 and self.rows.leaf < 0:
            row = self.rows.cursor
            self.listing.fold(row, is_open=not self.rows.is_open(row))
        elif not self.unzoom():
            self.zoom("right")
            self.detail.focus()

    def action_unchanged(self) -> None:
        """Show or hide fields that stay."""
        self.unchanged = not self.unchanged
        self.paint()

    def _seek(self, flags: bytes | None, backwards: bool, nothing: str) -> None:
        if self.rows.seek(flags, backwards):
            self.listing.settle()
        else:
            self.say(nothing)

    def action_next_problem(self) -> None:
        """Go to the next row that is left out, denied, held, warned of, in conflict or over a limit."""
        self._seek_problem(backwards=False)

    def action_previous_problem(self) -> None:
        """Go to the previous one."""
        self._seek_problem(backwards=True)

    def _seek_problem(self, *, backwards: bool) -> None:
        problems = self.desks.problems
        if not self.rows.seek(problems, backwards):
            self.say("there is no problem")
            return
        self.listing.settle()
        self._settle_desk()
        found = self.choice.problem(self._leaf(self.rows.cursor))
        place = problems.count(1, 0, self.rows.leaf + 1)
        self.say(f"problem {place} of {problems.count(1)}: {found}")

    def action_next_match(self) -> None:
        """Go to the next row that the filter shows."""
        self._seek(None, False, "nothing is shown")

    def action_previous_match(self) -> None:
        """Go to the previous row that the filter shows."""
        self._seek(None, True, "nothing is shown")

    def action_source(self) -> None:
        """Show the line that the first field with a place comes from."""
        action = detail.subject(self.choice, self.rows)
        if action is None:
            self.say("a group has no source line")
            return
        origin = next((change.origin for change in action.fields if ":" in change.origin), "")
        if not origin:
            self.say("no line of a file says this")
            return
        call = partial(self.desk.session.source_line, origin)
        self.ask("source", call, lambda line: self.say(f"{place(origin)}: {line.strip()}"))

    def action_copy(self) -> None:
        """Copy the headless command."""
        call = partial(self.desk.session.command, self.choice.ticked)
        self.ask("copy", call, self.fleetc.copy)

    def action_copy_address(self) -> None:
        """Copy the address, or the group's name."""
        if self.rows.cursor >= 0:
            self.fleetc.copy(self.rows.key(self.rows.cursor))

    # the filter

    def action_filter(self) -> None:
        """Type a filter, with the tree in sight."""
        if self.has_class("zoom-right"):
            self.unzoom()
        typing = self.typing
        typing.value = self.expression
        self.query_one("#filter").display = False
        typing.display = True
        typing.focus()

    @on(Input.Changed, "#typing")
    def _typed(self, event: Input.Changed) -> None:
        self.narrow(event.value)

    @on(Input.Submitted, "#typing")
    def _filtered(self) -> None:
        self._stop_typing()

    def _stop_typing(self) -> None:
        self.typing.display = False
        self.narrow(self.expression)
        self.query_one("#filter").display = True
        self.listing.focus()
        self.paint()

    def narrow(self, expression: str) -> None:
        """Filter by a selector, or by plain text; half a selector filters nothing while it is typed."""
        found = self.desks.filtered(expression)
        self.expression = expression
        self.trouble = "" if self.typing.display and found.unfinished else found.trouble
        if not (self.typing.display and found.unfinished):
            self.rows.narrow(found.mask)
        self.listing.settle()

    def action_back(self) -> None:
        """Clear the filter, end a range, close the detail: one a press."""
        if self.typing.display or self.expression:
            self.typing.value = ""
            self.narrow("")
            self._stop_typing()
        elif self.listing.range_from is not None:
            self.action_range()
        else:
            self.unzoom()
            self.listing.focus()

    def action_leave(self) -> None:
        """Quit; with a selection that is not approved, the second press does."""
        self.fleetc.leave(changed=self.desks.changed)
