"""The one door to lark: texts to trees, by the grammars in `grammar/`.

Parsing is LALR(1). The parser's tables are made when fleetc is built (`tables` gives them) and lie
in `fleetc/_grammar` with a stamp of what they were made of; where none are, or those of other
grammars or another lark, they are made of the grammar's text: slower, and the same.

Every place is a 0-based offset of characters, and an end is exclusive.
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from fleetc.lang.grammar_faults import END, SyntaxFault, describe, too_deep

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

__all__ = ["DEEPEST", "GRAMMARS", "Leaf", "Node", "SyntaxFault", "parse", "tables", "terminals"]

DEEPEST = 150
"""How deep a tree may be, and how many symbols may wait for their end while one is read."""

GRAMMARS = {"selector": ("selector",), "rules": ("rules", "expression")}
"""The starts of each grammar `NAME.lark`."""

_States: TypeAlias = dict[int, dict[str, tuple[Any, Any]]]
_TEXTS = ("expressions.lark", "rules.lark", "selector.lark")
_ENDS = ("start_states", "end_states")
_RUNS_ON = re.compile(r"\w\w")  # the end of a token and what comes behind it: no two words
_WIDEST = (1 << 63) - 1
_PACKAGE = Path(__file__).parents[1]


class Leaf(msgspec.Struct, frozen=True):
    """A terminal: `kind` is its name in the grammar."""

    kind: str
    text: str
    start: int
    end: int


class Node(msgspec.Struct, frozen=True):
    """A rule, or the alias of one of its forms; it spans also the punctuation it has no leaf for."""

    rule: str
    children: tuple[Node | Leaf, ...]
    start: int
    end: int


def parse(start: str, text: str, offset: int = 0) -> Node:
    """The tree of a text by the grammar that has this start; raises `SyntaxFault`.

    `offset` is added to every place: where the text begins in one that it was taken from.
    """
    try:
        return _node(_tree(start, text), offset)
    except SyntaxFault as fault:
        fault.start += offset
        fault.end += offset
        raise


def terminals(name: str) -> dict[str, str]:
    """The terminals of a grammar, each with its text if that is always the same one, else ``""``."""
    return dict.fromkeys((each.name for each in _parser(name).terminals), "") | _fixed(_parser(name))


def _fixed(parser: Lark) -> dict[str, str]:
    return {each.name: each.pattern.value for each in parser.terminals if each.pattern.type == "str"}


def _tree(start: str, text: str) -> Tree[Token]:
    from lark import UnexpectedInput

    parser = _parser(next(name for name, starts in GRAMMARS.items() if start in starts))
    session: Any = parser.parse_interactive(text, start)
    stack = before = session.parser_state.state_stack
    try:
        for token in session.lexer_thread.lex(session.parser_state):
            if len(stack) > DEEPEST:
                raise too_deep(_offset(token), _offset(token) + len(token))
            before = [*stack]
            if _RUNS_ON.match(text, _offset(token) + len(token) - 1):
                states = session.parser_state.parse_conf.states
                raise describe(text, _offset(token), None, _accepted(states, before), _fixed(parser))
            session.feed_token(token)
            before = stack
        before = [*stack]
        tree: Tree[Token] = session.feed_eof()
    except UnexpectedInput as unexpected:
        at, end = _found(unexpected, text)
        states = session.parser_state.parse_conf.states
        raise describe(text, at, end, _accepted(states, before), _fixed(parser)) from None
    return tree


def _found(unexpected: Any, text: str) -> tuple[int, int | None]:
    """Where a token begins and ends that was not expected; no end for what is no token."""
    from lark import UnexpectedToken

    if not isinstance(unexpected, UnexpectedToken):
        return unexpected.pos_in_stream, None
    if unexpected.token.type == END:
        return len(text), None
    at = _offset(unexpected.token)
    return at, at + len(unexpected.token)


def _offset(token: Token) -> int:
    assert token.start_pos is not None
    return token.start_pos


def _accepted(states: _States, stack: list[int]) -> list[str]:
    """The terminals that can follow where the parser stands with this stack."""
    return [name for name in states[stack[-1]] if name.isupper() and _shifts(states, [*stack], name)]


def _shifts(states: _States, stack: list[int], terminal: str) -> bool:
    """Whether the terminal is right here: whether reductions of what stands before lead to taking it."""
    from lark.parsers.lalr_analysis import Shift

    while terminal in states[stack[-1]]:
        action, rule = states[stack[-1]][terminal]
        if action is Shift:
            return True
        del stack[len(stack) - len(rule.expansion) :]
        stack.append(states[stack[-1]][rule.origin.name][1])
        if terminal == END and not states[stack[-1]]:
            return True
    return False


def _node(tree: Tree[Token], offset: int) -> Node:
    """Ours of lark's, without recursion; what is empty stands behind what comes before it."""
    from lark import Token

    root = _Open(tree, offset)
    waiting = [root]
    while True:
        top = waiting[-1]
        child = next(top.left, None)
        if child is None:
            done = waiting.pop().closed()
            if not waiting:
                return done
            waiting[-1].take(done)
        elif isinstance(child, Token):
            begin = _offset(child) + offset
            top.take(Leaf(child.type, str(child), begin, begin + len(child)))
        elif len(waiting) == DEEPEST:
            raise too_deep(top.start - offset, top.end - offset)
        else:
            waiting.append(_Open(child, offset, top.at))


class _Open:
    """A node whose children are not all made."""

    def __init__(self, tree: Tree[Token], offset: int, at: int | None = None) -> None:
        meta = tree.meta
        self.rule = str(tree.data)
        self.left = iter(tree.children)
        self.made: list[Node | Leaf] = []
        self.start = (at if at is not None else offset) if meta.empty else meta.start_pos + offset
        self.end = self.start if meta.empty else meta.end_pos + offset
        self.at = self.start

    def take(self, child: Node | Leaf) -> None:
        self.made.append(child)
        self.at = child.end

    def closed(self) -> Node:
        return Node(self.rule, tuple(self.made), self.start, self.end)


@cache
def _parser(name: str) -> Lark:
    from lark import Lark

    kept = _PACKAGE / "_grammar" / f"{name}.tables"
    if kept.is_file():
        stamp, data, memo = msgspec.msgpack.decode(kept.read_bytes())
        if stamp == _stamp():
            return Lark.load({"data": data, "memo": memo})
    return _made(name)


def tables(name: str) -> bytes:
    """What `fleetc/_grammar/NAME.tables` has to hold: msgpack of the stamp, the tables and their memo."""
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    data, memo = _made(name).memo_serialize([TerminalDef, Rule])
    data["options"]["import_paths"] = []
    data["parser"]["parser"] = _numbered(data["parser"]["parser"])
    return msgspec.msgpack.encode((_stamp(), _plain(data), _plain(memo)))


def _numbered(table: dict[str, Any]) -> dict[str, Any]:
    """The table with symbols by name and states as they are met: lark numbers both anew each time."""
    names: dict[int, str] = table["tokens"]
    symbols = {name: number for number, name in enumerate(sorted(names.values()))}
    order = {state: number for number, (_, state) in enumerate(sorted(table["start_states"].items()))}
    states = {}
    queue = [*order]
    for state in queue:
        row = sorted((names[symbol], *action) for symbol, action in table["states"][state].items())
        for _, reduces, target in row:
            if not reduces and target not in order:
                order[target] = len(order)
                queue.append(target)
        states[order[state]] = {
            symbols[name]: (reduces, target if reduces else order[target]) for name, reduces, target in row
        }
    ends = {kind: {start: order[state] for start, state in sorted(table[kind].items())} for kind in _ENDS}
    return {"tokens": {number: name for name, number in symbols.items()}, "states": states, **ends}


def _plain(value: Any) -> Any:
    """The value in plain types, and numbers that msgpack holds: a width without end is 2**64."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        return str(value)
    return min(value, _WIDEST) if isinstance(value, int) and not isinstance(value, bool) else value


def _made(name: str) -> Lark:
    """The parser, made of the grammar's text."""
    from lark import Lark

    def imported(base: object, path: str) -> tuple[str, str]:
        return path, _text(path)

    return Lark(
        _text(f"{name}.lark"),
        parser="lalr",
        lexer="contextual",
        start=[*GRAMMARS[name]],
        propagate_positions=True,
        maybe_placeholders=False,
        source_path=f"{name}.lark",
        import_paths=[imported],
    )


def _stamp() -> str:
    """What tables depend on: all grammars, and lark."""
    from lark import __version__

    return sha256("\0".join((__version__, *map(_text, _TEXTS))).encode()).hexdigest()


def _text(file: str) -> str:
    return _folder().joinpath(file).read_text(encoding="utf-8")


@cache
def _folder() -> Path:
    """Where the grammars are: in an installed fleetc beside their tables, in a source tree at its top."""
    installed = _PACKAGE / "_grammar"
    return installed if (installed / _TEXTS[0]).is_file() else _PACKAGE.parent / "grammar"
