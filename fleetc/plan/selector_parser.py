"""Selectors from text to tree, by recursive descent (design 3.1).

either  = both { both }                         a space: what any of them selects
both    = not { "," not }                       binds closer than a space
not     = { "not" } reach                       binds closer than a comma
reach   = [ [steps] "+" ] primary [ "+" [steps] ]
primary = "(" either ")" | "all" | "@" name [":" text] | word ":" value | address
value   = a glob, or a text in double quotes, in which a backslash quotes one character
"""

from __future__ import annotations

import re
from typing import NoReturn

from fleetc.plan.selector_ast import (
    Address,
    Both,
    Either,
    Everything,
    Glob,
    Mark,
    Not,
    Predicate,
    Reach,
    Selector,
    SelectorProblem,
)

__all__ = ["SYNTAX", "parse"]

SYNTAX = (
    "use an address, a pattern such as 'node/edge-*', kind:KIND, FIELD:VALUE or all; "
    "`fleetc explain F0801` shows the whole syntax"
)
_DEEPEST = 50
_SPACE = re.compile(r"\s*")
_NOT = re.compile(r"not(?=[\s(]|\Z)")
_NEEDS = re.compile(r"([0-9]*)\+")
_NEEDED_BY = re.compile(r"\+([0-9]*)(?=[\s,()]|\Z)")
_PREDICATE = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)(?:\.([^\s,():\"*?\[]+))?:")
_END = re.compile(r"(?=[\s,)]|\Z)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_WORD = re.compile(r'(?:(?!\+[0-9]*(?:[\s,()]|\Z))[^\s,()"])+')
_UNQUOTE = re.compile(r"\\(.)", re.DOTALL)


def parse(text: str) -> Selector:
    """The tree of a selector; raises `SelectorProblem` for one that cannot be read."""
    if not text.strip():
        raise SelectorProblem("an empty selector selects nothing", next_step=SYNTAX, unfinished=True)
    parser = _Parser(text)
    found = parser.either(0)
    if parser.at < len(text):
        parser.fail("`)` closes nothing")
    return found


class _Parser:
    """Walks the text once; `at` is where it stands, always behind white space."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.skip()

    def skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        assert found is not None
        self.at = found.end()

    def ahead(self, mark: str) -> bool:
        return self.text.startswith(mark, self.at)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def fail(self, what: str, *, unfinished: bool = False) -> NoReturn:
        where = "the end" if self.at >= len(self.text) else f"character {self.at + 1}"
        raise SelectorProblem(
            f"{what} at {where} of the selector `{self.text.strip()}`",
            next_step=SYNTAX,
            unfinished=unfinished or self.at >= len(self.text),
        )

    def either(self, depth: int) -> Selector:
        start, parts = self.at, [self.both(depth)]
        while self.at < len(self.text) and not self.ahead(")"):
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts), start, parts[-1].end)

    def both(self, depth: int) -> Selector:
        start, parts = self.at, [self.negation(depth)]
        while self.ahead(","):
            self.at += 1
            self.skip()
            parts.append(self.negation(depth))
        return parts[0] if len(parts) == 1 else Both(tuple(parts), start, parts[-1].end)

    def negation(self, depth: int) -> Selector:
        start = self.at
        if not self.take(_NOT):
            return self.reach(depth)
        if depth >= _DEEPEST:
            self.fail(f"it nests more than {_DEEPEST} deep")
        self.skip()
        inner = self.negation(depth + 1)
        return Not(inner, start, inner.end)

    def reach(self, depth: int) -> Selector:
        start = self.at
        needs = self._steps(_NEEDS)
        inner = self.primary(depth)
        needed_by = self._steps(_NEEDED_BY)
        end = self.at
        if not self.take(_END):
            self.fail("a space or a comma is missing")
        self.skip()
        return inner if needs is needed_by is None else Reach(inner, needs, needed_by, start, end)

    def _steps(self, pattern: re.Pattern[str]) -> int | None:
        found = self.take(pattern)
        if not found:
            return None
        if len(found[1]) > 9:
            self.fail("that many steps cannot be walked")
        return int(found[1]) if found[1] else -1

    def primary(self, depth: int) -> Selector:
        start = self.at
        if self.ahead("("):
            return self._nested(depth)
        if predicate := self.take(_PREDICATE):
            return Predicate(predicate[1], predicate[2] or "", self._value(), start, self.at)
        if self.ahead('"'):
            return Address(self._value(), start, self.at)
        word = self.take(_WORD)
        if not word:
            self.fail("a term is missing")
        if word[0] == "all":
            return Everything(start, self.at)
        if word[0].startswith("@"):
            name, _, value = word[0][1:].partition(":")
            return Mark(name, value, start, self.at)
        return Address(Glob(word[0]), start, self.at)

    def _nested(self, depth: int) -> Selector:
        if depth >= _DEEPEST:
            self.fail(f"it nests more than {_DEEPEST} deep")
        self.at += 1
        self.skip()
        inner = self.either(depth + 1)
        if not self.ahead(")"):
            self.fail("`(` is not closed")
        self.at += 1
        return inner

    def _value(self) -> Glob:
        if quoted := self.take(_QUOTED):
            return Glob(_UNQUOTE.sub(r"\1", quoted[1]), quoted=True)
        if self.ahead('"'):
            self.fail("the quotation mark is not closed", unfinished=True)
        word = self.take(_WORD)
        if not word:
            self.fail("a value is missing", unfinished=self.at >= len(self.text))
        return Glob(word[0])
