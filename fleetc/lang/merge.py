"""Merge keys (`<<`): a mapping takes keys over from others; a written key beats a merged one.

Source: the YAML 1.1 type repository, "Merge Key Language-Independent Type".
"""

from __future__ import annotations

from collections.abc import Iterator

from fleetc.lang.faults import Faults, Place
from fleetc.lang.nodes import Map, Merge, Node, Seq

__all__ = ["MERGE_KEY", "merge_into"]

MERGE_KEY = "<<"


def merge_into(tree: Map, faults: Faults) -> None:
    """Replace the merge key of `tree` by the keys of its mappings; the first mapping wins.

    A quoted `"<<"` is an ordinary key.
    """
    row = next(index for index, key in enumerate(tree) if key == MERGE_KEY)
    end = tree.offsets[4 * row + 1]
    if tree.file.text[end - 1] in "'\"":
        return
    tree.merges = tuple(_sources(tree, row, faults))
    del tree[MERGE_KEY]
    del tree.offsets[4 * row : 4 * row + 4]
    if tree.aliases:
        tree.aliases = {at - (at > row): place for at, place in tree.aliases.items() if at != row}
    for source, _, _ in tree.merges:
        for key, value in source.items():
            tree.setdefault(key, value)


def _sources(tree: Map, row: int, faults: Faults) -> Iterator[Merge]:
    value = tree[MERGE_KEY]
    place = (tree.aliases or {}).get(row) or tree.offsets[4 * row + 2 : 4 * row + 4]
    candidates: list[tuple[Node, int, int]] = [(value, *place)]
    if isinstance(value, Seq):
        aliases = value.aliases or {}
        candidates = [
            (item, *(aliases.get(index) or value.offsets[2 * index : 2 * index + 2]))
            for index, item in enumerate(value)
        ]
    for source, start, end in candidates:
        if isinstance(source, Map):
            yield source, start, end
        elif source is not None or not faults.failed:  # an alias of nothing is already reported
            faults.add(
                "F0024",
                "a merge key takes a mapping or a list of mappings",
                Place(start, end, "not a mapping"),
                help='write `<<: *anchor`, or quote the key as `"<<"` if it is a name',
            )
