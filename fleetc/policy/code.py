"""What expressions come to when they are run: closures over a frame (design 3.2).

Truth is three-valued: True, False, and `UNKNOWN` for what nobody knows yet. A count over what is
partly unknown is a `Span` of numbers, so that what holds either way is known all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from fleetc.ir.address import kind_of, parts
from fleetc.ir.values import Ref, Value
from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldSpec, FieldType
from fleetc.plan.references import targets
from fleetc.policy.calendar import Calendar
from fleetc.policy.types import Side, Type
from fleetc.policy.world import UNKNOWN, Resource, World, implied

__all__ = [
    "CELL",
    "ENV",
    "Circumstances",
    "Code",
    "Column",
    "Frame",
    "Span",
    "State",
    "both",
    "either",
    "field_of",
    "no",
]

State = object
"""A value at run time: a truth value, number, text, address, tuple of these, None or `UNKNOWN`."""

CELL = "cell"
ENV = "env"
Column = tuple[str, ...]
"""A thing that an expression reads of its own change: `("after", "listen_port")`, `("cause",)`."""


class Span(NamedTuple):
    """A number that is not known, but lies between two that are."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What rules know beside the fleet.

    - `facts`: what `env` has, by name.
    - `now`: seconds since the epoch.
    - `calendars`: windows and freezes by name.
    - `applied`: address to the time at which a change of it was last applied, by environment; the
      own environment stands under the empty name.
    """

    facts: Mapping[str, Value] = field(default_factory=dict)
    account: str = ""
    now: float = 0.0
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    applied: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(slots=True)
class Frame:
    """Where an expression is run: one change or resource, and the variables around it.

    `old` and `new` are the resource as it is live and as it is to be. `selected` are the texts of the
    selectors that select the change. `trace`, when it is a list, takes each value that is read: side,
    address, field, value; of `env`, only what is not set.
    """

    world: World
    circumstances: Circumstances
    own: str = ""
    old: Resource | None = None
    new: Resource | None = None
    operation: str = ""
    cause: str = ""
    selected: Container[str] = ()
    variables: dict[str, State] = field(default_factory=dict)
    trace: list[tuple[str, str, str, State]] | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """An expression with its type: `run` gives its value in a frame, and never fails.

    `reads` are the columns of its own change, `changing` whether it looks at the state that ticks
    change, `timed` whether at the clock or the ledger. A part that looks further than at its own change
    is a column too: `cells` has the code of each, by column. A `direct` expression is what its one column
    has; the `test` of a condition on one gives the condition for a value of that column. A `fact` of
    `env` has its name: where an environment does not set it, nobody knows what it would be.
    """

    type: Type
    run: Callable[[Frame], State]
    reads: frozenset[Column] = frozenset()
    changing: bool = False
    timed: bool = False
    cells: Mapping[Column, Code] = field(default_factory=dict)
    direct: bool = False
    test: Callable[[State], State] | None = None
    fact: str = ""

    def like(self, type_: Type, run: Callable[[Frame], State], *others: Code, changing: bool = False) -> Code:
        """An expression made of this one and others."""
        every = (self, *others)
        cells: dict[Column, Code] = {}
        for each in every:
            cells |= each.cells
        return Code(
            type_,
            run,
            frozenset().union(*(each.reads for each in every)),
            changing or any(each.changing for each in every),
            any(each.timed for each in every),
            cells,
        )

    def as_cell(self, kind: str, text: str) -> Code:
        """The same as a column of its own: what it comes to stands for all that it looks at."""
        column = (CELL, kind, text)
        return replace(self, reads=frozenset({column}), cells={column: self}, direct=not self.type.free)

    @property
    def base(self) -> frozenset[Column]:
        """The columns of its own change that it rests on, also through cells."""
        found: set[Column] = set()
        for column in self.reads:
            found |= self.cells[column].base if column in self.cells else {column}
        return frozenset(found)


def both(values: Iterable[State]) -> State:
    """Whether all hold: False as soon as one does not. What is absent does not hold."""
    known: State = True
    for value in values:
        if value is UNKNOWN:
            known = UNKNOWN
        elif value is not True:
            return False
    return known


def either(values: Iterable[State]) -> State:
    """Whether one holds: True as soon as one does."""
    known: State = False
    for value in values:
        if value is True:
            return True
        if value is UNKNOWN:
            known = UNKNOWN
    return known


def no(value: State) -> State:
    """Whether it does not hold."""
    return UNKNOWN if value is UNKNOWN else value is not True


def field_of(frame: Frame, own: State, spec: FieldSpec, side: Side) -> State:
    """The value of a field of the resource at an address, as the rules language has it."""
    if not isinstance(own, str):
        return own if own is UNKNOWN else _nothing(spec)
    state = state_of(frame, own, side)
    value = _raw(frame.world, own, spec, state)
    if value is None and state is None and not frame.world.complete:
        value = UNKNOWN
    found = value if value is UNKNOWN else _typed(own, spec, value)  # type: ignore[arg-type]
    if frame.trace is not None:
        frame.trace.append((str(side.value), own, spec.name, found))
    return found


def state_of(frame: Frame, own: str, side: Side) -> Resource | None:
    """The fields of a resource on one side."""
    match side:
        case Side.OLD:
            return frame.old
        case Side.NEW:
            return frame.new
        case Side.BEFORE:
            return frame.world.before(own)
        case Side.NOW:
            return frame.world.now(own)


def _raw(world: World, own: str, spec: FieldSpec, state: Resource | None) -> object:
    value = state.fields.get(spec.name) if state else None
    if isinstance(value, Ref):
        return UNKNOWN
    if value is not None:
        return value
    name = implied(own, spec)
    if name is not None or state is None:
        return name
    if state.fresh and (spec.given or spec.readonly):
        return UNKNOWN
    if not state.fresh and f"{kind_of(own)}.{spec.name}" in world.unreadable:
        return UNKNOWN
    return spec.default


def _typed(own: str, spec: FieldSpec, value: Value) -> State:
    """A value with lists as tuples and references as addresses; what is of another type is absent."""
    if value is None:
        return _nothing(spec)
    if spec.type is FieldType.BOOLEAN:
        return value if isinstance(value, bool) else None
    if spec.type is FieldType.INTEGER:
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    if spec.type in (FieldType.MAPPING, FieldType.STRING_MAP):
        return value if isinstance(value, dict) else {}
    if spec.type is FieldType.REFERENCE and spec.refers_to in KINDS:
        return next(iter(targets(own, spec, value)), None)
    if spec.type in _LISTS:
        items = value if isinstance(value, list | tuple) else ()
        if spec.type is FieldType.REFERENCES and spec.refers_to in KINDS:
            return targets(own, spec, list(items))
        return tuple(item for item in items if isinstance(item, str))
    return value if isinstance(value, str) else None


_LISTS = (FieldType.STRING_LIST, FieldType.CIDR_LIST, FieldType.MODULES, FieldType.REFERENCES)


def _nothing(spec: FieldSpec) -> State:
    """What a field is when it is absent: a list and a mapping are empty."""
    if spec.type in _LISTS:
        return ()
    return {} if spec.type in (FieldType.MAPPING, FieldType.STRING_MAP) else None


def own_name(own: str) -> str:
    """The last part of an address, decoded."""
    return parts(own)[-1]
