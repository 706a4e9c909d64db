"""Keys that are typed ahead: what follows `/` goes into the field, however fast it comes."""

from __future__ import annotations

from textual import events
from textual.screen import Screen
from textual.widgets import Input

from fleetc.tui.bindings import keys_of
from fleetc.tui.screens.frame import Frame

__all__ = ["begins_typing"]


def begins_typing(screen: Screen[object], event: events.Key) -> bool:
    """Open the field for a key that does so, before the next key is looked at; whether it was one.

    Otherwise the letters after a quick `/` would be taken for keys of the list.
    """
    if event.is_forwarded or not isinstance(screen, Frame) or isinstance(screen.focused, Input):
        return False
    for key in keys_of(screen.scope, screen.fleetc.look.keys):
        if key.name == "filter" and event.key in key.keys:
            getattr(screen, "action_filter")()  # noqa: B009 (not every screen has it, those with the key do)
            return True
    return False
