"""A list whose pane shows a tree of the past while there is one, in the place of the item's detail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from textual.content import Content
from textual.widget import Widget

from fleetc.tui import past_paint
from fleetc.tui.line import Line
from fleetc.tui.past import PastTree
from fleetc.tui.screens.frame import Rule
from fleetc.tui.screens.listing import Listing
from fleetc.tui.screens.reading import Reading
from fleetc.tui.telling import past_lines
from fleetc.tui.tree import Tree

__all__ = ["PastPane"]

T = TypeVar("T")
D = TypeVar("D")


class PastPane(Listing[T, D]):
    """`seen` is the tree that the pane shows; None for none. A filter is on the pane that has the focus."""

    seen: PastTree | None = None
    _typed_in_tree = False

    def right(self) -> Iterator[Widget]:
        """The item under the cursor, or a tree."""
        self.growth = Tree(self._tree_row, id="past")
        yield Line(id="tree-title")
        yield Rule(id="tree-rule")
        yield self.detail
        yield self.growth

    def on_mount(self) -> None:
        """Begin without a tree."""
        self.show_tree(None)

    def paint(self) -> None:
        """The title of the tree, too."""
        super().paint()
        if self.is_mounted and self.seen is not None:
            self.line("tree-title", past_paint.tree_title(self.seen, self.room("tree-title")))

    def _tree_row(self, row: int, width: int) -> Content:
        return past_paint.past_row(self.seen, row, width) if self.seen else Content(" " * width)

    def show_tree(self, tree: PastTree | None) -> None:
        """Let the pane show a tree, or the detail again."""
        self.seen = tree
        shows = tree is not None
        self.detail.display = not shows
        for name in ("past", "tree-title", "tree-rule"):
            self.query_one(f"#{name}").display = shows
        if tree is None:
            self.listing.focus()
        else:
            self.growth.load(tree.rows)
        self.call_after_refresh(self.paint)

    def grow(self, call: Callable[[], PastTree]) -> None:
        """Make a tree on the session's thread, and show it; one of the same sort stands as the last did."""

        def show(tree: PastTree) -> None:
            before = self.seen
            if before is not None and type(before) is type(tree):
                tree.rows.carry(before.rows)
                tree.narrow(before.expression)
            self.show_tree(tree)
            self.say(past_paint.told_of(tree), "tab the tree   esc closes it")

        self.ask("tree", call, show)

    def action_detail(self) -> None:
        """Do what `enter` does on an item; in the tree, fold a group or read a leaf in full."""
        tree = self.seen
        if tree is None or not self.growth.has_focus:
            super().action_detail()
        elif tree.rows.leaf < 0:
            self.growth.fold(tree.rows.cursor, is_open=not tree.rows.is_open(tree.rows.cursor))
        else:
            leaf = tree.rows.leaf
            title = f"{tree.rows.keys[leaf]}   {tree.title}"
            self.app.push_screen(Reading(title, lambda: leaf, partial(_read, tree)))

    def action_past(self) -> None:
        """Tell the history of the resource under the cursor of the tree."""
        tree = self.seen
        if tree is None or tree.rows.leaf < 0 or tree.rows.keys[tree.rows.leaf].count("/") == 0:
            self.say("h tells the history of a resource of the tree: d or enter makes one")
            return
        address = tree.rows.keys[tree.rows.leaf]
        call = partial(self.desk.session.looks(self.desk.choice.plan).past, address)
        self.app.push_screen(Reading(f"History of {address}", call, past_lines, again="h"))

    # the filter

    @property
    def _in_tree(self) -> bool:
        """Whether the filter is that of the tree."""
        typed = self._typed_in_tree if self.typing.display else self.growth.has_focus
        return self.seen is not None and typed

    @property
    def filtered(self) -> Tree:
        """The pane that the filter is on."""
        return self.growth if self._in_tree else self.listing

    @property
    def expression(self) -> str:
        """The filter of the list, or of the tree."""
        return self.seen.expression if self.seen is not None and self._in_tree else super().expression

    def action_filter(self) -> None:
        """Filter the pane that has the focus."""
        self._typed_in_tree = self.seen is not None and self.growth.has_focus
        super().action_filter()

    def narrow(self, expression: str) -> None:
        """Show only what fits."""
        if self.seen is not None and self._in_tree:
            self.seen.narrow(expression)
            self.growth.settle()
            self.paint()
        else:
            super().narrow(expression)


def _read(tree: PastTree, leaf: int, width: int) -> Sequence[Content]:
    return past_paint.reading(tree, leaf, width)
