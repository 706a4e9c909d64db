"""Addresses that the platform gives, from ranges set aside for documentation, tests and local use.

The same account, name and seed give the same address wherever it is still free.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network

__all__ = ["host_addresses", "network_prefixes", "private_address", "public_address", "public_key"]

_TRIES = 64
# RFC 5737 ranges for documentation, then the RFC 2544 range for benchmarks: 254 + 254 + 131,070.
_PUBLIC = (
    (int(IPv4Address("203.0.113.1")), 254),
    (int(IPv4Address("198.51.100.1")), 254),
    (int(IPv4Address("198.18.0.1")), 131_070),
)
_PRIVATE = int(IPv4Address("10.0.0.0"))


def _number(size: int, *parts: str) -> int:
    text = "\0".join(parts).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=size).digest(), "big")


def network_prefixes(seed: str, account: str, name: str) -> Iterator[str]:
    """Candidates for a network's prefix: unique local /64 networks (RFC 4193)."""
    for turn in range(_TRIES):
        value = (0xFD << 56) | _number(7, seed, account, name, str(turn))
        yield str(IPv6Network((value << 64, 64)))


def host_addresses(prefix: str, seed: str, *labels: str) -> Iterator[str]:
    """Candidates for a /128 inside a /64, for what `labels` name."""
    base = int(IPv6Network(prefix).network_address)
    for turn in range(_TRIES):
        yield f"{IPv6Address(base | _number(8, seed, *labels, str(turn)))}/128"


def public_address(number: int) -> str:
    """The public IPv4 address of the instance with that running number (from 1)."""
    index = (number - 1) % sum(size for _, size in _PUBLIC)
    for start, size in _PUBLIC:
        if index < size:
            return str(IPv4Address(start + index))
        index -= size
    raise AssertionError(number)


def private_address(number: int) -> str:
    """The private IPv4 address of the instance with that running number (from 1)."""
    return str(IPv4Address(_PRIVATE + number % (1 << 24)))


def public_key(identifier: str) -> str:
    """A key in WireGuard's form: 32 bytes in base64."""
    from base64 import b64encode

    return b64encode(hashlib.sha256(identifier.encode()).digest()).decode()
