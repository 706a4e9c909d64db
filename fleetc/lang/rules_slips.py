"""What to write instead of what other languages write (design 3.2)."""

from __future__ import annotations

import re

from fleetc.lang.grammar_faults import WORDS, SyntaxFault
from fleetc.lang.suggest import near

__all__ = ["mend"]

_SLIPS = {
    "&": "write `and`",
    "|": "write `or`",
    "=": "write `==` to compare",
    "!": "write `not`",
    "+": "leave it out: rules do not calculate",
    "'": "write a text in double quotes",
    "\u2018": "write a text in double quotes",
    "\u201c": 'write a text in plain double quotes: "',
    "\u201d": 'write a text in plain double quotes: "',
    "//": "a comment begins with `#`",
    "/*": "a comment begins with `#`",
    "/": 'write a pattern in double quotes: "edge-*"',
    ",": "leave the comma out",
    ";": "leave it out: nothing ends a clause",
}
_WORD = re.compile(r"(?:`|\(|, | or )([a-z]+)(?=[`),]| or )")
_CLAUSE = re.compile(r"\b(deny|require|hold|warn|allow|where|help|else)\s+\Z")
_NEAR = 40


def mend(text: str, fault: SyntaxFault) -> str:
    """What may have been meant at a fault of `text`; empty when there is nothing to say."""
    found = text[fault.start : fault.end]
    if found[:1] == '"':
        return _before_text(text, fault)
    slip = next((said for slip, said in _SLIPS.items() if text.startswith(slip, fault.start)), "")
    if slip or not found.isidentifier():
        return slip
    if fault.expected == (WORDS["STRING"],):
        return f'write it in double quotes: "{found}"'
    similar = near(found, _WORD.findall(", ".join(fault.expected)))
    return f"use `{similar}`" if similar else ""


def _before_text(text: str, fault: SyntaxFault) -> str:
    """What may be wrong before a text that cannot stand there."""
    if WORDS["NAME"] in fault.expected:
        return "write the name without quotation marks"
    clause = _CLAUSE.search(text[max(0, fault.start - _NEAR) : fault.start])
    return f"`{clause[1]}` is read as a kind here: complete what stands before it" if clause else ""
