"""What an action needs and what needs it, as rows that can be walked and toggled. Pure.

There are no two rows of one action on one side: a side is a list by distance, so that no web of
dependencies grows into a tree without end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from fleetc.ir.adjacency import Adjacency
from fleetc.tui.choice import Choice
from fleetc.tui.rows import Group

__all__ = ["linked"]


def linked(choice: Choice, row: int) -> Group:
    """The group of an action: itself, what it needs and what needs it by distance, what it waits for."""
    address = choice.addresses[row]
    index = choice.index.rows
    groups = (
        *_side(choice, "needs", index.needs, row),
        *_side(choice, "needed by", index.needed_by, row),
        *_waits(choice, row),
    )
    title = f"{address} and what is linked to it" if groups else f"{address} needs nothing, nothing needs it"
    return Group(f"links/{address}", title, groups, [choice.first + row])


def _side(choice: Choice, word: str, edges: Adjacency, row: int) -> Iterator[Group]:
    for steps, wave in enumerate(islice(edges.waves([row]), 1, None), 1):
        far = f", {steps} steps away" if steps > 1 else ""
        yield Group(f"links/{word}/{steps}", f"{word}{far}", (), _leaves(choice, wave))


def _waits(choice: Choice, row: int) -> Iterator[Group]:
    """What it only has to come after: no closure moves that."""
    action = choice.plan.actions[row]
    later = [
        choice.row_of[each] for each in action.after if each in choice.row_of and each not in action.requires
    ]
    if later:
        yield Group("links/after", "comes after, chosen or not", (), _leaves(choice, later))


def _leaves(choice: Choice, rows: Sequence[int]) -> list[int]:
    return [choice.first + each for each in sorted(rows)]
