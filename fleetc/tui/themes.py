"""The themes: five, of a few colours each, all with enough contrast to be read (tested from these values).

Blue makes and orange destroys, a pair that every kind of colour vision tells apart; each has its
sign and its word beside it. `$create`, `$destroy`, `$faint` and `$keys` stand on `$background` and
nowhere else.
"""

from __future__ import annotations

from textual.theme import Theme

__all__ = ["PLAIN", "TEXTS", "THEMES"]

TEXTS = ("create", "destroy", "faint", "keys")
"""The variables that text is painted in, beside the foreground."""


def _theme(name: str, background: str, foreground: str, panel: str, *texts: str, dark: bool) -> Theme:
    """A theme from its colours, those of `TEXTS` last, and that of scroll bars and borders after them."""
    create, destroy, faint, keys, bar = texts
    return Theme(
        name=name,
        primary=keys,
        secondary=create,
        accent=create,
        warning=destroy,
        error=destroy,
        success=create,
        foreground=foreground,
        background=background,
        surface=background,
        panel=panel,
        dark=dark,
        variables={
            **dict(zip(TEXTS, (create, destroy, faint, keys), strict=True)),
            "scrollbar": bar,
            "scrollbar-hover": bar,
            "scrollbar-active": keys,
            "scrollbar-background": background,
            "scrollbar-background-hover": background,
            "scrollbar-background-active": background,
            "border": keys,
            "border-blurred": faint,
            "text-muted": faint,
            "text-disabled": faint,
            "block-cursor-foreground": background,
            "block-cursor-background": foreground,
            "block-cursor-blurred-foreground": foreground,
            "block-cursor-blurred-background": panel,
            "block-hover-background": panel,
            "input-cursor-foreground": background,
            "input-cursor-background": foreground,
            "input-selection-background": f"{keys} 40%",
            "footer-key-foreground": keys,
        },
    )


THEMES = (
    _theme(
        "dark", "#10151c", "#d8dee6", "#1a212b",
        "#6fb7ff", "#ffab4a", "#8593a3", "#8fb8d8", "#3a4656", dark=True,
    ),
    _theme(
        "light", "#fbfaf7", "#1d232b", "#ebe8e1",
        "#0b5cad", "#9a4a00", "#5b6470", "#2d5c82", "#b9b4a8", dark=False,
    ),
    _theme(
        "contrast-dark", "#000000", "#ffffff", "#1c1c1c",
        "#8cc8ff", "#ffb866", "#c4ccd6", "#a9d3f5", "#8a8a8a", dark=True,
    ),
    _theme(
        "contrast-light", "#ffffff", "#000000", "#eeeeee",
        "#003f80", "#703200", "#3c434b", "#173f61", "#767676", dark=False,
    ),
)  # fmt: skip
"""The themes by name; the first one is the default."""

_COLOURS = (
    *("ansi-background", "ansi-foreground"),
    *TEXTS,
    *("border", "border-blurred", "scrollbar", "scrollbar-hover", "scrollbar-active"),
    *("scrollbar-background", "scrollbar-background-hover", "scrollbar-background-active"),
    *("input-cursor-background", "input-selection-background"),
)
PLAIN = Theme(
    name="no-color",
    primary="ansi_default",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    ansi=True,
    variables=dict.fromkeys(_COLOURS, "ansi_default"),
)
"""No colour at all (`NO_COLOR`): bold, reverse and underline carry everything."""
