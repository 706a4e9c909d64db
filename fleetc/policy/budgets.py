"""The `budget`s of a set: how much of what is ticked there may be, with the arithmetic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress

import msgspec

from fleetc.ir.address import kind_of
from fleetc.ir.timestamps import day_of
from fleetc.plan.actions import Limit
from fleetc.plan.verdicts import Bound, Finding
from fleetc.policy.calendar import opens
from fleetc.policy.code import Frame, State
from fleetc.policy.conditions import holds
from fleetc.policy.matching import on_trial
from fleetc.policy.messages import shown
from fleetc.policy.rows import Rows
from fleetc.policy.ruleset import Budgeted, Cap, RuleSet
from fleetc.policy.world import UNKNOWN

__all__ = ["Budgets", "Spent"]

_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


class Spent(msgspec.Struct, frozen=True):
    """A change that was applied before: when, and what the budgets of then counted it under."""

    kind: str
    op: str
    address: str
    at: float
    groups: dict[str, str] = {}


class _Line(msgspec.Struct, frozen=True):
    """One cap for one group, counted; `names` are the ticked addresses in it."""

    limit: Limit
    reaches: tuple[str, ...]


class _Count:
    """One budget: the rows that count, and what each is counted under."""

    def __init__(self, table: Rows, budget: Budgeted) -> None:
        self.table, self.budget = table, budget
        self.by_kind = table.reached(budget.reach)
        ends = "delete" in budget.reach.operations
        self._carrying = [row for row, action in enumerate(table.actions) if action.cascade] if ends else []

    def ticked(self, ticked: bytes) -> dict[str, list[int]]:
        """The ticked rows that count, by kind."""
        on = ticked.__getitem__
        return {kind: list(compress(rows, map(on, rows))) for kind, rows in self.by_kind.items()}

    def carried(self, ticked: bytes) -> list[str]:
        """Unmanaged addresses of the counted kinds that go along with what is ticked."""
        along = (own for row in self._carrying if ticked[row] for own in self.table.actions[row].cascade)
        return [own for own in dict.fromkeys(along) if kind_of(own) in self.budget.reach.fields]

    def groups(self, cap: Cap, ticked: Mapping[str, list[int]]) -> Iterator[tuple[State, int]]:
        """What each ticked row is counted under by a cap, with the row."""
        for kind, rows in ticked.items():
            code = cap.by[kind]
            columns = tuple(code.reads)
            if code.direct and len(columns) == 1:
                yield from zip(self.table.keys(columns, rows, code.cells), rows, strict=True)
            else:
                yield from ((code.run(self.table.frame(row)), row) for row in rows)


class Budgets:
    """The budgets over the actions of a plan."""

    def __init__(
        self, table: Rows, rules: RuleSet, managed: Mapping[str, int], spent: Sequence[Spent]
    ) -> None:
        self.table, self.rules = table, rules
        self.managed, self.spent = managed, spent
        self.now = table.circumstances.now
        self._last: tuple[bytes | None, list[tuple[_Count, list[_Line]]]] = None, []
        frame = Frame(table.world, table.circumstances)
        self._counts = [
            _Count(table, budget)
            for budget in rules.budgets
            if budget.when is None or holds(budget.when, frame) is not False
        ]

    def limits(self, ticked: bytes) -> tuple[Limit, ...]:
        """Each cap with its arithmetic; of groups the fullest, and those that are over."""
        return tuple(line.limit for _, lines in self._all(ticked) for line in lines)

    def findings(self, ticked: bytes) -> list[Finding]:
        """One finding for each budget that is over a cap: on the whole plan."""
        found = []
        for count, lines in self._all(ticked):
            over = [line for line in lines if line.limit.over]
            if over:
                found.append(self._finding(count.budget, over))
        return found

    def _all(self, ticked: bytes) -> list[tuple[_Count, list[_Line]]]:
        """The lines of each budget; made once for the same ticks."""
        if self._last[0] != ticked:
            self._last = ticked, [(count, self._lines(count, ticked)) for count in self._counts]
        return self._last[1]

    def _finding(self, budget: Budgeted, over: list[_Line]) -> Finding:
        answer, frame = budget.answer, Frame(self.table.world, self.table.circumstances)
        said = budget.wording.message.text(frame)
        arithmetic = "; ".join(line.limit.text for line in over)
        window = answer.window
        return Finding(
            rule=answer.name,
            verdict=answer.verdict,
            place=answer.place,
            message=f"{said}: {arithmetic}" if said else arithmetic,
            help=budget.wording.help.text(frame) or "tick less, and do the rest in another plan",
            tripped=tuple(Bound(line.limit.name, line.limit.text) for line in over),
            requires=answer.quorums,
            window=window,
            until=opens(self.rules.calendars[window], self.now) if window else None,
            trial=on_trial(answer, day_of(self.now)),
            fixed=False,
            reaches=tuple(dict.fromkeys(own for line in over for own in line.reaches)),
        )

    def groups(self, row: int) -> dict[str, str]:
        """Under what a change is counted by each grouping, for the budgets of later plans."""
        found = {}
        frame = self.table.frame(row)
        for budget in self.rules.budgets:
            for cap in budget.caps:
                code = cap.by.get(kind_of(frame.own))
                value = code.run(frame) if code is not None else UNKNOWN
                if code is not None and value is not UNKNOWN:
                    found[cap.by_text] = shown(value, code.type)
        return found

    # arithmetic

    def _lines(self, count: _Count, ticked: bytes) -> list[_Line]:
        on, carried = count.ticked(ticked), count.carried(ticked)
        rows = [row for each in on.values() for row in each]
        found = []
        for cap in count.budget.caps:
            if cap.by:
                found += self._grouped(count, cap, on)
            else:
                earlier = len(self._earlier(count.budget, cap))
                limit = self._limit(count.budget, cap, len(rows) + len(carried), earlier, "")
                found.append(_Line(limit, (*self._named(limit, rows), *carried)))
        return found

    def _named(self, limit: Limit, rows: Iterable[int]) -> tuple[str, ...]:
        """The addresses of the rows that go over a limit."""
        return tuple(self.table.actions[row].address for row in rows) if limit.over else ()

    def _grouped(self, count: _Count, cap: Cap, on: Mapping[str, list[int]]) -> list[_Line]:
        """The groups that are over, else the fullest one. What is in no known group counts in each."""
        rows: dict[State, list[int]] = {}
        for group, row in count.groups(cap, on):
            rows.setdefault(group, []).append(row)
        unknown = rows.pop(UNKNOWN, [])
        type_ = next(iter(cap.by.values())).type
        earlier = Counter(spent.groups.get(cap.by_text, "") for spent in self._earlier(count.budget, cap))
        texts = {shown(group, type_): each for group, each in rows.items()} or ({"": []} if unknown else {})
        lines = []
        for text, each in texts.items():
            before = earlier[text] + (earlier[""] if text else 0)
            limit = self._limit(count.budget, cap, len(each) + len(unknown), before, text)
            lines.append(_Line(limit, self._named(limit, (*each, *unknown))))
        over = [line for line in lines if line.limit.over]
        return over or sorted(lines, key=lambda line: -line.limit.count)[:1]

    def _earlier(self, budget: Budgeted, cap: Cap) -> Sequence[Spent]:
        """What was applied within the cap's time."""
        if not cap.per:
            return ()
        reach, since = budget.reach, self.now - cap.per
        return [s for s in self.spent if s.at > since and s.op in reach.operations and s.kind in reach.fields]

    def _limit(self, budget: Budgeted, cap: Cap, count: int, earlier: int, group: str) -> Limit:
        total = sum(self.managed.get(kind, 0) for kind in budget.reach.fields)
        allowed = max(cap.floor, total * cap.number // 100) if cap.percent else cap.number
        used = count + earlier
        what = f"{cap.by_text} {group}: " if group else ""
        text = f"{what}{used} of at most {allowed}"
        if cap.percent:
            text += (
                f" = max({cap.floor}, {cap.number} % of {total})"
                if cap.floor
                else f" = {cap.number} % of {total}"
            )
        if cap.per:
            text += f" in {_duration(cap.per)} ({earlier} before, {count} now)"
        name = f"budget {budget.answer.name}"
        return Limit(
            name, used, total, allowed, used > allowed, text, cap.floor, cap.number if cap.percent else 0
        )


def _duration(seconds: int) -> str:
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    return f"{seconds // size}{unit}"
