"""Laws of the row model (design 4.5.1)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleetc.tui.rows import Group, Rows, Tick, common, tick


@st.composite
def trees(draw: st.DrawFn) -> tuple[tuple[Group, ...], int]:
    """Groups to depth 3, some empty; leaves in an order of their own."""
    counter = iter(range(10_000))
    names = iter(range(10_000))
    total = 0

    def group(depth: int) -> Group:
        nonlocal total
        below = draw(st.integers(0, 3)) if depth < 2 else 0
        groups = tuple(group(depth + 1) for _ in range(below))
        count = draw(st.integers(0, 5))
        total += count
        return Group(f"group:{next(names)}", "", groups, [next(counter) for _ in range(count)])

    return tuple(group(0) for _ in range(draw(st.integers(1, 3)))), total


def remap(group: Group, order: list[int]) -> Group:
    groups = tuple(remap(below, order) for below in group.groups)
    return Group(group.key, group.title, groups, [order[leaf] for leaf in group.leaves])


@st.composite
def seen(draw: st.DrawFn) -> Rows:
    groups, count = draw(trees())
    order = draw(st.permutations(range(count)))
    flags = st.binary(min_size=count, max_size=count).map(lambda data: bytes(byte & 1 for byte in data))
    rows = Rows(
        [remap(group, order) for group in groups],
        [f"kind/{n}" for n in range(count)],
        draw(flags),
        draw(flags),
        {"sort": draw(flags)},
    )
    for row in draw(st.lists(st.sampled_from(list(rows.outline.groups)), max_size=6)):
        rows.fold(row, draw(st.booleans()))
    if draw(st.booleans()):
        rows.narrow(draw(flags))
    rows.move_to(draw(st.integers(0, 40)))
    return rows


def expected_visible(rows: Rows) -> list[int]:
    """Pre-order filter, the slow and plain way."""
    outline = rows.outline

    def shows(row: int) -> bool:
        if rows._shown is None:
            return True
        leaves = [r for r in range(row, outline.end[row]) if outline.leaf[r] >= 0]
        return any(rows._shown[r] for r in leaves)

    def open_above(row: int) -> bool:
        above = outline.parent[row]
        return above < 0 or (rows.is_open(above) and open_above(above))

    return [row for row in range(len(outline)) if shows(row) and open_above(row)]


@given(seen())
def test_visible_is_the_preorder_filter_of_open_and_shown(rows: Rows) -> None:
    assert list(rows.visible) == expected_visible(rows)


@given(seen())
def test_outline_nests(rows: Rows) -> None:
    outline = rows.outline
    for row in range(len(outline)):
        above = outline.parent[row]
        assert row < outline.end[row] <= len(outline)
        if above >= 0:
            assert above < row
            assert outline.end[row] <= outline.end[above]
            assert outline.depth[row] == outline.depth[above] + 1
        if outline.leaf[row] >= 0:
            assert outline.row_of[outline.leaf[row]] == row
            assert outline.end[row] == row + 1


@given(seen())
def test_a_groups_tick_is_a_function_of_its_leaves(rows: Rows) -> None:
    outline = rows.outline
    for row in outline.groups:
        below = [r for r in range(row, outline.end[row]) if outline.leaf[r] >= 0]
        free = [r for r in below if not rows.barred[r]]
        assert rows.size(row) == len(below)
        assert rows.chosen(row) == sum(rows.marks[r] for r in below)
        whole = tick(sum(rows.marks[r] for r in below), len(free))
        assert rows.tick(row) == (whole if below else Tick.OFF)
        assert rows.chosen_of("sort", row) == sum(rows.marks[r] and rows.sorts["sort"][r] for r in below)


@given(st.integers(0, 5), st.integers(0, 5))
def test_tick_says_how_much(on: int, free: int) -> None:
    mark = tick(min(on, free), free)
    assert (mark is Tick.BARRED) == (free == 0)
    if free:
        assert (mark is Tick.ON) == (on >= free)
        assert (mark is Tick.OFF) == (on == 0)


@given(seen(), st.data())
def test_the_cursor_comes_back_after_fold_and_filter(rows: Rows, data: st.DataObject) -> None:
    if not rows.visible:
        return
    key = rows.key(rows.cursor)
    was_open = {row: rows.is_open(row) for row in rows.outline.groups}
    rows.fold_all(False)
    assert rows.cursor in rows.visible
    rows.narrow(bytes(len(rows.keys)))
    assert rows.cursor == -1
    rows.narrow(None)
    for row in rows.outline.groups:
        rows.fold(row, is_open=was_open[row] or data.draw(st.booleans()))
    assert rows.key(rows.cursor) == key


@given(seen())
def test_a_hidden_cursor_stands_on_what_hides_it(rows: Rows) -> None:
    if rows.leaf < 0 or rows.cursor < 0:
        return
    above = rows.outline.parent[rows.cursor]
    rows.fold(above, is_open=False)
    assert rows.cursor == above


@given(seen(), st.randoms())
def test_the_cursor_survives_a_refresh_by_its_key(rows: Rows, random: object) -> None:
    if rows.cursor < 0:
        return
    key = rows.key(rows.cursor)
    groups = [rows.outline.group_at[row] for row in rows.outline.groups if rows.outline.parent[row] < 0]
    other = Rows(
        [Group("group:new", "", (), [len(rows.keys)]), *groups],
        [*rows.keys, "kind/new"],
        bytes(len(rows.keys) + 1),
    )
    other.carry(rows)
    assert other.key(other.cursor) == key
    assert {other.key(row) for row in other.outline.groups if not other.is_open(row)} == {
        rows.key(row) for row in rows.outline.groups if not rows.is_open(row)
    }


def test_a_vanished_cursor_falls_to_its_group() -> None:
    rows = Rows([Group("g", "", (), [0, 1])], ["a", "b"], b"\1\1")
    rows.move_to(2)
    other = Rows([Group("f", "", (), [0]), Group("g", "", (), [1])], ["c", "a"], b"\1\1")
    other.carry(rows)
    assert other.key(other.cursor) == "g"


@given(seen(), st.data())
def test_seek_finds_every_flagged_leaf_and_no_other(rows: Rows, data: st.DataObject) -> None:
    flags = bytes(data.draw(st.integers(0, 1)) for _ in rows.keys)
    wanted = {
        leaf
        for leaf, flag in enumerate(flags)
        if flag and (rows._shown is None or rows._shown[rows.outline.row_of[leaf]])
    }
    found = set()
    for _ in range(len(wanted) + 1):
        if rows.seek(flags, backwards=data.draw(st.just(False))):
            found.add(rows.leaf)
    assert found == wanted
    back = {rows.leaf for _ in wanted if rows.seek(flags, backwards=True)}
    assert back == wanted


@given(seen())
def test_leaves_of_a_row_are_shown_and_free(rows: Rows) -> None:
    for row in rows.outline.groups:
        expected = [
            rows.outline.leaf[r]
            for r in range(row, rows.outline.end[row])
            if rows.outline.leaf[r] >= 0 and not rows.barred[r] and (rows._shown is None or rows._shown[r])
        ]
        assert rows.leaves(row) == expected


@given(st.binary(max_size=40).map(lambda data: bytes(byte & 1 for byte in data)))
def test_common_counts_both(flags: bytes) -> None:
    assert common(flags, flags[::-1]) == sum(a & b for a, b in zip(flags, flags[::-1], strict=True))


def test_a_hundred_thousand_leaves() -> None:
    count = 100_000
    kinds = [Group(f"kind:{n}", f"k{n}", (), range(n, count, 10)) for n in range(10)]
    keys = [f"node/n{n}" for n in range(count)]
    rows = Rows([Group("environment", "edge", tuple(kinds))], keys, b"\1" * count)
    assert len(rows.visible) == count + 11
    rows.go(rows.outline.row_of[77_777])
    rows.fold_all(False)
    assert len(rows.visible) == 11
    assert rows.key(rows.cursor) == "kind:7"
    rows.fold_all(True)
    assert rows.key(rows.cursor) == "node/n77777"
    rows.narrow(bytes("99" in key for key in keys))
    assert rows.matched == sum("99" in key for key in keys)
    assert len(rows.visible) == rows.matched + 11
    rows.mark(bytes(n % 2 for n in range(count)))
    assert rows.chosen(0) == count // 2
    assert rows.tick(0) is Tick.PART
    assert rows.tick(rows.outline.groups[1]) is Tick.OFF
    assert rows.tick(rows.outline.groups[2]) is Tick.ON
