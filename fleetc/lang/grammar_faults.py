"""What a parser did not expect, in words that a person understands.

A fixed text (`rule`, `{`) is its own word; every other terminal has its words here, and so have sets
of terminals that are one thing to a reader, such as the verdicts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from fleetc.lang.text import visible

__all__ = ["END", "GROUPS", "WORDS", "SyntaxFault", "describe", "followed", "in_words", "too_deep"]

END = "$END"
"""The terminal that lark puts behind the last one."""

WORDS = {
    "NAME": "a name",
    "STRING": "a text in double quotes",
    "NUMBER": "a whole number",
    "DURATION": "a duration such as 24h",
    "PERCENT": "a percentage such as 10%",
    "DATE": "a day such as 2027-01-31",
    "TIME": "a time such as 09:00",
    "INSTANT": "an instant such as 2027-01-31T09:00Z",
    "OPERATION": "an operation (create, update, replace, delete, move or unprotect)",
    "VERDICT": "a verdict (deny, hold, require, warn or allow)",
    "SIDE": "`live` or `desired`",
    "DAY": "a weekday (mon, tue, wed, thu, fri, sat or sun)",
    "COMPARE": "a comparison (==, !=, <=, >=, < or >)",
    "WORD": "an address or a pattern",
    "FIELD": "`FIELD:`",
    "QUOTED": "a text in double quotes",
    "MARK": "`@new` or `@since:REV`",
    "_CLOSE": "`)`",
    "_SPACE": "a space",
    "_COMMA": "a comma",
    "NEEDED_BY": "`+`",
    "NEEDS": "`+`",
    "_NOT": "`not`",
    "_OPEN": "`(`",
    "_TAIL": "the end",
    END: "the end",
}
"""Terminal to words, the most useful first; fixed texts stand between these and the end."""

_OPERAND = frozenset(
    ("NAME", "STRING", "NUMBER", "DURATION", "TRUE", "FALSE", "NONE", "LPAR", "WITHIN", "SELECT")
)
_TERM = frozenset(("WORD", "FIELD", "QUOTED", "MARK", "ALL", "_OPEN"))
GROUPS = (
    ("a condition", _OPERAND | {"NOT"}),
    ("a field or a value", _OPERAND),
    (
        "a declaration (group, window, freeze, rule, invariant, budget, ignore, waiver or test)",
        frozenset(("GROUP", "WINDOW", "FREEZE", "RULE", "INVARIANT", "BUDGET", "IGNORE", "WAIVER", "TEST")),
    ),
    (
        "an operator (==, !=, <=, >=, <, >, in, matches, and, or)",
        frozenset(("COMPARE", "IN", "MATCHES", "AND", "OR")),
    ),
    (
        "a verdict (deny, require, hold, warn or allow)",
        frozenset(("DENY", "REQUIRE", "HOLD", "WARN", "ALLOW")),
    ),
    ("a term", _TERM | {"NEEDS", "_NOT"}),
    ("a term", _TERM | {"NEEDS"}),
    ("a term", _TERM),
    ("a value", frozenset(("WORD", "QUOTED"))),
)
"""Words, and the terminals that they stand for where all of them are expected; wider sets first."""

_END = WORDS[END]
_FOUND = ", found "
_NAMED_AT_MOST = 6
_SHOWN_AT_MOST = 40
_RUN = re.compile(r"\w[\w.:-]*|.", re.DOTALL)
_QUOTED = frozenset(("STRING", "QUOTED"))
_OPEN_TO_THE_END = re.compile(r'"(?:[^"\\]|\\.)*\\?\Z', re.DOTALL)


class SyntaxFault(Exception):
    """A text that is not of the grammar.

    `message` says what was found and what was expected, without the place: 0-based offsets of
    characters, the end exclusive. `expected` are words, the most useful first. `unfinished`: the
    text may become right when more is typed at its end.
    """

    def __init__(
        self, message: str, start: int, end: int, expected: tuple[str, ...] = (), *, unfinished: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.expected = expected
        self.unfinished = unfinished


def followed(fault: SyntaxFault, text: str) -> str:
    """The message of a fault in a part that was cut out of a text: for its end, what follows it there."""
    expected, found, rest = fault.message.rpartition(_FOUND)
    end = f"`{text}`"
    if expected.endswith(_END):
        expected = expected.removesuffix(_END) + end
    return expected + found + (end if found and rest == _END else rest)


def too_deep(start: int, end: int) -> SyntaxFault:
    """The fault of a text that nests deeper than the parser goes."""
    return SyntaxFault("this nests too deep", start, end)


def describe(
    text: str, start: int, end: int | None, accepted: Iterable[str], fixed: Mapping[str, str]
) -> SyntaxFault:
    """The fault of a token at `start`, or of a character there that begins none, when `end` is None.

    `accepted` are the names of the terminals that could have stood there; `fixed` the texts of
    those that are always the same one.
    """
    names = frozenset(accepted)
    expected = in_words(names, fixed)
    if start == len(text) or ("_SPACE" in names and text[start:].isspace()):
        end = len(text)
        return SyntaxFault(f"{_expected(expected)}{_FOUND}{_END}", end, end, expected, unfinished=True)
    if end is None and text[start] == '"' and names & _QUOTED:
        return _open_quote(text, start, expected, lines="QUOTED" in names)
    run = _RUN.match(text, start)
    assert run is not None
    found = run[0] if end is None else text[start:end]
    start += len(found) - len(found.lstrip()) if found.strip() else 0
    found = found.strip() or " "
    end = start + len(found)
    shown = f"`{visible(found, _SHOWN_AT_MOST)}`" if found.strip() else "a space"
    half = end == len(text) and any(fixed.get(name, "").startswith(found) for name in names)
    return SyntaxFault(f"{_expected(expected)}{_FOUND}{shown}", start, end, expected, unfinished=half)


def _open_quote(text: str, start: int, expected: tuple[str, ...], lines: bool) -> SyntaxFault:
    """The fault of a quotation mark that nothing closes; `lines` says whether a text may have several."""
    newline = -1 if lines else text.find("\n", start)
    end = len(text) if newline < 0 else newline
    half = newline < 0 and _OPEN_TO_THE_END.match(text, start) is not None
    return SyntaxFault("this quotation mark is not closed", start, end, expected, unfinished=half)


def in_words(names: Iterable[str], fixed: Mapping[str, str]) -> tuple[str, ...]:
    """What terminals are called, the most useful first; no words twice."""
    left = set(names)
    found: list[str] = []
    for words, members in GROUPS:
        if members <= left:
            left -= members
            found.append(words)
    ends = [words for name, words in WORDS.items() if name in left and words == WORDS[END]]
    found += [words for name, words in WORDS.items() if name in left and words != WORDS[END]]
    texts = [fixed[name] for name in left - WORDS.keys()]
    found += [f"`{text}`" for text in sorted(texts, key=lambda text: (not text[:1].isalpha(), text))]
    return tuple(dict.fromkeys(found + ends))


def _expected(words: tuple[str, ...]) -> str:
    """`expected a, b or c`; of many only the first few."""
    if len(words) > _NAMED_AT_MOST:
        return f"expected {', '.join(words[:_NAMED_AT_MOST])} or something else"
    return "expected " + " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
