"""The closures of a selection are those of a graph library on the same edges."""

from __future__ import annotations

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from fleetc.plan.actions import Action, Plan
from fleetc.plan.changes import Cause, Op
from fleetc.plan.selection import SelectionIndex


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    """A number of actions, and who requires whom; rings are allowed."""
    size = draw(st.integers(1, 25))
    node = st.integers(0, size - 1)
    return size, draw(st.lists(st.tuples(node, node), max_size=60))


def plan_of(size: int, edges: list[tuple[int, int]]) -> Plan:
    names = [f"create:node/n{row}" for row in range(size)]
    actions = tuple(
        Action(
            id=names[row],
            op=Op.CREATE,
            address=names[row].partition(":")[2],
            kind="node",
            cause=Cause.GIT,
            selected=False,
            fields=(),
            calls=(),
            requires=tuple(sorted({names[to] for start, to in edges if start == row and to != row})),
            after=(),
        )
        for row in range(size)
    )
    texts = dict.fromkeys(
        ("account", "environment", "platform", "profile", "commit", "tree", "desired", "snapshot"), ""
    )
    return Plan(**texts, snapshot_digest="", snapshot_taken_at="", actions=actions, summary={})


@given(graphs(), st.data())
def test_a_toggle_closes_over_what_is_required(
    graph: tuple[int, list[tuple[int, int]]], data: st.DataObject
) -> None:
    size, edges = graph
    oracle = nx.DiGraph(edges)
    oracle.add_nodes_from(range(size))
    index = SelectionIndex(plan_of(size, edges))
    rows = data.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=4))

    pulled = set(rows).union(*(nx.descendants(oracle, row) for row in rows))
    on = index.toggle(bytes(size), rows, True).ticked
    assert {row for row in range(size) if on[row]} == pulled

    pushed = set(rows).union(*(nx.ancestors(oracle, row) for row in rows))
    off = index.toggle(bytes([1] * size), rows, False).ticked
    assert {row for row in range(size) if not off[row]} == pushed
