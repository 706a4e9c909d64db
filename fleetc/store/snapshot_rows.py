"""What a snapshot is made of, in its one canonical form: ordered lines, and their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from operator import attrgetter, lt

import msgspec

from fleetc.errors import StateProblem
from fleetc.ir.state import LiveResource, Observation, Snapshot, content_key
from fleetc.ir.values import canonical

__all__ = ["in_order", "joined", "lines_of", "resources_of", "row_digest", "snapshot_digest", "texts_of"]

_address = attrgetter("address")
_encoder = msgspec.json.Encoder(order="sorted")
_AT_A_TIME = 1024  # a buffer that stays in the processor's cache
_decoder = msgspec.json.Decoder(list[LiveResource])


def in_order(resources: Iterable[LiveResource]) -> tuple[LiveResource, ...]:
    """Resources by address; several at one address by their canonical form, equal ones once."""
    ordered = tuple(resources)
    if not _ascending(ordered):
        ordered = tuple(sorted(ordered, key=_address))
    if not _ascending(ordered):
        distinct = {canonical(resource): resource for resource in ordered}
        pairs = sorted(distinct.items(), key=lambda item: (item[1].address, item[0]))
        ordered = tuple(resource for _, resource in pairs)
    return ordered


def _ascending(resources: Sequence[LiveResource]) -> bool:
    addresses = list(map(_address, resources))
    return all(map(lt, addresses, islice(addresses, 1, None)))


def lines_of(ordered: Sequence[LiveResource]) -> list[bytes]:
    """Canonical JSON of each resource; raises `StateProblem` for a value that JSON cannot hold."""
    return [line for text in _texts(ordered) for line in text.splitlines()]


def joined(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Lines as texts of many lines each."""
    for start in range(0, len(lines), _AT_A_TIME):
        yield b"\n".join(lines[start : start + _AT_A_TIME])


def _texts(ordered: Sequence[LiveResource]) -> list[bytes]:
    return texts_of(ordered, [*range(0, len(ordered), _AT_A_TIME), len(ordered)])


def texts_of(ordered: Sequence[LiveResource], bounds: Sequence[int]) -> list[bytes]:
    """The lines between each bound and the next as one text; raises as `lines_of` does."""
    try:
        return [_encoder.encode_lines(ordered[begin:end])[:-1] for begin, end in pairwise(bounds)]
    except (TypeError, ValueError, OverflowError) as error:
        raise StateProblem(
            f"the observation cannot be stored: {error}",
            code="F0629",
            state="nothing was stored",
            next_step="report it: the platform gave a value that JSON cannot hold",
        ) from error


def resources_of(lines: Sequence[bytes]) -> tuple[LiveResource, ...]:
    """The resources of such lines; raises `msgspec.DecodeError` for anything else."""
    return tuple(_decoder.decode(b"[" + b",".join(lines) + b"]"))


def row_digest(line: bytes) -> bytes:
    """BLAKE2b-128 of one resource's line, or of a document."""
    return hashlib.blake2b(line, digest_size=16).digest()


def snapshot_digest(content: Observation | Snapshot, texts: Iterable[bytes] | None = None) -> str:
    """Hex SHA-256 of account, completeness and catalogue, then of each resource's line in order.

    `texts` are those lines, some in each text, when the caller has them already.
    """
    if texts is None:
        texts = _texts(in_order(content.resources))
    state = hashlib.sha256(content_key(content))
    for text in texts:
        if text:
            state.update(b"\n")
            state.update(text)
    return state.hexdigest()
