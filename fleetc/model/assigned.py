"""Assignments out of the `modules` of nodes: each reference there is one assignment.

One that `assignments` declares too is merged with it: the pin of the node's reference and the keys
written there belong to one assignment. Two pins that differ are an error with both places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from fleetc.lang.diagnostics import Label
from fleetc.lang.nodes import Map, Seq
from fleetc.lang.source import Span
from fleetc.model.declarations import Item, Items
from fleetc.model.kinds import KINDS
from fleetc.model.references import module_name, split_module
from fleetc.model.report import POISON, Report
from fleetc.model.sections import SECTIONS

__all__ = ["assign", "reference_to"]

_SECTION = SECTIONS[KINDS["assignment"].section]
_NODES = KINDS["node"].section
_Index = dict[tuple[str, str], Items]


def assign(items: Iterable[Item], index: _Index, defaults: Mapping[str, Map], report: Report) -> list[Item]:
    """The items with the assignments of nodes after their node; `index` gets them too.

    `defaults` are the written defaults for nodes by file path, the root's first.
    """
    found: list[Item] = []
    told: set[tuple[Span, Span]] = set()
    for item in items:
        found.append(item)
        references = item.values.get("modules") if item.section.path == _NODES else None
        if isinstance(references, list):
            found += _of_node(item, references, index, defaults, _Contradictions(report, told))
    return [_latest(item, index) for item in found]


def _latest(item: Item, index: _Index) -> Item:
    return index[_SECTION.path, item.parent][item.name] if item.section is _SECTION else item


def reference_to(node: Item, module: str, defaults: Mapping[str, Map]) -> tuple[Seq, str]:
    """The list that holds a node's reference to `module`, its own or a default one, and the entry."""
    sources = (node.source, defaults.get(node.source.file.path), *defaults.values())
    for source in sources:
        written = source.get("modules") if source is not None else None
        for entry in written if isinstance(written, Seq) else ():
            if isinstance(entry, str) and module_name(entry) == module:
                assert isinstance(written, Seq)
                return written, entry
    raise KeyError(module)


class _Contradictions:
    """Reports pins that differ, once for all nodes of a range."""

    def __init__(self, report: Report, told: set[tuple[Span, Span]]) -> None:
        self.report = report
        self.told = told

    def add(self, item: Item, there: Item, pin: str) -> None:
        """`item` of a node's modules has `pin`, and `there` another one."""
        first, second = there.source.value_span("pin"), item.name_span
        if (first, second) in self.told:
            return
        self.told.add((first, second))
        self.report.error(
            "F0440",
            f"`{item.name}` is pinned differently on node `{item.parent}`",
            second,
            f"`{pin}` here",
            secondary=[Label(first, f"`{there.values['pin']}` here")],
            help="write the pin in one of the two places",
        )


def _of_node(
    node: Item, references: list[str], index: _Index, defaults: Mapping[str, Map], wrong: _Contradictions
) -> Iterator[Item]:
    declared = index.setdefault((_SECTION.path, node.name), {})
    for reference in references:
        module, pin = split_module(reference)
        holder, entry = reference_to(node, module, defaults)
        values = {"pin": pin} if pin else {}
        item = Item(_SECTION, module, values, node.source, node.name, entry, holder)
        there = declared.get(module)
        if there is None:
            declared[module] = item
            yield item
        elif pin and there.values.get("pin", pin) not in (pin, POISON):
            wrong.add(item, there, pin)
        elif pin:
            declared[module] = msgspec.structs.replace(there, values={**there.values, "pin": pin})
