"""The lines of a replay that are not those of a run that goes on."""

from __future__ import annotations

from textual.content import Content

from fleetc.ir.timestamps import rfc3339
from fleetc.tui.paint import environment
from fleetc.tui.replay import Player
from fleetc.tui.session import Session
from fleetc.tui.text import KEPT, Part, lined, name_of, shown
from fleetc.tui.watch import Watched

__all__ = ["place", "pointer", "where_replay"]


def where_replay(session: Session, watched: Watched, player: Player, width: int) -> Content:
    """Row 1: that this is the past, of which run, at which moment of it."""
    state = watched.state
    left = [
        Part(environment(session.environment), 20),
        Part(shown(watched.run, "bold"), 15),
        Part(shown(f"{rfc3339(player.now)[:19].replace('T', ' ')} UTC"), 12),
        Part(shown(f"plan {state.plan[:12]}" if state.plan else ""), 7),
        Part(shown(f"by {name_of(state.by)}" if state.by else ""), 6),
    ]
    past = Part(shown("REPLAY, not live", "bold reverse"), KEPT)
    return lined(width, left, [past, Part(shown(session.who), 8)])


def place(player: Player, width: int) -> Content:
    """How far the replay is, and how fast it goes."""
    word = "at its end" if player.ended else f"playing x{player.speed}" if player.playing else "stopped"
    left = [
        Part(shown(f"Replay: event {player.at:,} of {len(player.events):,}", "bold"), 9),
        Part(shown(word), 8),
    ]
    return lined(width, left, [Part(shown("nothing is sent by a replay", "$faint"), 4)])


def pointer(player: Player, width: int) -> Content:
    """A line with the place in it."""
    room = max(4, width - 4)
    filled = player.at * room // (len(player.events) or 1)
    return lined(
        width,
        [Part(Content.assemble("[", "=" * filled, Content.styled("." * (room - filled), "$faint"), "]"))],
    )
