"""The system's clock and randomness: the one file of the product that reads them."""

from __future__ import annotations

import random
import secrets
import time

__all__ = ["SystemClock"]


class SystemClock:
    """`fleetc.ports.Clock` over the operating system."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def jitter(self) -> float:
        """A random number from 0 up to and without 1."""
        return random.random()  # noqa: S311 - spreads retries, keeps no secret

    def token(self) -> str:
        """16 random hex digits."""
        return secrets.token_hex(8)
