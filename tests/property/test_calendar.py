"""A calendar against the rule it states, tried minute by minute around turned clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given
from hypothesis import strategies as st

from fleetc.policy.calendar import Calendar, closes, opens, within

DAY = 86400
SCANNED = 2 * DAY
ZONES = (
    "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns", "America/Nuuk",
    "America/Havana", "America/Santiago", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia",
    "Antarctica/Troll", "Africa/Casablanca", "Asia/Gaza", "Asia/Kathmandu", "Asia/Tehran",
)  # fmt: skip


@cache
def transitions(name: str) -> tuple[int, ...]:
    """The instants from 2009 to 2030 at which a zone's offset changes; New Year's where there are none."""
    where, found = ZoneInfo(name), []

    def offset(at: int) -> timedelta | None:
        return datetime.fromtimestamp(at, where).utcoffset()

    first = int(datetime(2009, 1, 1, tzinfo=UTC).timestamp())
    for at in range(first, first + 21 * 366 * DAY, DAY):
        low, high = at, at + DAY
        if offset(low) == offset(high):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == offset(at) else (low, middle)
        found.append(high)
    return tuple(found) or (int(datetime(2027, 1, 1, tzinfo=UTC).timestamp()),)


def satisfies(calendar: Calendar, at: float) -> bool:
    """The rule as design 3.2 states it, on the naive local time."""
    local = datetime.fromtimestamp(int(at // 1), ZoneInfo(calendar.tz)).replace(tzinfo=None)
    for began in (local.date(), local.date() - timedelta(days=1)):
        start, end = calendar.start_time, calendar.end_time
        if start is None or end is None:
            start, end = 0, 1440
        if end <= start:
            end += 1440
        midnight = datetime.combine(began, time())
        if (
            midnight + timedelta(minutes=start) <= local < midnight + timedelta(minutes=end)
            and (not calendar.days or began.weekday() in calendar.days)
            and (calendar.first is None or began >= calendar.first)
            and (calendar.last is None or began <= calendar.last)
        ):
            return True
    return False


def scan(calendar: Calendar, at: float, *, inside: bool) -> float | None:
    """The first of `at` and the whole minutes after it that is inside, or is not."""
    minute = int(at // 60) * 60
    for each in (at, *range(minute + 60, minute + SCANNED, 60)):
        if satisfies(calendar, each) is inside:
            return each
    return None


@st.composite
def moments(draw: st.DrawFn) -> tuple[str, float, date]:
    """A zone, an instant near one of its transitions, and the local day of the transition."""
    name = draw(st.sampled_from(ZONES))
    turned = draw(st.sampled_from(transitions(name)))
    seconds = draw(st.integers(-36 * 3600, 12 * 3600)) + draw(st.sampled_from([0.0, 0.5, 0.999]))
    return name, turned + seconds, datetime.fromtimestamp(turned, ZoneInfo(name)).date()


@st.composite
def calendars(draw: st.DrawFn, tz: str, around: date) -> Calendar:
    """Days, hours (mostly of the early morning) and dates near a day, each perhaps absent."""
    days = draw(st.sets(st.integers(0, 6)))
    minutes = st.integers(0, 288).map(lambda fives: fives * 5)
    early = st.integers(0, 24).map(lambda tens: tens * 10)
    start = draw(st.none() | early | minutes)
    end = None if start is None else draw(early | minutes | st.just(start))
    near = st.integers(-3, 3).map(lambda some: around + timedelta(days=some))
    first, last = draw(st.none() | near), draw(st.none() | near)
    assume(first is None or last is None or first <= last)
    return Calendar(tz, tuple(sorted(days)), start, end, first, last)


WORLDS = moments().flatmap(lambda found: st.tuples(calendars(found[0], found[2]), st.just(found[1])))


@given(WORLDS)
def test_within_is_what_the_local_clock_says(world: tuple[Calendar, float]) -> None:
    calendar, at = world
    for each in (at, *(at + quarter * 900 for quarter in range(-100, 100))):
        assert within(calendar, each) is satisfies(calendar, each)


@given(WORLDS)
@example((Calendar("Europe/Berlin", (), 150, 210), 1774746000.0))
@example((Calendar("Pacific/Apia", (4,)), 1325152800.0))
def test_it_opens_at_the_first_instant_that_satisfies_the_rule(world: tuple[Calendar, float]) -> None:
    calendar, at = world
    found, scanned = opens(calendar, at), scan(calendar, at, inside=True)
    if scanned is None:
        assert found is None or found > at + SCANNED - 120
    else:
        assert found == scanned


@given(WORLDS)
def test_it_closes_at_the_first_instant_that_does_not(world: tuple[Calendar, float]) -> None:
    calendar, at = world
    found, scanned = closes(calendar, at), scan(calendar, at, inside=False)
    if scanned == at:
        assert found is None
    elif scanned is None:
        assert found is None or found > at + SCANNED - 120
    else:
        assert found == scanned


@given(WORLDS, st.integers(0, 800), st.integers(0, 800))
def test_far_ahead_too_it_turns_there_and_not_before(
    world: tuple[Calendar, float], back: int, horizon: int
) -> None:
    """From a year or two before: at the turn the rule changes, and an hourly look sees no earlier turn."""
    calendar, at = world[0], world[1] - back * DAY
    inside = within(calendar, at)
    found = closes(calendar, at, horizon) if inside else opens(calendar, at, horizon)
    end = at + horizon * DAY
    if found is not None:
        assert at < found <= end
        assert satisfies(calendar, found) is not inside
        assert satisfies(calendar, found - 1) is inside
        end = found - 1
    steps = range(int(at) + 1, int(end), max(3600, int(end - at) // 300))
    assert [each for each in steps if satisfies(calendar, each) is not inside] == []
