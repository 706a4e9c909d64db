"""Whether the screens can be shown here at all. Loads no textual."""

from __future__ import annotations

import os
import sys

from fleetc.errors import UsageProblem

__all__ = ["SERVED", "require_terminal"]

SERVED = {"TEXTUAL_DRIVER": "fleetc.tui.served:ServedDriver", "TERM": "xterm-256color"}
"""The environment of a review that draws for a front in place of a terminal."""


def require_terminal() -> None:
    """Raise `UsageProblem` unless the UI can be shown here."""
    if SERVED.items() <= os.environ.items():
        return
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if not terminal or os.environ.get("TERM", "dumb") == "dumb":
        why = "TERM is dumb" if terminal else "this is no terminal"
        raise UsageProblem(
            f"review needs a terminal: {why}",
            state="nothing was changed",
            next_step="use `fleetc review --plain`, or `fleetc plan`, `fleetc approve` and `fleetc apply`",
        )
