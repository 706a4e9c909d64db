"""Addresses of resources: `kind/name` or `kind/parent/name`.

Names outside the declared form (live ones) stand percent-encoded, so that `/` only separates.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

__all__ = ["address", "kind_of", "parts"]

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")


def address(kind: str, *names: str) -> str:
    """The address of a resource of `kind`; `names` are parent (if any) and own name, as they are."""
    return "/".join((kind, *[n if _PLAIN.issuperset(n) else quote(n, safe="") for n in names]))


def parts(text: str) -> tuple[str, ...]:
    """Kind and names of an address, decoded: `("peer", "edge-fabric", "edge-tokyo-01")`."""
    kind, *names = text.split("/")
    return (kind, *(unquote(n) if "%" in n else n for n in names))


def kind_of(text: str) -> str:
    """The kind of an address."""
    return text.partition("/")[0]
