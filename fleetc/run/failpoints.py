"""Named places where a test can end the process, to prove that nothing is lost there.

`FLEETC_FAILPOINT` holds `NAME@GLOB` (`K5@*/create:node/edge-tokyo-01/*`): the process kills itself
with SIGKILL the first time it comes to that place for a matching operation. Without the variable
a call does nothing. The names are those of the journal protocol: K0 to K11 for each call, P0 to
P3 for each run.
"""

from __future__ import annotations

import os
import signal
from fnmatch import fnmatchcase

__all__ = ["POINTS", "failpoint"]

POINTS = (*(f"K{number}" for number in range(12)), *(f"P{number}" for number in range(4)))

_NAME, _, _GLOB = os.environ.get("FLEETC_FAILPOINT", "").partition("@")


def failpoint(name: str, operation: str) -> None:
    """End the process here with SIGKILL when the environment asks for it."""
    if name == _NAME and fnmatchcase(operation, _GLOB or "*"):
        os.kill(os.getpid(), signal.SIGKILL)
