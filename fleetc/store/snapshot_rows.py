"""What a snapshot is made of, in its one canonical form: ordered lines, and their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import islice
from operator import attrgetter, lt

import msgspec

from fleetc.errors import StateProblem
from fleetc.ir.state import LiveResource, Observation, Snapshot, content_key
from fleetc.ir.values import canonical

__all__ = ["in_order", "lines_of", "resources_of", "row_digest", "snapshot_digest"]

_encoder = msgspec.json.Encoder(order="sorted")
_AT_A_TIME = 1024  # a buffer that stays in the processor's cache
_decoder = msgspec.json.Decoder(list[LiveResource])


def in_order(resources: Iterable[LiveResource]) -> list[LiveResource]:
    """Resources by address; several at one address by their canonical form, equal ones once."""
    ordered = sorted(resources, key=attrgetter("address"))
    addresses = [resource.address for resource in ordered]
    if not all(map(lt, addresses, islice(addresses, 1, None))):
        distinct = {canonical(resource): resource for resource in ordered}
        ordered = [resource for _, resource in sorted(distinct.items(), key=lambda i: (i[1].address, i[0]))]
    return ordered


def lines_of(ordered: Sequence[LiveResource]) -> list[bytes]:
    """Canonical JSON of each resource; raises `StateProblem` for a value that JSON cannot hold."""
    lines: list[bytes] = []
    try:
        for start in range(0, len(ordered), _AT_A_TIME):
            lines += _encoder.encode_lines(ordered[start : start + _AT_A_TIME]).splitlines()
    except (TypeError, ValueError, OverflowError) as error:
        raise StateProblem(
            f"the observation cannot be stored: {error}",
            code="F0629",
            state="nothing was stored",
            next_step="report it: the platform gave a value that JSON cannot hold",
        ) from error
    return lines


def resources_of(lines: Sequence[bytes]) -> tuple[LiveResource, ...]:
    """The resources of such lines; raises `msgspec.DecodeError` for anything else."""
    return tuple(_decoder.decode(b"[" + b",".join(lines) + b"]"))


def row_digest(line: bytes) -> bytes:
    """BLAKE2b-128 of one resource's line, or of a document."""
    return hashlib.blake2b(line, digest_size=16).digest()


def snapshot_digest(content: Observation | Snapshot, lines: Sequence[bytes] | None = None) -> str:
    """Hex SHA-256 of account, completeness and catalogue, then of each resource's line in order.

    `lines` are those of `lines_of`, when the caller has them already.
    """
    found = lines_of(in_order(content.resources)) if lines is None else lines
    state = hashlib.sha256(content_key(content))
    for start in range(0, len(found), _AT_A_TIME):
        state.update(b"\n".join((b"", *found[start : start + _AT_A_TIME])))
    return state.hexdigest()
