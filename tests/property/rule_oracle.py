"""A slow judge of expressions, written from the design alone: plain recursion over the tree, nothing kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any, NamedTuple

from fleetc.ir.values import Ref
from fleetc.lang import rules_ast as ast
from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldSpec, View
from fleetc.plan.actions import Action
from fleetc.policy.calendar import Calendar, within
from tests.property.rule_values import (
    COMPARED,
    UNKNOWN,
    Many,
    Range,
    Res,
    beyond,
    distinct,
    every,
    one,
    own_name,
    range_of,
    targets,
    truth,
    typed,
    written,
)
from tests.property.rule_worlds import Fleet

__all__ = ["Context", "Oracle", "after"]


class State(NamedTuple):
    """A resource in one state."""

    fields: Mapping[str, Any]
    fresh: bool = False


@dataclass(frozen=True)
class Context:
    """Where an expression stands: the resource of its change, the change, variables, the time."""

    own: str = ""
    action: Action | None = None
    old: State | None = None
    new: State | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    bare: bool = True

    def having(self, name: str, value: object) -> Context:
        """With one variable more."""
        return replace(self, variables={**self.variables, name: value})


def after(action: Action, live: State | None) -> State | None:
    """What a change leaves of a resource."""
    match action.op.value:
        case "delete":
            return None
        case "create" | "replace":
            asked = {each.path: each.after for each in action.fields if each.after is not None}
            return State(asked | action.wanted, fresh=True)
        case "unprotect":
            return live
        case _:
            changed = {each.path: each.after for each in action.fields}
            return State({**(live.fields if live else {}), **action.wanted, **changed})


class Oracle:
    """Evaluates expressions over a fleet with some ticks."""

    def __init__(
        self,
        fleet: Fleet,
        ticked: bytes,
        calendars: Mapping[str, Calendar],
        selected: Callable[[str], Sequence[int]],
    ) -> None:
        self.fleet, self.calendars, self.selected = fleet, calendars, selected
        self.now = fleet.now
        self.rows = {action.id: row for row, action in enumerate(fleet.actions)}
        self.doing = {
            action.address: action
            for action, on in zip(fleet.actions, ticked, strict=True)
            if on and action.op.value != "unprotect" and action.kind in KINDS
        }
        self.everything = sorted({*fleet.live, *(action.address for action in fleet.actions)})

    # states

    def live(self, own: str) -> State | None:
        """A resource as it is live."""
        return State(self.fleet.live[own]) if own in self.fleet.live else None

    def now_(self, own: str) -> State | None:
        """A resource as it is to be; one that goes as it was."""
        action, live = self.doing.get(own), self.live(own)
        return (after(action, live) or live) if action else live

    def there(self, own: str) -> bool:
        """Whether a resource is to be there."""
        action = self.doing.get(own)
        return after(action, self.live(own)) is not None if action else own in self.fleet.live

    def of_kind(self, kind: str) -> list[str]:
        """The addresses that are to be there."""
        return [own for own in self.everything if own.split("/")[0] == kind and self.there(own)]

    def context(self, action: Action) -> Context:
        """The context of a change."""
        old = self.live(action.address)
        return Context(action.address, action, old, after(action, old) or old)

    # expressions

    def value(self, at: ast.Expression, where: Context) -> Any:
        """What an expression comes to."""
        match at:
            case ast.Literal():
                return at.value
            case ast.Path():
                return self._path([name.text for name in at.names], where)
            case ast.Compare() if fact := _asked(at):
                return (fact in self.fleet.facts) is (at.operator == "!=")
            case ast.Compare():
                left, right = self.value(at.left, where), self.value(at.right, where)
                return COMPARED[at.operator](left, right)
            case ast.Both():
                return every([self.value(part, where) for part in at.parts])
            case ast.Either():
                return one([self.value(part, where) for part in at.parts])
            case ast.Not():
                inner = truth(self.value(at.inner, where))
                return inner if inner is UNKNOWN else not inner
            case ast.Within():
                return within(self.calendars[at.window.text], self.now)
            case ast.Selection():
                assert where.action is not None
                return bool(self.selected(at.text)[self.rows[where.action.id]])
            case ast.Build():
                return self._build(at, where)
            case ast.Call():
                return self._call(at, where)

    def _path(self, names: list[str], where: Context) -> Any:
        first, *rest = names
        kind = where.own.split("/")[0]
        if first in where.variables:
            found = where.variables[first]
        elif where.bare and first in ("self", "after"):
            found = Res(kind, where.own, "new")
        elif where.bare and first == "before":
            found = Res(kind, where.own, "old")
        elif where.bare and first == "cause":
            found = where.action.cause.value if where.action else ""
        elif where.bare and first == "operation":
            found = where.action.op.value if where.action else ""
        elif where.bare and where.own and _has(kind, first) and not (first == kind and rest):
            found = self.step(Res(kind, where.own, "new"), first, where)
        elif where.bare and where.own and first == kind:
            found = Res(kind, where.own, "new")
        elif first == "account":
            found = "acme"
        else:
            return self.fleet.facts.get(rest[0], UNKNOWN)
        for name in rest:
            found = self.step(found, name, where)
        return found

    def step(self, found: Any, name: str, where: Context) -> Any:
        """What a value has under a name."""
        if found is UNKNOWN:
            return UNKNOWN
        if not isinstance(found, Res):
            value = found.get(name) if isinstance(found, dict) else None
            return value if not isinstance(value, list) else tuple(value)
        kind = KINDS[found.kind]
        view = next((view for view in kind.views if view.name == name), None)
        if view is not None:
            return self._view(found, view, where)
        for other in KINDS.values():
            fields = [spec for spec in other.fields if spec.refers_to == found.kind]
            if fields and name == f"{other.name}s":
                return self._naming(found, other.name, fields)
        spec = kind.field(name)
        if spec is not None:
            return self._field(found, spec, where)
        if found.own is None:
            return None
        return {"name": own_name(found.own), "address": found.own, "kind": found.kind}[name]

    def _view(self, found: Res, view: View, where: Context) -> Any:
        if view.own:
            return own_name(found.own) if found.own else None
        if view.path:
            return self.step(self.step(found, view.path[0], where), view.path[1], where)
        if view.back:
            kind, name = view.back
            spec = KINDS[kind].field(name)
            assert spec is not None
            several = self._naming(found, kind, [spec])
            if several.items:
                return several.items[0]
            return UNKNOWN if several.more else Res(kind, None, beyond(found.side))
        items: list[Any] = []
        more = False
        for part in (self.step(found, name, where) for name in view.joined):
            if isinstance(part, Many):
                items += part.items
                more |= part.more
            elif part is UNKNOWN:
                more = True
            elif part.own is not None:
                items.append(part)
        return Many(tuple(dict.fromkeys(items)), more)

    def _state(self, found: Res, where: Context) -> State | None:
        assert found.own is not None
        match found.side:
            case "old":
                return where.old
            case "new":
                return where.new
            case "live":
                return self.live(found.own)
            case _:
                return self.now_(found.own)

    def _field(self, found: Res, spec: FieldSpec, where: Context) -> Any:
        if found.own is None:
            return typed(found, spec, None)
        state = self._state(found, where)
        value = written(found.own, spec, state.fields if state else {})
        if isinstance(value, Ref):
            return UNKNOWN
        if value is None and state is None and not self.fleet.complete:
            return UNKNOWN
        if value is None and state is not None:
            given = state.fresh and (spec.given or spec.readonly)
            if given or (not state.fresh and f"{found.kind}.{spec.name}" in self.fleet.unreadable):
                return UNKNOWN
            value = spec.default
        return typed(found, spec, value)

    def _naming(self, found: Res, kind: str, fields: Sequence[FieldSpec]) -> Many:
        """The resources of a kind that name this one."""
        side = beyond(found.side)
        if found.own is None:
            return Many(())
        items = []
        for own in self.everything:
            state = self.live(own) if side == "live" else self.now_(own) if self.there(own) else None
            if own.split("/")[0] == kind and state is not None and self._names(own, state, fields, found.own):
                items.append(Res(kind, own, side))
        return Many(tuple(items), not self.fleet.complete)

    def _names(self, own: str, state: State, fields: Sequence[FieldSpec], target: str) -> bool:
        return any(target in targets(own, spec, written(own, spec, state.fields)) for spec in fields)

    # builders and functions

    def _build(self, at: ast.Build, where: Context) -> Any:
        source = self.value(at.source, where)
        some = Many((), more=True) if source is UNKNOWN else source if isinstance(source, Many) else Many(())
        name = at.variable.text
        values = [
            UNKNOWN if item is UNKNOWN else self.value(at.body, where.having(name, item))
            for item in some.items
        ]
        match at.builder.text:
            case "exists":
                return one([*values, *[UNKNOWN] * some.more])
            case "all":
                return every([*values, *[UNKNOWN] * some.more])
            case "count":
                found = [truth(value) for value in values]
                return range_of(found.count(True), found.count(UNKNOWN), some.more)
            case _:
                return distinct(values, some.more)

    def _call(self, at: ast.Call, where: Context) -> Any:
        values = [self.value(each, where) for each in at.arguments]
        name = at.function.text
        if name == "count":
            some = values[0]
            if some is UNKNOWN:
                return Range(0, inf)
            unknown = sum(item is UNKNOWN for item in some.items)
            return range_of(len(some.items) - unknown, unknown, some.more)
        if name == "distinct":
            return values[0] if values[0] is UNKNOWN else distinct(values[0].items, values[0].more)
        if UNKNOWN in [value for value in values if not isinstance(value, Many | dict)]:
            return UNKNOWN
        if name == "pinned":
            return isinstance(values[0], str) and bool(values[0].partition("@")[2])
        if name == "resolved":
            return self._resolved(values[0])
        environment = "" if name == "applied_within" else str(values[0])
        at_ = self.fleet.applied.get(environment, {}).get(where.own)
        if at_ is None:
            return False
        passed = self.now - at_
        return passed <= values[-1] if name == "applied_within" else passed >= values[-1]

    def _resolved(self, text: object) -> Any:
        if not isinstance(text, str):
            return text
        name, _, pin = text.partition("@")
        versions = self.fleet.catalogue.modules.get(name, {})
        live = [version for version, state in versions.items() if state == "live"]
        return pin or next(iter(live or versions), UNKNOWN)


def _asked(at: ast.Compare) -> str:
    """The fact of `env` that is compared with none: whether it is set is always known."""
    sides = [at.left, at.right] if at.operator in ("==", "!=") else []
    nothing = any(isinstance(side, ast.Literal) and side.value is None for side in sides)
    paths = [[name.text for name in side.names] for side in sides if isinstance(side, ast.Path)]
    return next((names[1] for names in paths if nothing and names[0] == "env"), "")


def _has(kind: str, name: str) -> bool:
    reverses = [f"{o.name}s" for o in KINDS.values() if any(spec.refers_to == kind for spec in o.fields)]
    views = [view.name for view in KINDS[kind].views]
    return name in ("name", "address", "kind", *reverses, *views) or KINDS[kind].field(name) is not None
