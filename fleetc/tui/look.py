"""How the screens look and which keys they take: what the user's configuration file says of it. Pure.

~/.config/fleetc/config.toml    [tui] theme, ascii, reduced_motion    [tui.keys] "plan.approve" = "f5"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["THEME_NAMES", "Look", "ascii_only"]

THEME_NAMES = ("dark", "light", "contrast-dark", "contrast-light")
"""The themes that can be chosen; the first one is the default."""


@dataclass(frozen=True, slots=True)
class Look:
    """The look of the screens.

    - `theme`: one of `THEME_NAMES`.
    - `ascii`: lines of `-`, `|` and `+` in the place of box characters.
    - `reduced_motion`: nothing glides, and at most 10 pictures a second.
    - `keys`: the keys of actions that were given others, by the action's id.
    """

    theme: str = THEME_NAMES[0]
    ascii: bool = False
    reduced_motion: bool = False
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


def _signs() -> dict[int, str]:
    """What stands for each box and block character, and for the few other signs of the screens."""
    signs = dict.fromkeys(range(9472, 9600), "+")
    signs |= {ord(each): "-" for each in "─━┄┅┈┉╌╍═╴╶╸╺╼╾"}
    signs |= {ord(each): "|" for each in "│┃┆┇┊┋╎╏║╵╷╹╻╽╿"}
    signs |= dict.fromkeys(range(9600, 9632), "#")
    signs |= {ord("▔"): "-", ord("▁"): "_", ord("▏"): "|", ord("▕"): "|", ord("▎"): "|", ord("▊"): "|"}
    return signs | dict(zip(map(ord, "≈…•●○▶▼⏎→←↑↓│"), "~.*oo>v<><^v|", strict=True))


_SIGNS = _signs()


def ascii_only(text: str) -> str:
    """Text with every box character, and the like, as an ASCII one of the same width."""
    return text if text.isascii() else text.translate(_SIGNS)
