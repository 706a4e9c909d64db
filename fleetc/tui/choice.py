"""What is chosen of a plan: ticks with their closure, undo and redo, and the words for both."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, reduce
from itertools import compress, islice
from operator import attrgetter, or_

from fleetc.lang.text import few
from fleetc.plan.actions import Action, Limit, Plan
from fleetc.plan.changes import Cause, Op
from fleetc.plan.order import waves
from fleetc.plan.selection import SelectionIndex
from fleetc.plan.verdicts import Finding, Verdict
from fleetc.tui.branch import Branch, By, Stem
from fleetc.tui.rows import common
from fleetc.tui.verdicts import Verdicts

__all__ = ["Choice"]

_UNDO = 200
_NAMED = 6
_FLIPPED = bytes([1]) + bytes(255)


Titles = Callable[[], Sequence[str] | None]
"""What each action is grouped by; None where the kinds say it."""


class Choice:
    """The ticks of one plan, and what rules say of them. `said` is the effect of the last step.

    `first` is the number of its first action among the leaves of the tree; everything else counts
    the plan's actions from 0.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.index = SelectionIndex(plan)
        self.ticked = self.index.ticked
        self.addresses = [action.address for action in plan.actions]
        codes = bytes(map(list(Op).index, map(attrgetter("op"), plan.actions)))
        self.ops: dict[str, bytes] = {
            op: codes.translate(bytes(code == number for code in range(256))) for number, op in enumerate(Op)
        }
        self._asks = bytes(bool(action.calls) or action.op.in_ledger for action in plan.actions)
        self.first = 0
        self._stem = Stem(plan)
        self._branch: Branch | None = None
        self._branches: dict[tuple[By, int], Branch] = {}
        self._along = {row: a.cascade for row, a in enumerate(plan.actions) if a.cascade}
        self.said = ""
        self.barred = self.index.barred
        self.verdicts = self.judged(plan.findings)
        self._heard = self.ticked
        self._asked: Sequence[int] = ()
        self._past: deque[tuple[bytes, str]] = deque(maxlen=_UNDO)
        self._future: deque[tuple[bytes, str]] = deque(maxlen=_UNDO)

    @property
    def branch(self) -> Branch:
        """The plan's branch of the tree; by kind, made when it is first asked for, until it stands otherwise."""
        if self._branch is None:
            self._branch = self.branch_by(By.KIND, self.first)
        return self._branch

    def branch_by(self, by: By, first: int, titles: Titles = lambda: None) -> Branch:
        """The branch with other groups, behind `first` leaves of others; made once, on any thread."""
        if (by, first) not in self._branches:
            self._branches[by, first] = Branch(self._stem, first, by, titles())
        return self._branches[by, first]

    @property
    def kinds(self) -> Sequence[str]:
        """The kind of each action."""
        return self._stem.kinds

    def stand(self, branch: Branch, first: int) -> None:
        """Let that be the plan's branch."""
        self.first, self._branch = first, branch

    def own(self, leaves: Sequence[int]) -> list[int]:
        """The actions that stand at leaves of a tree, of those that are this plan's."""
        last = self.first + len(self.addresses)
        return [leaf - self.first for leaf in leaves if self.first <= leaf < last]

    # what rules say

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each action's id."""
        return {action.id: row for row, action in enumerate(self.plan.actions)}

    @cached_property
    def row_at(self) -> dict[str, int]:
        """The row of each address; of two actions on one, the last."""
        return {address: row for row, address in enumerate(self.addresses)}

    def judged(self, findings: Sequence[Finding]) -> Verdicts:
        """Findings put in order for this plan."""
        return Verdicts(findings, self.row_of, self.row_at if findings else {})

    def hear(self, verdicts: Verdicts) -> str:
        """Take what rules say of the ticks as they are; what there is to say of it, if anything.

        What was chosen since they were heard last, and they deny, is left out again.
        """
        before, self.verdicts = self.verdicts.rows_of(Verdict.DENY), verdicts
        denied = verdicts.rows_of(Verdict.DENY)
        new = [row for row in self._rows(denied, self.ticked) if not self._heard[row]]
        if new:
            self.ticked = self._without(new)
            self._heard = self.ticked
            self.said = f"refused: {self._denials(new)}"
            return self.said
        self._heard = self.ticked
        turned = [row for row in self._rows(denied, self.ticked) if not before[row]]
        return f"now {self._denials(turned)}" if turned else ""

    def _denials(self, rows: Sequence[int]) -> str:
        """By what the first of some rows is denied, and which they are."""
        many = f"{len(rows)}, the first " if len(rows) > 1 else ""
        return f"{many}{self._denied(rows[0])} ({self._list(rows)})"

    def _without(self, rows: Sequence[int]) -> bytes:
        """The ticks without some that were chosen last; as they were before when nothing of it stays."""
        kept = self.index.toggle(self.ticked, rows, False).ticked
        if self._past and self._past[-1][0] == self._heard and not any(kept[row] for row in self._asked):
            return self._heard
        return kept

    def _denied(self, row: int) -> str:
        found = self.verdicts.denial(self.plan.actions[row].id)
        return f"denied by {found.rule}: {found.message}" if found else ""

    def denied(self, row: int) -> bool:
        """Whether a row cannot be chosen as things are, or should not have been."""
        return bool(self.barred[row]) or self.verdicts.denial(self.plan.actions[row].id) is not None

    @property
    def doubtful(self) -> bool:
        """Whether something was chosen that rules denied when they were heard last."""
        denied = self._rows(self.verdicts.rows_of(Verdict.DENY), self.ticked)
        return any(not self._heard[row] for row in denied)

    @staticmethod
    def _rows(first: bytes, second: bytes) -> list[int]:
        """The rows that have a 1 in both."""
        both = int.from_bytes(first) & int.from_bytes(second)
        return list(compress(range(len(first)), both.to_bytes(len(first))))

    def problems(self, limits: Iterable[Limit]) -> bytes:
        """1 for each row that `e` walks along: left out, denied, held, warned of, a conflict, over a limit."""
        over = {limit.name for limit in limits if limit.over}
        told = self.verdicts
        marks = [told.rows_of(each) for each in (Verdict.DENY, Verdict.HOLD, Verdict.WARN)]
        marks += [self.left_out(), told.reached, self._conflicts]
        if over:
            ends = (action.op.ends and f"deletes {action.kind}" in over for action in self.plan.actions)
            marks.append(bytes(bool(each) for each in ends))
        return reduce(or_, map(int.from_bytes, marks)).to_bytes(len(self.ticked))

    def problem(self, row: int) -> str:
        """What is the matter with a row, in one line; empty for nothing."""
        action = self.plan.actions[row]
        found = [f for f in self.verdicts.of(action.id) if f.binds and f.verdict is not Verdict.ALLOW]
        found += [f for f in self.verdicts.about(action.address) if f.binds]
        words = [f"{f.verdict} by {f.rule}: {f.message}" for f in found if f.verdict is not Verdict.REQUIRE]
        if not self.ticked[row]:
            return words[0] if words and found[0].verdict is Verdict.DENY else self.why(row)
        words += ["conflict: changed in the file and by hand"] if self._conflicts[row] else []
        return words[0] if words else "over a limit"

    @cached_property
    def _conflicts(self) -> bytes:
        return bytes(action.cause is Cause.CONFLICT for action in self.plan.actions)

    # steps

    def toggle(self, rows: Sequence[int], on: bool | None = None) -> bool:
        """Choose `rows`, or leave them out, with the closure; whether anything moved.

        Without `on` they are left out if all of them are ticked, else chosen.
        """
        if not rows:
            return False
        if on is None:
            on = not all(map(self.ticked.__getitem__, rows))
        if 1 in self.barred:
            rows = [row for row in rows if not self.barred[row]]
        toggled = self.index.toggle(self.ticked, rows, on)
        if toggled.ticked == self.ticked:
            return False
        asked = self._asked = [row for row in rows if self.ticked[row] != on]
        self._past.append((self.ticked, self.said))
        self._future.clear()
        self.ticked = toggled.ticked
        self.said = self._pulled(asked, toggled.pulled_in) if on else self._pushed(asked, toggled.pushed_out)
        return True

    def only(self, rows: Sequence[int]) -> None:
        """Begin with `rows` chosen, with what they need, and nothing else."""
        rows = [row for row in rows if not self.barred[row]]
        toggled = self.index.toggle(bytes(len(self.ticked)), rows, True)
        self.ticked = toggled.ticked
        self.said = self._pulled(rows, toggled.pulled_in)

    def undo(self) -> bool:
        """Take the last toggle back, closure and all."""
        return self._swap(self._past, self._future, "undone")

    def redo(self) -> bool:
        """Do what was undone."""
        return self._swap(self._future, self._past, "redone")

    def _swap(self, source: deque[tuple[bytes, str]], target: deque[tuple[bytes, str]], word: str) -> bool:
        if not source:
            return False
        target.append((self.ticked, self.said))
        before, self._asked = self.ticked, ()
        self.ticked, _ = source.pop()
        moved = sum(map(int.__ne__, before, self.ticked))
        self.said = f"{word}: {moved} moved, {self.count} of {len(self.ticked)} chosen"
        return True

    def carry(self, old: Choice) -> list[str]:
        """Take over the ticks of an earlier plan by address, and say what fell away.

        Gives, in words, what somebody chose or left out there and cannot be so here.
        """
        before = dict(zip(old.addresses, old.ticked, strict=True))
        for on in (True, False):
            rows = [n for n, address in enumerate(self.addresses) if before.get(address) == on]
            self.ticked = self.index.toggle(self.ticked, [n for n in rows if self.ticked[n] != on], on).ticked
        gone = [address for address, tick in before.items() if tick and address not in self.row_at]
        new = sum(address not in before for address in self.addresses)
        self.said = f"planned again: {len(self.addresses)} changes, {new} new, {self.count} chosen"
        if gone:
            self.said += f"; fell away {len(gone)}: {few(gone, _NAMED)}"
        return list(self._lost(old))

    def _lost(self, old: Choice) -> Iterator[str]:
        moved = zip(old.addresses, old.ticked, old.index.ticked, strict=True)
        for address, tick, was in moved:
            if tick == was:
                continue
            word = "chosen" if tick else "left out"
            row = self.row_at.get(address, -1)
            if row < 0:
                yield f"{address}, {word}: there is no such change any more"
            elif self.ticked[row] != tick:
                yield f"{address}, {word}: {self.why(row) or 'needed by what is chosen'}"

    # words

    def _pulled(self, asked: list[int], moved: Sequence[int]) -> str:
        what = self._one(asked)
        if not moved:
            return f"+ chosen {len(asked)}: {self._list(asked)}"
        verb = "needs" if len(asked) == 1 else "need"
        return f"+ pulled in {len(moved)}: {self._list(moved)} ({what} {verb} {_them(moved)})"

    def _pushed(self, asked: list[int], moved: Sequence[int]) -> str:
        text = f"- left out {len(asked) + len(moved)}: {self._list(asked)}"
        if moved:
            verb = "needs" if len(moved) == 1 else "need"
            text += f"; {verb} {'it' if len(asked) == 1 else 'them'}: {self._list(moved)}"
        return text

    def _one(self, rows: Sequence[int]) -> str:
        return self.addresses[rows[0]] if len(rows) == 1 else f"these {len(rows)}"

    def _list(self, rows: Sequence[int]) -> str:
        return few(list(map(self.addresses.__getitem__, rows)), _NAMED)

    # figures

    @property
    def changed(self) -> bool:
        """Whether the ticks are others than those of the plan."""
        return self.ticked != self.index.ticked

    @property
    def count(self) -> int:
        """How many actions are ticked."""
        return self.ticked.count(1)

    def chosen_of(self, op: Op) -> int:
        """How many ticked actions are of an operation."""
        return common(self.ops[op], self.ticked)

    @property
    def destroyed(self) -> int:
        """Ticked deletes and replacements with what goes along, the number that has to be typed."""
        along = {
            address for row, addresses in self._along.items() if self.ticked[row] for address in addresses
        }
        return sum(self.chosen_of(op) for op in Op if op.ends) + len(along)

    def condemned(self, most: int) -> list[str]:
        """The first of what would be deleted or replaced, and a little more."""
        pairs = zip(self.plan.actions, self.ticked, strict=True)
        return list(islice((a.address for a, on in pairs if on and a.op.ends), most + 1))

    @property
    def asks(self) -> bool:
        """Whether what is ticked sends a call, or changes what the ledger holds: it has to be approved."""
        return common(self._asks, self.ticked) > 0

    def needs(self, row: int) -> list[int]:
        """Actions without which this one cannot be."""
        return list(self.index.rows.needs.of(row))

    def needed_by(self, row: int) -> list[int]:
        """Actions that cannot be without this one."""
        return list(self.index.rows.needed_by.of(row))

    def forced_by(self, row: int) -> str:
        """The address that a chosen row is there for, which would not have been chosen by itself."""
        if not self.ticked[row] or self.index.ticked[row]:
            return ""
        user = next((n for n in self.index.rows.needed_by.of(row) if self.ticked[n]), None)
        return "" if user is None else self.addresses[user]

    def waves(self) -> Sequence[int]:
        """The wave of each action, from 1, if all were ticked. Takes a second at 100,000."""
        return waves(self.plan.actions)

    def left_out(self) -> bytes:
        """1 for each action that is not ticked: what `e` walks along."""
        return self.ticked.translate(_FLIPPED)

    def why(self, row: int) -> str:
        """Why a row is left out, or why it is there when that is not plain."""
        action: Action = self.plan.actions[row]
        if self.ticked[row]:
            return action.reason
        if denied := self._denied(row):
            return denied
        if action.blocked:
            return action.reason or "cannot be chosen"
        missing = next((n for n in self.needs(row) if not self.ticked[n]), None)
        if missing is not None:
            return f"needs {self.addresses[missing]}" + (", which is denied" if self.denied(missing) else "")
        if action.withheld_by:
            return f"withheld by {action.withheld_by}"
        return action.reason or "left out"


def _them(rows: Sequence[int]) -> str:
    return "it" if len(rows) == 1 else "them"
