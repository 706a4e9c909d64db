"""The commands of the plain review that look: at the plan, its changes, and how they stand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

from fleetc.errors import UsageProblem
from fleetc.report.why_text import why_text
from fleetc.tui.desk import Desk, Desks, Unplanned
from fleetc.tui.hearing import hear
from fleetc.tui.plain import lines
from fleetc.tui.plain.commands import help_lines, numbers
from fleetc.tui.plain.console import Console

__all__ = ["PAGE", "Looking"]

PAGE = 20
"""So many changes are listed at once."""


class Looking:
    """What somebody works on by commands; `desk` is the environment that decisions are about."""

    def __init__(self, console: Console, branches: Sequence[Desk | Unplanned]) -> None:
        self.console = console
        self.desks = Desks(branches)
        self.desks.rows()
        self.desk = self.desks.all[0]
        self.expression = ""
        self._mask: bytes | None = None
        self._next = 0

    def _say(self, *texts: str) -> None:
        for text in texts:
            self.console.say(text)

    def _hear(self, desk: Desk) -> None:
        """Ask how the selection stands; what rules refuse is left out again, and asked about anew."""
        for _ in range(2):
            choice = desk.choice
            answer = hear(desk.session, choice, choice.ticked, desk.known)
            desk.known = answer.known
            before = choice.ticked
            if said := desk.hear(answer.world, answer.verdicts):
                self._say(said)
            if choice.ticked == before:
                return

    # looking

    def do_help(self, _rest: str) -> None:
        """List the commands."""
        self._say("Commands, each with the letter that stands for it:", *help_lines())
        self._say("Requests of other people: `fleetc approvals`, `fleetc approve`, `fleetc reject`.")

    def do_status(self, _rest: str) -> None:
        """Say where one is, and how what is chosen stands."""
        self._hear(self.desk)
        self._say(*lines.where(self.desk), *lines.whole(self.desk), *lines.standing(self.desk))

    def do_list(self, rest: str) -> None:
        """List changes, from the first or from a number on."""
        found = numbers(rest, len(self.desks.addresses)) if rest else [0]
        if not found:
            raise UsageProblem(f"{rest!r} is no number", next_step="list, or list 21")
        self._next = found[0]
        self.do_more("")

    def do_more(self, _rest: str) -> None:
        """List the next changes that the filter shows."""
        total = len(self.desks.addresses)
        shown = self._mask or bytes([1]) * total
        leaves = list(compress(range(self._next, total), shown[self._next :]))
        page, left = leaves[:PAGE], len(leaves) - PAGE
        self._list(page)
        self._next = page[-1] + 1 if page else total
        if self.expression and not shown.count(1):
            self._say(f"0 of {total} shown: filter {self.expression}; filter alone shows all again.")
        elif not page:
            self._say("No change is left to list." if total else "No changes: desired equals observed.")
        elif left > 0:
            self._say(f"{left} more; more lists them.")

    def _list(self, leaves: Sequence[int]) -> None:
        """List changes, below the name of their environment where there are several."""
        for desk in self.desks.all:
            if own := desk.choice.own(leaves):
                if len(self.desks.all) > 1:
                    self._say(f"Environment {desk.environment}:")
                self._say(*lines.changes(desk.choice, own))

    def _one(self, rest: str) -> tuple[Desk, int]:
        """The change of a number, or at an address, and whose it is."""
        found = numbers(rest, len(self.desks.addresses))
        if found is None:
            found = [leaf for leaf, address in enumerate(self.desks.addresses) if address == rest]
        if len(found) != 1:
            raise UsageProblem(f"{rest!r} is not one change", next_step="give the number of one, as listed")
        (desk,) = (each for each in self.desks.all if each.choice.own(found))
        return desk, desk.choice.own(found)[0]

    def do_show(self, rest: str) -> None:
        """Show a change in full."""
        desk, row = self._one(rest)
        self._say(*lines.change(desk, row, self.console.width))

    def do_why(self, rest: str) -> None:
        """Say why a change is left out, or what is to be known of it."""
        desk, row = self._one(rest)
        choice = desk.choice
        said = choice.why(row) if not choice.ticked[row] else ""
        if choice.problems(desk.limits)[row]:
            said = choice.problem(row)
        word = "chosen" if choice.ticked[row] else "left out"
        self._say(f"{choice.addresses[row]} is {word}" + (f": {said}" if said else "."))
        told = desk.session.looks(choice.plan).why(choice.addresses[row])
        if told.chains:
            text = why_text(choice.plan, told.chains, only_against=False, width=self.console.width)
            self._say(text.strip("\n"))

    def do_filter(self, rest: str) -> None:
        """List only what fits."""
        found = self.desks.filtered(rest)
        if found.trouble:
            raise UsageProblem(f"the filter cannot be read: {found.trouble}", next_step="filter kind:node")
        self.expression, self._mask = rest, found.mask
        if rest:
            count = found.mask.count(1) if found.mask else len(self.desks.addresses)
            self._say(f"{count} of {len(self.desks.addresses)} shown.")
        self.do_list("")

    def do_problems(self, _rest: str) -> None:
        """List what somebody should look at."""
        flags = self.desks.problems
        leaves = list(compress(range(len(flags)), flags))
        self._list(leaves[: 5 * PAGE])
        self._say(f"{len(leaves)} in all." if leaves else "There is no problem.")

    def do_env(self, rest: str) -> None:
        """Work on another environment, or list them."""
        if rest:
            found = next((desk for desk in self.desks.all if desk.environment == rest), None)
            if found is None:
                names = ", ".join(desk.environment for desk in self.desks.all)
                raise UsageProblem(
                    f"no plan of environment {rest!r} is here", next_step=f"there are: {names}"
                )
            self.desk = found
        for desk in [self.desk] if rest else self.desks.all:
            self._say(*lines.where(desk))

    def do_command(self, _rest: str) -> None:
        """Print the command that does the same headless."""
        self._say(self.desk.session.command(self.desk.choice.ticked))
