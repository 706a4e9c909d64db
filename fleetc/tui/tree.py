"""The tree widget: paints the visible rows of a `Rows`, one line each, and moves its cursor."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from fleetc.tui.rows import Rows

__all__ = ["Painter", "Tree"]

Painter = Callable[[int, int], Content]


class Tree(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows by the line API. `painter(row, width)` gives a row's content at exactly that width."""

    DEFAULT_CSS = "Tree { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }"

    class Moved(Message):
        """The cursor is on another row, or a group was opened or closed."""

    class Clicked(Message):
        """The box of the row under the cursor was clicked."""

    def __init__(self, painter: Painter, *, id: str) -> None:  # noqa: A002  (textual's own name)
        super().__init__(id=id)
        self.painter = painter
        self.rows: Rows | None = None
        self.range_from: int | None = None

    def load(self, rows: Rows) -> None:
        """Show other rows."""
        self.rows = rows
        self.range_from = None
        self.settle()

    def settle(self, *, lifted: bool = False) -> None:
        """Paint again after the rows changed, with the cursor in view; as far up as it goes if `lifted`."""
        rows = self.rows
        if rows is None:
            return
        self.virtual_size = Size(self.size.width, len(rows.visible))
        height = self.scrollable_content_region.height
        top = self.scroll_offset.y
        if height > 0:
            lowest = max(0, len(rows.visible) - height)
            least = rows.position if lifted else max(top, rows.position - height + 1)
            wanted = min(least, rows.position, lowest)
            self.scroll_to(y=wanted, animate=False, force=True, immediate=True)
        self.refresh()
        self.post_message(self.Moved())

    def on_resize(self, _event: events.Resize) -> None:
        """Keep the cursor in view."""
        self.settle()

    def render_line(self, y: int) -> Strip:
        """The strip of one line of the view."""
        width = self.scrollable_content_region.width
        place = self.scroll_offset.y + y
        if self.rows is None or place >= len(self.rows.visible):
            return Strip.blank(width, self.rich_style)
        content = self.painter(self.rows.visible[place], width)
        style = self.visual_style
        if place == self.rows.position:
            content = Content.styled(content.plain, "reverse" if self.has_focus else "underline")
        elif self.range_from is not None and self._in_range(place):
            content = content.stylize("underline")
        return Strip(content.render_segments(style), width)

    def _in_range(self, place: int) -> bool:
        assert self.rows is not None
        if self.range_from is None:
            return False
        low, high = sorted((self.range_from, self.rows.position))
        return low <= place <= high

    def range_rows(self) -> list[int]:
        """The rows of the marked range, or the one under the cursor."""
        if self.rows is None or not self.rows.visible:
            return []
        if self.range_from is None:
            return [self.rows.cursor]
        low, high = sorted((self.range_from, self.rows.position))
        return list(self.rows.visible[low : high + 1])

    # moving

    def move(self, steps: int) -> None:
        """Move the cursor by so many visible rows."""
        if self.rows is not None:
            self.rows.move_to(self.rows.position + steps)
            self.settle()

    def action_down(self) -> None:
        """Move down."""
        self.move(1)

    def action_up(self) -> None:
        """Move up."""
        self.move(-1)

    def action_page_down(self) -> None:
        """Move a page down."""
        self.move(max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        """Move a page up."""
        self.move(-max(1, self.size.height - 1))

    def action_top(self) -> None:
        """Go to the first row."""
        if self.rows is not None:
            self.move(-len(self.rows.visible))

    def action_bottom(self) -> None:
        """Go to the last row."""
        if self.rows is not None:
            self.move(len(self.rows.visible))

    # folding

    def action_open(self) -> None:
        """Open a closed group, else go to its first row."""
        if self.rows is None or not self.rows.visible or self.rows.leaf >= 0:
            return
        if self.rows.is_open(self.rows.cursor):
            self.move(1)
        else:
            self.fold(self.rows.cursor, is_open=True)

    def action_close(self) -> None:
        """Close an open group, else go to the group this row is in."""
        if self.rows is None or not self.rows.visible:
            return
        row = self.rows.cursor
        if self.rows.leaf < 0 and self.rows.is_open(row):
            self.fold(row, is_open=False)
        elif self.rows.outline.parent[row] >= 0:
            self.rows.go(self.rows.outline.parent[row])
            self.settle()

    def fold(self, row: int, *, is_open: bool) -> None:
        """Open or close a group; a marked range ends."""
        if self.rows is not None:
            self.range_from = None
            self.rows.fold(row, is_open)
            self.settle()

    def action_fold_all(self) -> None:
        """Close all groups but the outermost."""
        if self.rows is not None:
            self.rows.fold_all(False)
            self.settle()

    def action_unfold_all(self) -> None:
        """Open all groups."""
        if self.rows is not None:
            self.rows.fold_all(True)
            self.settle()

    # the mouse

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row; its arrow folds, its box toggles."""
        if self.rows is None:
            return
        place = self.scroll_offset.y + event.y
        if place >= len(self.rows.visible):
            return
        self.rows.move_to(place)
        self.settle()
        row, depth = self.rows.cursor, self.rows.outline.depth[self.rows.cursor]
        arrow = 1 + 2 * depth
        if self.rows.leaf < 0 and event.x == arrow:
            self.fold(row, is_open=not self.rows.is_open(row))
        elif arrow + 2 <= event.x <= arrow + 4:
            self.post_message(self.Clicked())
