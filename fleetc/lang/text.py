"""The one function through which text from outside reaches a terminal, a widget or a report."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["FORBIDDEN", "cut", "few", "in_words", "visible", "visible_json"]

# C0 but TAB/LF/CR, DEL, C1, zero-width, bidi controls, BOM, line separators, surrogates, noncharacters.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069"
    "\ufeff\ud800-\udfff\ufffe\uffff]"
)
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f"
    "\ufeff\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)

_WORDS = {"float": "a number", "int": "a whole number", "bool": "a truth value", "str": "a text"}


def _escape(match: re.Match[str]) -> str:
    return f"<U+{ord(match.group()):04X}>"


def visible(text: str, limit: int | None = None) -> str:
    """`text` with every control, bidi and invisible character shown by its code point: `<U+202E>`.

    Markup is left as it is: callers hand the result on as literal text. With `limit`, a longer
    text is cut to that many characters, the last three of them dots.
    """
    shown = _HIDDEN.sub(_escape, text)
    if limit is not None and len(shown) > limit:
        return shown[: max(0, limit - 3)] + "..."
    return shown


def visible_json(text: str) -> str:
    """JSON whose strings have each control, bidi and invisible character by its escape: the same value."""
    if text.isascii() and "\x7f" not in text:
        return text  # JSON has escaped the rest of ASCII itself
    return _HIDDEN.sub(_json_escape, text)


def _json_escape(match: re.Match[str]) -> str:
    if match.group() == "\n":  # between values: within a string it is escaped already
        return "\n"
    units = match.group().encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def cut(text: str, most: int) -> str:
    """`text`, of a longer one the first `most` characters and how many more there are."""
    more = len(text) - most
    return text if more <= 0 else f"{text[:most]}... ({more} more character{'' if more == 1 else 's'})"


def few(texts: Sequence[str], most: int) -> str:
    """The first `most` of some texts on one line, and how many more there are."""
    more = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {more} more" if more > 0 else "")


def in_words(message: str) -> str:
    """A decoder's message with the names of Python's types in the words of JSON."""
    for name, word in _WORDS.items():
        message = message.replace(f"`{name}`", word)
    return message
