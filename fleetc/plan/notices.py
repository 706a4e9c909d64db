"""Warnings and errors of a diff that are not about externals: one for each kind and field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fleetc.ir.graph import ResourceGraph
from fleetc.ir.state import Snapshot
from fleetc.lang.diagnostics import Affected, Diagnostic, Label, Severity
from fleetc.lang.source import Span

__all__ = ["Notices"]

_SAMPLE = 3
_LISTED = 12


class Notices:
    """Collects what a diff notices, folded by kind and field."""

    def __init__(self, graph: ResourceGraph, live: Snapshot) -> None:
        self._graph = graph
        self._live = live
        self._unchecked: dict[tuple[str, str], list[str]] = {}
        self._stuck: dict[tuple[str, str], list[str]] = {}
        self._twins: tuple[str, ...] = ()

    def unchecked(self, address: str, kind: str, name: str) -> None:
        """A written field that the platform cannot set, or not read back."""
        self._unchecked.setdefault((kind, name), []).append(address)

    def stuck(self, address: str, kind: str, name: str) -> None:
        """A field no longer written that the platform cannot clear."""
        self._stuck.setdefault((kind, name), []).append(address)

    def twins(self) -> frozenset[str]:
        """Addresses at which more than one live resource stands; each becomes an error."""
        if len(self._live.by_address) != len(self._live.resources):
            counts = Counter(resource.address for resource in self._live.resources)
            self._twins = tuple(sorted(address for address, count in counts.items() if count > 1))
        return frozenset(self._twins)

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All of them, errors first."""
        return (
            *self._doubled(),
            *self._incomplete(),
            *(self._unchecked_field(*key, found) for key, found in self._unchecked.items()),
            *(self._stuck_field(*key, found) for key, found in self._stuck.items()),
        )

    def _doubled(self) -> Iterator[Diagnostic]:
        """One error for each place in the fleet file, however many of its range stand twice."""
        ids: dict[str, list[str]] = {address: [] for address in self._twins}
        for resource in self._live.resources if ids else ():
            if resource.address in ids:
                ids[resource.address].append(resource.id)
        places: dict[Span, list[str]] = {}
        for address in ids:
            places.setdefault(self._place(address), []).append(address)
        for place, addresses in places.items():
            yield _twins(place, {address: sorted(ids[address]) for address in addresses})

    def _incomplete(self) -> tuple[Diagnostic, ...]:
        if self._live.complete:
            return ()
        message = "the snapshot is incomplete: nothing is created and nothing deleted"
        return (
            Diagnostic(
                "F0608",
                Severity.WARNING,
                message,
                Label(self._place("")),
                notes=self._live.problems,
                help="observe again",
            ),
        )

    def _unchecked_field(self, kind: str, name: str, addresses: list[str]) -> Diagnostic:
        return Diagnostic(
            "F0609",
            Severity.WARNING,
            f"`{kind}.{name}` is checked by nobody on this platform",
            Label(self._place(addresses[0], name), "written here"),
            notes=(f"platform `{self._live.profile.name}` cannot set it, or does not give it back",),
            affected=_affected(addresses),
        )

    def _stuck_field(self, kind: str, name: str, addresses: list[str]) -> Diagnostic:
        return Diagnostic(
            "F0610",
            Severity.WARNING,
            f"`{kind}.{name}` is no longer written, but this platform cannot clear it",
            Label(self._place(addresses[0])),
            notes=("the value on the platform is kept",),
            affected=_affected(addresses),
        )

    def _place(self, address: str, name: str = "") -> Span:
        if address in self._graph.resources:
            return self._graph.locate(address, name).span
        first = next(iter(self._graph.resources), "")
        path = self._graph.locate(first, "").span.path if first else "fleet.yaml"
        return Span(path, 1, 1, 1, 1)


def _affected(addresses: list[str]) -> Affected:
    return Affected(len(addresses), tuple(addresses[:_SAMPLE]))


def _twins(place: Span, ids: dict[str, list[str]]) -> Diagnostic:
    """That each of some addresses of one place stands more than once, with the platform's ids."""
    first, more = next(iter(ids)), len(ids) - _LISTED
    notes = [f"platform ids of {address}: {', '.join(found)}" for address, found in ids.items()]
    return Diagnostic(
        "F0607",
        Severity.ERROR,
        f"{len(ids)} resources stand more than once on the platform"
        if len(ids) > 1
        else f"`{first}` stands {len(ids[first])} times on the platform",
        Label(place),
        notes=(*notes[:_LISTED], *([f"and {more} more"] if more > 0 else [])),
        help="end all but one of them on the platform, then observe again",
        affected=Affected(len(ids), tuple(ids)[:_SAMPLE]) if len(ids) > 1 else None,
    )
