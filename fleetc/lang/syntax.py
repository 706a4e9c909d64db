"""libyaml's syntax errors in plain words, with the place that needs mending."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from fleetc.lang.faults import Faults, Place
from fleetc.lang.source import SourceFile

__all__ = ["KEY_LENGTH", "explain_syntax"]

KEY_LENGTH = 1024
"""Characters a key may have (YAML 1.2.2, section 7.4.2, bounds implicit keys so)."""

_KEY = re.compile(r"(?:- +)*(?:\"[^\"]*\"|'[^']*'|[^\s:#]+(?: [^\s:#]+)*) *:(?= |$)")


@dataclass(frozen=True, slots=True)
class _Stumble:
    """Where libyaml stopped: `mark`, and `context` where the open construct began."""

    text: str
    mark: int
    context: int
    problem: str

    @property
    def character(self) -> str:
        return self.text[self.mark : self.mark + 1]

    @property
    def line(self) -> str:
        """The line of the mark."""
        end = self.text.find("\n", self.mark)
        return self.text[self.line_start : end if end != -1 else len(self.text)].rstrip("\r")

    @property
    def line_start(self) -> int:
        return self.text.rfind("\n", 0, self.mark) + 1

    @property
    def line_text(self) -> int:
        """Where the text of the mark's line begins, behind its indentation."""
        return self.line_start + len(self.line) - len(self.line.lstrip())


@dataclass(frozen=True, slots=True)
class _Cause:
    code: str
    message: str
    place: Place
    help: str = ""
    secondary: tuple[Place, ...] = ()


def explain_syntax(file: SourceFile, faults: Faults, problem: str, mark: int, context: int | None) -> None:
    """Report the syntax error `problem` that libyaml found at the offset `mark`.

    `context` is the offset where the open construct began, if libyaml says so.
    """
    stumble = _Stumble(file.text, mark, mark if context is None else context, problem)
    explain = next((found for part, found in _CAUSES if part in problem), _unreadable)
    cause = explain(stumble)
    faults.add(cause.code, cause.message, cause.place, help=cause.help, secondary=cause.secondary)


def _unreadable(at: _Stumble) -> _Cause:
    return _Cause(
        "F0027",
        "the YAML cannot be read here",
        Place(at.mark, at.mark + 1),
        "check the punctuation and the indentation of this line and the one above",
    )


def _bad_start(at: _Stumble) -> _Cause:
    if at.character == "\t":
        return _tab(at)
    return _Cause(
        "F0029",
        f"a value cannot start with {'a back-tick' if at.character == '`' else f'`{at.character}`'}",
        Place(at.mark, at.mark + 1, "starts here"),
        "write the value in quotes",
    )


def _tab(at: _Stumble) -> _Cause:
    tab = at.text.find("\t", at.line_start)
    return _Cause(
        "F0028",
        "a tab in the indentation",
        Place(tab, tab + 1, "a tab"),
        "indent with spaces; set the editor to insert spaces in YAML files",
    )


def _open_quote(at: _Stumble) -> _Cause:
    return _Cause(
        "F0030",
        "a quote is never closed",
        Place(at.context, at.context + 1, "the quote opens here"),
        f"close it with `{at.text[at.context]}`",
    )


def _open_bracket(at: _Stumble) -> _Cause:
    opening = at.text[at.context]
    closing, what = ("]", "list") if opening == "[" else ("}", "mapping")
    if at.character == "[" and at.mark and re.match(r"[\w.-]", at.text[at.mark - 1]):
        return _range_in_flow(at)
    return _Cause(
        "F0031",
        f"a {what} in brackets is not closed, or a comma is missing",
        Place(at.context, at.context + 1, f"the {what} opens here"),
        f"close it with `{closing}`, and put a comma between entries",
        (Place(at.mark, min(at.mark + 1, len(at.text)), f"a comma or `{closing}` was expected here"),),
    )


def _range_in_flow(at: _Stumble) -> _Cause:
    start = at.mark
    while start and re.match(r"[\w.-]", at.text[start - 1]):
        start -= 1
    end = at.text.find("]", at.mark) + 1 or at.mark + 1
    return _Cause(
        "F0032",
        "a range inside a list in brackets needs quotes",
        Place(start, end, "YAML takes the inner bracket for a list"),
        f'write "{at.text[start:end]}" in quotes',
    )


def _stray_colon(at: _Stumble) -> _Cause:
    if "\t" in at.line[: len(at.line) - len(at.line.lstrip())]:
        return _tab(at)
    if at.mark - at.line_text > KEY_LENGTH:
        return _Cause(
            "F0042",
            f"a key of {at.mark - at.line_text:,} characters is too long",
            Place(at.line_text, at.line_text + 1, f"the limit is {KEY_LENGTH:,} characters"),
            "shorten the key",
        )
    first = _KEY.match(at.text, at.line_text)
    if first and first.end() <= at.mark:
        return _Cause(
            "F0033",
            "a second `:` in one line",
            Place(at.mark, at.mark + 1, "a key cannot stand inside a plain value"),
            "write the value in quotes, or move the inner key to its own line, indented",
        )
    return _indentation(at)


def _indentation(at: _Stumble) -> _Cause:
    if at.character == ":" and at.mark == at.line_text:
        return _Cause(
            "F0022",
            "a key must be a string, this is null",
            Place(at.mark, at.mark + 1, "nothing stands before the `:`"),
            "write a name before the `:`",
        )
    return _Cause(
        "F0034",
        "the indentation of this line does not fit the lines above",
        Place(at.line_text, max(at.mark, at.line_text + 1), "does not continue what is above"),
        "indent the entries of one mapping or list by the same number of spaces",
    )


def _lost_entry(at: _Stumble) -> _Cause:
    before = at.text[at.line_text : at.mark]
    if not before.strip():
        return _indentation(at)
    if at.character in {"]", "}"}:
        return _stray_bracket(at)
    return _Cause(
        "F0040",
        "text after the end of a value",
        Place(at.mark, at.line_start + len(at.line), "not part of the value before it"),
        "write the whole value in quotes; inside '...' a quote is written twice",
    )


def _no_colon(at: _Stumble) -> _Cause:
    end = at.text.find("\n", at.context)
    return _Cause(
        "F0035",
        "a key without `:`",
        Place(at.context, end if end != -1 else len(at.text), "no `:` follows"),
        "write `key: value`, or indent the line if it continues the value above",
    )


def _bad_escape(at: _Stumble) -> _Cause:
    start = at.text.rfind("\\", at.context, at.mark + 2)
    return _Cause(
        "F0036",
        "an unknown escape in a text in double quotes",
        Place(start, start + 2, "not an escape of YAML"),
        r"write `\\` for a backslash, or use single quotes",
    )


def _surrogate(at: _Stumble) -> _Cause:
    start = at.text.rfind("\\", at.context, at.mark)
    return _Cause(
        "F0005",
        "an escape gives a code point that is not a character",
        Place(start, at.mark + 4, "not a character"),
        "remove the escape; write characters beyond U+FFFF as `\\U` and eight digits",
    )


def _list_in_line(at: _Stumble) -> _Cause:
    return _Cause(
        "F0037",
        "a list item cannot begin on the line of its key",
        Place(at.mark, at.mark + 1, "the item begins here"),
        "put each `- item` on a line of its own below the key, or quote a value that starts with `- `",
    )


def _after_end(at: _Stumble) -> _Cause:
    return _Cause(
        "F0038",
        "text after the end of the document",
        Place(at.mark, at.line_start + len(at.line), "not part of the document"),
        "remove `...` or the text behind the closing bracket",
    )


def _no_name(at: _Stumble) -> _Cause:
    sign = at.text[at.context]
    what = "an alias" if sign == "*" else "an anchor"
    return _Cause(
        "F0039",
        f"`{sign}` begins {what}, but no name follows",
        Place(at.context, at.context + 1, "a name is missing"),
        f"write the value in quotes if it is a text that starts with `{sign}`",
    )


def _stray_bracket(at: _Stumble) -> _Cause:
    return _Cause(
        "F0041",
        f"nothing is open that `{at.character}` could close or go on with",
        Place(at.mark, at.mark + 1, "not expected here"),
        "remove it, or write the value in quotes",
    )


def _block_header(at: _Stumble) -> _Cause:
    return _Cause(
        "F0043",
        "text on the line of a `|` or `>`",
        Place(at.mark, at.line_start + len(at.line), "must begin on the next line"),
        "move the text to the next line, indented, or write the value in quotes",
    )


def _directive(at: _Stumble) -> _Cause:
    return _Cause(
        "F0020",
        "this `%` directive cannot be used here",
        Place(at.context, at.line_start + len(at.line), "a directive"),
        "remove the line; in a value, write a text that starts with `%` in quotes",
    )


def _tag(at: _Stumble) -> _Cause:
    return _Cause(
        "F0019",
        "a YAML tag cannot be used here",
        Place(at.context, at.context + 1, "starts with a tag (`!`)"),
        "remove the tag; quote the value if it is a text that starts with `!`",
    )


_CAUSES: tuple[tuple[str, Callable[[_Stumble], _Cause]], ...] = (
    ("cannot start any token", _bad_start),
    ("tab character", _tab),
    ("unexpected end of stream", _open_quote),
    ("unexpected document indicator", _open_quote),
    ("expected ',' or", _open_bracket),
    ("mapping values are not allowed", _stray_colon),
    ("expected key", _lost_entry),
    ("'-' indicator", _lost_entry),
    ("could not find expected ':'", _no_colon),
    ("unknown escape", _bad_escape),
    ("hexdecimal", _bad_escape),
    ("invalid Unicode", _surrogate),
    ("block sequence entries", _list_in_line),
    ("<document start>", _after_end),
    ("alphabetic or numeric", _no_name),
    ("node content", _stray_bracket),
    ("comment or line break", _block_header),
    ("directive", _directive),
    ("incompatible YAML", _directive),
    ("non-alphabetical", _directive),
    ("tag", _tag),
    ("'>'", _tag),
)
