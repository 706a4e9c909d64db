"""From the parser's tree to names, texts, times and expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from fleetc.lang.faults import Faults, Place
from fleetc.lang.grammar_faults import followed
from fleetc.lang.grammars import Leaf, Node, SyntaxFault, parse
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
from fleetc.lang.rules_slips import mend
from fleetc.lang.rules_text import UNITS
from fleetc.lang.source import SourceFile, Span

__all__ = ["YEARS", "Values"]

YEARS = range(1970, 3000)
"""The years of days and instants."""

_LONGEST = 3650 * UNITS["d"]
_CHARACTER = re.compile(r"\\?.", re.DOTALL)
_ESCAPES = {r"\n": "\n", r"\t": "\t", r"\"": '"', r"\\": "\\"}
_BRACES = re.compile(r"\{\{|\}\}|[{}]")
_QUOTED_OR_BRACE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[{}]', re.DOTALL)


class Values:
    """Makes values of the nodes of one file; what is wrong with one goes to `faults`."""

    def __init__(self, file: SourceFile, faults: Faults) -> None:
        self.file = file
        self.faults = faults

    def wrong(self, at: Node | Leaf, code: str, message: str, mend: str) -> None:
        """Report a fault of the text at a node."""
        self.faults.add(code, message, Place(at.start, at.end, "here"), help=mend)

    def span(self, at: Node | Leaf) -> Span:
        """The place of a node."""
        return self.file.span(at.start, at.end)

    def name(self, leaf: Leaf) -> Name:
        """A bare name."""
        return Name(leaf.text, self.span(leaf))

    def text_name(self, leaf: Leaf) -> Name:
        """A name in quotation marks."""
        return Name(self.string(leaf), self.span(leaf))

    def string(self, leaf: Leaf) -> str:
        r"""The text that a quoted one stands for: `\n`, `\t`, `\"` and `\\` are one character each."""
        return self._characters(leaf)[0]

    def _characters(self, leaf: Leaf) -> tuple[str, Sequence[int]]:
        """The text that a quoted one stands for, and where each of its characters and its end are."""
        written = leaf.text[1:-1]
        if "\\" not in written:
            return written, range(leaf.start + 1, leaf.end)
        found: list[str] = []
        places: list[int] = []
        for match in _CHARACTER.finditer(written):
            character = match[0]
            places.append(leaf.start + 1 + match.start())
            if len(character) == 2:
                if character not in _ESCAPES:
                    at = Leaf(leaf.kind, character, places[-1], places[-1] + 2)
                    self.wrong(at, "F0832", f"`{character}` stands for nothing", r"write \\ for a backslash")
                character = _ESCAPES.get(character, character)
            found.append(character)
        return "".join(found), (*places, leaf.end - 1)

    def date(self, leaf: Leaf) -> date | None:
        """A day, `2027-01-31`; a fault for one that no calendar has, or outside `YEARS`."""
        try:
            found = date.fromisoformat(leaf.text)
        except ValueError:
            found = None
        if found is None or found.year not in YEARS:
            self.wrong(leaf, "F0832", f"there is no day {leaf.text}", "write a day as 2027-01-31")
            return None
        return found

    def minutes(self, leaf: Leaf) -> int | None:
        """A time of day, from 00:00 to 24:00."""
        hours, minutes = map(int, leaf.text.split(":"))
        if minutes > 59 or hours * 60 + minutes > 24 * 60:
            self.wrong(leaf, "F0832", f"there is no time {leaf.text}", "write a time from 00:00 to 24:00")
            return None
        return hours * 60 + minutes

    def seconds(self, leaf: Leaf) -> int:
        """A duration, `24h`; a fault for one of more than ten years."""
        seconds = int(leaf.text[:-1]) * UNITS[leaf.text[-1]]
        if seconds > _LONGEST:
            self.wrong(leaf, "F0832", f"{leaf.text} is more than ten years", "write at most 3650d")
        return seconds

    def count(self, leaf: Leaf, most: int | None = None) -> int:
        """A number or percentage, from 0; a fault for one below, or above `most`."""
        number = int(leaf.text.removesuffix("%"))
        if number < 0 or (most is not None and number > most):
            mend = "write 0 or more" if most is None else f"write 0% to {most}%"
            self.wrong(leaf, "F0832", f"{leaf.text} cannot be a limit", mend)
        return number

    # expressions

    def only(self, node: Node) -> Expression:
        """The expression that a clause consists of."""
        return self.expression(node.children[-1])

    def expression(self, node: Node | Leaf) -> Expression:
        """The expression of a node."""
        assert isinstance(node, Node)
        make: Callable[[Node, Span], Expression] = getattr(self, f"_{node.rule}_expression")
        return make(node, self.span(node))

    def _parts(self, node: Node) -> tuple[Expression, ...]:
        return tuple(self.expression(child) for child in node.children if isinstance(child, Node))

    def _either_expression(self, node: Node, span: Span) -> Expression:
        return Either(self._parts(node), span)

    def _both_expression(self, node: Node, span: Span) -> Expression:
        return Both(self._parts(node), span)

    def _negation_expression(self, node: Node, span: Span) -> Expression:
        return Not(self._parts(node)[0], span)

    def _comparison_expression(self, node: Node, span: Span) -> Expression:
        left, right = self._parts(node)
        (operator,) = (child for child in node.children if isinstance(child, Leaf))
        return Compare(operator.text, left, right, span)

    def _literal_expression(self, node: Node, span: Span) -> Expression:
        leaf = node.children[0]
        assert isinstance(leaf, Leaf)
        match leaf.kind:
            case "STRING":
                return Literal(self.string(leaf), span)
            case "NUMBER":
                return Literal(int(leaf.text), span)
            case "DURATION":
                return Literal(self.seconds(leaf), span, duration=True)
            case "NONE":
                return Literal(None, span)
            case _:
                return Literal(leaf.text == "true", span)

    def _path_expression(self, node: Node, span: Span) -> Expression:
        leaves = [child for child in node.children if isinstance(child, Leaf)]
        return Path(tuple(self.text_name(x) if x.kind == "STRING" else self.name(x) for x in leaves), span)

    def _call_expression(self, node: Node, span: Span) -> Expression:
        function = node.children[0]
        assert isinstance(function, Leaf)
        return Call(self.name(function), self._parts(node), span)

    def _builder_expression(self, node: Node, span: Span) -> Expression:
        builder, variable = (self.name(child) for child in node.children if isinstance(child, Leaf))
        source, body = self._parts(node)
        return Build(builder, variable, source, body, span)

    def _within_expression(self, node: Node, span: Span) -> Expression:
        leaf = node.children[0]
        assert isinstance(leaf, Leaf)
        return Within(self.name(leaf), span)

    def _selection_expression(self, node: Node, span: Span) -> Expression:
        leaf = node.children[0]
        assert isinstance(leaf, Leaf)
        return Selection(self.string(leaf), self.span(leaf))

    # messages

    def template(self, leaf: Leaf) -> Template:
        """A message with expressions in braces; `{{` and `}}` stand for a brace."""
        text, places = self._characters(leaf)
        parts: list[str | Expression] = []
        plain, at = "", 0
        while brace := _BRACES.search(text, at):
            plain += text[at : brace.start()]
            at = brace.end()
            if len(brace[0]) == 2:
                plain += brace[0][0]
                continue
            at = _closing(text, brace.start()) if brace[0] == "{" else -1
            found = self._embedded(text, places, brace.start(), at)
            if found is None:
                return Template((), self.span(leaf))
            parts += [plain, found] if plain else [found]
            plain = ""
        plain += text[at:]
        return Template((*parts, plain) if plain else tuple(parts), self.span(leaf))

    def _embedded(self, text: str, places: Sequence[int], at: int, end: int) -> Expression | None:
        """The expression in the braces at `at`, which end before `end`; None after a fault."""
        if end < 0:
            said = "is not closed" if text[at] == "{" else "closes nothing"
            help_ = f"write {text[at] * 2} for a brace that is text"
            place = Place(places[at], places[at] + 1, "here")
            self.faults.add("F0830", f"`{text[at]}` {said} in this message", place, help=help_)
            return None
        inside, places = text[at + 1 : end - 1], places[at + 1 : end]
        try:
            tree = parse("expression", inside)
        except SyntaxFault as fault:
            place = Place(places[fault.start], places[fault.end] + (fault.start == fault.end), "here")
            self.faults.add("F0830", followed(fault, "}"), place, help=mend(inside, fault))
            return None
        return self.expression(_placed(tree.children[0], places))


def _placed(node: Node | Leaf, places: Sequence[int]) -> Node | Leaf:
    """The node with its places in a file, of which `places` gives those of the characters it was read from."""
    start, end = places[node.start], places[node.end]
    if isinstance(node, Leaf):
        return Leaf(node.kind, node.text, start, end)
    return Node(node.rule, tuple(_placed(child, places) for child in node.children), start, end)


def _closing(text: str, at: int) -> int:
    """Behind the brace that closes the one at `at`; -1 when none does."""
    depth = 0
    for match in _QUOTED_OR_BRACE.finditer(text, at):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    return -1
