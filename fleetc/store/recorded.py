"""Recorded states: snapshots as canonical JSON lines, which git can review.

Line 1 is the header, line 2 the catalogue, then comes one resource a line, by address. What
`recorded_bytes` makes, `read_recorded` reads back equal; a canonical file comes out byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from fleetc.errors import StateProblem
from fleetc.ir.address import kind_of
from fleetc.ir.profile import Profile
from fleetc.ir.state import Catalogue, LiveResource, Snapshot
from fleetc.ir.timestamps import seconds_of
from fleetc.ir.values import Value, canonical
from fleetc.lang.text import in_words, visible
from fleetc.model.kinds import KINDS
from fleetc.plainfile import read_plain
from fleetc.store.snapshot_rows import in_order, lines_of, snapshot_digest

__all__ = ["FORMAT", "empty_snapshot", "read_recorded", "recorded_bytes"]

FORMAT = "fleetc.snapshot/1"
T = TypeVar("T")


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    format: str
    account: str
    profile: Profile
    complete: bool
    taken_at: str
    problems: tuple[str, ...] = ()


class _Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    modules: dict[str, dict[str, str]]
    node_platforms: tuple[str, ...]
    regions: tuple[str, ...]
    instance_types: tuple[str, ...]


class _Resource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    address: str
    kind: str
    id: str
    fields: dict[str, Value]


def empty_snapshot(account: str, profile: Profile) -> Snapshot:
    """The state of an account that holds nothing and whose catalogue is not known."""
    snapshot = Snapshot(account, profile, (), Catalogue(), source="empty", name="empty")
    return msgspec.structs.replace(snapshot, digest=snapshot_digest(snapshot))


def recorded_bytes(snapshot: Snapshot) -> bytes:
    """The text of a recorded file; raises `StateProblem` when two resources share an address or id."""
    header = _Header(
        format=FORMAT,
        account=snapshot.account,
        profile=snapshot.profile,
        complete=snapshot.complete,
        taken_at=snapshot.taken_at,
        problems=snapshot.problems,
    )
    ordered = in_order(snapshot.resources)
    _check_unique(snapshot.name, ordered)
    lines = (canonical(header), canonical(snapshot.catalogue), *lines_of(ordered))
    return b"\n".join(lines) + b"\n"


def read_recorded(path: Path) -> Snapshot:
    """Read a recorded file; raises `StateProblem` naming the first line that is wrong."""
    name = str(path)
    try:
        lines = read_plain(path).split(b"\n")
    except OSError as error:
        raise _problem(name, error.strerror or "cannot be read") from error
    if lines[-1] or len(lines) < 3:
        raise _problem(
            name, "the file is cut: header, catalogue or the last line's end is missing", len(lines)
        )
    header = _decode(name, 1, lines[0], _Header)
    _check_header(name, header)
    catalogue = _decode(name, 2, lines[1], _Catalogue)
    found = [_decode(name, number, line, _Resource) for number, line in enumerate(lines[2:-1], 3)]
    resources = [LiveResource(item.address, item.kind, item.id, item.fields) for item in found]
    _check_unique(name, resources)
    snapshot = Snapshot(
        account=header.account,
        profile=header.profile,
        resources=in_order(resources),
        catalogue=msgspec.convert(catalogue, Catalogue, from_attributes=True),
        source="recorded",
        name=name,
        taken_at=header.taken_at,
        complete=header.complete,
        problems=header.problems,
    )
    return msgspec.structs.replace(snapshot, digest=snapshot_digest(snapshot))


def _check_header(name: str, header: _Header) -> None:
    if header.format != FORMAT:
        raise _problem(name, f"the format is {header.format!r}, not {FORMAT!r}", 1)
    try:
        if header.taken_at:
            seconds_of(header.taken_at)
    except ValueError as error:
        raise _problem(name, f"taken_at is not an RFC 3339 time: {header.taken_at!r}", 1) from error


def _check_unique(name: str, resources: Sequence[LiveResource]) -> None:
    """Refuse an address or a kind's id that stands twice, and what is no address of its kind."""
    seen: set[tuple[str, str]] = set()
    for number, resource in enumerate(resources, 3):
        if not _is_address(resource):
            raise _problem(name, f"{resource.address!r} is not an address of kind {resource.kind!r}", number)
        for key in (("address", resource.address), (f"{resource.kind} id", resource.id)):
            if key in seen:
                raise _problem(name, f"the {key[0]} {key[1]!r} stands there twice", number)
            seen.add(key)


def _is_address(resource: LiveResource) -> bool:
    """Whether the address has the form of its kind: `kind/name`, or `kind/parent/name`."""
    kind = KINDS.get(resource.kind)
    if kind is None or kind_of(resource.address) != resource.kind:
        return False
    names = resource.address.split("/")[1:]
    return len(names) == (2 if kind.parent else 1) and all(names)


def _decode(name: str, number: int, line: bytes, kind: type[T]) -> T:
    try:
        value = msgspec.json.decode(line, type=kind)
        if canonical(value) != line:
            json.loads(line, object_pairs_hook=_no_duplicates)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise _problem(name, in_words(str(error)), number) from error
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} stands there twice")
    return found


def _problem(name: str, cause: str, line: int = 0) -> StateProblem:
    place = f"{name}:{line}" if line else name
    return StateProblem(
        visible(f"the recorded state {place} cannot be used: {cause}"),
        code="F0632",
        state="nothing was changed",
        next_step="mend the line, or write the file again with fleetc snapshot export",
    )
