"""Address ranges that the platform gave, against each other and against what the fleet file asks for.

A network's range is not written in the file, so that only a plan can tell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from ipaddress import ip_network
from typing import NamedTuple

from fleetc.ir.address import address
from fleetc.ir.graph import ResourceGraph
from fleetc.ir.state import Snapshot
from fleetc.ir.values import Value
from fleetc.lang.diagnostics import Diagnostic, Label, Severity
from fleetc.model.kinds import KINDS
from fleetc.model.schema import FieldType

__all__ = ["check_prefixes"]

_GIVEN = {
    kind.name: spec.name
    for kind in KINDS.values()
    for spec in kind.fields
    if not kind.parent and spec.readonly and spec.type is FieldType.CIDR
}
_WRITTEN = {
    kind.name: spec.name
    for kind in KINDS.values()
    for spec in kind.fields
    if kind.parent in _GIVEN and spec.key and spec.type is FieldType.CIDR
}


class _Range(NamedTuple):
    """A range as numbers; `owner` is the network it is of, `field` is empty when it was given."""

    version: int
    first: int
    minus_last: int
    text: str
    address: str
    owner: str
    field: str


def check_prefixes(graph: ResourceGraph, live: Snapshot, known: Collection[str]) -> tuple[Diagnostic, ...]:
    """What lies in the range of another network; `known` are the addresses with a baseline.

    A written range there is an error, two networks that overlap are a warning. A network that is
    no longer declared is about to go, and counts for nothing.
    """
    found = sorted({*_given(graph, live, known), *_written(graph)})
    around: list[_Range] = []
    noticed = []
    for each in found:
        while around and not (
            around[-1].version == each.version and each.minus_last >= around[-1].minus_last
        ):
            around.pop()
        others = (other for other in around if other.owner != each.owner)
        noticed += [said for other in others if (said := _overlap(graph, each, other))]
        around.append(each)
    return tuple(sorted(noticed, key=lambda item: item.severity is not Severity.ERROR))


def _given(graph: ResourceGraph, live: Snapshot, known: Collection[str]) -> Iterator[_Range]:
    for resource in live.resources:
        if resource.kind in _GIVEN and (resource.address in graph.resources or resource.address not in known):
            text = resource.fields.get(_GIVEN[resource.kind])
            yield from _range(text, resource.address, resource.address, "")


def _written(graph: ResourceGraph) -> Iterator[_Range]:
    for resource in graph.resources.values():
        if resource.kind in _WRITTEN:
            name, kind = _WRITTEN[resource.kind], KINDS[resource.kind]
            owner = address(kind.parent, str(resource.fields[kind.parent]))
            yield from _range(resource.fields.get(name), resource.address, owner, name)


def _range(text: Value, where: str, owner: str, field: str) -> Iterator[_Range]:
    """The range of a text; nothing for what is no range, such as one that the platform shall give."""
    try:
        network = ip_network(text if isinstance(text, str) else "", strict=False)
    except ValueError:
        return
    yield _Range(network.version, int(network[0]), -int(network[-1]), str(network), where, owner, field)


def _overlap(graph: ResourceGraph, one: _Range, other: _Range) -> Diagnostic | None:
    """What to say of two ranges of different networks; nothing when the file asked for neither."""
    asked = one if one.field else other
    given = other if asked is one else one
    if asked.field and not given.field:
        return Diagnostic(
            "F0698",
            Severity.ERROR,
            f"`{asked.text}` of `{asked.address}` overlaps `{given.text}`, the prefix of `{given.address}`",
            Label(graph.locate(asked.address, asked.field).span, "this range is another network's"),
            help=f"choose an address outside `{given.text}`",
        )
    here = next((each for each in (one, other) if each.address in graph.resources), None)
    if asked.field or here is None:
        return None
    there = other if here is one else one
    return Diagnostic(
        "F0699",
        Severity.WARNING,
        f"the prefix `{here.text}` of `{here.address}` overlaps `{there.text}` of `{there.address}`",
        Label(graph.locate(here.address, "").span, "this network"),
        notes=("the platform gave both: a host in the two could not tell them apart",),
        help="make one of the two networks anew",
    )
