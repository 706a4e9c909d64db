"""Waits: full jitter, one gate for a rate limit, a cap that pauses, a pause that ends a wait."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from fleetc.errors import NotSent, RateLimited, Rejected, ResultUnknown
from fleetc.run.patience import LONGEST_WAIT, Patience, PauseRun


class Clock:
    """Virtual time; a wait can have something happen meanwhile."""

    def __init__(self, jitter: float = 0.5) -> None:
        self.time, self.draw = 1000.0, jitter
        self.meanwhile: Callable[[], None] = lambda: None

    def now(self) -> float:
        return self.time

    monotonic = now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.time += seconds
        self.meanwhile()

    def jitter(self) -> float:
        return self.draw

    def token(self) -> str:
        return "0" * 16


def patience(clock: Clock) -> Patience:
    return Patience(clock, threading.Event())


def test_a_retry_waits_with_full_jitter() -> None:
    waits = []
    for draw in (0.0, 0.25, 0.99):
        clock = Clock(draw)
        told: list[tuple[str, int, float]] = []
        patience(clock).after(NotSent("refused"), 3, lambda *words, told=told: told.append(words))
        ((reason, attempt, wait),) = told
        assert (reason, attempt) == ("refused", 4)
        assert clock.time - 1000.0 == pytest.approx(wait)
        waits.append(wait)
    assert waits == pytest.approx([0.0, 0.5, 1.98])


def test_a_rate_limit_closes_the_gate_for_all() -> None:
    clock = Clock()
    waiting = patience(clock)
    waiting.after(RateLimited("429", retry_after=60.0), 1, lambda *_: None)
    assert clock.time - 1000.0 == pytest.approx(63.0)
    waiting.gate()
    assert clock.time - 1000.0 == pytest.approx(63.0)
    clock.time = 1000.0
    waiting.gate()
    assert clock.time - 1000.0 == pytest.approx(63.0)


@pytest.mark.parametrize("asked", [-5.0, 0.0])
def test_a_limit_without_a_time_still_waits(asked: float) -> None:
    clock = Clock()
    patience(clock).after(RateLimited("429", retry_after=asked), 1, lambda *_: None)
    assert 0 < clock.time - 1000.0 < 1


def test_a_limit_over_the_cap_pauses_at_once() -> None:
    clock = Clock()
    with pytest.raises(PauseRun, match="takes no calls for 3600 seconds"):
        patience(clock).after(RateLimited("429", retry_after=LONGEST_WAIT * 4), 1, lambda *_: None)
    assert clock.time == 1000.0


def test_a_pause_request_ends_a_wait() -> None:
    clock = Clock()
    waiting = patience(clock)
    clock.meanwhile = waiting.stop.set
    with pytest.raises(PauseRun):
        waiting.sleep(600.0)
    assert clock.time - 1000.0 < 1


def test_a_platform_that_is_gone_for_long_pauses() -> None:
    clock = Clock(0.99)

    def reading() -> None:
        raise NotSent("connection refused")

    with pytest.raises(PauseRun, match="connection refused"):
        patience(clock).read(reading, lambda *_: None)
    assert 300 < clock.time - 1000.0 < 900


def test_reading_is_tried_again_and_a_refusal_is_not() -> None:
    answers = iter([NotSent("no"), ResultUnknown("502"), RateLimited("429", retry_after=1.0)])

    def reading() -> int:
        problem = next(answers, None)
        if problem is not None:
            raise problem
        return 7

    assert patience(Clock()).read(reading, lambda *_: None) == 7

    def refused() -> None:
        raise Rejected("no such kind")

    with pytest.raises(Rejected):
        patience(Clock()).read(refused, lambda *_: None)
