"""Who is who, who is in which team, and who wrote something."""

from __future__ import annotations

import pytest

from fleetc.policy.access import EVERY_ACCOUNT, OPEN, ROLES, Access, Permission, permissions_of
from fleetc.policy.people import People

PEOPLE = People(
    {
        "dana@example.com": "user:dana",
        "D.K": "user:Dana",
        "dk": "d.k",
        "kim@example.com": "user:kim",
        "one": "user:two",
        "two": "user:one",
    },
    {"SRE": ("user:dana", "team:night"), "night": ("kim@example.com", "team:sre"), "none": ()},
)


@pytest.mark.parametrize(
    "name",
    ["dana", "DANA", "user:dana", "User:Dana", "dana@example.com", "Dana@Example.COM", "d.k", "DK", " dk "],
)
def test_every_name_of_a_person_is_one_identity(name: str) -> None:
    assert PEOPLE.identity(name) == "user:dana"


@pytest.mark.parametrize(
    "name", ["dana", "one", "two", "kim@example.com", "nobody", "user:user:x", "team:sre", ""]
)
def test_an_identity_is_its_own(name: str) -> None:
    found = PEOPLE.identity(name)
    assert PEOPLE.identity(found) == found
    assert found.startswith("user:")


def test_names_that_map_to_each_other_are_one_person() -> None:
    assert PEOPLE.identity("one") == PEOPLE.identity("two")


def test_members_are_people_and_teams_also_within_teams() -> None:
    for team in ("team:sre", "TEAM:Sre", "team:night"):
        assert PEOPLE.belongs("user:dana", (team,))
        assert PEOPLE.belongs("user:kim", (team,))
    assert not PEOPLE.belongs("user:lee", ("team:sre", "team:unknown", "team:none", "user:kim"))
    assert PEOPLE.belongs("user:lee", ("LEE",))
    assert PEOPLE.belongs("user:lee", ("*",))
    assert not PEOPLE.belongs("user:sre", ("team:sre",))


def test_somebody_called_like_a_team_or_a_rule_is_neither() -> None:
    assert PEOPLE.identity("team:sre") == "user:team:sre"
    assert not PEOPLE.belongs(PEOPLE.identity("team:sre"), ("team:sre",))
    assert not PEOPLE.identity("rule:x").startswith("rule:")


def test_authors_by_whatever_name() -> None:
    assert PEOPLE.wrote("user:dana", ("DANA@example.com",))
    assert PEOPLE.wrote("user:lee", ("lee@elsewhere.example",))
    assert PEOPLE.wrote("user:lee", ("user:lee",))
    assert not PEOPLE.wrote("user:kim", ("dana@example.com", "lee@example.com"))
    assert PEOPLE.unknown(("dana@example.com", "lee@example.com", "user:kim", "DK")) == ("lee@example.com",)


def test_a_mapped_address_does_not_stand_for_its_local_part() -> None:
    people = People({"dana@bots.example": "user:robot"})
    assert not people.wrote("user:dana", ("dana@bots.example",))
    assert people.wrote("user:robot", ("dana@bots.example",))


def test_without_access_everything_is_allowed() -> None:
    assert OPEN.open
    assert OPEN.allows("user:anybody", Permission.OVERRIDE, EVERY_ACCOUNT)
    assert OPEN.allows_anywhere("user:anybody", Permission.WRITE)


def test_access_is_denied_by_default_and_granted_by_account() -> None:
    access = Access(
        PEOPLE,
        {
            "a": {"team:sre": ROLES["operator"]},
            "*": {"user:root": ROLES["admin"]},
            "b": {"D.K": (Permission.READ,)},
        },
    )
    assert access.allows("user:kim", Permission.APPLY, "a")
    assert not access.allows("user:kim", Permission.APPLY, "b")
    assert not access.allows("user:kim", Permission.APPROVE, "a")
    assert not access.allows("user:kim", Permission.APPLY, EVERY_ACCOUNT)
    assert access.allows("user:dana", Permission.READ, "b")
    assert access.allows("user:root", Permission.APPLY, "any")
    assert access.allows_anywhere("user:kim", Permission.SYNC)
    assert not access.allows_anywhere("user:kim", Permission.APPROVE)
    assert not access.allows_anywhere("user:lee", Permission.READ)


def test_every_permission_has_a_word_and_other_words_grant_nothing() -> None:
    assert [permissions_of(str(each)) for each in Permission] == [(each,) for each in Permission]
    assert permissions_of("admin") == tuple(Permission)
    assert permissions_of("Viewer") == permissions_of("") == permissions_of("*") == ()
