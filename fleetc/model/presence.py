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
    for key in kind.present_when:
        if key not in values:
            return False
    return "provision" not in values or values["provision"] is not False
