"""Widgets that paint ready-made lines: one line, and a scrolling pane of lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBarRender
from textual.strip import Strip
from textual.widget import Widget

from fleetc.tui.look import ascii_only
from fleetc.tui.text import fit

__all__ = ["AsciiOnly", "Line", "Lines", "Pillar", "PlainBar"]


class Line(Widget):
    """One row of the screen."""

    DEFAULT_CSS = "Line { height: 1; }"

    def __init__(self, *, id: str | None = None, classes: str = "") -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.content = Content("")

    def show(self, content: Content) -> None:
        """Show other content."""
        if content != self.content or content.spans != self.content.spans:
            self.content = content
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The strip of the line, in the middle of what room there is."""
        width = self.size.width
        if y != self.size.height // 2:
            return Strip.blank(width, self.rich_style)
        return Strip(fit(self.content, width).render_segments(self.visual_style), width)


class Pillar(Widget):
    """A line down, between two panes."""

    DEFAULT_CSS = "Pillar { width: 1; height: 1fr; }"

    def render_line(self, y: int) -> Strip:
        """One cell."""
        return Strip(Content.styled("│", "$faint").render_segments(self.visual_style), 1)


class AsciiOnly(LineFilter):
    """Swaps box characters and the like, in every line of every widget, for ASCII ones."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments with other text of the same width."""
        return [Segment(ascii_only(text), style, control) for text, style, control in segments]


class PlainBar(ScrollBarRender):
    """A scroll bar of whole cells, for terminals without block characters."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "]


class Lines(ScrollView, can_focus=True, inherit_bindings=False):
    """Lines that can be scrolled; they are made for one width by whoever fills it."""

    DEFAULT_CSS = "Lines { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }"

    class Resized(Message):
        """The width changed: the lines have to be made again."""

    def __init__(self, *, id: str) -> None:  # noqa: A002  (textual's own name)
        super().__init__(id=id)
        self.lines: Sequence[Content] = ()

    def show(self, lines: Sequence[Content]) -> None:
        """Show other lines, from the top when there are other ones."""
        if [line.plain for line in lines] != [line.plain for line in self.lines]:
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self.lines = lines
        self.virtual_size = Size(self.size.width, len(lines))
        self.refresh()

    def on_resize(self, _event: events.Resize) -> None:
        """Ask for lines of the new width."""
        self.post_message(self.Resized())

    def line(self, place: int) -> Content:
        """The content of one line; empty below the last."""
        return self.lines[place] if place < len(self.lines) else Content("")

    def render_line(self, y: int) -> Strip:
        """The strip of one line of the view."""
        width = self.scrollable_content_region.width
        content = fit(self.line(self.scroll_offset.y + y), width)
        return Strip(content.render_segments(self.visual_style), width)

    def move_to(self, line: int) -> None:
        """Scroll so that a line is the first one."""
        self.scroll_to(y=line, animate=False, force=True, immediate=True)

    def action_down(self) -> None:
        """Scroll down."""
        self.move_to(self.scroll_offset.y + 1)

    def action_up(self) -> None:
        """Scroll up."""
        self.move_to(self.scroll_offset.y - 1)

    def action_page_down(self) -> None:
        """Scroll a page down."""
        self.move_to(self.scroll_offset.y + max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        """Scroll a page up."""
        self.move_to(self.scroll_offset.y - max(1, self.size.height - 1))

    def action_top(self) -> None:
        """Go to the first line."""
        self.move_to(0)

    def action_bottom(self) -> None:
        """Go to the last line."""
        self.move_to(self.virtual_size.height)
