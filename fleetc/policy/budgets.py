"""The `budget`s of a set: how much of what is ticked there may be, with the arithmetic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress

import msgspec

from fleetc.ir.address import kind_of, parts
from fleetc.ir.timestamps import day_of
from fleetc.plan.actions import Limit
from fleetc.plan.verdicts import Bound, Finding
from fleetc.policy.calendar import opens
from fleetc.policy.code import Code, Frame, State
from fleetc.policy.conditions import holds
from fleetc.policy.explaining import in_doubt, mend
from fleetc.policy.matching import on_trial, waited
from fleetc.policy.messages import shown
from fleetc.policy.rows import Rows
from fleetc.policy.ruleset import Budgeted, Cap, RuleSet
from fleetc.policy.types import Base, Type
from fleetc.policy.world import UNKNOWN

__all__ = ["Budgets", "Spent"]

_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_HELP = "tick less, and do the rest in another plan"


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

    def carried(self, ticked: bytes) -> dict[str, int]:
        """Unmanaged addresses of the counted kinds that go along with what is ticked, each with what takes it."""
        kinds, found = self.budget.reach.fields, dict[str, int]()
        for row in self._carrying:
            for own in self.table.actions[row].cascade if ticked[row] else ():
                if kind_of(own) in kinds:
                    found.setdefault(own, row)
        return found

    def groups(
        self, cap: Cap, ticked: Mapping[str, list[int]], carried: Mapping[str, int]
    ) -> dict[str | None, list[str | int]]:
        """What a cap counts apart: rows and carried addresses by text, under None what nobody can tell."""
        found: dict[str | None, list[str | int]] = {}
        for kind, rows in ticked.items():
            for text, row in zip(self._texts(cap.by[kind], rows), rows, strict=True):
                found.setdefault(text, []).append(row)
        for own, row in carried.items():
            code = cap.by[kind_of(own)]
            found.setdefault(_text(code.run(self._along(own, row)), code.type), []).append(own)
        return found

    def _texts(self, code: Code, rows: list[int]) -> Iterable[str | None]:
        columns = tuple(code.reads)
        if not (code.direct and len(columns) == 1):
            return (_text(code.run(self.table.frame(row)), code.type) for row in rows)
        keys = self.table.keys(columns, rows, code.cells)
        texts = {key: _text(key, code.type) for key in set(keys)}
        return map(texts.__getitem__, keys)

    def _along(self, own: str, row: int) -> Frame:
        table, action = self.table, self.table.actions[row]
        state = table.world.before(own)
        return Frame(table.world, table.circumstances, own, state, state, "delete", action.cause.value)


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
            if over and not waited(count.budget.answer, self.rules, self.now):
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
        unknown = in_doubt(budget.when, frame)
        return Finding(
            rule=answer.name,
            verdict=answer.verdict,
            place=answer.place,
            message=f"{said}: {arithmetic}" if said else arithmetic,
            help=mend(budget.wording.help.text(frame) or _HELP, unknown, frame),
            tripped=tuple(Bound(line.limit.name, line.limit.text) for line in over),
            unknown=unknown,
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
                text = _text(code.run(frame), code.type) if code is not None else None
                if text is not None:
                    found[cap.by_text] = text
        return found

    # arithmetic

    def _lines(self, count: _Count, ticked: bytes) -> list[_Line]:
        on, carried = count.ticked(ticked), count.carried(ticked)
        rows = [row for each in on.values() for row in each]
        found = []
        for cap in count.budget.caps:
            if cap.by:
                found += self._grouped(count, cap, count.groups(cap, on, carried))
            else:
                earlier = len(self._earlier(count.budget, cap))
                limit = self._limit(count.budget, cap, len(rows) + len(carried), earlier, "")
                found.append(_Line(limit, (*self._named(limit, rows), *carried)))
        return found

    def _named(self, limit: Limit, rows: Iterable[str | int]) -> tuple[str, ...]:
        """The addresses of the rows that go over a limit."""
        if not limit.over:
            return ()
        return tuple(self.table.actions[row].address if isinstance(row, int) else row for row in rows)

    def _grouped(self, count: _Count, cap: Cap, groups: dict[str | None, list[str | int]]) -> list[_Line]:
        """The groups that are over, else the fullest one. What is in no known group counts in each."""
        unknown = groups.pop(None, [])
        earlier = Counter(spent.groups.get(cap.by_text, "") for spent in self._earlier(count.budget, cap))
        texts = [text for text in groups if text is not None]
        if unknown:
            texts = list(dict.fromkeys([*texts, *earlier])) or [""]
        lines = []
        for text in texts:
            each, before = groups.get(text, []), earlier[text] + (earlier[""] if text else 0)
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
        over = count > 0 and used > allowed
        return Limit(name, used, total, allowed, over, text, cap.floor, cap.number if cap.percent else 0)


def _text(value: State, type_: Type) -> str | None:
    """Under what a value is counted; None when nobody knows it."""
    if value is UNKNOWN:
        return None
    within = type_.base is Base.RESOURCE and isinstance(value, str)
    return "/".join(parts(str(value))[1:]) if within else shown(value, type_)


def _duration(seconds: int) -> str:
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    return f"{seconds // size}{unit}"
