"""Choosing from the tree of plans: toggles, ranges, undo, the filter, groups, and what is linked.

The tree can give its place to the rows of what is linked to one action (`d`); everything else works
on whichever of the two is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import chain

from textual import on
from textual.content import Content
from textual.widgets import Input

from fleetc.tui.branch import By
from fleetc.tui.choice import Choice
from fleetc.tui.desk import Desk, Desks, Layout, Unplanned
from fleetc.tui.facets import facets, merged, terms
from fleetc.tui.links import linked
from fleetc.tui.paint import review_row
from fleetc.tui.rows import Rows
from fleetc.tui.screens.deciding import Deciding
from fleetc.tui.screens.menu import Entry, Menu
from fleetc.tui.text import shown
from fleetc.tui.tree import Tree

__all__ = ["Choosing"]

MANY = 50
"""From so many rows on, toggling all that are shown asks first."""
_GROUPS = (
    ("k", By.KIND, "kind"),
    ("e", By.ENVIRONMENT, "environment, without groups"),
    ("t", By.TEMPLATE, "template"),
    ("r", By.REGION, "region"),
    ("w", By.WAVE, "wave"),
)


@dataclass
class Linked:
    """The rows of what is linked to one action of a desk's plan; `filtered` is the filter of the tree."""

    desk: Desk
    rows: Rows
    address: str
    filtered: str
    before: tuple[str, ...] = ()


class Choosing(Deciding):
    """A screen with the tree of plans in its first pane."""

    def __init__(self, desks: Desks, *, name: str) -> None:
        super().__init__(desks, name=name)
        self.expression = ""
        self.trouble = ""
        self.listing = Tree(self.row, id="tree")
        self.typing = Input(id="typing", compact=True, restrict=r"[^\x00-\x1f\x7f-\x9f]*")
        self.tree_rows = desks.rows()
        self.links: Linked | None = None

    @property
    def rows(self) -> Rows:
        """The rows that are shown."""
        return self.links.rows if self.links else self.tree_rows

    def at(self, row: int) -> Desk | Unplanned:
        """The environment that a row stands in."""
        return self.links.desk if self.links else self.desks.branch(row)

    def row(self, row: int, width: int) -> Content:
        """One row as it is painted."""
        branch = self.at(row)
        choice = branch.choice if isinstance(branch, Desk) else self.choice
        return review_row(choice, self.rows, row, width)

    def settle_desk(self) -> None:
        """Work on the environment that the cursor is in; on none, stay where we are."""
        if self.rows.cursor < 0:
            return
        branch = self.at(self.rows.cursor)
        self.unplanned = None if isinstance(branch, Desk) else branch
        if isinstance(branch, Desk) and branch is not self.desk:
            self.desk = branch
            self.refresh_world()

    def turn_to(self, desk: Desk) -> None:
        """Put the cursor on an environment."""
        self.unlink()
        self.rows.go(self.desks.top(desk))
        self.listing.settle(lifted=True)
        self.settle_desk()

    def go_to(self, desk: Desk, address: str) -> bool:
        """Put the cursor on an action of an environment, in sight; whether there is one."""
        if address not in desk.choice.row_at:
            return False
        self.unlink()
        row = self.rows.outline.row_of[desk.choice.first + desk.choice.row_at[address]]
        if self.expression and row not in set(self.rows.visible):
            self.narrow("")
        self.rows.go(row)
        self.listing.settle()
        self.settle_desk()
        return True

    def leaf_of(self, row: int) -> int:
        """The action at a row, among those of the desk's plan."""
        return self.rows.outline.leaf[row] - self.choice.first

    # other trees

    def adopt(self, desk: Desk, choice: Choice, layout: Layout | None = None) -> None:
        """Show another plan; the cursor, open groups and the filter stay as far as they fit.

        A `layout` that was made beside the loop saves making it here; without one, groups that
        the plan does not tell of give their place to kinds.
        """
        self.unlink()
        super().adopt(desk, choice)
        plain = self.desks.by if self.desks.by in (By.KIND, By.ENVIRONMENT) else By.KIND
        fitting = layout if layout and self.desks.fits(layout) else self.desks.lay_out(plain)
        self.desks.forget_steps()
        self._show(fitting)

    def _show(self, layout: Layout) -> None:
        self.unlink()
        before, self.tree_rows = self.tree_rows, self.desks.take(layout)
        self.tree_rows.carry(before)
        self.listing.load(self.tree_rows)
        self.narrow(self.expression)

    def action_group(self) -> None:
        """Choose what the tree is grouped by."""
        entries = [Entry(key, text, by, marked=by is self.desks.by) for key, by, text in _GROUPS]
        self.app.push_screen(Menu("Group the changes by", entries, again="s"), self._group)

    def _group(self, by: object) -> None:
        if isinstance(by, By):
            self.unlink()
            self.say(f"grouping by {by.value} ...")
            self.ask("tree", partial(self.desks.lay_out, by), self._grouped)

    def _grouped(self, layout: Layout) -> None:
        if self.desks.fits(layout):
            self._show(layout)
            self.say(f"grouped by {layout.by.value}")
        else:
            self._group(layout.by)

    # what is linked

    def action_links(self) -> None:
        """Show what an action needs and what needs it, or go back to the tree."""
        address = self.rows.key(self.rows.cursor) if self.rows.leaf >= 0 else ""
        if self.links and address in ("", self.links.address):
            self.unlink()
            self.listing.settle()
        elif address and self.unplanned is None:
            before = (*self.links.before, self.links.address) if self.links else ()
            self._link(address, before)
        else:
            self.say("a group needs nothing: go to one of its rows")

    def _link(self, address: str, before: tuple[str, ...]) -> None:
        desk, filtered = self.desk, self.links.filtered if self.links else self.expression
        choice = desk.choice
        group = linked(choice, choice.row_at[address])
        rows = self.desks.rows_of((group,))
        self.links = Linked(desk, rows, address, filtered, before)
        self.expression = self.trouble = ""
        rows.go(1)
        self.listing.load(rows)
        self.say(f"linked to {address}", "d goes on from a row, esc back")

    def unlink(self) -> None:
        """Show the tree again, with the cursor on what was looked at."""
        if self.links is None:
            return
        links, self.links = self.links, None
        self.expression = links.filtered
        leaf = links.rows.leaf
        leaf = leaf if leaf >= 0 else links.desk.choice.first + links.desk.choice.row_at[links.address]
        self.tree_rows.go(self.tree_rows.outline.row_of[leaf])
        self.listing.load(self.tree_rows)

    def back_from_links(self) -> bool:
        """One step back among what was walked; whether there was one."""
        if self.links is None:
            return False
        if self.links.before:
            *before, address = self.links.before
            self._link(address, tuple(before))
        else:
            self.unlink()
            self.say("")
        return True

    # choosing

    def _mark(self) -> None:
        ticked = self.desks.ticked
        self.tree_rows.mark(ticked)
        if self.links:
            self.links.rows.mark(ticked)

    def _chosen(self, changed: bool, nothing: str) -> None:
        if changed:
            self._mark()
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
            return f"{self.rows.key(rows[0])} cannot be chosen: {self.choice.why(self.leaf_of(rows[0]))}"
        count = max((self.rows.barred_of(row) for row in rows), default=0)
        return f"{count} cannot be chosen" if count else ""

    def judged(self) -> None:
        """Show what rules say now."""
        worst = self.desks.worst
        self.tree_rows.judge(worst)
        if self.links:
            self.links.rows.judge(worst)
        self.listing.refresh()

    def refused(self) -> None:
        """Show the ticks without what rules refused."""
        self._mark()
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

    # the filter

    def action_filter(self) -> None:
        """Type a filter, with the tree in sight."""
        if self.has_class("zoom-right"):
            self.unzoom()
        typing = self.typing
        typing.value = self.expression
        self.query_one("#filter").display = False
        typing.display = True
        self.set_focus(typing)

    @on(Input.Changed, "#typing")
    def _typed(self, event: Input.Changed) -> None:
        self.narrow(event.value)

    @on(Input.Submitted, "#typing")
    def _filtered(self) -> None:
        self.stop_typing()

    def stop_typing(self) -> None:
        """Show the filter as it was typed."""
        self.typing.display = False
        self.say("")
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
        if self.typing.display:
            half = f"not yet a selector: {found.trouble}" if found.unfinished else ""
            self.effect = shown(half or f"{self.rows.matched:,} of {self.rows.total:,} shown")
            self.hint = ""
        self.listing.settle()

    def action_facets(self) -> None:
        """Choose what the tree is narrowed to."""
        known = facets((desk.choice, desk.limits) for desk in self.desks.all)
        now = terms(self.expression, known) or []
        entries = [
            Entry(each.key, each.text, each.term, f"{each.rows:,}", marked=each.term in now) for each in known
        ]
        entries.insert(0, Entry("a", "all changes", "", f"{len(self.desks.addresses):,}", marked=not now))

        def take(term: object) -> None:
            if term is not None:
                self.narrow(merged(self.expression, str(term), known) if term else "")
                self.paint()

        self.app.push_screen(Menu("Show only", entries, again="f"), take)

    # seeking

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
        self.settle_desk()
        found = self.choice.problem(self.leaf_of(self.rows.cursor))
        place = problems.count(1, 0, self.rows.leaf + 1)
        self.say(f"problem {place} of {problems.count(1)}: {found}")

    def action_next_match(self) -> None:
        """Go to the next row that the filter shows."""
        self._seek(None, False, "nothing is shown")

    def action_previous_match(self) -> None:
        """Go to the previous row that the filter shows."""
        self._seek(None, True, "nothing is shown")
