"""Leftovers: what a replacement that stopped half way left standing beside the other one.

Both are this fleet's, and the journal knows which is which. The run that ends so remembers the one
that has to go by a baseline at an address of its own, `<address>~<platform id>`: it is managed, not
declared, and so the next plan deletes it, and only as it was left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from fleetc.ir.address import address, parts
from fleetc.ir.state import Baseline, LiveResource, Snapshot
from fleetc.ir.values import Value
from fleetc.model.references import with_name
from fleetc.model.schema import FieldSpec
from fleetc.plan.references import reference_fields

__all__ = ["as_known", "aside", "beside", "leftovers", "renamed", "set_aside"]

_MARK = "~"


def aside(own: str, platform_id: str) -> str:
    """The address of a leftover that stood at `own`."""
    kind, *names = parts(own)
    return address(kind, *names[:-1], f"{names[-1]}{_MARK}{platform_id}")


def beside(own: str, platform_id: str) -> str:
    """The address that the leftover at `own` stood at; empty when it is no leftover."""
    kind, *names = parts(own)
    name = names[-1].removesuffix(f"{_MARK}{platform_id}")
    return address(kind, *names[:-1], name) if platform_id and name != names[-1] else ""


def leftovers(baselines: Mapping[str, Baseline]) -> dict[str, str]:
    """Platform id to address of the leftovers among `baselines`."""
    return {row.id: at for at, row in baselines.items() if _MARK in at and beside(at, row.id)}


def as_known(live: Snapshot, baselines: Mapping[str, Baseline]) -> Snapshot:
    """The snapshot with each leftover at its own address."""
    moved = leftovers(baselines)
    if not moved:
        return live
    return msgspec.structs.replace(live, resources=set_aside(live.resources, moved))


def set_aside(resources: Iterable[LiveResource], moved: Mapping[str, str]) -> tuple[LiveResource, ...]:
    """The resources with those of `moved` (platform id to address) at an address of their own.

    References follow: an id of one of them, or of the one it stood beside, becomes a name.
    """
    rows = [
        msgspec.structs.replace(row, address=moved[row.id])
        if row.id in moved and beside(moved[row.id], row.id) == row.address
        else row
        for row in resources
    ]
    places = {beside(row.address, row.id) for row in rows if row.id in moved}
    names = {row.id: parts(row.address)[-1] for row in rows if row.id in moved or row.address in places}
    return tuple(renamed(row, names) for row in rows)


def renamed(live: LiveResource, names: Mapping[str, str]) -> LiveResource:
    """The resource with the names of `names` in place of platform ids that its references hold."""
    fields = {
        spec.name: _put(spec, value, names)
        for spec in reference_fields(live.kind)
        if (value := live.fields.get(spec.name)) and names
    }
    if all(live.fields[name] is value for name, value in fields.items()):
        return live
    return msgspec.structs.replace(live, fields={**live.fields, **fields})


def _put(spec: FieldSpec, value: Value, names: Mapping[str, str]) -> Value:
    if isinstance(value, str):
        put = with_name(spec, value, lambda name: names.get(name, name))
        return value if put == value else put  # the same object says that nothing changed
    if isinstance(value, (list, tuple)) and not names.keys().isdisjoint(value):
        return [_put(spec, item, names) for item in value]
    return value
