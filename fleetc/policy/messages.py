"""Messages of rules: texts with values in them, and values as people read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from fleetc.lang import rules_ast as ast
from fleetc.lang.text import few
from fleetc.model.secrets import HIDDEN, key_of_secret, looks_secret
from fleetc.policy.code import Code, Frame, Span, State, own_name
from fleetc.policy.expressions import Expressions, Scope
from fleetc.policy.functions import bound_values
from fleetc.policy.types import NUMBER, WRONG, Base, Type
from fleetc.policy.world import OTHERS, Unknown

__all__ = ["Message", "message_of", "shown", "with_bound"]

_MOST = 6


@dataclass(frozen=True, slots=True)
class Message:
    """A template with its expressions as code."""

    parts: tuple[str | Code, ...] = ()

    def text(self, frame: Frame, value: Callable[[Code], State] | None = None) -> str:
        """The message in a frame; `value` gives what an expression is there where that is known."""
        of = value or (lambda code: code.run(frame))
        return "".join(p if isinstance(p, str) else _part(p, of(p)) for p in self.parts)


def _part(code: Code, value: State) -> str:
    return "(not set)" if code.fact and isinstance(value, Unknown) else shown(value, code.type)


def message_of(template: ast.Template | None, scope: Scope, checker: Expressions) -> Message:
    """A template in a scope that has what its rule binds; empty for none."""
    parts = template.parts if template else ()
    codes = [part if isinstance(part, str) else checker.code(part, scope) for part in parts]
    return Message(tuple(HIDDEN if _secret(part) else code for part, code in zip(parts, codes, strict=True)))


def _secret(part: str | ast.Expression) -> bool:
    """Whether a part of a message is a value under a key that names a secret."""
    return isinstance(part, ast.Path) and key_of_secret(part.names[-1].text)


def with_bound(condition: ast.Expression | None, scope: Scope, checker: Expressions) -> Scope:
    """The scope of the messages of a rule: its own, with what its condition binds.

    The variable of each `exists`, `all` and `count` is the first item that made it so, and `count`
    the number that the first count came to.
    """
    silent = Expressions(type(checker.report)())
    for build in _builds(condition):
        name = build.variable.text
        if name not in scope.variables:
            source = silent.code(build.source, scope)
            if source.type.base is Base.SET and source.type.item is not None:
                inner = scope.having(name, _variable(name, source.type.item))
                body = silent.code(build.body, inner)
                if body.type is not WRONG:
                    whole = silent.code(build, scope)
                    scope = scope.having(name, _first(name, build, source, body, whole))
    counted = next(_counts(condition), None)
    if counted is not None and "count" not in scope.variables:
        code = silent.code(counted, scope)
        if code.type is NUMBER:
            scope = scope.having("count", code)
    return scope


def _variable(name: str, type_: Type) -> Code:
    return Code(type_, lambda frame: frame.variables.get(name))


def _first(name: str, build: ast.Build, source: Code, body: Code, whole: Code) -> Code:
    """The first item that made a builder what it is; it looks at no more than that (`whole`) does."""
    assert source.type.item is not None
    find = bound_values(name, source, body, holds=build.builder.text != "all")

    def first(frame: Frame) -> State:
        found = find(frame)
        return found[0] if found else None

    return whole.like(source.type.item, first)


def _inner(expression: ast.Expression | None) -> Iterator[ast.Expression]:
    """What a condition consists of, outside of builders."""
    if expression is None:
        return
    yield expression
    match expression:
        case ast.Both() | ast.Either():
            for part in expression.parts:
                yield from _inner(part)
        case ast.Not():
            yield from _inner(expression.inner)
        case ast.Compare():
            yield from _inner(expression.left)
            yield from _inner(expression.right)
        case ast.Call():
            for part in expression.arguments:
                yield from _inner(part)
        case _:
            return


def _builds(condition: ast.Expression | None) -> Iterator[ast.Build]:
    for each in _inner(condition):
        if isinstance(each, ast.Build) and each.builder.text != "distinct":
            yield each


def _counts(condition: ast.Expression | None) -> Iterator[ast.Build | ast.Call]:
    for each in _inner(condition):
        if (isinstance(each, ast.Build) and each.builder.text == "count") or (
            isinstance(each, ast.Call) and each.function.text == "count"
        ):
            yield each


def shown(value: State, type_: Type) -> str:
    """A value in words."""
    if isinstance(value, Unknown):
        return "(maybe more)" if value is OTHERS else "(not known yet)"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Span):
        return f"{value.low} or more" if value.high >= 1 << 60 else f"{value.low} to {value.high}"
    if isinstance(value, tuple):
        item = type_.item or type_
        return few([shown(each, item) for each in value], _MOST) or "none"
    if isinstance(value, Mapping):
        members = (HIDDEN if looks_secret(each, key) else shown(each, type_) for key, each in value.items())
        return few([f"{key}={each}" for key, each in zip(value, members, strict=True)], _MOST) or "none"
    if looks_secret(value):
        return HIDDEN
    if isinstance(value, str) and type_.base is Base.RESOURCE:
        return own_name(value)
    return str(value)
