"""Reading a file that somebody named: a plain one, of a size that fits in memory.

A pipe would be waited for and a device would never end, so that neither is opened. Errors are
those of `os`; who calls gives them their words.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

__all__ = ["MOST", "open_plain", "read_plain"]

MOST = 1 << 30
"""The largest file that is read whole, in bytes."""


def open_plain(path: Path) -> BinaryIO:
    """A plain file, open for reading; raises `OSError` for anything else."""
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    file = os.fdopen(number, "rb")
    if not stat.S_ISREG(os.fstat(number).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is no plain file", str(path))
    return file


def read_plain(path: Path) -> bytes:
    """The bytes of a plain file; raises `OSError` for anything else, and over `MOST` bytes."""
    with open_plain(path) as file:
        if os.fstat(file.fileno()).st_size > MOST:
            raise OSError(errno.EFBIG, f"it is larger than {MOST >> 20} MiB", str(path))
        return file.read(MOST)
