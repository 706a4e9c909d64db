"""`python -m fleetc`, the same as the `fleetc` command."""

from __future__ import annotations

import gc
import sys

from fleetc.cli.main import run

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit with its code."""
    code = run(sys.argv[1:])
    if "sqlite3" not in sys.modules:
        gc.freeze()  # nothing that is left needs an end of its own, and finding out is slow
    sys.exit(code)


if __name__ == "__main__":
    main()
