"""The plan review: what would change, what is chosen of it, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from fleetc.tui import detail, states
from fleetc.tui.branch import By
from fleetc.tui.desk import Desks
from fleetc.tui.line import Line, Lines
from fleetc.tui.paint import guards, header, where_plan, where_unplanned
from fleetc.tui.screens.asking import Asking
from fleetc.tui.screens.frame import Rule, bound
from fleetc.tui.text import Part, clock, lined, paragraph, shown
from fleetc.tui.tree import Tree

__all__ = ["Review"]


ALL = 2000
"""Lines of one value in a pane that has the screen for itself."""


class Review(Asking):
    """The first screen; its tree is the plans', its right pane the detail of the cursor's row."""

    scope: ClassVar[str] = "plan"
    BINDINGS = bound("plan")

    def __init__(self, desks: Desks) -> None:
        super().__init__(desks, name="plan")
        self.unchanged = False
        self.detail = Lines(id="detail")

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
        elif self.has_class("zoom-right"):
            pane.show(detail.full(self._seen, room.width, self.unchanged, ALL))
        elif self.wide:
            pane.show(detail.full(self._seen, room.width, self.unchanged))
        else:
            pane.show(detail.brief(self._seen, room.width, room.height))

    @property
    def _seen(self) -> detail.Seen:
        return detail.Seen(self.choice, self.rows, self.known)

    def _filter_line(self, width: int) -> Content:
        total = self.rows.total
        if not total:
            plan = self.choice.plan
            at = f" at {clock(plan.snapshot_taken_at)}" if plan.snapshot_taken_at else ""
            return lined(
                width, [Part(shown(f"No changes: desired equals observed{at}{self.known.observed}", "bold"))]
            )
        what = f"{self.rows.matched} of {total} shown" if self.expression and self.rows.matched else ""
        filtered = shown(f"Filter / {self.expression or '(none)'}", "" if self.expression else "$faint")
        if self.expression and not self.rows.matched:
            filtered = shown(f"0 of {total} shown: filter {self.expression}; esc clears", "bold")
        by = "" if self.desks.by is By.KIND or self.links else f"by {self.desks.by.value}"
        status = "" if self.unplanned else states.standing(self.choice, self.world)
        if self.trouble:
            filtered, what = shown(f"Filter: {self.trouble}"), ""
        left = [Part(filtered), Part(shown(what, "bold"), 9), Part(shown(by, "$faint"), 4)]
        return lined(width, left, [Part(shown(status, "bold"), 8)])

    @on(Tree.Moved)
    @on(Lines.Resized)
    def _moved(self) -> None:
        self.settle_desk()
        self.paint()

    def action_next_environment(self) -> None:
        """Go to the next environment."""
        self.turn_to(self.desks.after(self.desk, 1))

    def action_previous_environment(self) -> None:
        """Go to the previous environment."""
        self.turn_to(self.desks.after(self.desk, -1))

    # looking

    def action_detail(self) -> None:
        """Fold a group, or show a row's detail in full; follow the run that was just said to hold the lock."""
        if self.follow_lock():
            return
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

    # leaving

    def action_back(self) -> None:
        """Clear the filter, end a range, close the detail: one a press."""
        if self.cancel_planning():
            return
        if self.typing.display or self.expression:
            self.typing.value = ""
            self.narrow("")
            self.stop_typing()
        elif self.listing.range_from is not None:
            self.action_range()
        elif not self.unzoom() and self.back_from_links():
            self.listing.settle()
        else:
            self.listing.focus()

    def action_leave(self) -> None:
        """Quit; with a selection that is not approved, the second press does."""
        waiting = any(choice.changed for choice in self.fleetc.snapshots.live.values())
        self.fleetc.leave(changed=self.desks.changed or waiting)
