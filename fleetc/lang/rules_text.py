"""Expressions, messages and texts of rules as they are written (design 3.2)."""

from __future__ import annotations

import re

from fleetc.lang.rules_ast import (
    Both,
    Build,
    Call,
    Compare,
    Either,
    Expression,
    Literal,
    Name,
    Not,
    Path,
    Selection,
    Template,
    Within,
)

__all__ = ["UNITS", "bare", "duration", "expression", "quoted", "template"]

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
"""The units of durations, in seconds; the largest last."""

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_ESCAPED = str.maketrans({'"': r"\"", "\\": r"\\", "\n": r"\n", "\t": r"\t"})
_EITHER, _BOTH, _NOT, _COMPARE, _TERM = range(5)


def quoted(text: str) -> str:
    """A text in double quotes, with what cannot stand there escaped."""
    return f'"{text.translate(_ESCAPED)}"'


def bare(name: str) -> str:
    """A name as it is, or in double quotes where it needs them."""
    return name if _BARE.match(name) else quoted(name)


def duration(seconds: int) -> str:
    """A duration in the largest unit that divides it: `24h` is `1d`."""
    unit = max((unit for unit, size in UNITS.items() if seconds % size == 0), key=UNITS.__getitem__)
    return f"{seconds // UNITS[unit]}{unit if seconds else 's'}"


def template(message: Template) -> str:
    """A message in double quotes, with its expressions in braces."""
    return quoted("".join(map(_part, message.parts)))


def _part(part: str | Expression) -> str:
    if isinstance(part, str):
        return part.replace("{", "{{").replace("}", "}}")
    return f"{{{expression(part)}}}"


def expression(tree: Expression) -> str:
    """An expression on one line, with no more parentheses than its tree needs."""
    return _within(tree, _EITHER)


def _within(tree: Expression, place: int) -> str:
    """The expression where only what binds at least as close as `place` stands without parentheses."""
    text, binds = _text(tree)
    return text if binds >= place else f"({text})"


def _text(tree: Expression) -> tuple[str, int]:
    match tree:
        case Either(parts=parts):
            return " or ".join(_within(part, _BOTH) for part in parts), _EITHER
        case Both(parts=parts):
            return " and ".join(_within(part, _NOT) for part in parts), _BOTH
        case Not(inner=inner):
            return f"not {_within(inner, _NOT)}", _NOT
        case Compare(operator=operator, left=left, right=right):
            return f"{_within(left, _TERM)} {operator} {_within(right, _TERM)}", _COMPARE
        case _:
            return _term(tree), _TERM


def _term(tree: Literal | Path | Build | Call | Within | Selection) -> str:
    match tree:
        case Literal():
            return _literal(tree)
        case Path(names=names):
            return _path(names)
        case Build(builder=builder, variable=variable, source=source, body=body):
            each = f"{variable.text} in {expression(source)}"
            return f"{builder.text}{{{each} | {expression(body)}}}"
        case Call(function=function, arguments=arguments):
            return f"{function.text}({', '.join(map(expression, arguments))})"
        case Within(window=window):
            return f"within window {window.text}"
        case Selection(text=text):
            return f"select {quoted(text)}"


def _literal(literal: Literal) -> str:
    match literal.value:
        case None:
            return "none"
        case bool(value):
            return "true" if value else "false"
        case int(value):
            return duration(value) if literal.duration else str(value)
        case value:
            return quoted(value)


def _path(names: tuple[Name, ...]) -> str:
    return ".".join(bare(name.text) for name in names)
