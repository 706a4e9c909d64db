"""What a platform can do, as data: stored in each snapshot so that offline plans are exact.

An operation on a resource is a recipe of calls. Each argument of a call is an *expression*:

    name            the resource's own name (the last part of its address)
    id              the platform id of the resource itself
    field:F         the wanted value of field F
    id:F            the platform id of what reference field F names (a list for several)
    selector:F      selector field F as one key: peer_id, tag, cidr or all
    item            the element an `each` call is for (`nginx@1.26.0`)
    item:name       the element without its pin;  item:pin  the pin alone, or null
    ={json}         a constant

An argument whose field is neither wanted nor known is left out of the call. In an update an
argument of a field that does not change is left out too, unless the call is `whole`. A cleared
field is sent as its kind's `empty` value.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["CallRecipe", "KindProfile", "Profile", "Verb"]

Verb = Literal["create", "update", "delete", "rename"]


class CallRecipe(msgspec.Struct, frozen=True, omit_defaults=True):
    """One call of a recipe.

    - `verb`: how recovery looks after an unknown result. `create` makes the resource and yields
      its id, `delete` ends it, `rename` gives it another name, everything else is `update`.
    - `sets`: the fields it writes. In a create recipe a call after the first is made only when a
      wanted value of these differs from the kind's default; in an update recipe only when one
      of these changes.
    - `each`: name of a list field: one call an element, `added` (new or with another pin) or
      `removed`.
    - `whole`: an update sends all its arguments, not only those of changed fields.
    """

    name: str
    verb: Verb
    arguments: dict[str, str]
    sets: tuple[str, ...] = ()
    each: str = ""
    on: Literal["added", "removed"] = "added"
    whole: bool = False


class KindProfile(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the platform can do with one kind. Times are in seconds; without `rename` it keeps its name.

    `several` is true where more than one may stand at a natural key (a node's instances).
    """

    settable: tuple[str, ...]
    readable: tuple[str, ...]
    clearable: tuple[str, ...]
    natural_key: tuple[str, ...]
    create: tuple[CallRecipe, ...]
    update: tuple[CallRecipe, ...]
    delete: tuple[CallRecipe, ...]
    rename: tuple[CallRecipe, ...] = ()
    several: bool = False
    settle_seconds: float = 0.0
    ready_field: str = ""
    ready_values: tuple[str, ...] = ()

    @property
    def renamable(self) -> bool:
        """Whether a resource of the kind can have another name."""
        return bool(self.rename)


class Profile(msgspec.Struct, frozen=True, omit_defaults=True):
    """A platform's capabilities.

    `request_settle_seconds` is how long a request whose answer was lost may still take effect.
    `allocates` names `kind.field` pairs that the platform gives when nothing is written.
    """

    name: str
    version: int
    kinds: dict[str, KindProfile]
    allocates: tuple[str, ...] = ()
    change_counter: bool = False
    request_settle_seconds: float = 120.0
    concurrency: int = 8
