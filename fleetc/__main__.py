"""`python -m fleetc`, the same as the `fleetc` command."""

from __future__ import annotations

import sys

from fleetc.cli.main import run

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit with its code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
