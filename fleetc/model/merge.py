"""Merging of written mappings."""

from __future__ import annotations

from collections.abc import Mapping

from fleetc.model.references import join_modules

__all__ = ["merge_values", "over_defaults", "plain"]


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


def over_defaults(base: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    """`over` over the defaults of its section: as `merge_values`, but `modules` are appended."""
    merged = merge_values(base, over)
    first, then = base.get("modules"), over.get("modules")
    if isinstance(first, list) and isinstance(then, list):
        merged["modules"] = join_modules(first, then)
    return merged
