"""Pausing the cyclic garbage collector while much is built."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_paused"]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the collector: what is built within makes many objects and no cycles.

    What was made then counts as old; else the collector would go through all of it at once. Where
    something was frozen for good, that stays, and what was made stays with it.
    """
    enabled, frozen = gc.isenabled(), gc.get_freeze_count()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.freeze()
            if not frozen:
                gc.unfreeze()
            gc.enable()
