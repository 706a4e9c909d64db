"""Observed state: what an account held at one time (design 2.2)."""

from __future__ import annotations

from functools import cached_property

import msgspec

from fleetc.ir.profile import Profile
from fleetc.ir.values import Value, canonical

__all__ = [
    "Baseline",
    "Catalogue",
    "HeldState",
    "LiveResource",
    "Observation",
    "Snapshot",
    "content_key",
    "snapshot_name",
]


class LiveResource(msgspec.Struct, frozen=True, gc=False):
    """One resource as the platform reports it.

    `fields` are those of the kind schema that the platform can read, with references by name.
    """

    address: str
    kind: str
    id: str
    fields: dict[str, Value]


class Catalogue(msgspec.Struct, frozen=True):
    """What may be named without being declared.

    `modules` maps a name to its versions and lifecycle states
    (`{"nginx": {"1.26.0": "live"}}`); the other members are names.
    """

    modules: dict[str, dict[str, str]] = {}
    node_platforms: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    instance_types: tuple[str, ...] = ()


class Observation(msgspec.Struct, frozen=True):
    """One reading of an account.

    `complete` is false when a list was short, a count disagreed or two passes differed; `problems`
    says which. An incomplete observation yields no create and no delete. `counter` is the
    platform's change counter, where it has one.
    """

    account: str
    profile: Profile
    resources: tuple[LiveResource, ...]
    catalogue: Catalogue
    complete: bool = True
    problems: tuple[str, ...] = ()
    counter: int | None = None


class Snapshot(msgspec.Struct, frozen=True, dict=True):
    """A stored observation.

    - `serial`: its number in the store, or 0 for a recorded file or `empty`.
    - `source`: `live`, `recorded`, `import`, `empty`.
    - `name`: what the user called it (`snap-12`, a file's path, `empty`).
    - `taken_at`: RFC 3339 UTC, empty when unknown.
    - `digest`: hex digest of account, catalogue, completeness and resources.
    """

    account: str
    profile: Profile
    resources: tuple[LiveResource, ...]
    catalogue: Catalogue
    serial: int = 0
    source: str = "live"
    name: str = ""
    taken_at: str = ""
    complete: bool = True
    problems: tuple[str, ...] = ()
    counter: int | None = None
    digest: str = ""

    @cached_property
    def by_address(self) -> dict[str, LiveResource]:
        """Resources by address."""
        return {resource.address: resource for resource in self.resources}


class HeldState(msgspec.Struct, frozen=True, gc=False):
    """One state that a resource has had: in the snapshots from `since` up to and without `until`.

    `until` is None while it still stands so.
    """

    since: int
    until: int | None
    resource: LiveResource


class Baseline(msgspec.Struct, frozen=True):
    """What fleetc last verified of one resource: its full settable state, as read back.

    `declared` names the fields that the fleet file gave a value then, so that a removed one can
    be told from one never written.
    """

    address: str
    id: str
    fields: dict[str, Value]
    declared: tuple[str, ...] = ()


def snapshot_name(serial: int) -> str:
    """What a stored snapshot is called: `snap-12`."""
    return f"snap-{serial}"


def content_key(observation: Observation | Snapshot) -> bytes:
    """The canonical bytes that a snapshot's digest covers, but for its resources."""
    return canonical([observation.account, observation.complete, observation.catalogue])
