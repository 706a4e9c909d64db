"""One handle on a file for all of this process that have it open.

POSIX takes a process's locks on a file away when any handle on it is closed, also those of another
database on the same file, in the middle of its transaction. So a handle is shared, and is closed
with its last user. (SQLite does the same for the handles that it opens itself.)
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

__all__ = ["Key", "release", "take"]

Key: TypeAlias = tuple[int, int]

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


@dataclass
class _Held:
    file: int
    users: int = 0


_held: dict[Key, _Held] = {}
# reentrant: the garbage collector may release a file while one is taken
_guard = threading.RLock()


def take(path: Path) -> tuple[Key, int]:
    """The handle on a plain file, and the key to `release` it by; the file is made (0600) when missing.

    Raises `OSError` when it cannot be opened.
    """
    with _guard:
        while True:
            key = _key(os.lstat(path)) if os.path.lexists(path) else None
            held = _held.get(key) if key else None
            if held is None:
                file = os.open(path, _FLAGS, 0o600)
                key = _key(os.fstat(file))
                held = _held.setdefault(key, _Held(file))
            held.users += 1
            if key and _held.get(key) is held:
                return key, held.file


def release(key: Key) -> None:
    """Give a handle back that was taken once."""
    with _guard:
        held = _held[key]
        held.users -= 1
        if not held.users:
            del _held[key]
            os.close(held.file)


def _key(found: os.stat_result) -> Key:
    return found.st_dev, found.st_ino
