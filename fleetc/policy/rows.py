"""The actions of a plan as rows that rules are run over.

What an action looks like from outside (operation, kind, causes, fields) is its signature; a scope is
compared with the few signatures that there are. What an expression reads of an action is a column,
made for the rows that are asked for, and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from fleetc.model.kinds import KINDS
from fleetc.plan.actions import Action
from fleetc.plan.changes import Op
from fleetc.policy.cells import Cells, hashable
from fleetc.policy.code import Circumstances, Code, Column, Frame, State, field_of, own_name
from fleetc.policy.ruleset import Reach
from fleetc.policy.types import Side
from fleetc.policy.world import World

__all__ = ["Rows", "Signature", "covered", "reaches"]

_EMPTY: tuple[object, ...] = (None, "", [], (), {})


class Signature(NamedTuple):
    """What scopes look at. `fields` are those that change, each with its cause."""

    operation: str
    kind: str
    cause: str
    fields: tuple[tuple[str, str], ...]


def _signature(action: Action) -> Signature:
    if action.op is Op.DELETE:
        fields = tuple([(name, action.cause) for name, value in action.base.items() if value not in _EMPTY])
    elif action.op is Op.CREATE:
        fields = tuple([(f.path, f.cause) for f in action.fields if f.after not in _EMPTY])
    else:
        fields = tuple([(f.path, f.cause) for f in action.fields])
    return Signature(action.op, action.kind, action.cause, fields)


def reaches(reach: Reach, signature: Signature) -> bool:
    """Whether a scope is about an action."""
    if signature.operation not in reach.operations or signature.kind not in reach.fields:
        return False
    wanted = reach.fields[signature.kind]
    if not reach.causes:
        return wanted is None or any(name in wanted for name, _ in signature.fields)
    if signature.cause in reach.causes and wanted is None:
        return True
    return any(
        cause in reach.causes and (wanted is None or name in wanted) for name, cause in signature.fields
    )


def covered(reach: Reach, signature: Signature) -> frozenset[str] | None:
    """The fields of an action that a scope is about; None for all that the action does."""
    wanted, causes = reach.fields[signature.kind], reach.causes
    if wanted is None and not causes:
        return None
    if signature.operation != Op.UPDATE.value:
        whole = wanted is None and signature.cause in causes
        return None if whole else frozenset()
    return frozenset(
        name
        for name, cause in signature.fields
        if (wanted is None or name in wanted) and (not causes or cause in causes)
    )


class _Chosen:
    """The texts of the selectors that select a row."""

    __slots__ = ("_row", "_selections")

    def __init__(self, selections: Mapping[str, bytes], row: int) -> None:
        self._selections, self._row = selections, row

    def __contains__(self, text: object) -> bool:
        return bool(self._selections[str(text)][self._row])


class Rows:
    """The actions of a plan. `selected` gives the 0/1 mask of a selector's text, a byte a row."""

    def __init__(
        self,
        actions: Sequence[Action],
        world: World,
        circumstances: Circumstances,
        selections: Mapping[str, bytes],
    ) -> None:
        self.actions = actions
        self.world = world
        self.circumstances = circumstances
        self.selections = selections
        self.signatures = [_signature(action) for action in actions]
        self.by_signature: dict[Signature, list[int]] = {}
        for row, signature in enumerate(self.signatures):
            if signature.kind in KINDS:
                self.by_signature.setdefault(signature, []).append(row)
        self._frames: dict[int, Frame] = {}
        self._columns: dict[Column, dict[int, object]] = {}
        self._cells: dict[Column, Cells] = {}
        self._reached: dict[object, list[int]] = {}
        self._indexes: dict[tuple[tuple[Column, ...], int], dict[object, list[int]]] = {}

    def reached(self, reach: Reach) -> dict[str, list[int]]:
        """The rows that a scope is about, by kind, in order; the same list for the same scope."""
        found = {}
        for kind, fields in reach.fields.items():
            key = kind, fields, reach.operations, reach.causes
            if key not in self._reached:
                rows = [
                    r
                    for signature, r in self.by_signature.items()
                    if reaches(reach, signature) and signature.kind == kind
                ]
                self._reached[key] = sorted(chain.from_iterable(rows))
            if self._reached[key]:
                found[kind] = self._reached[key]
        return found

    def reached_rows(self, reach: Reach) -> list[int]:
        """The rows that a scope is about, in order."""
        return sorted(chain.from_iterable(self.reached(reach).values()))

    def index(
        self, columns: tuple[Column, ...], rows: list[int], cells: Mapping[Column, Code]
    ) -> Mapping[object, list[int]]:
        """What some rows of `reached` have in some columns, each with those rows."""
        if (columns, id(rows)) not in self._indexes:
            found: dict[object, list[int]] = {}
            for key, row in zip(self.keys(columns, rows, cells), rows, strict=True):
                found.setdefault(key, []).append(row)
            self._indexes[columns, id(rows)] = found
        return self._indexes[columns, id(rows)]

    def forget_indexes(self) -> None:
        """Let go what only making the conditions needs; a toggle would not keep it right."""
        self._indexes.clear()

    def frame(self, row: int) -> Frame:
        """Where expressions about a row are run."""
        frame = self._frames.get(row)
        if frame is None:
            action = self.actions[row]
            old = self.world.before(action.address)
            new = old if action.op is Op.UNPROTECT else self.world.planned(action.address) or old
            frame = Frame(
                self.world, self.circumstances, action.address, old, new,
                action.op.value, action.cause.value, _Chosen(self.selections, row),
            )  # fmt: skip
            self._frames[row] = frame
        frame.circumstances = self.circumstances
        return frame

    def keys(
        self, columns: tuple[Column, ...], rows: Sequence[int], cells: Mapping[Column, Code]
    ) -> Sequence[object]:
        """What the rows have in some columns, as a hashable value a row."""
        if len(columns) == 1:
            return self._column(columns[0], rows, cells)
        return list(zip(*(self._column(column, rows, cells) for column in columns), strict=True))

    def value(self, row: int, code: Code) -> State:
        """What an expression is for a row; one that is a cell is not worked out again."""
        if code.direct and code.cells and code.reads == code.cells.keys():
            return self.keys(tuple(code.reads), (row,), code.cells)[0]
        return code.run(self.frame(row))

    def touch(self, things: Iterable[object]) -> dict[Column, set[int]]:
        """Forget the cells that looked at these things; by column, the rows that have them."""
        stale: dict[Column, set[int]] = {}
        for cells in self._cells.values():
            rows = cells.forget(things)
            if rows:
                stale[cells.column] = rows
        return stale

    def _column(self, column: Column, rows: Sequence[int], cells: Mapping[Column, Code]) -> Sequence[object]:
        if column in cells:
            return self._cells_of(column, cells[column]).values(rows)
        known = self._columns.setdefault(column, {})
        missing = [row for row in rows if row not in known] if len(known) < len(self.actions) else ()
        if missing:
            read = self._reader(column)
            for row in missing:
                known[row] = read(row)
        return list(map(known.__getitem__, rows))

    def _cells_of(self, column: Column, code: Code) -> Cells:
        if column not in self._cells:
            self._cells[column] = Cells(self, column, code)
        return self._cells[column]

    def _reader(self, column: Column) -> Callable[[int], object]:
        name = column[0]
        if name == "select":
            return self.selections[column[1]].__getitem__
        if name in ("cause", "operation", "address", "name", "kind"):
            return lambda row: _plain(self.actions[row], name)
        side = Side(name)
        return lambda row: hashable(self._field(row, column[1], side))

    def _field(self, row: int, name: str, side: Side) -> State:
        action = self.actions[row]
        spec = KINDS[action.kind].field(name)
        assert spec is not None
        return field_of(self.frame(row), action.address, spec, side)


def _plain(action: Action, name: str) -> str:
    match name:
        case "cause":
            return action.cause.value
        case "operation":
            return action.op.value
        case "kind":
            return action.kind
        case "name":
            return own_name(action.address)
        case _:
            return action.address
