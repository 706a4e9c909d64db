"""Which file system a path is on, as far as the kernel says."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["MOUNTS", "network_file_system"]

MOUNTS = Path("/proc/self/mounts")
"""The kernel's table of mounts: device, mount point, type and more on a line."""

_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "fuse.sshfs", "davfs", "fuse.davfs2"}
)
_ESCAPED = re.compile(rb"\\([0-7]{3})")


def network_file_system(path: Path) -> str:
    """The type of the network file system that a path is on, such as `nfs4`; empty when it is on none.

    Empty too where there is no table of mounts. The path need not be there.
    """
    try:
        lines = MOUNTS.read_bytes().splitlines()
        place = path.resolve()
    except (OSError, RuntimeError):
        return ""
    around = {place, *place.parents}
    deepest, found = -1, ""
    for words in (line.split() for line in lines):
        point = Path(_text(words[1])) if len(words) > 2 else None
        if point in around and len(point.parts) >= deepest:  # the last one of a place is on top
            deepest, found = len(point.parts), _text(words[2])
    return found if found in _NETWORK else ""


def _text(word: bytes) -> str:
    """A word of the table: spaces and the like stand there in octal."""
    return _ESCAPED.sub(lambda match: bytes([int(match[1], 8) & 0xFF]), word).decode(errors="surrogateescape")
