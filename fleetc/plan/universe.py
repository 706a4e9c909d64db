"""What selectors run over: the actions of a plan, or the resources of a graph, as rows.

A universe is made at once and indexed when asked: each predicate has a column (a code a row, and
the texts each code stands for), so that a pattern is compared with the distinct values only; the
dependency operators walk int arrays.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain, compress

import msgspec

from fleetc.ir.adjacency import Adjacency
from fleetc.ir.graph import ResourceGraph
from fleetc.ir.values import Ref, Value
from fleetc.lang.matching import matcher
from fleetc.lang.selector_ast import Glob
from fleetc.model.kinds import KINDS
from fleetc.model.references import module_name
from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Cause
from fleetc.plan.references import implied
from fleetc.plan.verdicts import Finding

__all__ = ["Column", "Since", "Universe", "of_graph", "of_plan", "verdict_cells"]

Since = Callable[[str], Collection[str]]

_NEW = frozenset({Cause.GIT, Cause.CONFLICT, Cause.ADOPT})


class Column:
    """The texts of each row, of which any may match: a code a row, and the texts each code stands for."""

    def __init__(self, cells: Iterable[tuple[str, ...]]) -> None:
        numbers: dict[tuple[str, ...], int] = {}
        codes = [numbers.setdefault(cell, len(numbers)) for cell in cells]
        self.codes: bytes | array[int] = bytes(codes) if len(numbers) <= 256 else array("I", codes)
        self._texts = tuple(chain.from_iterable(numbers))
        self._codes_of_texts = array("I", (code for cell, code in numbers.items() for _ in cell))
        self._distinct = len(numbers)

    def mask(self, pattern: Glob) -> bytes:
        """A 1 for each row with a text that the pattern matches."""
        hits = bytearray(self._distinct)
        for code in compress(self._codes_of_texts, map(matcher(pattern), self._texts)):
            hits[code] = 1
        if isinstance(self.codes, bytes):
            return self.codes.translate(hits.ljust(256, b"\0"))
        return bytes(map(hits.__getitem__, self.codes))


class Universe:
    """Rows that selectors choose from.

    `missing` says in words that an address is not there. `columns` makes the cells of predicates
    that are no fields; `values` gives a field's values of each row; `needs` the pairs of rows of
    which the first needs the second. `marks` are named sets. `since` gives the addresses that
    the desired graph has otherwise than a revision; None where no revision can be read.
    """

    def __init__(
        self,
        missing: str,
        addresses: Sequence[str],
        *,
        columns: Mapping[str, Callable[[], Iterable[tuple[str, ...]]]],
        values: Callable[[str], Iterable[Sequence[Value]]],
        needs: Callable[[], Sequence[tuple[int, int]]],
        marks: Mapping[str, Callable[[], bytes]],
        since: Since | None = None,
    ) -> None:
        self.missing = missing
        self.addresses = addresses
        self.built_in = columns
        self.marks = marks
        self.since = since
        self._values = values
        self._needs = needs
        self._columns: dict[tuple[str, str], Column] = {}

    def __len__(self) -> int:
        return len(self.addresses)

    def column(self, name: str, key: str = "") -> Column:
        """The column of a predicate; `key` is a place in a field that is a mapping."""
        found = self._columns.get((name, key))
        if found is None:
            made = self.built_in.get(name)
            found = Column(made() if made else _texts(self._values(name), key))
            self._columns[name, key] = found
        return found

    def renew(self, name: str, cells: Callable[[], Iterable[tuple[str, ...]]]) -> None:
        """Have the column of a predicate made of other cells when it is asked for next."""
        self.built_in = {**self.built_in, name: cells}
        self._columns.pop((name, ""), None)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The own name of each row: what stands behind the last slash of its address."""
        return tuple(address.rpartition("/")[2] for address in self.addresses)

    @cached_property
    def lowered(self) -> tuple[str, ...]:
        """Each address in lower case."""
        return tuple(address.lower() for address in self.addresses)

    @cached_property
    def needs(self) -> Adjacency:
        """Row to the rows it needs."""
        return Adjacency.of_pairs(len(self), self._needs())

    @cached_property
    def needed_by(self) -> Adjacency:
        """Row to the rows that need it."""
        return self.needs.turned()


def of_plan(plan: Plan, since: Since | None = None) -> Universe:
    """The actions of a plan. A field has the value it is to have, and the one it has now."""
    actions = plan.actions

    def needs() -> list[tuple[int, int]]:
        numbers = {action.id: row for row, action in enumerate(actions)}
        return [
            (row, numbers[other])
            for row, action in enumerate(actions)
            for other in (*action.requires, *action.after)
            if other in numbers
        ]

    return Universe(
        "the plan has no action on",
        [action.address for action in actions],
        columns={
            "kind": lambda: ((action.kind,) for action in actions),
            "change": lambda: ((action.op.value,) for action in actions),
            "cause": lambda: ((action.cause.value,) for action in actions),
            "field": lambda: (tuple(change.path for change in action.fields) for action in actions),
            "verdict": lambda: verdict_cells(actions, plan.findings),
        },
        values=lambda name: (
            (action.wanted.get(name, _implied(action, name)), action.base.get(name)) for action in actions
        ),
        needs=needs,
        marks={"new": lambda: bytes(map(_is_new, actions))},
        since=since,
    )


def of_graph(graph: ResourceGraph, since: Since | None = None) -> Universe:
    """The resources of a graph."""
    resources = tuple(graph.resources.values())

    def needs() -> list[tuple[int, int]]:
        numbers = {address: row for row, address in enumerate(graph.resources)}
        return [(row, numbers[to]) for row, each in enumerate(resources) for to in each.depends_on]

    return Universe(
        "the graph has no resource",
        tuple(graph.resources),
        columns={"kind": lambda: ((each.kind,) for each in resources)},
        values=lambda name: ((each.fields.get(name),) for each in resources),
        needs=needs,
        marks={},
        since=since,
    )


def verdict_cells(actions: Sequence[Action], findings: Iterable[Finding]) -> list[tuple[str, ...]]:
    """The verdicts on each action that bind, and those on the whole plan that are about its address."""
    found: dict[str, set[str]] = {}
    for finding in findings:
        if finding.binds:
            for about in (finding.subject, *finding.reaches):
                found.setdefault(about, set()).add(finding.verdict.value)
    none: set[str] = set()
    return [tuple(sorted(found.get(each.id, none) | found.get(each.address, none))) for each in actions]


def _is_new(action: Action) -> bool:
    """Whether the fleet file asks for something that it did not when this was last verified."""
    return action.cause in _NEW or any(change.cause in _NEW for change in action.fields)


def _implied(action: Action, name: str) -> Value:
    """The value of a reference that stands in the address and is not compared."""
    spec = KINDS[action.kind].field(name) if action.kind in KINDS else None
    return implied(action.address, spec) if spec else None


def _texts(values: Iterable[Sequence[Value]], key: str) -> Iterable[tuple[str, ...]]:
    """The texts of each row's values."""
    for cells in values:
        texts: list[str] = []
        for value in cells:
            _say(_inside(value, key) if key else value, texts)
        yield tuple(texts)


def _inside(value: Value, key: str) -> Value:
    """What a mapping holds at a dotted key; a key with dots in it comes first."""
    if not isinstance(value, dict):
        return None
    if key in value:
        return value[key]
    head, _, rest = key.partition(".")
    return _inside(value.get(head), rest) if rest else None


def _say(value: Value, texts: list[str]) -> None:
    if isinstance(value, str):
        texts.append(value)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _say(item, texts)
            if isinstance(item, str) and "@" in item:
                texts.append(module_name(item))
    elif value is not None and not isinstance(value, (dict, Ref)):
        texts.append(msgspec.json.encode(value).decode())
