"""Whether an item declares a resource of a kind."""

from __future__ import annotations

from collections.abc import Mapping

from fleetc.model.schema import KindSchema

__all__ = ["present"]


def present(kind: KindSchema, values: Mapping[str, object]) -> bool:
    """Whether an item with these values has a resource of `kind`.

    An instance exists when its region and type are known and `provision` is not false.
    """
    if not kind.present_when:
        return True
    if values.get("provision") is False:
        return False
    return all(key in values for key in kind.present_when)
