"""The ready queue: order, skips, and what an earlier worker did."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleetc.plan.order import Step
from fleetc.run.schedule import Schedule


def step(index: int, needs: tuple[int, ...] = (), waits: tuple[int, ...] = (), wave: int = 1) -> Step:
    return Step(index, index, "", (0,), waits, needs, wave)


def drained(schedule: Schedule) -> list[int]:
    """The steps that are ready now, in the order they come."""
    return [found.index for found in iter(schedule.next, None)]


DIAMOND = (step(0), step(1, (0,), wave=2), step(2, (0,), wave=2), step(3, (1, 2), wave=3), step(4))


def test_no_barrier_between_waves() -> None:
    schedule = Schedule(DIAMOND, {})
    assert drained(schedule) == [0, 4]
    schedule.ended(0, done=True)
    assert drained(schedule) == [1, 2]
    schedule.ended(1, done=True)
    assert drained(schedule) == []
    schedule.ended(2, done=True)
    assert drained(schedule) == [3]
    assert not schedule.finished
    schedule.ended(3, done=True)
    schedule.ended(4, done=True)
    assert schedule.finished


def test_a_failure_skips_what_needs_it_and_nothing_else() -> None:
    schedule = Schedule(DIAMOND, {})
    drained(schedule)
    schedule.ended(0, done=False)
    assert drained(schedule) == []
    skipped = {a.index: b.index for a, b in schedule.take_skipped()}
    assert skipped.pop(3) in {1, 2}
    assert skipped == {1: 0, 2: 0}
    schedule.ended(4, done=True)
    assert schedule.finished
    assert schedule.take_skipped() == []


def test_what_only_waits_goes_on_after_a_failure() -> None:
    schedule = Schedule((step(0), step(1, waits=(0,))), {})
    assert drained(schedule) == [0]
    schedule.ended(0, done=False)
    assert drained(schedule) == [1]


def test_known_outcomes_are_not_run_again() -> None:
    schedule = Schedule(DIAMOND, {0: True, 1: False, 4: True})
    assert drained(schedule) == [2]
    schedule.ended(2, done=True)
    assert schedule.finished
    assert [(a.index, b.index) for a, b in schedule.take_skipped()] == [(3, 1)]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Step, ...]:
    count = draw(st.integers(1, 12))
    found = []
    for index in range(count):
        earlier = draw(st.sets(st.integers(0, index - 1), max_size=3)) if index else set()
        hard = {n for n in earlier if draw(st.booleans())}
        found.append(step(index, tuple(sorted(hard)), tuple(sorted(earlier))))
    return tuple(found)


@given(steps=graphs(), data=st.data())
def test_every_step_ends_once_and_after_what_it_waits_for(
    steps: tuple[Step, ...], data: st.DataObject
) -> None:
    schedule = Schedule(steps, {})
    running: list[int] = []
    ended: dict[int, bool] = {}
    while True:
        running += drained(schedule)
        for skipped, needed in schedule.take_skipped():
            assert ended[needed.index] is False
            assert skipped.index not in ended
            ended[skipped.index] = False
        if not running:
            break
        index = running.pop(data.draw(st.integers(0, len(running) - 1)))
        assert set(steps[index].waits_for) <= set(ended)
        assert all(ended[need] for need in steps[index].needs)
        assert index not in ended
        ended[index] = data.draw(st.booleans())
        schedule.ended(index, done=ended[index])
    assert set(ended) == set(range(len(steps)))
    assert schedule.finished
