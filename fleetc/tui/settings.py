"""The user's configuration file: theme, look and keys of the screens. It is nobody else's, and no commit's."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from fleetc.service.table import Table, read_toml
from fleetc.tui.keymap import checked
from fleetc.tui.look import THEME_NAMES, Look

__all__ = ["config_path", "look_from", "over_ssh", "slow_down", "user_look"]


def config_path() -> Path | None:
    """`$XDG_CONFIG_HOME/fleetc/config.toml`, else `~/.config/fleetc/config.toml`; None without a home."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    if base.startswith("/"):
        return Path(base) / "fleetc" / "config.toml"
    home = os.environ.get("HOME", "")
    return Path(home) / ".config" / "fleetc" / "config.toml" if home else None


def over_ssh() -> bool:
    """Whether this terminal is at the far end of ssh."""
    return bool(os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"))


def user_look() -> Look:
    """The look that the user's file asks for, or the default; raises `InputProblem` for a mistake in it."""
    path, start = config_path(), Look(reduced_motion=over_ssh())
    return look_from(path, start) if path is not None and os.path.lexists(path) else start


def look_from(path: Path, start: Look) -> Look:
    """The look that a file asks for, `start` where it is silent.

    Raises `InputProblem` (F1020 to F1022, F1030, F1031).
    """
    root = read_toml(path)
    table = root.table("tui")
    root.finish()
    keys = table.table("keys")
    look = replace(
        start,
        theme=table.choice("theme", THEME_NAMES),
        ascii=table.flag("ascii", start.ascii),
        reduced_motion=table.flag("reduced_motion", start.reduced_motion),
        keys=checked(keys.place, {id_: _words(keys, id_) for id_ in keys.names}),
    )
    table.finish()
    return look


def _words(keys: Table, id_: str) -> tuple[str, ...]:
    """The keys of an action: one, or a list."""
    return (keys.text(id_),) if isinstance(keys.raw()[id_], str) else keys.texts(id_)


def slow_down() -> None:
    """Let nothing glide, and paint at most 10 times a second; it counts before textual is loaded."""
    os.environ.update(TEXTUAL_ANIMATIONS="none", TEXTUAL_SMOOTH_SCROLL="0", TEXTUAL_FPS="10")
