"""Names of two environments, mapped: what is the same but for the environment is called the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetc.plan.naming import NOTHING, apart, mapped

WORD = st.sampled_from(["edge", "staging", "prod", "eu", "us", "01", "02", "db"])
NAME = st.lists(WORD, min_size=1, max_size=4).flatmap(
    lambda words: st.sampled_from("-_.").map(lambda between: between.join(words))
)


@pytest.mark.parametrize(
    ("first", "second", "name", "wanted"),
    [
        ("staging", "prod", "edge-staging-01", "edge-01"),
        ("staging", "prod", "edge-prod-01", "edge-01"),
        ("staging", "prod-eu", "prod-eu.edge_01", "edge_01"),
        ("prod-eu", "prod-us", "edge-prod-eu-01", "edge-prod-01"),
        ("staging", "prod", "staging", NOTHING),
        ("staging", "prod", "edge-prod", "edge"),
        ("staging", "prod", "product-prodigy", "product-prodigy"),
    ],
)
def test_words_of_the_environment_are_left_out(first: str, second: str, name: str, wanted: str) -> None:
    assert mapped([name], apart(first, second)) == {name: wanted}


def test_pairs_go_by_whole_words_and_whole_names() -> None:
    names = ["edge-stg-01", "stgs-01", "core-a"]
    assert mapped(names, (), [("stg", "prd"), ("core-a", "hub")]) == {
        "edge-stg-01": "edge-prd-01",
        "stgs-01": "stgs-01",
        "core-a": "hub",
    }


def test_what_would_come_to_one_name_stays() -> None:
    names = ["edge-01", "edge-prod-01", "edge-prod-02"]
    assert mapped(names, ["prod"]) == {
        "edge-01": "edge-01",
        "edge-prod-01": "edge-prod-01",
        "edge-prod-02": "edge-02",
    }


@given(names=st.sets(NAME), words=st.sets(WORD), pairs=st.lists(st.tuples(WORD, WORD), max_size=3))
def test_no_two_names_come_to_the_same(
    names: set[str], words: set[str], pairs: list[tuple[str, str]]
) -> None:
    found = mapped(sorted(names), words, pairs)
    assert found.keys() == names
    assert len(set(found.values())) == len(names)
    assert mapped(sorted(names), ()) == {name: name for name in names}
