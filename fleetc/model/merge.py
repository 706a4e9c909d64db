"""Merging of written mappings."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["merge_values", "plain"]


def plain(value: object) -> object:
    """The value as plain dicts and lists, without places."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return value


def merge_values(base: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    """`over` over `base`: mappings merge deeply, everything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            value = merge_values(below, value)  # noqa: PLW2901  (the merged value stands for the written)
        merged[key] = value
    return merged
