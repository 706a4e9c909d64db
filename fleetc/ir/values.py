"""Values of fields, and their one canonical form."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

__all__ = ["Ref", "Scalar", "Value", "canonical", "digest", "freeze_sorted"]


class Ref(msgspec.Struct, frozen=True, order=True, gc=False):
    """A value not known yet: field `field` of the resource at address `ref` (design 2.4)."""

    ref: str
    field: str


if TYPE_CHECKING:
    Scalar: TypeAlias = "str | int | float | bool | None"
    Value: TypeAlias = "Scalar | Ref | list[Value] | tuple[Value, ...] | dict[str, Value]"
else:  # what a decoder sees: it cannot tell a Ref from a mapping
    Scalar = str | int | float | bool | None
    Value = Any

_encoder = msgspec.json.Encoder(order="sorted")


def canonical(value: object) -> bytes:
    """Canonical JSON bytes: sorted keys, no spaces, UTF-8; structs in field-name order."""
    return _encoder.encode(value)


def digest(value: object) -> str:
    """Hex BLAKE2b-128 of the canonical bytes: for comparing, not for approvals."""
    return hashlib.blake2b(_encoder.encode(value), digest_size=16).hexdigest()


def freeze_sorted(items: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """A list that is compared as a set: sorted, without duplicates."""
    return tuple(sorted(set(items)))
