"""Marks, trees and the line of time: no terminal."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from fleetc.ir.difference import difference
from fleetc.ir.state import Catalogue
from fleetc.ports import Run
from fleetc.tui.past import ContentTree, DiffTree, Marks, Timeline, pair, stepped
from tests.tui.travel import live, shelf, snapshot

NAMES = ("snap-4", "snap-3", "snap-2", "snap-1")

OLD = snapshot(
    1, "2026-10-19T11:00:00Z", live("node/a", labels={}), live("node/b"), live("network/n", tags=["x"])
)
NEW = snapshot(
    2,
    "2026-10-19T12:00:00Z",
    live("node/a", labels={"rack": "7"}),
    live("network/n", tags=[]),
    live("peer/n/a"),
)


def test_two_snapshots_are_meant_without_two_marks() -> None:
    assert pair(Marks("snap-1", "snap-3"), "snap-2", NAMES) == Marks("snap-1", "snap-3")
    assert pair(Marks(b="snap-3"), "snap-4", NAMES) == Marks("snap-2", "snap-3")
    assert pair(Marks("snap-1"), "snap-3", NAMES) == Marks("snap-1", "snap-3")
    assert pair(Marks("snap-1"), "snap-1", NAMES) == Marks("snap-1", "snap-4")
    assert pair(Marks(), "snap-2", NAMES) == Marks("snap-1", "snap-2")
    assert pair(Marks(), "snap-1", NAMES) is None
    assert pair(Marks("snap-9", "snap-3"), "snap-2", NAMES) is None
    assert pair(Marks(), "", ()) is None


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(NAMES)), max_size=6))
def test_one_snapshot_never_has_both_marks(steps: list[tuple[bool, str]]) -> None:
    marks = Marks()
    for first, name in steps:
        before = marks
        marks = marks.with_a(name) if first else marks.with_b(name)
        assert not marks.a or marks.a != marks.b
        assert (marks.a if first else marks.b) == ("" if (before.a if first else before.b) == name else name)


@given(st.sampled_from(NAMES))
def test_a_step_back_and_one_on_end_where_they_began(name: str) -> None:
    older = stepped(NAMES, name, older=True)
    assert (not older) == (name == "snap-1")
    assert not older or stepped(NAMES, older, older=False) == name
    assert stepped(NAMES, "snap-4", older=False) == ""
    assert stepped(NAMES, "gone", older=True) == ""


def test_a_diff_stands_by_change_and_kind() -> None:
    tree = DiffTree(difference(OLD, NEW))
    rows = tree.rows
    assert [rows.key(row) for row in rows.visible] == [
        "added/peer", "peer/n/a", "changed/network", "network/n", "changed/node", "node/a", "removed/node", "node/b",
    ]  # fmt: skip
    assert tree.counts == {"added": 1, "changed": 2, "removed": 1}
    tree.narrow("node LABELS")
    assert [rows.key(row) for row in rows.visible] == ["changed/node", "node/a"]
    tree.narrow("nothing like it")
    assert (list(rows.visible), rows.matched) == ([], 0)
    tree.narrow("")
    assert rows.matched == 4


def test_offers_of_the_platform_are_compared_too() -> None:
    known = Catalogue(regions=("eu-1",))
    before, after = (
        msgspec.structs.replace(each, catalogue=catalogue)
        for each, catalogue in ((OLD, known), (OLD, Catalogue(regions=("eu-1", "eu-2"))))
    )
    tree = DiffTree(difference(before, after))
    assert [tree.rows.key(row) for row in tree.rows.visible] == ["catalogue", "region eu-2"]
    tree.narrow("eu-2")
    assert tree.rows.matched == 1


def test_what_a_snapshot_holds_is_closed_by_kind() -> None:
    tree = ContentTree(OLD)
    assert [tree.rows.key(row) for row in tree.rows.visible] == ["network", "node"]
    tree.narrow("node/b")
    tree.rows.fold(tree.rows.visible[0], is_open=True)
    assert [tree.rows.key(row) for row in tree.rows.visible] == ["node", "node/b"]


RUN = Run("run-1a2b", "", "acme", "edge", "applied", "dana", "2026-10-19T11:20:00Z")


def test_the_line_of_time_has_snapshots_runs_and_marks() -> None:
    line = Timeline(shelf(NEW, OLD, runs=(RUN,)), 44).line(Marks("snap-1", "snap-2"), "snap-1")
    assert line == " [A............run-1a2b..................B] "
    assert Timeline(shelf(NEW, OLD, runs=(RUN,)), 17).line(Marks(), "snap-2") == " [|...r.......^] "
    assert Timeline(shelf(OLD), 20).line(Marks(b="snap-1"), "") == " [B...............] "
    assert Timeline(shelf(), 40).line(Marks(), "") == ""
    assert Timeline(shelf(OLD), 12).line(Marks(), "") == ""


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=30), st.integers(0, 200))
def test_the_line_of_time_is_as_wide_as_it_is_asked_to_be(minutes: list[int], width: int) -> None:
    taken = [
        snapshot(number, f"2026-10-{1 + each // 1440:02d}T{each // 60 % 24:02d}:{each % 60:02d}:00Z")
        for number, each in enumerate(minutes, 1)
    ]
    line = Timeline(shelf(*taken, runs=(RUN,)), width).line(Marks("snap-1"), "snap-1")
    assert len(line) == (width if width >= 14 else 0)
    assert line.count("A") == (1 if line else 0)
