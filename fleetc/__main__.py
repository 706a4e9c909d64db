"""`python -m fleetc`, the same as the `fleetc` command."""

from __future__ import annotations

import gc
import sys

from fleetc.cli.main import run

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit with its code."""
    code = run(sys.argv[1:])
    gc.freeze()  # all of it goes with the process: nothing has to be searched for cycles first
    sys.exit(code)


if __name__ == "__main__":
    main()
