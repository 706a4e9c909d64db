"""Who may come in: links that work once, and the one browser that came in with the last of them."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest

from fleetc.ports import Clock

__all__ = ["Door", "Guest", "Patience"]

_PARTS = 4
"""So many tokens of the clock, of 64 bits each, make a secret."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: how long a link waits, a browser may be idle, and be in at all; how long a tab may be slow."""

    link: float = 600.0
    idle: float = 1800.0
    whole: float = 8 * 3600.0
    slow: float = 30.0


@dataclass(eq=False, slots=True)
class Guest:
    """The browser that is in. `key` is what only pages of our own port know; times are the clock's."""

    cookie: str
    key: str
    since: float
    seen: float

    def has_key(self, key: str) -> bool:
        """Whether that is its key."""
        return compare_digest(self.key.encode(), key.encode("utf-8", "replace"))


class Door:
    """One link, and one guest, at a time. Secrets are compared in constant time."""

    def __init__(self, clock: Clock, patience: Patience) -> None:
        self._clock = clock
        self._patience = patience
        self._token = ""
        self._made = 0.0
        self._guest: Guest | None = None

    def link(self) -> str:
        """A new token that works once; the one before does not work any more."""
        self._token, self._made = self._secret(), self._clock.monotonic()
        return self._token

    def enter(self, token: bytes) -> Guest | None:
        """Take a token, and let a browser in with it: the one before is out. None for a wrong one."""
        known = self._token.encode()
        late = self._clock.monotonic() - self._made > self._patience.link
        if not known or not compare_digest(known, token) or late:
            return None
        now, self._token = self._clock.monotonic(), ""
        self._guest = Guest(self._secret(), self._secret(), now, now)
        return self._guest

    def guest(self, cookie: str) -> Guest | None:
        """The guest that has this cookie, unless it was idle or in for too long."""
        guest = self._guest
        if guest is None or not compare_digest(guest.cookie.encode(), cookie.encode("utf-8", "replace")):
            return None
        return guest if self.rest(guest) > 0 else None

    def rest(self, guest: Guest) -> float:
        """Seconds that a guest may stay from now on without doing anything; 0 when it has to be out."""
        if guest is not self._guest:
            return 0.0
        now = self._clock.monotonic()
        idle = guest.seen + self._patience.idle - now
        return max(0.0, min(idle, guest.since + self._patience.whole - now))

    def see(self, guest: Guest) -> None:
        """Note that a guest did something."""
        guest.seen = self._clock.monotonic()

    def _secret(self) -> str:
        return "".join(self._clock.token() for _ in range(_PARTS))
