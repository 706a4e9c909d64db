"""The functions and builders of the rules language: a fixed few, each of which always ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from fleetc.ir.values import canonical
from fleetc.model.references import split_module
from fleetc.policy.code import Code, Frame, Span, State, both, either
from fleetc.policy.types import BOOLEAN, NUMBER, TEXT, Base, Type, set_of
from fleetc.policy.world import OTHERS, UNKNOWN, Unknown

__all__ = ["BUILDERS", "FUNCTIONS", "Function", "bound_values", "items_of", "marked", "size"]

_ENDLESS = 1 << 62

Made = tuple[Type, Callable[[Frame], State]]


def items_of(value: State) -> Sequence[State]:
    """The items of a set; one that is not known may have any."""
    if value is UNKNOWN:
        return (OTHERS,)
    return value if isinstance(value, tuple) else ()


def size(value: State) -> State:
    """How many items a set has: a `Span` when some are not known."""
    items = items_of(value)
    unknown = sum(isinstance(item, Unknown) for item in items)
    return _span(len(items) - unknown, unknown, without_end=OTHERS in items)


def _span(sure: int, unknown: int, *, without_end: bool) -> State:
    return Span(sure, _ENDLESS if without_end else sure + unknown) if unknown else sure


def marked(value: State) -> object:
    """A value as a key, which no value that is not equal to it has."""
    free = isinstance(value, bool | list | tuple | dict)
    return canonical(value) if free else value


def _each(name: str, source: Code, body: Code, frame: Frame) -> Iterator[tuple[State, State]]:
    """Each item of the source with the value of the body for it."""
    variables = frame.variables
    had, before = name in variables, variables.get(name)
    try:
        for item in items_of(source.run(frame)):
            variables[name] = item
            yield item, UNKNOWN if isinstance(item, Unknown) else body.run(frame)
    finally:
        if had:
            variables[name] = before
        else:
            variables.pop(name, None)


def _count(name: str, source: Code, body: Code) -> Made:
    def run(frame: Frame) -> State:
        found = list(_each(name, source, body, frame))
        sure, unknown = sum(v is True for _, v in found), sum(v is UNKNOWN for _, v in found)
        return _span(sure, unknown, without_end=any(item is OTHERS for item, _ in found))

    return NUMBER, run


def _exists(name: str, source: Code, body: Code) -> Made:
    return BOOLEAN, lambda frame: either([value for _, value in _each(name, source, body, frame)])


def _all(name: str, source: Code, body: Code) -> Made:
    return BOOLEAN, lambda frame: both([value for _, value in _each(name, source, body, frame)])


def _distinct(name: str, source: Code, body: Code) -> Made:
    def run(frame: Frame) -> State:
        found = _each(name, source, body, frame)
        return _once(OTHERS if item is OTHERS else value for item, value in found)

    return set_of(body.type), run


def _once(values: Iterator[State]) -> State:
    """Each value once. What is not known may be one of the others, or not; what is absent is none."""
    found: dict[object, State] = {}
    unknown: list[State] = []
    for value in values:
        if isinstance(value, Unknown | Span):
            unknown.append(UNKNOWN if isinstance(value, Span) else value)
        elif value is not None:
            found.setdefault(marked(value), value)
    return (*found.values(), *unknown)


def bound_values(name: str, source: Code, body: Code, *, holds: bool) -> Callable[[Frame], tuple[State, ...]]:
    """The items for which the body may hold, or may not."""

    def run(frame: Frame) -> tuple[State, ...]:
        found = _each(name, source, body, frame)
        return tuple(
            UNKNOWN if item is OTHERS else item
            for item, value in found
            if value is UNKNOWN or (value is True) is holds
        )

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

    def distinct(frame: Frame) -> State:
        value = run(frame)
        return value if value is UNKNOWN else _once(iter(items_of(value)))

    return codes[0].like(codes[0].type, distinct)


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
        seconds, passed = run(frame), _passed(frame, "")
        if seconds is UNKNOWN:
            return UNKNOWN
        return passed is not None and isinstance(seconds, int) and passed <= seconds

    return _of_ledger(codes, applied)


def _soaked(codes: list[Code]) -> Code:
    where, run = codes[0].run, codes[1].run

    def soaked(frame: Frame) -> State:
        name, seconds = where(frame), run(frame)
        if UNKNOWN in (name, seconds):
            return UNKNOWN
        passed = _passed(frame, str(name))
        return passed is not None and isinstance(seconds, int) and passed >= seconds

    return _of_ledger(codes, soaked)


def _passed(frame: Frame, environment: str) -> float | None:
    """The seconds since a change of the own address was last applied; None for never."""
    at = frame.circumstances.applied.get(environment, {}).get(frame.own)
    return None if at is None else frame.circumstances.now - at


def _of_ledger(codes: list[Code], run: Callable[[Frame], State]) -> Code:
    found = codes[0].like(BOOLEAN, run, *codes[1:])
    return replace(found, reads=found.reads | {("address",)}, timed=True)


FUNCTIONS: dict[str, Function] = {
    "count": Function((Base.SET,), "count(network.peers)", _counted),
    "distinct": Function((Base.SET,), "distinct(tags)", _distincted),
    "pinned": Function((Base.TEXT,), "pinned(m)", _pinned),
    "resolved": Function((Base.TEXT,), "resolved(m)", _resolved),
    "applied_within": Function((Base.DURATION,), "applied_within(24h)", _applied_within, of_change=True),
    "soaked": Function((Base.TEXT, Base.DURATION), 'soaked("staging", 24h)', _soaked, of_change=True),
}
