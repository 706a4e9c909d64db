"""Links that work once, and one browser at a time."""

from __future__ import annotations

from itertools import count

import pytest

from fleetc.serve.door import Door, Patience


class _Clock:
    def __init__(self) -> None:
        self.at = 1000.0
        self._numbers = count()

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds

    def jitter(self) -> float:
        return 0.0

    def token(self) -> str:
        return f"{next(self._numbers):016x}"


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def door(clock: _Clock) -> Door:
    return Door(clock, Patience(link=60, idle=100, whole=250))


def test_a_link_works_once(door: Door) -> None:
    token = door.link().encode()
    assert len(token) == 64
    assert door.enter(token) is not None
    assert door.enter(token) is None


@pytest.mark.parametrize("token", [b"", b"x", "é".encode(), b"\xff"])
def test_nothing_else_works(door: Door, token: bytes) -> None:
    assert door.enter(token) is None
    link = door.link()
    assert door.enter(token) is None
    assert door.enter(link[:-1].encode()) is None
    assert door.enter(link.encode()) is not None


def test_a_link_gets_old(door: Door, clock: _Clock) -> None:
    token = door.link().encode()
    clock.sleep(61)
    assert door.enter(token) is None


def test_a_newer_link_ends_the_one_before(door: Door) -> None:
    older, newer = door.link().encode(), door.link().encode()
    assert door.enter(older) is None
    assert door.enter(newer) is not None


def test_the_newest_browser_is_the_only_one(door: Door) -> None:
    first = door.enter(door.link().encode())
    assert first is not None
    assert door.guest(first.cookie) is first
    second = door.enter(door.link().encode())
    assert second is not None
    assert door.guest(first.cookie) is None
    assert door.rest(first) == 0
    assert door.guest(second.cookie) is second


def test_a_browser_may_be_idle_for_so_long_and_in_for_so_long(door: Door, clock: _Clock) -> None:
    guest = door.enter(door.link().encode())
    assert guest is not None
    clock.sleep(90)
    assert door.rest(guest) == 10
    door.see(guest)
    clock.sleep(90)
    assert door.guest(guest.cookie) is guest
    door.see(guest)
    clock.sleep(60)
    assert door.rest(guest) == 10  # of the whole
    clock.sleep(11)
    assert door.guest(guest.cookie) is None


def test_an_idle_browser_is_out(door: Door, clock: _Clock) -> None:
    guest = door.enter(door.link().encode())
    assert guest is not None
    clock.sleep(101)
    assert door.guest(guest.cookie) is None


def test_cookie_and_key_are_secrets_of_their_own(door: Door) -> None:
    token = door.link()
    guest = door.enter(token.encode())
    assert guest is not None
    assert len({token, guest.cookie, guest.key}) == 3
    assert guest.has_key(guest.key)
    assert not guest.has_key(guest.cookie)
    assert not guest.has_key("é\ud800")
    assert door.guest("é\ud800") is None
