"""What the command palette offers: each action of the screen with its keys, and the themes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.command import CommandPalette

from fleetc.tui.bindings import keys_of, shown_key
from fleetc.tui.look import THEME_NAMES
from fleetc.tui.screens.frame import Frame

if TYPE_CHECKING:
    from fleetc.tui.app import FleetcApp

__all__ = ["Palette", "commands"]


class Palette(CommandPalette):
    """The palette of Textual; a key for its list that comes before the list is laid out does nothing.

    In Textual 8.2 a page key raises `KeyError` then, which ends the program.
    """

    def _action_command_list(self, action: str) -> None:
        with suppress(LookupError):
            super()._action_command_list(action)


def commands(app: FleetcApp, screen: Frame) -> Iterator[SystemCommand]:
    """Every action of the key table that the screen has; one that is off says why in its help."""
    off = screen.off()
    for key in keys_of(screen.scope, app.look.keys):
        handler = getattr(screen, f"action_{key.name}", None) or getattr(app, f"action_{key.name}")
        words = f"{key.label.capitalize()}{'...' if key.dialog else ''} ({shown_key(key.keys[0])})"
        reason = off.get(key.id, "")
        yield SystemCommand(
            f"{words}  OFF" if reason else words, f"Off: {reason}" if reason else key.help, handler
        )
    if not app.no_color:
        for name in THEME_NAMES:
            yield SystemCommand(
                f"Theme: {name}", f"Paint in {name} until you leave.", partial(app.wear, name)
            )
