"""Running somebody's editor at a line, with the screens out of its way."""

from __future__ import annotations

import os
import subprocess

from textual.app import SuspendNotSupported

from fleetc.tui import editor
from fleetc.tui.screens.frame import Frame

__all__ = ["run_editor"]


def run_editor(screen: Frame, name: str, path: str, line: int) -> int | None:
    """Open a file, which is called `name`, and wait; the editor's exit code.

    None when no editor could be run, which the screen then says.
    """
    try:
        words = editor.command(editor.editor_of(os.environ), path, line)
        with screen.app.suspend():
            return subprocess.run(words, check=False).returncode  # noqa: S603 (no shell; their own editor)
    except SuspendNotSupported:
        screen.say(f"{name}:{line}: no editor can be opened here")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        screen.say(f"! the editor cannot be started: {reason}; $EDITOR names it", style="bold reverse")
    return None
