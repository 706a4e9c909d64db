"""Windows and freezes by the wall clock of their zone, on the days when clocks are turned."""

from __future__ import annotations

from datetime import date
from math import nextafter

import pytest

from fleetc.ir.timestamps import rfc3339, seconds_of
from fleetc.policy.calendar import HORIZON_DAYS, Calendar, closes, describe, opens, within, zone, zones

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
OFFICE = Calendar("Europe/Berlin", (MON, TUE, WED, THU), 9 * 60, 16 * 60)
YEAR_END = Calendar("UTC", first=date(2026, 12, 18), last=date(2027, 1, 4))
AUCKLAND = Calendar("Pacific/Auckland", last=date(2026, 12, 7))
ALWAYS = Calendar("Europe/Berlin")
DAY = 86400


def clock(hours: int, minutes: int = 0) -> int:
    return hours * 60 + minutes


def opening(calendar: Calendar, moment: str) -> str | None:
    found = opens(calendar, seconds_of(moment))
    return None if found is None else rfc3339(found)


def closing(calendar: Calendar, moment: str) -> str | None:
    found = closes(calendar, seconds_of(moment))
    return None if found is None else rfc3339(found)


def stretches(calendar: Calendar, moment: str, until: str) -> list[tuple[str, str]]:
    """All openings and closings from a moment on, up to another one."""
    at, last, found = seconds_of(moment), seconds_of(until), []
    while (start := opens(calendar, at)) is not None and start < last:
        end = closes(calendar, start)
        assert end is not None
        found.append((rfc3339(start), rfc3339(end)))
        at = end
    return found


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        ("2026-11-30T07:59:59Z", False),  # Monday 08:59:59 in Berlin
        ("2026-11-30T08:00:00Z", True),
        ("2026-11-30T14:59:59Z", True),
        ("2026-11-30T15:00:00Z", False),  # the end is not included
        ("2026-12-04T10:00:00Z", False),  # a Friday
        ("2026-07-02T07:00:00Z", True),  # in summer 09:00 is an hour earlier
        ("2026-07-02T06:59:59Z", False),
    ],
)
def test_office_hours_go_by_the_clock_on_the_wall(moment: str, inside: bool) -> None:
    assert within(OFFICE, seconds_of(moment)) is inside


def test_a_part_of_a_second_counts_to_the_second_it_is_in() -> None:
    start, end = seconds_of("2026-11-30T08:00:00Z"), seconds_of("2026-11-30T15:00:00Z")
    before, inside = nextafter(start, 0), nextafter(end, 0)
    assert not within(OFFICE, before)
    assert within(OFFICE, inside)
    assert opens(OFFICE, before) == start
    assert opens(OFFICE, inside) == inside
    assert closes(OFFICE, inside) == end


def test_a_window_opens_after_the_weekend_and_closes_the_same_day() -> None:
    assert opening(OFFICE, "2026-11-26T15:00:00Z") == "2026-11-30T08:00:00Z"
    assert opening(OFFICE, "2026-11-30T09:12:13Z") == "2026-11-30T09:12:13Z"
    assert closing(OFFICE, "2026-11-30T09:12:13Z") == "2026-11-30T15:00:00Z"


def test_what_is_not_open_does_not_close() -> None:
    assert closing(OFFICE, "2026-12-04T10:00:00Z") is None


def test_both_end_days_of_a_freeze_are_in_it() -> None:
    assert stretches(YEAR_END, "2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z") == [
        ("2026-12-18T00:00:00Z", "2027-01-05T00:00:00Z")
    ]


def test_a_freeze_is_over_after_its_last_day() -> None:
    assert opening(YEAR_END, "2027-01-05T00:00:00Z") is None


def test_the_days_of_a_freeze_are_those_of_its_zone() -> None:
    tokyo = Calendar("Asia/Tokyo", first=date(2026, 12, 31), last=date(2026, 12, 31))
    assert stretches(tokyo, "2026-12-01T00:00:00Z", "2027-12-01T00:00:00Z") == [
        ("2026-12-30T15:00:00Z", "2026-12-31T15:00:00Z")
    ]


def test_a_freeze_is_longer_by_the_hour_that_a_clock_is_turned_back() -> None:
    weekend = Calendar("Europe/Berlin", first=date(2026, 10, 24), last=date(2026, 10, 25))
    assert stretches(weekend, "2026-10-01T00:00:00Z", "2026-12-01T00:00:00Z") == [
        ("2026-10-23T22:00:00Z", "2026-10-25T23:00:00Z")
    ]


def test_days_hours_and_dates_hold_all_at_once() -> None:
    some = Calendar("UTC", (SAT, MON), clock(10), clock(11), first=date(2026, 12, 6), last=date(2026, 12, 12))
    assert stretches(some, "2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z") == [
        ("2026-12-07T10:00:00Z", "2026-12-07T11:00:00Z"),
        ("2026-12-12T10:00:00Z", "2026-12-12T11:00:00Z"),
    ]


def test_days_that_do_not_occur_between_the_dates_never_open() -> None:
    never = Calendar("UTC", (SUN,), first=date(2026, 12, 7), last=date(2026, 12, 9))
    assert opening(never, "2026-12-01T00:00:00Z") is None


def test_adjoining_days_are_one_stretch() -> None:
    weekend = Calendar("UTC", (SAT, SUN, MON))
    assert closing(weekend, "2026-11-28T12:00:00Z") == "2026-12-01T00:00:00Z"
    but_sunday = Calendar("UTC", (MON, TUE, WED, THU, FRI, SAT))
    assert closing(but_sunday, "2026-11-30T12:00:00Z") == "2026-12-06T00:00:00Z"


# hours


def test_an_end_of_24_00_is_midnight() -> None:
    evening = Calendar("UTC", (THU,), clock(22), clock(24))
    assert stretches(evening, "2026-12-31T00:00:00Z", "2027-01-02T00:00:00Z") == [
        ("2026-12-31T22:00:00Z", "2027-01-01T00:00:00Z")
    ]


def test_hours_over_midnight_are_part_of_the_day_on_which_they_began() -> None:
    night = Calendar("UTC", (FRI,), clock(22), clock(4))
    assert not within(night, seconds_of("2026-12-04T03:59:00Z"))  # a Friday, but Thursday's night
    assert closing(night, "2026-12-05T03:59:59Z") == "2026-12-05T04:00:00Z"
    assert opening(night, "2026-12-05T04:00:00Z") == "2026-12-11T22:00:00Z"


def test_the_last_night_of_a_date_range_runs_to_its_end() -> None:
    nights = Calendar("UTC", (), clock(22), clock(4), first=date(2026, 12, 31), last=date(2026, 12, 31))
    assert stretches(nights, "2026-12-31T00:00:00Z", "2027-02-01T00:00:00Z") == [
        ("2026-12-31T22:00:00Z", "2027-01-01T04:00:00Z")
    ]


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        (clock(9), clock(9), "2026-12-04T09:00:00Z", "2026-12-05T09:00:00Z"),
        (clock(0), clock(0), "2026-12-04T00:00:00Z", "2026-12-05T00:00:00Z"),
        (clock(0), clock(24), "2026-12-04T00:00:00Z", "2026-12-05T00:00:00Z"),
        (clock(24), clock(2), "2026-12-05T00:00:00Z", "2026-12-05T02:00:00Z"),
        (clock(24), clock(24), "2026-12-05T00:00:00Z", "2026-12-06T00:00:00Z"),
        (clock(8), clock(0), "2026-12-04T08:00:00Z", "2026-12-05T00:00:00Z"),
    ],
)
def test_an_end_that_is_not_after_the_start_is_on_the_next_day(
    start: int, end: int, first: str, last: str
) -> None:
    friday = Calendar("UTC", (FRI,), start, end)
    assert stretches(friday, "2026-12-03T00:00:00Z", "2026-12-10T00:00:00Z") == [(first, last)]


def test_24_hours_of_each_day_do_not_end_before_the_last_date() -> None:
    shifts = Calendar("UTC", (), clock(9), clock(9))
    assert closing(shifts, "2026-12-04T12:00:00Z") is None
    until = Calendar("UTC", (), clock(9), clock(9), last=date(2026, 12, 20))
    assert closing(until, "2026-12-04T12:00:00Z") == "2026-12-21T09:00:00Z"


def test_a_leap_day_is_a_day() -> None:
    leap = Calendar("UTC", first=date(2028, 2, 29), last=date(2028, 2, 29))
    assert opening(leap, "2027-03-01T00:00:00Z") == "2028-02-29T00:00:00Z"
    assert closing(leap, "2028-02-29T00:00:00Z") == "2028-03-01T00:00:00Z"


# clocks that are turned


@pytest.mark.parametrize(
    ("tz", "hours", "day", "expected"),
    [
        # Berlin, 2026-03-29: 01:59:59 +01 is followed by 03:00:00 +02
        ("Europe/Berlin", ((2, 30), (3, 30)), date(2026, 3, 29), [("01:00", "01:30")]),
        ("Europe/Berlin", ((2, 0), (3, 0)), date(2026, 3, 29), []),
        ("Europe/Berlin", ((2, 15), (2, 45)), date(2026, 3, 29), []),
        ("Europe/Berlin", ((1, 30), (2, 30)), date(2026, 3, 29), [("00:30", "01:00")]),
        ("Europe/Berlin", ((1, 0), (4, 0)), date(2026, 3, 29), [("00:00", "02:00")]),
        # Berlin, 2026-10-25: 02:59:59 +02 is followed by 02:00:00 +01
        ("Europe/Berlin", ((2, 30), (3, 30)), date(2026, 10, 25), [("00:30", "01:00"), ("01:30", "02:30")]),
        ("Europe/Berlin", ((2, 0), (3, 0)), date(2026, 10, 25), [("00:00", "02:00")]),
        ("Europe/Berlin", ((2, 10), (2, 20)), date(2026, 10, 25), [("00:10", "00:20"), ("01:10", "01:20")]),
        ("Europe/Berlin", ((1, 0), (2, 30)), date(2026, 10, 25), [("23:00", "00:30"), ("01:00", "01:30")]),
        # Lord Howe, 2026-10-04: 02:00 +10:30 is 02:30 +11; 2026-04-05: 02:00 +11 is 01:30 +10:30
        ("Australia/Lord_Howe", ((2, 10), (2, 40)), date(2026, 10, 4), [("15:30", "15:40")]),
        ("Australia/Lord_Howe", ((2, 0), (2, 30)), date(2026, 10, 4), []),
        (
            "Australia/Lord_Howe",
            ((1, 45), (2, 15)),
            date(2026, 4, 5),
            [("14:45", "15:00"), ("15:15", "15:45")],
        ),
        # Troll turns its clock by two hours, Casablanca back for Ramadan
        ("Antarctica/Troll", ((1, 30), (3, 30)), date(2026, 3, 29), [("01:00", "01:30")]),
        (
            "Africa/Casablanca",
            ((2, 30), (3, 30)),
            date(2026, 2, 15),
            [("01:30", "02:00"), ("02:30", "03:30")],
        ),
    ],
)
def test_hours_on_a_day_when_the_clock_is_turned(
    tz: str, hours: tuple[tuple[int, int], tuple[int, int]], day: date, expected: list[tuple[str, str]]
) -> None:
    calendar = Calendar(tz, (), clock(*hours[0]), clock(*hours[1]), first=day, last=day)
    found = stretches(calendar, f"{day.year}-01-01T00:00:00Z", f"{day.year + 1}-01-01T00:00:00Z")
    assert [(start[11:16], end[11:16]) for start, end in found] == expected


def test_a_skipped_window_waits_for_the_next_day() -> None:
    early = Calendar("Europe/Berlin", (), clock(2), clock(3))
    assert opening(early, "2026-03-28T02:00:00Z") == "2026-03-30T00:00:00Z"


@pytest.mark.parametrize(
    ("day", "end"),
    [(date(2026, 3, 28), "2026-03-29T02:30:00Z"), (date(2026, 10, 24), "2026-10-25T03:30:00Z")],
)
def test_a_night_in_which_the_clock_is_turned_ends_by_the_clock(day: date, end: str) -> None:
    night = Calendar("Europe/Berlin", (), clock(22), clock(4, 30), first=day, last=day)
    [(_, found)] = stretches(night, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
    assert found == end


def test_midnight_comes_twice_where_the_clock_is_turned_back_at_midnight() -> None:
    """Havana, 2024-11-03: 00:59:59 -04 is followed by 00:00:00 -05."""
    sunday = Calendar("America/Havana", (SUN,), clock(0), clock(0, 30))
    assert stretches(sunday, "2024-11-02T00:00:00Z", "2024-11-05T00:00:00Z") == [
        ("2024-11-03T04:00:00Z", "2024-11-03T04:30:00Z"),
        ("2024-11-03T05:00:00Z", "2024-11-03T05:30:00Z"),
    ]


def test_a_day_that_a_zone_skips_has_no_instants() -> None:
    """Apia went from the end of 2011-12-29 to 2011-12-31, over the date line."""
    friday = Calendar("Pacific/Apia", first=date(2011, 12, 30), last=date(2011, 12, 30))
    assert opening(friday, "2011-12-01T00:00:00Z") is None
    around = Calendar("Pacific/Apia", first=date(2011, 12, 29), last=date(2011, 12, 31))
    assert stretches(around, "2011-12-01T00:00:00Z", "2012-12-01T00:00:00Z") == [
        ("2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z")
    ]
    fridays = Calendar("Pacific/Apia", (FRI,))
    assert opening(fridays, "2011-12-24T12:00:00Z") == "2012-01-05T10:00:00Z"


def test_a_day_that_a_zone_has_twice_is_open_in_both() -> None:
    """Kwajalein lived through 1969-09-30 twice as long, by an offset of 23 hours."""
    day = Calendar("Pacific/Kwajalein", first=date(1969, 9, 30), last=date(1969, 9, 30))
    start = opens(day, seconds_of("1969-09-20T00:00:00Z"))
    assert start is not None
    end = closes(day, start)
    assert end is not None
    assert end - start > DAY


def test_an_offset_with_seconds_is_kept_to_the_second() -> None:
    """Monrovia was 44 minutes and 30 seconds behind until 1972-01-07."""
    noon = Calendar("Africa/Monrovia", (), clock(12), clock(13))
    assert opening(noon, "1971-06-01T00:00:00Z") == "1971-06-01T12:44:30Z"
    first = Calendar("Africa/Monrovia", (), clock(0), clock(1), first=date(1972, 1, 7))
    assert opening(first, "1972-01-01T00:00:00Z") == "1972-01-07T00:44:30Z"
    assert closing(first, "1972-01-07T00:44:30Z") == "1972-01-07T01:00:00Z"


# the horizon


def test_a_search_looks_as_far_as_its_horizon() -> None:
    at = seconds_of("2026-12-08T00:00:00Z")
    assert opens(YEAR_END, at, 10) == at + 10 * DAY
    assert opens(YEAR_END, at, 9) is None
    inside = seconds_of("2027-01-01T00:00:00Z")
    assert closes(YEAR_END, inside, 4) == inside + 4 * DAY
    assert closes(YEAR_END, inside, 3) is None
    assert opens(YEAR_END, inside, 0) == inside


def test_without_limits_a_calendar_is_always_open() -> None:
    at = seconds_of("2026-11-28T05:00:00Z")
    assert opens(ALWAYS, at) == at
    assert closes(ALWAYS, at) is None


def test_a_calendar_knows_no_zone_that_there_is_not() -> None:
    for ask in (within, opens, closes, describe):
        with pytest.raises(KeyError):
            ask(Calendar("Europe/Berlyn"), 0.0)


# zones


@pytest.mark.parametrize(
    "name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+12", "EST5EDT"]
)
def test_a_zone_is_known_by_its_name(name: str) -> None:
    found = zone(name)
    assert found is not None
    assert found.key == name
    assert name in zones()


@pytest.mark.parametrize(
    "name",
    [
        "", " ", ".", "..", "Europe", "Europe/", "/Europe/Berlin", "Europe//Berlin", "Europe/Berlyn",
        "europe/berlin", "UTC\n", "UTC\0", "UTC/UTC", "./UTC", "Etc/../UTC", "../../etc/passwd", "/etc/passwd",
        "C:\\UTC", "localtime", "posixrules", "right/Europe/Berlin", "posix/UTC", "zone.tab", "tzdata.zi",
        "Éire", "\ud800", "A" * 64, "A" * 100_000, "A/" * 40 + "A", "+02:00", "UTC+2",
    ],
)  # fmt: skip
def test_another_name_is_no_zone(name: str) -> None:
    assert zone(name) is None


def test_every_zone_to_suggest_is_one() -> None:
    names = zones()
    assert len(names) > 300
    assert [name for name in names if zone(name) is None] == []
    assert not {"localtime", "posixrules"} & set(names)


# words


@pytest.mark.parametrize(
    ("calendar", "moment", "words"),
    [
        (OFFICE, "2026-11-28T05:00:00Z", "opens Mon 2026-11-30 09:00 Europe/Berlin"),
        (OFFICE, "2026-12-03T09:00:00Z", "open until Thu 16:00 Europe/Berlin"),
        (YEAR_END, "2026-12-18T00:00:00Z", "open until Tue 2027-01-05 00:00 UTC"),
        (YEAR_END, "2026-12-29T00:00:00Z", "open until Tue 2027-01-05 00:00 UTC"),
        (YEAR_END, "2026-12-29T23:59:59.9Z", "open until Tue 2027-01-05 00:00 UTC"),
        (YEAR_END, "2026-12-30T00:00:00Z", "open until Tue 00:00 UTC"),
        (AUCKLAND, "2026-12-01T10:30:00Z", "open until Tue 2026-12-08 00:00 Pacific/Auckland"),
        (AUCKLAND, "2026-12-01T11:00:00Z", "open until Tue 00:00 Pacific/Auckland"),
        (YEAR_END, "2027-02-01T00:00:00Z", f"does not open within {HORIZON_DAYS} days"),
        (ALWAYS, "2027-02-01T00:00:00Z", f"open, and does not close within {HORIZON_DAYS} days"),
    ],
)
def test_a_calendar_is_told_in_words(calendar: Calendar, moment: str, words: str) -> None:
    assert describe(calendar, seconds_of(moment)) == words


def test_a_time_that_comes_twice_is_told_with_its_offset() -> None:
    early = Calendar("Europe/Berlin", (SUN,), clock(2, 30), clock(3, 30))
    assert (
        describe(early, seconds_of("2026-10-25T00:00:00Z"))
        == "opens Sun 2026-10-25 02:30 +0200 Europe/Berlin"
    )
    assert (
        describe(early, seconds_of("2026-10-25T01:00:00Z"))
        == "opens Sun 2026-10-25 02:30 +0100 Europe/Berlin"
    )
