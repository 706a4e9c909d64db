"""Saying how far a long use case is, for whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Told", "quiet"]

Told = Callable[[str], None]
"""Takes what is being done now, in a few words; may raise to end it."""


def quiet(_doing: str) -> None:
    """Say nothing."""
