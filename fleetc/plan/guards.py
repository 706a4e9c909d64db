"""What the fleet file says of live resources: `protect` and `forget` (design 1.2).

Protection begins at once, and ends with an action of its own: while it is in the ledger or in the
fleet file, a delete or replacement is denied. So it takes a plan to lift it, and a later one to
delete, whatever the file says by then. It covers all that its item declares: a node with its
instance. Forgetting takes along what is named by the forgotten and is not declared any more: the
platform would delete an instance with its node, and what is live shall stay.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from fleetc.ir.graph import ResourceGraph
from fleetc.ir.state import Baseline, LiveResource
from fleetc.lang.diagnostics import Diagnostic, Label, Severity
from fleetc.model.namespaces import bearers
from fleetc.model.sections import PROTECT
from fleetc.plan.changes import Cause, Change, FieldChange, Op

__all__ = ["deny", "lifts", "needless_forgets", "newly_protected", "released"]


def deny(graph: ResourceGraph, changes: dict[str, Change], protected: Collection[str]) -> None:
    """Block each delete and replacement of what is protected, or that would take it along.

    `protected` is what the ledger holds; what was forgotten since may be among it.
    """
    guarded = graph.protected.keys() | set(protected)
    for address, change in changes.items() if guarded else ():
        reached = next((a for a in (address, *change.cascade) if a in guarded), "")
        if reached and change.op.ends:
            said = _reason(graph, reached)
            reason = said if reached == address else f"would delete {reached} along, {said}"
            changes[address] = msgspec.structs.replace(change, selected=False, blocked=True, reason=reason)


def _reason(graph: ResourceGraph, address: str) -> str:
    if address in graph.protected:
        return f"protected at {graph.protected[address]}: write `protect: false`, and apply that first"
    if address in graph.resources:
        return "protected still: apply the end of its protection, then plan again"
    return "protected: declare it with `protect: false`, and apply that first"


def lifts(graph: ResourceGraph, protected: Collection[str]) -> tuple[Change, ...]:
    """The ends of protections, in file order: what the ledger protects and the file does no more."""
    return tuple(
        Change(
            address=address,
            kind=resource.kind,
            op=Op.UNPROTECT,
            cause=Cause.GIT,
            fields=(FieldChange(PROTECT.key, True, False, Cause.GIT),),
            reason="what it guards can be deleted or replaced by a later plan",
        )
        for address, resource in (graph.resources.items() if protected else ())
        if address in protected and address not in graph.protected
    )


def newly_protected(graph: ResourceGraph, protected: Collection[str]) -> tuple[str, ...]:
    """What the file protects and the ledger does not know yet, in file order."""
    return tuple(a for a in graph.protected if a in graph.resources and a not in protected)


def released(graph: ResourceGraph, baselines: Iterable[str]) -> frozenset[str]:
    """The undeclared addresses that are asked to be forgotten, with what is named by them."""
    asked, declared = graph.forgets, graph.resources
    if not asked:
        return frozenset()
    return frozenset(
        address
        for address in baselines
        if address not in declared
        and (address in asked or any(bearer in asked for bearer in bearers(address)))
    )


def needless_forgets(
    graph: ResourceGraph, baselines: Mapping[str, Baseline], found: Mapping[str, LiveResource]
) -> tuple[Diagnostic, ...]:
    """A note for each entry of `forget` that has nothing to do."""
    return tuple(
        Diagnostic(
            "F0653",
            Severity.NOTE,
            f"`{address}` is not managed: there is nothing to forget",
            Label(span, "it is there, and left alone" if address in found else "it is not there either"),
            help="take the entry of `forget` away",
        )
        for address, span in graph.forgets.items()
        if address not in baselines
    )
