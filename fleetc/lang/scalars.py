"""What a plain scalar is: YAML 1.2 core, as far as YAML 1.1 readers agree.

A text that the two versions read differently stays a string and is reported as ambiguous.
Sources: YAML 1.2.2, section 10.3.2; the YAML 1.1 type repository (bool, int, float, timestamp).
"""

from __future__ import annotations

import math
import re
from enum import Enum

from fleetc.lang.nodes import Scalar

__all__ = ["Odd", "resolve"]

_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_FLOAT = re.compile(r"(?:[-+]?[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?", re.ASCII)
_AMBIGUOUS = re.compile(
    r"""
      yes|Yes|YES | no|No|NO | on|On|ON | off|Off|OFF | =
    | 0o[0-7]+ | 0x[0-9a-fA-F]+ | [-+]? [0-9]+                        # 1.2 integers: 0o17, 08
    | [-+]? (?: \.[0-9]+ | [0-9]+ (?: \.[0-9]* )? ) (?: [eE][-+]?[0-9]+ )?   # 1.2 floats: 1e5
    | [-+]? 0b[01_]+ | [-+]? 0x[0-9a-fA-F_]+ | [-+]? 0[0-7_]+         # 1.1 integers: 0b11, 0x1F, 0644
    | [-+]? [1-9][0-9_]* (?: :[0-5]?[0-9] )*                          # 1_000, 22:22
    | [-+]? [0-9][0-9_]* \.[0-9_]* (?: [eE][-+][0-9]+ )?              # 1.1 floats: 1_000.5
    | \.[0-9][0-9_]* (?: [eE][-+][0-9]+ )?
    | [-+]? [0-9][0-9_]* (?: :[0-5]?[0-9] )+ \.[0-9_]*
    | [-+]? \.(?: inf|Inf|INF ) | \.(?: nan|NaN|NAN )
    | [0-9]{4}-[0-9]{2}-[0-9]{2}                       # 2024-01-01
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2} (?: [Tt]|[ \t]+ ) [0-9]{1,2}:[0-9]{2}:[0-9]{2}
      (?: \.[0-9]* )? (?: [ \t]* (?: Z | [-+][0-9]{1,2} (?: :?[0-9]{2} )? ) )?
    """,
    re.VERBOSE | re.ASCII,
)
_FIRST = frozenset("0123456789+-.=~nNyYoOtTfF")


class Odd(Enum):
    """A plain scalar that is not simply a value."""

    AMBIGUOUS = "ambiguous"
    OUT_OF_RANGE = "out of range"


def resolve(text: str) -> Scalar | Odd:
    """The value of a plain scalar, or why it has none.

    Integers are decimal and fit signed 64 bits; floats are decimal and finite.
    """
    if text and text[0] not in _FIRST:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else Odd.OUT_OF_RANGE
    return Odd.AMBIGUOUS if _AMBIGUOUS.fullmatch(text) else text


def _integer(text: str) -> int | Odd:
    if len(text) > 20:
        return Odd.OUT_OF_RANGE
    number = int(text)
    return number if -(2**63) <= number < 2**63 else Odd.OUT_OF_RANGE
