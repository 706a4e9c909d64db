"""Quorums against brute force: every way to give each person at most one place."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from fleetc.plan.verdicts import Quorum, Requirement
from fleetc.policy.people import People
from fleetc.policy.quorum import filled, missing_words, shortfalls

NAMES = ("ann", "bob", "cat", "dan", "eve")
TEAMS = ("red", "blue")
MEMBERS = st.one_of(
    st.sampled_from([f"user:{name}" for name in NAMES]),
    st.sampled_from([f"team:{team}" for team in (*TEAMS, "unknown")]),
)
QUORUMS = st.lists(
    st.builds(Quorum, st.integers(0, 3), st.just("g"), st.lists(MEMBERS, max_size=3).map(tuple)), max_size=4
).map(tuple)
PEOPLE = st.fixed_dictionaries(
    {
        team: st.lists(st.sampled_from([f"user:{name}" for name in NAMES]), max_size=4).map(tuple)
        for team in TEAMS
    }
).map(lambda teams: People({}, teams))
PERSONS = st.lists(st.sampled_from([f"user:{name}" for name in NAMES]), unique=True, max_size=5)


def _most(quorums: tuple[Quorum, ...], persons: list[str], people: People) -> int:
    """The largest number of places that different persons fill, by trying all ways."""
    ways = product(*([None, *range(len(quorums))] for _ in persons))
    best = 0
    for way in ways:
        seats = [0] * len(quorums)
        for person, place in zip(persons, way, strict=True):
            if place is not None and people.belongs(person, quorums[place].members):
                seats[place] += 1
        best = max(best, sum(min(seat, q.count) for seat, q in zip(seats, quorums, strict=True)))
    return best


@given(QUORUMS, PERSONS, PEOPLE)
def test_as_many_places_are_filled_as_can_be(
    quorums: tuple[Quorum, ...], persons: list[str], people: People
) -> None:
    found = filled(quorums, persons, people)
    assert sum(found) == _most(quorums, persons, people)
    assert all(count <= quorum.count for count, quorum in zip(found, quorums, strict=True))


@given(QUORUMS, PERSONS, PEOPLE)
def test_a_requirement_is_met_exactly_when_every_place_is_filled(
    quorums: tuple[Quorum, ...], persons: list[str], people: People
) -> None:
    requirement = Requirement(quorums, "r")
    lacking = shortfalls([requirement], persons, people)
    wanted = sum(quorum.count for quorum in quorums)
    assert bool(lacking) == (_most(quorums, persons, people) < wanted)
    missing = sum(count for each in lacking for _, count in each.missing)
    assert missing == wanted - _most(quorums, persons, people)


@given(QUORUMS, PERSONS, PEOPLE, st.data())
def test_one_more_person_never_unmeets_and_a_second_name_adds_nothing(
    quorums: tuple[Quorum, ...], persons: list[str], people: People, data: st.DataObject
) -> None:
    requirement = [Requirement(quorums, "r")]
    before = shortfalls(requirement, persons, people)
    more = data.draw(st.sampled_from(NAMES))
    assert bool(shortfalls(requirement, [*persons, f"user:{more}"], people)) <= bool(before)
    again = [*persons, *(person.upper() for person in persons)]
    assert shortfalls(requirement, again, people) == before


def test_a_person_in_both_groups_fills_either() -> None:
    quorums = (Quorum(2, "netops", ("user:ann", "user:bob")), Quorum(1, "sre", ("user:ann", "user:cat")))
    people = People()
    assert filled(quorums, ["user:ann", "user:bob", "user:cat"], people) == (2, 1)
    assert sum(filled(quorums, ["user:ann", "user:bob"], people)) == 2


def test_who_is_missing_is_said_in_words() -> None:
    quorums = (Quorum(2, "netops", ("team:netops", "user:dana")), Quorum(1, "sre", ("team:sre",)))
    requirement = Requirement(quorums, "routing-needs-two")
    twice = [requirement, requirement, Requirement((), "nothing")]
    lacking = shortfalls(twice, ["dana"], People())
    assert missing_words(lacking) == (
        "1 more of netops (team:netops, user:dana) and 1 of sre (team:sre) for routing-needs-two",
    )
