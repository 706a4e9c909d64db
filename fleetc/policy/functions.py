"""The functions and builders of the rules language: a fixed few, each of which always ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fleetc.model.references import split_module
from fleetc.policy.code import Code, Frame, Span, State, both, either
from fleetc.policy.types import BOOLEAN, NUMBER, TEXT, Base, Type, set_of
from fleetc.policy.world import UNKNOWN

__all__ = ["BUILDERS", "FUNCTIONS", "Function", "bound_values", "items_of", "size"]

Made = tuple[Type, Callable[[Frame], State]]


def items_of(value: State) -> Sequence[State]:
    """The items of a set; one that is not known has one item that is not known."""
    if value is UNKNOWN:
        return (UNKNOWN,)
    return value if isinstance(value, tuple) else ()


def size(value: State) -> State:
    """How many items a set has: a `Span` when some are not known."""
    if value is UNKNOWN:
        return Span(0, 1 << 62)
    items = items_of(value)
    unknown = sum(item is UNKNOWN for item in items)
    return Span(len(items) - unknown, len(items)) if unknown else len(items)


def _each(name: str, source: Code, body: Code, frame: Frame) -> Iterator[tuple[State, State]]:
    """Each item of the source with the value of the body for it."""
    variables = frame.variables
    had, before = name in variables, variables.get(name)
    try:
        for item in items_of(source.run(frame)):
            variables[name] = item
            yield item, UNKNOWN if item is UNKNOWN else body.run(frame)
    finally:
        if had:
            variables[name] = before
        else:
            variables.pop(name, None)


def _count(name: str, source: Code, body: Code) -> Made:
    def run(frame: Frame) -> State:
        if source.run(frame) is UNKNOWN:
            return Span(0, 1 << 62)
        values = [value for _, value in _each(name, source, body, frame)]
        sure, unknown = sum(v is True for v in values), sum(v is UNKNOWN for v in values)
        return Span(sure, sure + unknown) if unknown else sure

    return NUMBER, run


def _exists(name: str, source: Code, body: Code) -> Made:
    return BOOLEAN, lambda frame: either([value for _, value in _each(name, source, body, frame)])


def _all(name: str, source: Code, body: Code) -> Made:
    return BOOLEAN, lambda frame: both([value for _, value in _each(name, source, body, frame)])


def _distinct(name: str, source: Code, body: Code) -> Made:
    def run(frame: Frame) -> State:
        return _once(value for _, value in _each(name, source, body, frame))

    return set_of(body.type), run


def _once(values: Iterator[State]) -> State:
    """Each value once. What is not known may be one of the others, or not; what is absent is none."""
    found: dict[State, None] = {}
    unknown = 0
    for value in values:
        if value is UNKNOWN:
            unknown += 1
        elif value is not None:
            found[tuple(value) if isinstance(value, list) else value] = None
    return (*found, *[UNKNOWN] * unknown)


def bound_values(name: str, source: Code, body: Code, *, holds: bool) -> Callable[[Frame], tuple[State, ...]]:
    """The items for which the body may hold, or may not."""

    def run(frame: Frame) -> tuple[State, ...]:
        found = _each(name, source, body, frame)
        return tuple(item for item, value in found if value is UNKNOWN or (value is True) is holds)

    return run


BUILDERS: dict[str, Callable[[str, Code, Code], Made]] = {
    "count": _count,
    "exists": _exists,
    "all": _all,
    "distinct": _distinct,
}


@dataclass(frozen=True, slots=True)
class Function:
    """A function: the types of its arguments, an example, and its code."""

    arguments: tuple[Base, ...]
    example: str
    code: Callable[[list[Code]], Code]
    of_change: bool = False

    def wrong(self, types: list[Type], *, has_change: bool) -> str:
        """What is wrong with a call; empty when nothing is."""
        if len(types) != len(self.arguments):
            return f"it takes {len(self.arguments)} of these, and got {len(types)}"
        for wanted, found in zip(self.arguments, types, strict=True):
            if found.base is not wanted and found.base is not Base.ANY:
                return f"it takes {wanted.value}, and this is {found}"
        if self.of_change and not has_change:
            return "it is about a change, and here is none"
        return ""


def _counted(codes: list[Code]) -> Code:
    run = codes[0].run
    return codes[0].like(NUMBER, lambda frame: size(run(frame)))


def _distincted(codes: list[Code]) -> Code:
    run = codes[0].run
    return codes[0].like(codes[0].type, lambda frame: _once(iter(items_of(run(frame)))))


def _pinned(codes: list[Code]) -> Code:
    run = codes[0].run

    def pinned(frame: Frame) -> State:
        value = run(frame)
        return UNKNOWN if value is UNKNOWN else isinstance(value, str) and bool(split_module(value)[1])

    return codes[0].like(BOOLEAN, pinned)


def _resolved(codes: list[Code]) -> Code:
    run = codes[0].run

    def resolved(frame: Frame) -> State:
        value = run(frame)
        if not isinstance(value, str):
            return value
        name, pin = split_module(value)
        versions = frame.world.catalogue.modules.get(name, {})
        live = [version for version, state in versions.items() if state == "live"]
        return pin or next(iter(live or versions), UNKNOWN)

    return codes[0].like(TEXT, resolved)


def _applied_within(codes: list[Code]) -> Code:
    run = codes[0].run

    def applied(frame: Frame) -> State:
        seconds, at = run(frame), frame.circumstances.applied.get("", {}).get(frame.own)
        return at is not None and isinstance(seconds, int) and frame.circumstances.now - at <= seconds

    return Code(BOOLEAN, applied, codes[0].reads | {("address",)}, codes[0].changing, timed=True)


def _soaked(codes: list[Code]) -> Code:
    where, run = codes[0].run, codes[1].run

    def soaked(frame: Frame) -> State:
        name, seconds = where(frame), run(frame)
        at = frame.circumstances.applied.get(str(name), {}).get(frame.own)
        return at is not None and isinstance(seconds, int) and frame.circumstances.now - at >= seconds

    reads = codes[0].reads | codes[1].reads | {("address",)}
    return Code(BOOLEAN, soaked, reads, any(code.changing for code in codes), timed=True)


FUNCTIONS: dict[str, Function] = {
    "count": Function((Base.SET,), "count(network.peers)", _counted),
    "distinct": Function((Base.SET,), "distinct(tags)", _distincted),
    "pinned": Function((Base.TEXT,), "pinned(m)", _pinned),
    "resolved": Function((Base.TEXT,), "resolved(m)", _resolved),
    "applied_within": Function((Base.DURATION,), "applied_within(24h)", _applied_within, of_change=True),
    "soaked": Function((Base.TEXT, Base.DURATION), 'soaked("staging", 24h)', _soaked, of_change=True),
}
