"""Selectors from text to tree (design 3.1), by `grammar/selector.lark`."""

from __future__ import annotations

import re

from fleetc.lang.grammars import Leaf, Node, SyntaxFault
from fleetc.lang.grammars import parse as parse_by
from fleetc.lang.selector_ast import (
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
from fleetc.lang.text import visible

__all__ = ["SYNTAX", "parse"]

SYNTAX = (
    "use an address, a pattern such as 'node/edge-*', kind:KIND, FIELD:VALUE or all; "
    "`fleetc explain F0801` shows the whole syntax"
)
_DEEPEST = 50
_DIGITS = 9
_SHOWN_AT_MOST = 200
_UNQUOTE = re.compile(r"\\(.)", re.DOTALL)


def parse(text: str) -> Selector:
    """The tree of a selector, with places in this text; raises `SelectorProblem`."""
    asked = text.lstrip()
    if not asked:
        raise SelectorProblem("an empty selector selects nothing", next_step=SYNTAX, unfinished=True)
    try:
        return _parts(parse_by("selector", asked, len(text) - len(asked)), 0)[0]
    except SyntaxFault as fault:
        where = f" at character {fault.start + 1}" if fault.end > fault.start else ""
        raise SelectorProblem(
            f"{fault.message}{where} of the selector `{visible(text.strip(), _SHOWN_AT_MOST)}`",
            next_step=SYNTAX,
            unfinished=fault.unfinished,
        ) from None


def _selector(node: Node, depth: int) -> Selector:
    """What a node says; `depth` counts the parentheses and negations around it."""
    start, end = node.start, node.end
    match node.rule:
        case "either":
            return Either(_parts(node, depth), start, end)
        case "both":
            return Both(_parts(node, depth), start, end)
        case "negation":
            return Not(_deeper(node, depth), start, end)
        case "group":
            return _deeper(node, depth)
        case "reach":
            return _reach(node, depth)
        case "predicate":
            field, value = _leaves(node)
            name, _, key = field.text[:-1].partition(".")
            return Predicate(name, key, _glob(value), start, end)
        case "mark":
            name, _, revision = _leaves(node)[0].text[1:].partition(":")
            return Mark(name, revision, start, end)
        case "everything":
            return Everything(start, end)
        case _:
            return Address(_glob(_leaves(node)[0]), start, end)


def _parts(node: Node, depth: int) -> tuple[Selector, ...]:
    return tuple(_selector(child, depth) for child in node.children if isinstance(child, Node))


def _deeper(node: Node, depth: int) -> Selector:
    if depth >= _DEEPEST:
        raise SyntaxFault(f"it nests more than {_DEEPEST} deep", node.start, node.start + 1)
    (inner,) = _parts(node, depth + 1)
    return inner


def _leaves(node: Node) -> list[Leaf]:
    return [child for child in node.children if isinstance(child, Leaf)]


def _reach(node: Node, depth: int) -> Reach:
    (inner,) = _parts(node, depth)
    steps = {leaf.kind: _steps(leaf) for leaf in _leaves(node)}
    return Reach(inner, steps.get("NEEDS"), steps.get("NEEDED_BY"), node.start, node.end)


def _steps(leaf: Leaf) -> int:
    digits = leaf.text.strip("+")
    if len(digits) > _DIGITS:
        raise SyntaxFault("that many steps cannot be walked", leaf.start, leaf.end)
    return int(digits) if digits else -1


def _glob(leaf: Leaf) -> Glob:
    if leaf.kind == "QUOTED":
        return Glob(_UNQUOTE.sub(r"\1", leaf.text[1:-1]), quoted=True)
    return Glob(leaf.text)
