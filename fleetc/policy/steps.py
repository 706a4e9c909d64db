"""Steps from a resource to what it has: fields, views, and what names it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fleetc.ir.address import kind_of
from fleetc.policy.code import Code, Column, Frame, State, field_of, own_name
from fleetc.policy.types import Base, Feature, Side, Type, features, resource, set_of
from fleetc.policy.world import OTHERS, UNKNOWN

__all__ = ["key_of", "step"]

_BEYOND = {Side.OLD: Side.BEFORE, Side.NEW: Side.NOW, Side.BEFORE: Side.BEFORE, Side.NOW: Side.NOW}
_OF_CHANGE = (Side.OLD, Side.NEW)


def step(code: Code, feature: Feature) -> Code:
    """What the resource that `code` gives has by that name."""
    side = code.type.side
    if feature.own:
        return _own(code, feature)
    if feature.spec is not None:
        return _field(code, feature, side)
    if feature.reverse is not None:
        return _reverse(code, feature, side)
    return _view(code, feature, side)


def _reads(code: Code, column: Column) -> Code:
    """`code` without its own reads, and with those of a column when it is the change itself."""
    own = frozenset({column}) if code.type.side in _OF_CHANGE else code.reads
    return replace(code, reads=own)


def _direct(found: Code, of: Code) -> Code:
    """`found`, known to be just what its column has when it is of the change itself."""
    direct = of.type.side in _OF_CHANGE and not found.type.free
    return replace(found, direct=direct)


def _own(code: Code, feature: Feature) -> Code:
    run, part = code.run, _PARTS[feature.own]

    def named(frame: Frame) -> State:
        own = run(frame)
        if not isinstance(own, str):
            return own
        if frame.trace is not None:
            frame.trace.append((str(code.type.side.value), own, feature.name, part(own)))
        return part(own)

    return _direct(_reads(code, (feature.own,)).like(feature.type, named), code)


_PARTS: dict[str, Callable[[str], str]] = {"name": own_name, "kind": kind_of, "address": str}


def _typed(type_: Type, side: Side) -> Type:
    """A type of a feature, seen from a side."""
    beyond = _BEYOND[side]
    if type_.base is Base.RESOURCE:
        return resource(type_.kind, beyond)
    if type_.item is not None and type_.item.base is Base.RESOURCE:
        return set_of(resource(type_.item.kind, beyond))
    return type_


def _field(code: Code, feature: Feature, side: Side) -> Code:
    run, spec = code.run, feature.spec
    assert spec is not None

    def read(frame: Frame) -> State:
        return field_of(frame, run(frame), spec, side)

    column = (str(side.value), spec.name)
    found = _reads(code, column).like(_typed(feature.type, side), read, changing=side is Side.NOW)
    return _direct(found, code)


def _reverse(code: Code, feature: Feature, side: Side) -> Code:
    run = code.run
    assert feature.reverse is not None
    kind, fields = feature.reverse
    live = _BEYOND[side] is Side.BEFORE

    def naming(frame: Frame) -> State:
        own = run(frame)
        if not isinstance(own, str):
            return own if own is UNKNOWN else ()
        found = frame.world.naming(own, kind, fields, live=live)
        return found if frame.world.complete else (*found, OTHERS)

    return _reads(code, ("address",)).like(_typed(feature.type, side), naming, changing=not live)


def _view(code: Code, feature: Feature, side: Side) -> Code:
    view = feature.view
    assert view is not None
    has = features(code.type.kind)
    if view.own:
        return replace(_own(code, has["name"]), type=feature.type)
    if view.path:
        first = step(code, has[view.path[0]])
        return step(first, features(first.type.kind)[view.path[1]])
    if view.joined:
        parts = tuple(step(code, has[name]) for name in view.joined)
        return parts[0].like(_typed(feature.type, side), lambda frame: _joined(frame, parts), *parts[1:])
    back = Feature(feature.name, set_of(feature.type), reverse=(view.back[0], (view.back[1],)))
    several = _reverse(code, back, side)
    run = several.run

    def first_of(frame: Frame) -> State:
        found = run(frame)
        first = (found[0] if found else None) if isinstance(found, tuple) else found
        return UNKNOWN if first is OTHERS else first

    return several.like(_typed(feature.type, side), first_of)


def _joined(frame: Frame, parts: tuple[Code, ...]) -> State:
    found: dict[State, None] = {}
    for part in parts:
        value = part.run(frame)
        if value is UNKNOWN:
            found[OTHERS if part.type.base is Base.SET else UNKNOWN] = None
        elif isinstance(value, tuple):
            found |= dict.fromkeys(value)
        elif value is not None:
            found[value] = None
    return tuple(found)


def key_of(code: Code, key: str) -> Code:
    """What a mapping holds at a key."""
    run = code.run
    item = code.type.item
    assert item is not None

    def read(frame: Frame) -> State:
        found = run(frame)
        if found is UNKNOWN:
            return UNKNOWN
        value = found.get(key) if isinstance(found, dict) else None
        if item.base is Base.TEXT:
            return value if isinstance(value, str) else None
        return tuple(value) if isinstance(value, list) else value

    return code.like(item, read)
